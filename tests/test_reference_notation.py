"""Formulas of the docstrings as MathML: what is one in running text, and what it becomes."""

import doctest
import importlib
from pathlib import Path
from xml.etree import ElementTree

import pytest


@pytest.fixture
def notation(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / ".ci")
    return importlib.import_module("reference_pages.notation")


def plain(html):
    """Return formulas as text: a fraction is {1|2}, an index _2, a power ^2."""

    def told(element):
        parts = [told(child) for child in element]
        marks = {"mfrac": "{%s|%s}", "msub": "%s_%s", "msup": "%s^%s", "msubsup": "%s_%s^%s"}
        if element.tag in marks:
            return marks[element.tag] % tuple(parts)
        return (element.text or "") + "".join(parts)

    return "".join(told(ElementTree.fromstring(one)) for one in html.split("<wbr>"))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a = σ(z) = 1 / (1 + e^−z), the", ["", "a=σ(z)={1|1+e^−z}", ", the"]),
        ("Return a_i = e^(z_i) / Σ_k a_k: so", ["Return ", "a_i={e^z_i|∑ka_k}", ": so"]),
        ("E = −(1/m) Σ_j ln p", ["", "E=−{1|m}∑jlnp", ""]),
        ("δ_i^[l] = ∂E/∂z_i^[l]", ["", "δ_i^[l]={∂E|∂z_i^[l]}", ""]),
        ("z^[l] = W^[l] a^[l-1] + b^[l]", ["", "z^[l]=W^[l]a^[l−1]+b^[l]", ""]),
        ("w_1,3^[1] ← 0.1 − η, it", ["", "w_1,3^[1]←0.1−η", ", it"]),
        ("the ∂E/∂W^[l] here", ["the ", "∂E/∂W^[l]", " here"]),
        ("in 4.2 s, 1 s and 2.5 m_1", ["in 4.2 s, 1 s and ", "2.5m_1", ""]),
        ("a mesh, A name, I/O, n_classes, (2, 3), file.npy, Ctrl-C", None),
    ],
)
def test_formulas_in_running_text(notation, text, parts):
    found = notation.formulas(text, equations=True)
    assert [plain(one) if i % 2 else one for i, one in enumerate(found)] == (parts or [text])


def test_the_example_in_the_docstring(notation):
    assert doctest.testmod(notation) == (0, 1)
