"""Pictures of classes take targets and outputs as labels (m,) as well as arrays (n_L, m)."""

import jax
import numpy as np
import pandas
import polars
import pytest

import jaxnn
from jaxnn import plots
from tests.plots.test_plots import NET, PARAMS, written

X = np.array([[0.0, 1.0, 0.5], [1.0, 0.0, 0.2]], np.float32)
Y = jaxnn.one_hot([0, 1, 1], 2)
A = np.array([[0.9, 0.4, 0.7], [0.1, 0.6, 0.3]])
COUNTS = {(0, 0): "1", (1, 1): "1", (0, 1): "1"}  # class 1 was once taken for class 0
TEXTS, FOUND = ["cat", "dog", "dog"], ["cat", "dog", "cat"]


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


@pytest.mark.parametrize(
    ("given", "predicted", "called"),
    [
        (Y, A, ["0", "1"]),
        ([0, 1, 1], A, ["0", "1"]),
        ([3, 5, 5], A, ["3", "5"]),
        ([False, True, True], A[1:], ["False", "True"]),
        (Y, [0, 1, 0], ["0", "1"]),
        (TEXTS, A, ["cat", "dog"]),
        (TEXTS, FOUND, ["cat", "dog"]),
        (np.array(TEXTS), Y * [[1, 1, 0], [1, 1, 0]] + [[0, 0, 1], [0, 0, 0]], ["cat", "dog"]),
        (pandas.Series(TEXTS, index=[7, 8, 9]), polars.Series(FOUND), ["cat", "dog"]),
        (pandas.Series(TEXTS, dtype="category"), pandas.Series(FOUND, dtype=object), TEXTS[:2]),
    ],
)
def test_a_confusion_matrix_of_labels_is_that_of_arrays(given, predicted, called):
    ax = plots.confusion_matrix(given, predicted)
    assert written(ax) == COUNTS
    assert names(ax) == called
    assert ax.get_title(loc="right") == "2 of 3 right"


def test_names_that_are_given_set_the_order_of_the_classes():
    ax = plots.confusion_matrix(TEXTS, FOUND, class_names=["dog", "cat", "fox"])
    assert names(ax) == ["dog", "cat", "fox"]
    assert written(ax) == {(0, 0): "1", (1, 0): "1", (1, 1): "1"}
    assert written(plots.confusion_matrix([0, 1, 1], FOUND, class_names=["cat", "dog"])) == COUNTS
    assert names(plots.confusion_matrix(["cat"] * 3, A, class_names=["cat", "dog"])) == TEXTS[:2]
    assert names(plots.confusion_matrix([1, 1, 1], A)) == ["0", "1"]


@pytest.mark.parametrize(
    ("given", "predicted", "more", "text"),
    [
        (["a"] * 3, A, {}, "Y must hold labels of 2 classes, got 1 different ones; give class_n"),
        ([0, 1, 2], Y, {}, "Y must hold labels of 2 classes, got 3 different ones"),
        (TEXTS, FOUND, {"class_names": ["cat", "fox"]}, r"'fox', got Y\[1\] = 'dog' \(example 1\)"),
        (["cat", None, "dog"], FOUND, {}, r"Y of shape \(m,\) must hold labels, .* none of them"),
        ([0.0, np.nan, 1.0], FOUND, {}, r"Y of shape \(m,\) must hold labels"),
        ([0, 1, 1], [0.2, 0.9, 0.4], {}, r"of one neuron have shape \(1, m\): A\[None, :\]"),
        (TEXTS, FOUND[:2], {}, r"must both have shape \(n_L, m\), got \(2, 3\) and \(2, 2\)"),
        (TEXTS, A[:, :2], {}, r"must both have shape \(n_L, m\), got \(2, 3\) and \(2, 2\)"),
        ([], [], {}, "Y of shape .* must hold labels, at least one"),
        (Y, A, {"class_names": "abc"}, "class_names must name 2 classes, got 3 names"),
    ],
)  # fmt: skip
def test_labels_that_name_no_class(given, predicted, more, text):
    with pytest.raises(ValueError, match=text):
        plots.confusion_matrix(given, predicted, **more)


def test_wrong_predictions_of_labels():
    options = {"image_shape": (1, 2)}
    for given, predicted in ((TEXTS, A), (TEXTS, FOUND), (Y, [0, 1, 0])):
        ax = plots.wrong_predictions(X, given, predicted, **options, class_names=["cat", "dog"])
        assert [text.get_text() for text in ax.texts] == ["dog → cat"]
    ax = plots.wrong_predictions(X, TEXTS, ["dog", "cat", "dog"], **options, most=1)
    assert ax.get_title(loc="right") == "true → predicted, the first 1 mistakes"
    np.testing.assert_array_equal(ax.images[0].get_array(), X[:, :1].T)


def test_decision_regions_of_labels():
    labels = [text.get_text() for text in plots.decision_regions(
        NET, PARAMS, X, TEXTS).get_legend().get_texts()]  # fmt: skip
    assert labels == ["cat", "dog"]
    net = jaxnn.mlp(2, 1, output="sigmoid")
    params = jaxnn.init(net, jax.random.key(0))
    ax = plots.decision_regions(net, params, X, pandas.Series(["no", "yes", "yes"]))
    points = {scatter.get_label(): scatter for scatter in ax.collections if scatter.get_label()}
    np.testing.assert_array_equal(points["no"].get_offsets(), X[:, :1].T)
    np.testing.assert_array_equal(points["yes"].get_offsets(), X[:, 1:].T)


def test_calibration_of_labels():
    for given in ([0, 1, 1], TEXTS):
        for ours, theirs in zip(jaxnn.reliability(given, A), jaxnn.reliability(Y, A), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    error = jaxnn.expected_calibration_error
    assert error(TEXTS, A) == error(Y, A)


def test_quantities_of_one_output_are_vectors():
    y, a = pandas.Series([1.0, 2.0, 4.0]), np.array([[1.0, 2.5, 3.0]])
    ax = plots.predicted_against_true(y, a)
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), [[1, 1], [2, 2.5], [4, 3]])
