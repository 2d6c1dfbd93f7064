"""The notebooks run, answered and not, and git holds nothing of their outputs but pictures."""

import base64
import io
import json
import re
import sys
import textwrap
import types

import pytest
from PIL import Image

from tests.support import chapters, notebooks
from tests.support.plugin import cache_of_children

pytestmark = pytest.mark.thorough

PATHS = sorted(notebooks.HOME.glob("*.ipynb"))
SHOWN = {
    "01": [
        "z = 1.0000, a = 0.7311",
        "XOR of 00, 01, 10, 11: [0. 1. 1. 0.]",
        "k = 20.0: [0. 0. 0. 1.]",
    ],
    "02": [
        "a_1^[1] = σ(1.0) = 0.731058578630",
        "a_3^[1] = σ(0.9) = 0.710949502625",
        "z^[2] = 1.2130000000    a^[2] = 0.7708293340",
        "a^[2] = 0.7711201275",
        "outputs from 0.7006 to 0.7967",
        "b^[2] = [-1.2146]",
    ],
    "03": [
        "total error     E = 4",
        "absolute error  E = 8",
        "squared error   E = 9",
        "absolute error  the last four outputs: [1.9 2.2 1.9 2.2]",
        "E = 1.0402 = −ln 0.3534",
        "y = 0, a = 0.99:  both terms 4.6052   first alone 0.0000",
        "8 of 8 right",
        "5 of 8 right",
    ],
    "04": [
        "0.7711 × 0.1765 × 0.7311 = 0.0994956",
        "∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995",
        "small differences took 32 forward propagations; a network 784-128-10 needs 203,540",
        "W^[2] after:  [[0.2503 0.4516 0.8516]]    E = 0.2718",
        "∂E/∂a_3^[1] = 0.1339 × 0.9 = 0.1205",
        "right:   [0.0991 0.7976 0.3971 0.5927]",
        "0 0 0   0.0000   0.0141   0.0314",
    ],
    "05": [
        "epoch 2000/2000",  # the progress bar
        "all eight rows are right from epoch",
        "η =   0.05: loss 0.10",
        "η =     50: loss 0.0000",
        "equal: 3 of 4 right",
        "random: 4 of 4 right",
    ],
    "06": [
        "largest relative difference from float64 NumPy",
        "all weights 0: E = 2.303, ln 10 = 2.303",
    ],
    "07": ["W^[1] of all of them: (100, 3, 3)", "8 hidden neurons: 100%"],
    "08": [
        "largest relative difference from float64 NumPy",
        "messages on one device: none",
        "messages on 8 devices: all-reduce of 9,612 numbers",
        "messages: all-reduce of 14,080 numbers",
        "networks learn on 8 devices: none",
    ],
    "09": ["before: upright at the end 0 of 8"],
    "10": [
        "target 'rentals': a quantity",
        "chance alone",
        "calibration_error",
        "predictions of the loaded model are the same: True",
    ],
}
"""What a chapter's text says its cells print, and so must stand in the output."""

IN_CI = ("01", "02", "03", "04", "05", "09")  # the article's, and one with much JAX: 15 s each


def case_of(path):
    chapter = path.stem[:2]
    return pytest.param(path, id=chapter, marks=() if chapter in IN_CI else pytest.mark.slow)


every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem[:2])


def markdown(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def code(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def setup_cell(path):
    return next(source for source in code(notebooks.read(path)) if "# @param" in source)


def exercises(notebook):
    return [source for source in code(notebook) if notebooks.is_exercise(source)]


def test_all_chapters_are_there():
    assert [path.stem for path in PATHS] == [
        "01_neurons_and_activations",
        "02_forward_propagation",
        "03_cost_functions",
        "04_backpropagation",
        "05_training_and_prediction",
        "06_mnist_on_an_accelerator",
        "07_a_thousand_networks",
        "08_many_devices",
        "09_inside_your_own_jax_code",
        "10_tables",
    ]


@pytest.mark.thorough_cases(6)
@pytest.mark.parametrize("path", [case_of(path) for path in PATHS])
def test_runs_from_top_to_bottom_without_a_warning(path, tmp_path, monkeypatch):
    for module in ("nbclient", "ipykernel"):
        pytest.importorskip(module, reason="running notebooks needs nbclient and ipykernel")
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", cache_of_children())
    monkeypatch.setenv("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    notebook = notebooks.execute(path, tmp_path, small=True)
    assert notebooks.printed(notebook, stream="stderr") == ""
    text = notebooks.printed(notebook)
    assert re.search(r"JAX \d+\.\d+\.\d+, 1 × cpu|JAX .* × cpu", text)
    for shown in SHOWN.get(path.stem[:2], ()):
        assert shown in text
    verdicts = re.findall(r"(✓ Right|✗ Not right|… Not answered yet)", text)
    assert (
        verdicts.count("✓ Right")
        == verdicts.count("… Not answered yet")
        >= len(exercises(notebooks.read(path)))
    )  # the exercises as they are, and with the folded answers
    assert "✗ Not right" not in verdicts


@every_notebook
def test_git_has_pictures_and_no_other_output(path):
    text = path.read_text(encoding="utf-8")
    assert text == notebooks.written(notebooks.as_kept(notebooks.read(path), path.stem[:2]))
    notebook = json.loads(text)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] is None for cell in cells)
    for cell in cells:  # Colab shows the titles of these cells and hides their code
        titled = "".join(cell["source"]).startswith("# @title ")
        assert cell["metadata"] == ({"cellView": "form"} if titled else {})
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert {tuple(output["data"]) for output in outputs} == {("image/png",)}
    for output in outputs:  # letters of 9 points stay legible on a phone, 360 pixels wide
        picture = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
        assert picture.width <= 680
    assert len(text.encode()) < 400_000


@every_notebook
def test_the_device_is_tested_before_anything_else_is_computed(path):
    sources = code(notebooks.read(path))
    before = sources[: sources.index(setup_cell(path))]
    assert "\n    checked = jaxnn.self_test()\n" in setup_cell(path)
    assert not any("jax." in source for source in before)
    assert sum("self_test()" in source for source in sources) == 1


def test_chapters_6_to_8_open_on_an_accelerator():
    metadata = {path.stem[:2]: notebooks.read(path)["metadata"] for path in PATHS}
    runtimes = {
        chapter: (one["accelerator"], one["colab"].get("gpuType"))
        for chapter, one in metadata.items()
        if "accelerator" in one
    }
    assert runtimes == {"06": ("GPU", "T4"), "07": ("GPU", "T4"), "08": ("TPU", None)}
    text = (notebooks.HOME / "README.md").read_text(encoding="utf-8")
    assert "Colab opens chapters 6 and 7 with a T4 GPU and chapter 8 with a TPU" in text


@every_notebook
def test_begins_with_title_and_neighbours_and_ends_with_exercises(path):
    notebook = notebooks.read(path)
    number, texts = int(path.name[:2]), markdown(notebook)
    assert notebook["cells"][0]["source"].startswith(f"# {number}. ")
    links = set(re.findall(r"\]\((?:https://\S+/)?(\w+\.ipynb)\)", texts[0]))
    assert links >= {p.name for p in PATHS if abs(int(p.name[:2]) - number) == 1}
    _, exercise = "\n".join(texts).split("\n## Exercises\n")
    asked = len(re.findall(r"^### \d\. ", exercise, re.MULTILINE))
    assert asked in (2, 3)
    assert asked == len(exercises(notebook))
    assert asked == len(notebooks.answers_in(exercise))
    assert any("$$" in text for text in texts)
    for name in re.findall(r"\]\(([^)#]+\.\w+)\)", "".join(texts)):
        assert name.startswith("http") or (notebooks.HOME / name).exists(), name


def test_title_links_and_set_up_are_as_generated():
    for path, notebook in notebooks.generated().items():
        assert path.read_text(encoding="utf-8") == notebooks.written(notebook), (
            f"{path.name} is not as `python -m tests.support.notebooks --set-up` writes it"
        )


def test_publishing_is_a_change_of_one_line(monkeypatch):
    """With an address there are badges, links that work in Colab, and nothing to fill in."""
    before = notebooks.generated("")
    published = notebooks.generated("https://github.com/someone/jaxnn")
    colab = "https://colab.research.google.com/github/someone/jaxnn/blob/main/colab/"
    for path, notebook in published.items():
        texts = markdown(notebook)
        badge = f"[![Open in Colab]({chapters.COLAB}/assets/colab-badge.svg)]({colab}{path.name})"
        assert texts[0].split("\n\n")[1] == badge
        assert not re.search(r"\]\(\w+\.ipynb\)", "".join(texts))
        names = re.findall(re.escape(f"]({colab}") + r"(\w+\.ipynb)\)", "".join(texts))
        assert len(names) >= 2
        assert all((notebooks.HOME / name).exists() for name in names)
        assert '\nrepository = "https://github.com/someone/jaxnn"' in "".join(code(notebook))
        assert "write its repository's address" not in "".join(code(notebook))
        assert "Open in Colab" not in "".join(markdown(before[path]))  # no dead badge
    monkeypatch.setattr(notebooks, "read", lambda path: published[path])
    assert notebooks.generated("") == before  # and back


@every_notebook
def test_no_strangers_package_is_installed(path):
    for source in notebooks.read(path)["cells"]:
        assert not re.search(r"pip install[^\n]*\bjaxnn\b(?!-textbook)", source["source"])


def test_the_first_pictures_of_sliders_are_kept():
    png = {"output_type": "display_data", "data": {"image/png": picture_of((4, 3))}}
    view = {"output_type": "display_data", "data": {notebooks.WIDGET: {"model_id": "box"}}}
    state = {
        "box": {"state": {"children": ["IPY_MODEL_slider", "IPY_MODEL_out"]}},
        "slider": {"state": {"value": 1}},
        "out": {"state": {"outputs": [{"output_type": "stream", "text": "a"}, png]}},
    }
    cell = notebooks.code_cell("interact(draw)") | {"outputs": [view]}
    metadata = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": state}}}
    kept = notebooks.as_kept({"cells": [cell], "metadata": metadata})
    (output,) = kept["cells"][0]["outputs"]
    assert Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"]))).size == (4, 3)


@every_notebook
def test_sliders_degrade_to_a_picture(path):
    """Without ipywidgets a cell draws what its function draws by default."""
    sources = code(notebooks.read(path))
    if not any("interact(" in source for source in sources):
        return
    fallback = next(source for source in sources if "except ImportError" in source)
    _, _, definition = fallback.partition("except ImportError:\n\n")
    scope, drawn = {}, []
    exec(textwrap.dedent(definition.partition("\n\n")[0]), scope)
    scope["interact"](lambda k=4.0: drawn.append(k), k=(1.0, 2.0))
    assert drawn == [4.0]


def picture_of(size):
    file = io.BytesIO()
    Image.new("RGBA", size, (255, 0, 0, 128)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode() + "\n"


def test_what_is_kept_of_a_cell_that_ran():
    png = picture_of((40, 30))
    ran = notebooks.code_cell("1 + 1\n") | {
        "execution_count": 7,
        "outputs": [
            {"output_type": "stream", "name": "stdout", "text": "2"},
            {"output_type": "display_data", "data": {"image/png": png, "text/plain": "<Figure>"}},
        ],
    }
    answer = notebooks.code_cell("2 + 2", answer=True)
    kept = notebooks.as_kept({"cells": [ran, answer]})
    (cell,) = kept["cells"]
    assert (cell["id"], cell["source"], cell["execution_count"]) == ("cell-01", "1 + 1", None)
    (output,) = cell["outputs"]
    picture = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
    assert picture.size == (40, 30)
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 127, 127)  # on white paper
    assert notebooks.as_kept(kept) == kept


def test_pictures_of_small_settings_are_not_kept(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["notebooks", "--small", "--write"])
    with pytest.raises(SystemExit):
        notebooks.main()
    assert "--write keeps what the full settings give; leave out --small" in capsys.readouterr().err


def run_setup(repository, called=None):
    """Run the set-up cell as IPython would; its magics go into the list `called`."""
    transformer = pytest.importorskip("IPython.core.inputtransformer2").TransformerManager()
    source = setup_cell(PATHS[0])
    source = source.replace(f'repository = "{chapters.REPOSITORY}"', f"repository = {repository!r}")
    shell = types.SimpleNamespace(run_line_magic=lambda *words: called.append(words))
    exec(transformer.transform_cell(source), {"get_ipython": lambda: shell})


def test_set_up_installs_from_the_address_in_the_field_and_keeps_jax(monkeypatch):
    monkeypatch.setitem(sys.modules, "jaxnn", None)
    called = []
    with pytest.raises(ModuleNotFoundError, match="jaxnn"):  # the magic here installs nothing
        run_setup("https://example.org/jaxnn", called)
    options = 'install --quiet "jaxnn-textbook @ git+{repository}" "{jax_here}"'
    assert called == [("pip", options)]


def test_set_up_without_an_address(monkeypatch):
    monkeypatch.setitem(sys.modules, "jaxnn", None)
    with pytest.raises(ValueError, match="write the address of jaxnn's repository"):
        run_setup("")


def test_set_up_beside_another_project_of_that_name(monkeypatch):
    stranger = types.ModuleType("jaxnn")
    stranger.__spec__ = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "jaxnn", stranger)
    with pytest.raises(ImportError, match="another project's jaxnn: `%pip uninstall"):
        run_setup("")
