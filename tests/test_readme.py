"""What the README shows runs, and its pictures are there."""

import re
from doctest import DocTestParser
from pathlib import Path

import pytest

import jaxnn.worked_example
from tests.textbook.test_article import PRINTED

README = Path(__file__).parent.parent / "README.md"


def test_python_blocks_run_in_order(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    out = capsys.readouterr().out
    assert "'accuracy': 1.0" in out
    for printed in re.findall(r"```text\n(.*?)```", README.read_text("utf-8"), re.DOTALL):
        assert printed in out
    (table,) = re.findall(r"```console\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    for line in table.splitlines()[1:]:  # the digits are those of the machine
        assert re.sub(r"\S+e-\d+", "", line).rstrip() in out
    for page in re.findall(r"\w+\.html", "".join(blocks)):
        assert "</html>" in (tmp_path / page).read_text(encoding="utf-8")
    assert names["outputs"].shape == (1000, 1, 8)
    assert float(names["metrics"]["loss"]) > 0


def test_the_guide_prints_the_whole_worked_example():
    (example,) = (
        example.want.replace("<BLANKLINE>", "").rstrip()
        for example in DocTestParser().get_examples(jaxnn.worked_example.__doc__ or "")
        if example.source == "print(example)\n"
    )
    assert example == PRINTED


@pytest.mark.parametrize(
    "path", re.findall(r"!\[.*?\]\((.*?)\)", README.read_text(encoding="utf-8"))
)
def test_pictures_are_there(path):
    assert (README.parent / path).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "path", re.findall(r"`((?:experiments|tests|\.ci)/[\w/.]*)`", README.read_text("utf-8"))
)
def test_files_named_are_there(path):
    assert (README.parent / path).exists()
