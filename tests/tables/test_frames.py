"""Frames of pandas, polars and pyarrow become the same plain columns."""

import datetime
import decimal

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from jaxnn.errors import DataError
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.frames import as_frame
from jaxnn.tables.recipe.values import holds, texts_of

DAYS = [datetime.date(2024, 1, day) for day in (1, 2, 3)]
RECORDS = {
    "whole": [1, 2, 3],
    "whole, some missing": [1, None, 3],
    "real": [0.5, None, 2.5],
    "truth": [True, False, True],
    "truth, some missing": [True, None, False],
    "text": ["a", "b", None],
    "day": DAYS,
    "time": [datetime.datetime(2024, 1, 1, 12, 30), None, datetime.datetime(2024, 1, 2)],
    "nothing": [None, None, None],
}
LIBRARIES = {
    "pandas": lambda records: pd.DataFrame(records),
    "pandas, nullable": lambda records: pd.DataFrame(records).convert_dtypes(),
    "pandas, pyarrow": lambda records: pd.DataFrame(
        {name: pd.array(values, pd.ArrowDtype(pa.array(values).type))
         for name, values in records.items()}
    ),
    "polars": lambda records: pl.DataFrame(records),
    "pyarrow": lambda records: pa.table(records),
    "narwhals": lambda records: nw.from_native(pl.DataFrame(records)),
    "narwhals of pandas": lambda records: nw.from_native(pd.DataFrame(records)),
}  # fmt: skip


@pytest.fixture(params=LIBRARIES)
def library(request):
    return LIBRARIES[request.param]


@pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")
def test_columns_are_the_same_of_every_library(library):
    table = as_frame(library(RECORDS))
    assert list(table.columns) == list(RECORDS)
    kinds = [holds(table[name]) for name in table]
    assert kinds == [
        "number", "number", "number", "bool", "bool", "text", "date", "date", "nothing",
    ]  # fmt: skip
    assert table["whole"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(table["whole, some missing"], [1, np.nan, 3])
    assert table["truth"].dtype == bool
    assert table["truth, some missing"].tolist() == [True, None, False]
    assert table["text"].tolist() == ["a", "b", None]
    days = table["day"].to_numpy().astype("datetime64[D]").tolist()
    assert days == DAYS
    assert table["time"].isna().tolist() == [False, True, False]


def test_x_is_the_same_to_the_bit(library):
    rng = np.random.default_rng(0)
    records = {
        "real": [None if x < -1 else x for x in rng.normal(size=40).tolist()],
        "whole": rng.integers(0, 100, 40).tolist(),
        "text": rng.choice(["a", "b", "c", "d"], 40).tolist(),
        "truth": rng.choice([True, False], 40).tolist(),
        "day": [datetime.date(2024, 1, 1) + datetime.timedelta(int(d)) for d in range(40)],
        "y": rng.choice(["no", "yes"], 40).tolist(),
    }
    plain = pd.DataFrame(records)
    columns = Columns.fit(plain, target="y")
    frame = library(records)
    assert Columns.fit(frame, target="y") == columns
    np.testing.assert_array_equal(columns.transform(frame), columns.transform(plain))
    np.testing.assert_array_equal(columns.transform_target(frame), columns.transform_target(plain))


def test_categoricals_and_decimals():
    texts, numbers = pd.Categorical(["a", "b", None, "a"]), pd.Categorical([1, 2, 1, None])
    table = as_frame(pd.DataFrame({"text": texts, "codes": numbers}))
    assert table["text"].tolist() == ["a", "b", None, "a"]
    assert texts_of(table["codes"]).texts == ("1", "2")
    assert texts_of(table["codes"]).codes.tolist() == [0, 1, 0, -1]
    assert as_frame(pl.DataFrame({"a": pl.Series(["x", "y"], dtype=pl.Categorical)}))[
        "a"
    ].tolist() == ["x", "y"]
    money = [decimal.Decimal("1.5"), None]
    for frame in (pd.DataFrame({"a": money}), pl.DataFrame({"a": money}), pa.table({"a": money})):
        np.testing.assert_array_equal(as_frame(frame)["a"], [1.5, np.nan])


def test_times_with_a_zone_are_those_of_its_clock():
    times = pd.Series(pd.to_datetime(["2024-07-01 12:00"])).dt.tz_localize("Europe/Berlin")
    for frame in (pd.DataFrame({"t": times}), pl.from_pandas(times.rename("t")).to_frame(),
                  pa.table({"t": times})):  # fmt: skip
        assert as_frame(frame)["t"][0] == pd.Timestamp("2024-07-01 12:00")


def test_values_that_are_no_scalars_stay_objects():
    frames = (
        pl.DataFrame({"a": pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int64, 2))}),
        pl.DataFrame({"a": [[1], [2, 3]]}),
        pa.table({"a": [{"b": 1}, {"b": 2}]}),
        pd.DataFrame({"a": [{1}, {2}]}),
    )
    assert [holds(as_frame(frame)["a"]) for frame in frames] == [
        "ndarray",
        "ndarray",
        "dict",
        "set",
    ]


def test_dictionaries_of_pyarrow_are_text():
    table = pa.table({"a": pa.array(["x", "y", "x"]).dictionary_encode()})
    assert as_frame(table)["a"].tolist() == ["x", "y", "x"]


def test_values_of_one_text_are_one_category():
    column = as_frame(pd.DataFrame({"a": [1, "1", 1.0, None, "b"]}))["a"]
    assert texts_of(column).texts == ("1", "b")
    assert texts_of(column).codes.tolist() == [0, 0, 0, -1, 1]


def test_the_frame_is_not_changed_and_its_index_is_left_out():
    frame = pd.DataFrame({0: pd.array([1, None], "Int64"), "b": ["x", None]}, index=["p", "q"])
    before = frame.copy(deep=True)
    table = as_frame(frame)
    assert list(table.columns) == ["0", "b"]
    assert list(table.index) == [0, 1]
    table["b"] = 3
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (np.ones((2, 3)), "frame must be a data frame, .* got an array .*pandas.DataFrame"),
        ({"a": [1]}, "got a dict; a dictionary becomes one"),
        ([{"a": 1}], "a list of records becomes one"),
        (pd.Series([1]), "got a Series; a column becomes one with series.to_frame"),
        (pl.Series([1]), "got a Series"),
        (pl.DataFrame({"a": [1]}).lazy(), "got a LazyFrame; collect it first"),
        ("train.csv", "got 'train.csv'; jaxnn.tables.read_table reads"),
        (None, "got None"),
        (pd.DataFrame({("a", 1): [1]}), "must have text as names, got .*'a', 1"),
        (pd.DataFrame({1.5: [1]}), "must have text as names, got 1.5"),
    ],
)
def test_what_is_no_frame(frame, text):
    with pytest.raises(TypeError, match=text):
        as_frame(frame)


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (pd.DataFrame({"a": []}), "must have a row and a column at least, got 0 rows, 1 columns"),
        (pd.DataFrame(index=[1, 2]), "got 2 rows, 0 columns"),
        (pl.DataFrame({"a": []}), "got 0 rows"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "different names, got 'a' twice"),
        (pd.DataFrame([[1, 2]], columns=["1", 1]), "different names, got '1' twice"),
    ],
)
def test_frames_that_hold_no_table(frame, text):
    with pytest.raises(DataError, match=text):
        as_frame(frame)


def test_a_frame_of_bytes_is_not_widened():
    frame = pd.DataFrame(np.zeros((3, 2), np.uint8))
    assert {dtype.itemsize for dtype in as_frame(frame).dtypes} == {1}
