"""README: its code runs, its links and pictures exist, its numbers are those of their sources."""

import importlib.util
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
LINKS = re.findall(r"\]\(([^)\s]+)\)", TEXT)


def test_length():
    assert len(TEXT.splitlines()) <= 150
    for block in BLOCKS:
        assert len([line for line in block.splitlines() if line.strip()]) <= 8, block


def test_python_blocks_run_each_alone(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    learn, train, compose = ({} for _ in range(3))
    for block, names in zip(BLOCKS, (learn, train, compose), strict=True):
        exec(compile(block, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    (shown,) = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    assert set(shown.splitlines()) <= {line.strip() for line in printed.splitlines()}
    assert "</html>" in (tmp_path / "example.html").read_text(encoding="utf-8")
    assert train["model"].evaluate(train["test"])["accuracy"] > 0.9
    assert (tmp_path / "wine_model").is_dir()
    losses = np.asarray(compose["metrics"]["loss"])
    assert losses.shape == (1000, 500)
    assert np.median(losses[:, -1]) < losses[:, 0].min()


@pytest.mark.parametrize("command", re.findall(r"```sh\n(.*?)\n```", TEXT, re.DOTALL))
def test_commands_begin_with_a_new_environment(command):
    assert re.fullmatch(r"python -m venv \.venv && \.venv/bin/pip install -e .*", command)


def test_the_continuous_integration_finds_the_test_command():
    line = "python -m venv .venv && .venv/bin/pip install -e '.[dev]' && .venv/bin/python -m pytest"
    assert re.findall(r"^python[0-9.]* -m venv .*pytest.*$", TEXT, re.MULTILINE) == [line]


def test_the_distribution_of_that_name_is_never_installed():
    """Another project has the name jaxnn on the package index."""
    documents = [*ROOT.glob("*.md"), *ROOT.glob("experiments/**/*.md"), *ROOT.glob("colab/*")]
    for path in documents:
        assert not re.search(r"pip install (-\S+ )*jaxnn\b(?!-)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("link", LINKS)
def test_links_lead_to_files(link):
    assert (ROOT / link).is_file()


@pytest.mark.parametrize("path", re.findall(r"!\[.*?\]\((.*?)\)", TEXT))
def test_pictures_are_pictures(path):
    assert (ROOT / path).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("path", re.findall(r"(?:experiments|tests|\.ci)/[\w/.]*\w", TEXT))
def test_files_that_are_named_exist(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", re.findall(r"^\| `(jaxnn\.\w+)`", TEXT, re.MULTILINE))
def test_guides_are_docstrings_of_packages(name):
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations
    assert spec.origin.endswith("__init__.py")


def test_functions_of_the_equations_are_public():
    import jaxnn

    table = re.search(r"## Each equation.*?\n## ", TEXT, re.DOTALL)[0]
    named = {
        name
        for row in re.findall(r"^\| .* \| (.*) \|$", table, re.MULTILINE)
        for name in re.findall(r"`([A-Za-z_]\w*)", row)
    }
    assert named - {"optax", "jax"} <= set(jaxnn.__all__)


@pytest.mark.parametrize("extra", re.findall(r"\.\[(\w+)\]", TEXT))
def test_extras_exist(extra):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert extra in project["optional-dependencies"]


def test_chapters_are_all_there():
    chapters = {f"colab/{path.name}" for path in ROOT.glob("colab/*.ipynb")}
    assert chapters == {link for link in LINKS if link.endswith(".ipynb")}


def test_times_are_those_of_the_benchmarks():
    """Each time in README's table is in the row of the same name and column of the full one."""

    def table(text):
        rows = [[c.strip() for c in r.split("|")[1:-1]] for r in text.splitlines() if "|" in r]
        (head,) = [row for row in rows if "Flax NNX" in row]
        named = {re.match(r"\*[\w-]+\*", row[0]): row for row in rows}
        return {
            (name[0], column): row[head.index(column)]
            for name, row in named.items()
            if name and len(row) == len(head)
            for column in head[1:]
        }

    full = (ROOT / "experiments/benchmarks/README.md").read_text(encoding="utf-8")
    full = table(full[full.index("## One network") : full.index("The next table")])
    here = table(TEXT.replace("\N{NO-BREAK SPACE}", " "))
    assert len(here) == 7 * 6
    assert here.items() <= full.items()


def test_the_error_on_mnist_is_that_of_the_record():
    record = (ROOT / "experiments/RECORD.md").read_text(encoding="utf-8")
    row = re.search(r"\| 784-1000-500-10 \| 74 epochs, 3\.1 minutes \| (.*?), seeds 0 to 4", record)
    errors = re.findall(r"(0\.\d+) \(", row[1])
    assert f"gets {min(errors)} to {max(errors)} % of MNIST's" in TEXT
