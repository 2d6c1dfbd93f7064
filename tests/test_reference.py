"""The reference that is built from the docstrings: no warning, every public name, its example."""

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import jaxnn
import jaxnn.plots

HOME = Path(__file__).parent.parent
DOORS = [
    *sorted((HOME / "jaxnn" / "interop").rglob("[a-z]*.py")),
    *sorted((HOME / "jaxnn" / "augment").rglob("[a-z]*.py")),
]
PLOTS = [name for name in jaxnn.plots.__all__ if callable(getattr(jaxnn.plots, name))]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    env = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(
        [sys.executable, "-W", "error", HOME / ".reference", folder],
        env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.html")
    }


def section(page, name):
    """Return what a page says of a name, without its source."""
    (found,) = re.findall(rf'<section id="{name}">(.*?)</section>', page, re.DOTALL)
    return re.sub(r'<div class="pdoc-code codehilite"><pre>.*?</pre></div>', "", found, flags=re.S)


def words(html):
    return "".join(re.sub(r"<[^>]*>", "", html).split())


def docstring(name):
    if name == "Params":  # a type has none of its own: it is that of the line in network.py
        return "The parameters of a network"
    return inspect.getdoc(getattr(jaxnn, name)) or ""


@pytest.mark.parametrize("name", sorted({*jaxnn.__all__} - {"Params"}))
def test_every_public_name_has_an_example(name):
    assert ">>> " in docstring(name)


@pytest.mark.parametrize("path", DOORS, ids=lambda path: path.stem)
def test_every_function_of_a_door_has_an_example(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ">>> " in (ast.get_docstring(node) or ""), node.name


@pytest.mark.parametrize("name", PLOTS)
def test_every_picture_has_an_example(name):
    assert ">>> " in (inspect.getdoc(getattr(jaxnn.plots, name)) or "")


def test_every_public_name_is_on_its_page(pages):
    for name in jaxnn.__all__:
        if inspect.ismodule(getattr(jaxnn, name)):
            assert f"jaxnn/{name}.html" in pages
            continue
        text = section(pages["jaxnn.html"], name)
        assert "&gt;&gt;&gt; " in text, name
        first = re.match(r"[\w ,]*", docstring(name))[0]
        assert words(first).replace("_", "") in words(text).replace("_", ""), name


def test_pages_of_what_is_public_only(pages):
    assert "jaxnn/interop/flax.html" in pages
    assert not [page for page in pages if re.search(r"/_", page)]


def test_formulas_are_set_as_in_a_textbook(pages):
    page = pages["jaxnn.html"]
    assert "z<sup>[l]</sup> = W<sup>[l]</sup> a<sup>[l-1]</sup> + b<sup>[l]</sup>" in page
    assert "e<sup>z<sub>i</sub></sup> / Σ<sub>k</sub> e<sup>z<sub>k</sub></sup>" in page
    assert "a<sup>[l]</sup> = g<sup>[l]</sup>(z<sup>[l]</sup>)" in page
    assert "(n<sub>l</sub>, n<sub>l-1</sub>)" in page
    code = r"<pre.*?</pre>|<code.*?</code>"
    for name, text in pages.items():
        text = re.sub(r"<[^>]*>", "", re.sub(code, "", text, flags=re.DOTALL))
        assert not re.findall(r"\w\^\S+", text), name
        assert not re.findall(r"\b[a-zA-Z]_\{", text), name


def test_pages_need_no_network(pages):
    for page in pages.values():
        assert not re.findall(r"""<(?!a\b)[^>]*(?:src|href)=["']?(?:https?:)?//""", page)
