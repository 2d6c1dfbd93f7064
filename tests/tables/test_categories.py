"""Categories, yes or no, and what happens to values that the training part does not have."""

import numpy as np
import pandas as pd
import pytest

from jaxnn.errors import DataError
from jaxnn.tables.recipe.category import MOST_CATEGORIES, Category
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.yes_no import YesNo


def fit(values, **options):
    return Columns.fit(pd.DataFrame({"x": values}), target=None, **options)


def rows_of(columns, values):
    return columns.transform(pd.DataFrame({"x": values})).T.tolist()


def test_a_category_is_one_hot_with_places_for_others_and_missing_ones():
    columns = fit(["b"] * 4 + ["a"] * 3 + ["c"] * 3 + ["rare", None])
    assert columns.input_names == ("x = b", "x = a", "x = c", "x = (other)", "x = (missing)")
    assert rows_of(columns, ["a", "rare", "unseen", None, "b"]) == [
        [0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [1, 0, 0, 0, 0],
    ]  # fmt: skip


def test_min_count():
    values = ["a", "a", "b", "b", "c", "d", "d"]
    assert fit(values, min_count=1).input_names[:4] == ("x = a", "x = b", "x = d", "x = c")
    assert fit(values, min_count=2).input_names[:3] == ("x = a", "x = b", "x = d")
    frame = pd.DataFrame({"x": values, "n": range(7)})
    columns = Columns.fit(frame, target=None, min_count=3)
    assert columns.left_out == (("x", "no text is in at least 3 rows"),)


def test_many_categories_get_an_embedding():
    few, many = [f"c{i}" for i in range(32)] * 3, [f"c{i}" for i in range(33)] * 3
    assert fit(few).blocks == (("x", 0, 34, None),)
    assert fit(many).blocks == (("x", 0, 35, 8),)
    assert fit(few, one_hot=5, embedding=3).blocks == (("x", 0, 34, 3),)


def test_the_most_frequent_categories_have_places():
    codes = np.repeat(np.arange(MOST_CATEGORIES + 50), 3).tolist() + [7] * 5
    columns = fit(codes, kinds={"x": "category"})
    (category,) = columns.inputs
    assert len(category.categories) == MOST_CATEGORIES
    assert category.categories[0] == "7"


def test_whole_numbers_as_categories_have_their_text():
    columns = fit([1.0, 2.0, 1.0, np.nan, 2.0, 3.0], kinds={"x": "category"}, min_count=1)
    assert columns.input_names[:3] == ("x = 1", "x = 2", "x = 3")
    assert rows_of(columns, [3, 9]) == [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]


def test_numbers_where_text_was_and_text_where_numbers_were():
    text = fit(["a"] * 3 + ["b"] * 3 + ["c"] * 3)
    with pytest.raises(
        DataError, match=r"'x' must hold text, as in .*, got 7(.0)? in row 2: .*str"
    ):
        rows_of(text, [None, 7])
    codes = fit([1, 2, 3] * 3, kinds={"x": "category"})
    with pytest.raises(DataError, match=r"'x' must hold numbers, as in .*, got 'one' in row 2"):
        rows_of(codes, [1, "one"])
    assert rows_of(text, [None, None]) == [[0, 0, 0, 0, 1]] * 2


def test_categoricals_of_numbers_are_categories():
    frame = pd.DataFrame({"x": pd.Categorical([3, 1, 2] * 3)})
    assert Columns.fit(frame, target=None).input_names[:3] == ("x = 1", "x = 2", "x = 3")


@pytest.mark.parametrize(
    ("values", "name", "rows"),
    [
        ([True, False], "x = True", [1, -1]),
        ([0, 1], "x = 1", [-1, 1]),
        ([0.0, 1.0, np.nan], "x = 1", [-1, 1, 0]),
        ([True, None, False], "x = True", [1, 0, -1]),
        ([True, None, True], "x = True", [1, 0, 1]),
        (["no", "yes", None], "x = yes", [-1, 1, 0]),
        (["Yes", "no"], "x = Yes", [1, -1]),
        (["Male", "Female"], "x = Male", [1, -1]),
    ],
)
def test_two_values_are_one_row(values, name, rows):
    columns = fit(values)
    assert columns.input_names == (name,)
    assert rows_of(columns, values) == [[x] for x in rows]


def test_values_that_yes_or_no_does_not_know_are_0():
    assert rows_of(fit(["no", "yes"]), ["maybe", None, "yes"]) == [[0], [0], [1]]
    assert rows_of(fit([0, 1]), [2, 1]) == [[0], [1]]


def test_truth_values_and_0_and_1_are_the_same():
    assert rows_of(fit([0, 1]), [True, False]) == [[1], [-1]]
    assert rows_of(fit([False, True]), [0.0, np.nan, 1.0]) == [[-1], [0], [1]]
    assert rows_of(fit([0, 1]), [True, None, False]) == [[1], [0], [-1]]


def test_yes_or_no_of_another_type():
    with pytest.raises(
        DataError, match=r"'x' must hold text, as in the training part, got 1 in row 1"
    ):
        rows_of(fit(["no", "yes"]), [1, 0])
    with pytest.raises(DataError, match=r"'x' must hold numbers, as in .*, got 'yes' in row 1"):
        rows_of(fit([0, 1]), ["yes", "no"])


def test_yes_or_no_that_was_asked_for():
    columns = fit([1, 2, 1], kinds={"x": "yes/no"})
    assert rows_of(columns, [1, 2, 3]) == [[-1], [1], [0]]
    with pytest.raises(DataError, match="'x' must have two values as yes/no, got 3: a, b, c"):
        fit(["a", "b", "c"], kinds={"x": "yes/no"})


@pytest.mark.parametrize("kind", ["category", "yes/no"])
def test_dates_are_no_categories(kind):
    frame = pd.DataFrame({"x": pd.date_range("2024-01-01", periods=3)})
    with pytest.raises(DataError, match=r"'x' must hold text or numbers as .*, got values of type"):
        Columns.fit(frame, target=None, kinds={"x": kind})
    with pytest.raises(DataError, match=r"got values of type list: .*astype"):
        fit([[1], [2]], kinds={"x": kind})


def test_values_that_are_refused():
    with pytest.raises(ValueError, match="category 'x' must have different texts"):
        Category("x", ("a", "a"), False, None)
    with pytest.raises(
        ValueError, match=r"'x' must have an embedding of width 1 or more, .* got 0"
    ):
        Category("x", ("a",), False, 0)
    with pytest.raises(ValueError, match="yes/no 'x' must have two values, got 'a' twice"):
        YesNo("x", "a", "a", False)
