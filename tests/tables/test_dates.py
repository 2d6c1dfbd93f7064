"""Dates become year, month, weekday, day number and hour."""

import datetime

import numpy as np
import pandas as pd
import pytest

from jaxnn.errors import DataError
from jaxnn.tables.recipe.columns import Columns

TEXTS = ["1969-12-31", "2024-02-29", "2000-01-01", "2011-07-04", "1900-03-01"]


def fit(values, **options):
    frame = pd.DataFrame({"d": values})
    return Columns.fit(frame, target=None, scaling="none", **options), frame


@pytest.mark.parametrize("of", [list, pd.to_datetime], ids=["text", "datetime64"])
def test_the_parts_of_a_date_are_those_of_the_calendar(of):
    columns, frame = fit(of(TEXTS))
    X = dict(zip(columns.input_names, columns.transform(frame), strict=True))
    assert len(X) == 1 + 12 + 7 + 1
    for j, text in enumerate(TEXTS):
        day = datetime.date.fromisoformat(text)
        assert X["d year"][j] == day.year
        months = [X[f"d month = {month}"][j] for month in range(1, 13)]
        assert months == [month == day.month for month in range(1, 13)]
        weekdays = [name for name in X if "weekday" in name and X[name][j] == 1]
        assert weekdays == [f"d weekday = {day:%A}"]
        assert X["d day number"][j] == (day - datetime.date(1970, 1, 1)).days


def test_a_time_adds_the_hour_and_a_fraction_of_the_day():
    columns, frame = fit(["1970-01-02 12:30", "1970-01-01T18:00:00", "1970-01-03"])
    assert columns.input_names[-2:] == ("d day number", "d hour")
    X = columns.transform(frame)
    np.testing.assert_allclose(X[-2], [1 + 12.5 / 24, 0.75, 2])
    np.testing.assert_allclose(X[-1], [12.5, 18, 0])


def test_a_missing_date_has_medians_and_an_indicator():
    columns, frame = fit(["2001-01-01", None, "2003-05-05", "2002-02-02"])
    assert columns.input_names[-1] == "d is missing"
    x = columns.transform(frame)[:, 1]
    assert x[0] == 2002
    assert x[1:20].tolist() == [0] * 19
    assert x[-1] == 1
    assert (columns.transform(pd.DataFrame({"d": [None]}))[:, 0] == x).all()


def test_dates_are_scaled_as_quantities():
    frame = pd.DataFrame({"d": pd.date_range("2011-01-01", periods=731)})
    X = Columns.fit(frame, target=None).transform(frame)
    assert np.abs(X).max() <= 3
    assert X[20, 365] == 0  # the median day


def test_text_that_is_not_all_dates_is_no_date():
    columns, _ = fit(["2001-01-01"] * 3 + ["2001-02-30"] * 3 + ["soon"] * 3)
    assert columns.inputs[0].kind == "category"


def test_other_values_where_dates_were():
    columns, _ = fit(TEXTS)
    rule = "column 'd' must hold dates such as .*, got '31.12.2024' in row 2"
    with pytest.raises(DataError, match=rule):
        columns.transform(pd.DataFrame({"d": ["2024-12-30", "31.12.2024"]}))
    with pytest.raises(DataError, match="'d' must hold dates, got values of type int64"):
        columns.transform(pd.DataFrame({"d": [20241231]}))


def test_text_and_datetime64_are_the_same():
    columns, frame = fit(TEXTS)
    times = pd.DataFrame({"d": pd.to_datetime(TEXTS)})
    np.testing.assert_array_equal(columns.transform(frame), columns.transform(times))
