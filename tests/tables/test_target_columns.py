"""The target of a table: classes with their labels, or quantities in their own unit."""

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import jaxnn
from jaxnn.errors import DataError
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.target import ClassTarget, QuantityTarget


def fit(y, **options):
    frame = pd.DataFrame({"x": np.arange(len(y)) % 5, "y": y})
    return Columns.fit(frame, target="y", **options), frame


@pytest.mark.parametrize(
    ("y", "labels"),
    [
        (["b", "a", "b"], ("a", "b")),
        ([True, False, True], (False, True)),
        ([3, 1, 3, 1, 7, 7], (1, 3, 7)),
        ([2.0, 1.0, 2.0, 1.0], (1.0, 2.0)),
        (pd.Categorical([30, 10, 30]), (10, 30)),
        (pd.Categorical(["low", "high", "low"]), ("high", "low")),
        (pd.array([3, 1, 3, 1], "Int64"), (1, 3)),
    ],
)
def test_classes_keep_their_type_and_are_sorted(y, labels):
    columns, frame = fit(y)
    assert columns.classifies
    assert columns.labels == labels
    assert [type(label) for label in columns.labels] == [type(label) for label in labels]
    Y = columns.transform_target(frame)
    places = [labels.index(value) for value in y]
    np.testing.assert_array_equal(Y, jaxnn.one_hot(places, len(labels)))
    assert Y.dtype == np.float32
    back = columns.target_of(Y)
    assert back.tolist() == list(y)
    assert columns.target_of(jnp.asarray(Y)).tolist() == list(y)


def test_class_names_are_texts():
    assert fit([2.0, 1.0] * 2)[0].class_names == ("1", "2")
    assert fit([0.5, 1.0] * 2)[0].class_names == ()


def test_quantities_are_standardised_and_given_back_in_their_unit():
    y = np.random.default_rng(0).normal(2e5, 1e5, 60)
    columns, frame = fit(y)
    Y = columns.transform_target(frame)
    assert not columns.classifies
    assert (Y.shape, Y.dtype) == ((1, 60), np.float32)
    np.testing.assert_allclose([Y.mean(), Y.std()], [0, 1], atol=1e-6)
    back = columns.target_of(Y)
    assert (back.shape, back.dtype) == ((60,), np.float64)
    np.testing.assert_allclose(back, y, rtol=1e-5)
    assert columns.labels == columns.class_names == ()


@pytest.mark.parametrize(
    ("y", "task", "classifies"),
    [
        (np.arange(20).repeat(2), None, True),
        (np.arange(21).repeat(2), None, False),
        (np.arange(10), None, False),  # a value of its own in every row
        (np.arange(10), "classification", True),
        ([1, 2, 1, 2], "regression", False),
        ([0.5, 1.5, 0.5, 1.5], None, False),
        ([0.5, 1.5, 0.5, 1.5], "classification", True),
        ([True, False], "regression", False),
    ],
)
def test_the_task_that_is_found_or_given(y, task, classifies):
    assert fit(y, task=task)[0].classifies is classifies


@pytest.mark.parametrize(
    ("y", "task", "text"),
    [
        (["a", None, "b", None], None, "'y' must have a value in every row, got 2 missing, first "
         r"in row 2: .*dropna\(subset=\['y'\]\)"),
        ([1.0, np.nan], "regression", "got 1 missing, first in row 2"),
        ([1.0, np.inf], None, "column 'y' must hold finite numbers, got inf in row 2"),
        (["a", "a"], None, "'y' must have at least 2 classes, got only 'a'"),
        ([7.5, 7.5], None, "'y' must have different values, got 7.5 in every row"),
        (["a", "b"], "regression", "column 'y' must hold numbers, got 'a' in row 1"),
        (pd.date_range("2024-01-01", periods=3), None, "must hold numbers or classes, got .* date"),
        ([f"name {i}" for i in range(40)], None, "got 40 different texts in 40 rows, such as 'nam"),
        ([f"${i},000" for i in range(1, 41)] * 2, None, "got '.1,000' in row 1, an amount of mo"),
    ],
)  # fmt: skip
def test_targets_that_are_refused(y, task, text):
    with pytest.raises(DataError, match=text):
        fit(y, task=task)


def test_missing_targets_are_refused_later_too():
    columns, _ = fit(["a", "b"])
    with pytest.raises(DataError, match="'y' must have a value in every row, got 1 missing"):
        columns.transform_target(pd.DataFrame({"y": ["a", None]}))


@pytest.mark.parametrize(
    ("y", "later", "text"),
    [
        (["<=50K", ">50K"], ">50K.", r"got '>50K.' in row 2, which differs from '>50K' by a final "
         r"dot: mend it with frame\['y'\] = frame\['y'\].str.strip\(\).str.rstrip\('.'\)"),
        (["<=50K", ">50K"], " >50K", r"by blanks: mend it with frame\['y'\] = frame\['y'\].str.st"),
        (["<=50K", ">50K"], "other", r"training part \(<=50K, >50K\), got 'other' in row 2: leave"),
        ([1, 2, 1, 2], "2", r"got '2' in row 2, which is no int: .*\['y'\].astype\(int\)"),
        ([1, 2, 1, 2], 5, "got 5 in row 2"),
    ],
)  # fmt: skip
def test_unknown_classes_are_refused_with_row_and_advice(y, later, text):
    columns, _ = fit(y)
    frame = pd.DataFrame({"y": pd.Series([y[0], later], dtype=object)})
    with pytest.raises(DataError, match=text):
        columns.transform_target(frame)


def test_without_a_target():
    columns = Columns.fit(pd.DataFrame({"x": [1, 2]}), target=None)
    assert not columns.classifies
    for call in (
        lambda: columns.transform_target(None),
        lambda: columns.target_of(np.ones((1, 2))),
    ):
        with pytest.raises(DataError, match="these columns have no target"):
            call()


def test_values_that_are_refused():
    with pytest.raises(ValueError, match="'y' must have at least 2 different classes, got"):
        ClassTarget("y", ("a",))
    with pytest.raises(ValueError, match="'y' must have a finite mean and a scale above 0"):
        QuantityTarget("y", 0.0, 0.0)
