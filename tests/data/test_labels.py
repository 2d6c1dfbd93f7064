"""Labels (m,) become the targets (n_L, m) that their numbers say, whatever holds them."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas
import polars
import pytest

import jaxnn
from jaxnn.data.labels import as_labels, as_targets

NUMBERS = np.array([0, 2, 1, 1, 0, 2])
WORDS = [["ash", "birch", "fir"][i] for i in NUMBERS]
NAMES = ("ash", "birch", "fir")

THREE = {
    # labels of three classes, and the class names that are found
    "integers": (NUMBERS, (0, 1, 2)),
    "small integers": (NUMBERS.astype("uint8"), (0, 1, 2)),
    "integers of JAX": (jnp.asarray(NUMBERS), (0, 1, 2)),
    "list of integers": (NUMBERS.tolist(), (0, 1, 2)),
    "objects": (NUMBERS.astype(object), (0, 1, 2)),
    "from 1": (NUMBERS + 1, (1, 2, 3)),
    "any three": ([(-5, 7, 70)[i] for i in NUMBERS], (-5, 7, 70)),
    "text": (np.array(WORDS), NAMES),
    "text of objects": (np.array(WORDS, object), NAMES),
    "list of text": (WORDS, NAMES),
    "bytes": (np.array(WORDS, "S"), NAMES),
    "Series": (pandas.Series(NUMBERS, index=range(9, 3, -1)), (0, 1, 2)),
    "Series of text": (pandas.Series(WORDS), NAMES),
    "categories": (pandas.Series(WORDS, dtype="category"), NAMES),
    "strings": (pandas.Series(WORDS, dtype="string"), NAMES),
    "Int64": (pandas.Series(NUMBERS, dtype="Int64"), (0, 1, 2)),
    "polars": (polars.Series(NUMBERS), (0, 1, 2)),
    "polars text": (polars.Series(WORDS), NAMES),
}

TWO = {
    # labels of two classes, second, first, first, and their names
    "integers": ([1, 0, 0], (0, 1)),
    "1 and 2": (np.array([2, 1, 1]), (1, 2)),
    "booleans": (np.array([True, False, False]), (False, True)),
    "list of booleans": ([True, False, False], (False, True)),
    "objects": (np.array([True, False, False], object), (False, True)),
    "Series of booleans": (pandas.Series([True, False, False]), (False, True)),
    "polars booleans": (polars.Series([True, False, False]), (False, True)),
    "text": (["yes", "no", "no"], ("no", "yes")),
}


@pytest.mark.parametrize("given", THREE)
def test_labels_of_three_classes(given):
    labels, names = THREE[given]
    Y, found = as_targets(labels, 3)
    np.testing.assert_array_equal(Y, jaxnn.one_hot(NUMBERS, 3))
    assert Y.dtype == np.float32
    assert Y.T.flags.c_contiguous
    assert found == names
    assert [type(name) for name in found] == [type(name) for name in names]


@pytest.mark.parametrize("given", TWO)
def test_labels_of_one_output_and_of_two(given):
    labels, names = TWO[given]
    for n_L, expected in ((1, [[1, 0, 0]]), (2, [[0, 1, 1], [1, 0, 0]])):
        Y, found = as_targets(labels, n_L)
        np.testing.assert_array_equal(Y, np.array(expected, np.float32))
        assert found == names


def test_a_number_in_range_keeps_its_number_where_classes_are_missing():
    Y, names = as_targets([2, 2, 1], 4)
    np.testing.assert_array_equal(jaxnn.class_of(Y), [2, 2, 1])
    assert names == (0, 1, 2, 3)
    np.testing.assert_array_equal(as_targets(np.array([True, True]), 1)[0], [[1, 1]])


@pytest.mark.parametrize(
    ("labels", "names", "numbers"),
    [
        (["fir", "ash"], NAMES, [2, 0]),
        ([7, 70], (-5, 7, 70), [1, 2]),
        (["7", "70"], (-5, 7, 70), [1, 2]),
        ([3, 1], ("1", "2", "3"), [2, 0]),  # as a data set names whole numbers
        ([2, 0], NAMES, [2, 0]),  # rows of Y
        ([2, 1], (1, 2, 3), [1, 0]),
        ([True, False], (0, 1), [1, 0]),
        ([1, 0], (False, True), [1, 0]),
    ],
)
def test_labels_by_the_class_names_of_the_training(labels, names, numbers):
    Y, found = as_targets(labels, len(names), names)
    np.testing.assert_array_equal(jaxnn.class_of(Y), numbers)
    assert found == names


@pytest.mark.parametrize(
    ("labels", "names", "text"),
    [
        (["ash", "oak"], NAMES, "'ash', 'birch', 'fir', got Y.1. = 'oak' .example 1.$"),
        ([7, 0], (-5, 7, 70), "-5, 7, 70, got Y.1. = 0 .example 1."),
        ([1, 2, 0], (1, 2, 3), "1, 2, 3, got Y.2. = 0 .example 2."),
        ([3], NAMES, "'ash', 'birch', 'fir', got Y.0. = 3 .example 0."),
        (["a"], ("b", "c", "d", "e", "f"), "'b', 'c', 'd', 'e', …, got"),
    ],
)
def test_a_label_that_is_no_class_of_the_training(labels, names, text):
    with pytest.raises(jaxnn.DataError, match="^validation's Y must hold the classes " + text):
        as_targets(labels, len(names), names, of="validation's ")


UNCHANGED = {
    "targets": jaxnn.one_hot(NUMBERS, 3),
    "a column": NUMBERS[:, None],
    "quantities": np.array([0.5, 1.0, 2.0]),
    "NaN": np.array([0.0, np.nan, 2.0]),
    "None": ["ash", None, "fir"],
    "NA": pandas.Series([0, None, 2], dtype="Int64"),
    "four classes": ["a", "b", "c", "d"],
    "two of text": ["a", "b"],
    "out of range": [0, 1, 5, 7],
    "booleans": [True, False],
    "mixed": np.array(["a", 1, 2.0], object),
    "masked": np.ma.masked_array([0, 1, 2], mask=[1, 0, 0]),
    "floats": NUMBERS.astype("float32"),
    "a list of floats": [0.0, 1.0, 2.0],
    "huge": [0, 1, 10**30],
    "ragged": [[1.0], [2.0, 3.0]],
    "nothing": None,
    "a key": jax.random.split(jax.random.key(0), 3),
}


@pytest.mark.parametrize("given", UNCHANGED)
def test_what_cannot_be_meant_as_labels_of_three_classes_is_left_alone(given):
    Y = UNCHANGED[given]
    found, names = as_targets(Y, 3)
    assert found is Y
    assert names == ()


def test_traced_labels_are_left_alone():
    assert jax.jit(lambda Y: as_labels(Y) is None)(jnp.asarray(NUMBERS))


# split


@pytest.mark.parametrize("given", ["integers", "text of objects", "Series of text", "list of text"])
def test_split_of_labels_is_that_of_targets(given):
    labels = THREE[given][0]
    X, many = np.arange(12.0, dtype=np.float32).reshape(2, 6), {"test": 0.5, "stratify": True}
    (X_train, Y_train), (X_test, Y_test) = jaxnn.split(X, jaxnn.one_hot(NUMBERS, 3), **many)
    (X_1, labels_1), (X_2, labels_2) = jaxnn.split(X, labels, **many)
    np.testing.assert_array_equal(X_1, X_train)
    np.testing.assert_array_equal(X_2, X_test)
    assert labels_1.shape == labels_2.shape == (3,)
    assert labels_1.dtype == np.asarray(labels).dtype
    np.testing.assert_array_equal(as_targets(labels_1, 3)[0], Y_train)
    np.testing.assert_array_equal(as_targets(labels_2, 3)[0], Y_test)


def test_split_names_the_class_of_one_example():
    with pytest.raises(jaxnn.DataError, match="got 1 of class fir: leave it out"):
        jaxnn.split(np.ones((1, 3)), ["ash", "fir", "ash"], stratify=True)
    with pytest.raises(jaxnn.ShapeError, match="got 3 columns in X and 2 labels in Y"):
        jaxnn.split(np.ones((1, 3)), ["ash", "fir"])


def test_calibration_takes_labels():
    A = np.array([[0.9, 0.2, 0.4], [0.1, 0.8, 0.6]])
    expected = jaxnn.reliability(jaxnn.one_hot([0, 1, 0], 2), A, bins=4)
    for labels in ([0, 1, 0], ["a", "b", "a"]):
        for one, other in zip(jaxnn.reliability(labels, A, bins=4), expected, strict=True):
            np.testing.assert_array_equal(one, other)
    assert jaxnn.expected_calibration_error(["b", "a"], np.array([[0.75, 0.25]])) == 0.25
