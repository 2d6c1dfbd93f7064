"""`jaxnn.playground`: what it puts into the page, and what it refuses."""

import json
import re

import numpy as np
import pytest

import jaxnn
from jaxnn.worked_example.page import building


def written(path):
    text = path.read_text(encoding="utf-8")
    (block,) = re.findall(r'id="worked-example">(.*?)</script>', text, re.DOTALL)
    return json.loads(block)


def test_a_named_data_set_is_made_by_the_page(tmp_path):
    path = tmp_path / "lesson.html"
    assert jaxnn.playground(path, data="spirals", title="Spirals & more") == path
    data = written(path)
    assert data["lesson"] == "spirals"
    assert data["data"] is data["sizes"] is None
    assert len(data["pixels"]["labels"]) == 1797
    assert "<title>Spirals &amp; more</title>" in path.read_text(encoding="utf-8")
    assert path.stat().st_size < 500_000


def test_examples_and_their_names_are_put_in(tmp_path):
    X, Y = np.ones((2, 3)), np.array([[0.0, 1.0, 1.0]])
    data = written(jaxnn.playground(tmp_path / "a.html", data=(X, Y), class_names=["rain"]))
    assert (data["lesson"], data["data"]["X"]["shape"], data["data"]["classes"]) == (
        "given", [3, 2], True,
    )  # fmt: skip
    assert (data["input_names"], data["class_names"]) == (None, ["rain"])
    iris = written(jaxnn.playground(tmp_path / "b.html", data=jaxnn.iris()))
    assert iris["class_names"] == ["setosa", "versicolor", "virginica"]
    assert len(iris["input_names"]) == 4


def test_a_small_file_has_fewer_examples_and_no_digits(tmp_path):
    path = tmp_path / "lesson.html"
    page = jaxnn.playground(path).stat().st_size
    X = np.random.default_rng(0).normal(size=(5, 5000))
    jaxnn.playground(path, data=(X, X[:1]))
    assert written(path)["data"]["X"]["shape"][0] == 2000
    assert path.stat().st_size < page + 200_000
    jaxnn.playground(path, data=(X, X[:1]), max_bytes=page - 60_000)
    assert path.stat().st_size <= page - 60_000
    assert written(path)["pixels"] is None
    assert "Of the 5,000 examples the first" in written(path)["notes"][0]
    with pytest.raises(ValueError, match="max_bytes must leave room for the page and its data"):
        jaxnn.playground(path, max_bytes=1000)


def test_without_scikit_learn_there_are_no_digits(tmp_path, monkeypatch):
    def missing():
        raise ImportError

    monkeypatch.setattr(building, "packed_digits", missing)
    assert written(jaxnn.playground(tmp_path / "a.html"))["pixels"] is None
    with pytest.raises(ImportError, match='data="digits" needs scikit-learn'):
        jaxnn.playground(tmp_path / "a.html", data="digits")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"data": "mnist"}, "data must be one of boolean, .*, got 'mnist'"),
        ({"data": "xor", "input_names": ["a", "b"]}, "input_names belongs to data=\\(X, Y\\)"),
        ({"data": (np.ones(3), np.ones(3))}, "X must be a table, one column per example"),
        ({"data": (np.ones((2, 3)), np.ones((1, 4)))}, "same number of examples"),
        ({"data": (np.ones((2, 3)), np.full((1, 3), np.nan))}, "Y must be finite"),
        ({"data": (np.ones((2, 3)), np.ones((1, 3))), "class_names": ["a", "b"]}, "1 names"),
        ({"data": 3}, "data must be a pair"),
    ],
    ids=["name", "names of a name", "no table", "lengths", "nan", "names", "no pair"],
)
def test_what_is_refused(tmp_path, arguments, message):
    path = tmp_path / "lesson.html"
    with pytest.raises((TypeError, ValueError), match=message):
        jaxnn.playground(path, **arguments)
    assert not path.exists()
