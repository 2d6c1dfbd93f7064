"""The notebooks run from top to bottom, and git holds nothing of their outputs but pictures."""

import base64
import io
import json
import re
import sys
import types

import pytest
from PIL import Image

from tests.support import notebooks
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
    "04": [
        "0.7711 × 0.1765 × 0.7311 = 0.0994956",
        "∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995",
        "small differences took 32 forward propagations; a network 784-128-10 needs 203,540",
        "W^[2] after:  [[0.2503 0.4516 0.8516]]    E = 0.2718",
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

every_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem[:2])


def markdown(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def code(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def setup_cell(path):
    return next(source for source in code(notebooks.read(path)) if "# @param" in source)


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


@pytest.mark.thorough_cases(3)
@every_notebook
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


@every_notebook
def test_git_has_pictures_and_no_other_output(path):
    text = path.read_text(encoding="utf-8")
    assert text == notebooks.written(notebooks.as_kept(notebooks.read(path), path.stem[:2]))
    notebook = json.loads(text)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] is None and not cell["metadata"] for cell in cells)
    outputs = [output for cell in cells for output in cell["outputs"]]
    assert outputs
    assert {tuple(output["data"]) for output in outputs} == {("image/png",)}
    assert len(text.encode()) < 400_000


@every_notebook
def test_the_device_is_tested_before_anything_else_is_computed(path):
    sources = code(notebooks.read(path))
    after = sources[sources.index(setup_cell(path)) + 1]
    assert "\nchecked = jaxnn.self_test()  # this device beside float64 NumPy; " in after
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
def test_begins_with_title_and_neighbours_and_has_an_exercise_with_its_answer(path):
    notebook = notebooks.read(path)
    number, texts = int(path.name[:2]), markdown(notebook)
    assert notebook["cells"][0]["source"].startswith(f"# {number}. ")
    links = set(re.findall(r"\]\((\w+\.ipynb)\)", texts[0]))
    assert links >= {p.name for p in PATHS if abs(int(p.name[:2]) - number) == 1}
    _, exercise = "\n".join(texts).split("## Exercise\n")
    assert notebooks.answers_in(exercise)
    assert any("$$" in text for text in texts)
    for name in re.findall(r"\]\(([^)#]+\.\w+)\)", "".join(texts)):
        assert name.startswith("http") or (notebooks.HOME / name).exists(), name


@every_notebook
def test_set_up_is_the_same_everywhere_and_installs_no_strangers_package(path):
    assert setup_cell(path) == setup_cell(PATHS[0])
    for source in notebooks.read(path)["cells"]:
        assert not re.search(r"pip install[^\n]*\bjaxnn\b(?!-textbook)", source["source"])


def test_what_is_kept_of_a_cell_that_ran():
    file = io.BytesIO()
    Image.new("RGBA", (40, 30), (255, 0, 0, 128)).save(file, "PNG")
    png = base64.b64encode(file.getvalue()).decode() + "\n"
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
    source = source.replace('repository = ""', f"repository = {repository!r}")
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
    with pytest.raises(ValueError, match="jaxnn is not installed here: write the address of its"):
        run_setup("")


def test_set_up_beside_another_project_of_that_name(monkeypatch):
    stranger = types.ModuleType("jaxnn")
    stranger.__spec__ = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "jaxnn", stranger)
    with pytest.raises(ImportError, match="the jaxnn found here is another project of that name"):
        run_setup("")
