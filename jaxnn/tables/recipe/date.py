"""Dates: year, month, weekday and day number, and the hour where a time is not midnight."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jaxnn.errors import DataError
from jaxnn.tables.recipe.quantity import Quantity
from jaxnn.tables.recipe.values import first_row, holds, texts_of

if TYPE_CHECKING:
    import pandas as pd

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?Z?", re.ASCII)
_DAY = 24 * 60 * 60 * 1_000_000  # microseconds


@dataclass(frozen=True)
class Date:
    """A column of dates, with a time or without.

    Attributes:
        name: of the column.
        year: as a quantity.
        day_number: days since 1970-01-01 as a quantity, with a fraction for the time.
        hour: 0 … 24 as a quantity; None where every time of the training part is midnight.
        indicator: whether the last row of X is 1 where the date is missing.

    Rows of X: year, 12 months and 7 weekdays one-hot, day number, hour, "is missing".  The rows of
    year, day number and hour are those of a quantity, with its pieces.  A missing date has the
    median year, day number and hour, and no month or weekday.
    """

    name: str
    year: Quantity
    day_number: Quantity
    hour: Quantity | None
    indicator: bool

    kind = "date"

    @classmethod
    def fit(cls, name: str, column: pd.Series, scaling: str) -> Date:
        """Return the date of a column of the training part."""
        times = times_of(column, name)
        year, _, _, day_number, hour = parts_of(times)
        timed = bool(np.nanmax(hour) > 0)
        return cls(
            name,
            Quantity.fit(f"{name} year", year, scaling),
            Quantity.fit(f"{name} day number", day_number, scaling),
            Quantity.fit(f"{name} hour", hour, scaling) if timed else None,
            bool(np.isnat(times).any()),
        )

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of its rows of X."""
        months = (f"{self.name} month = {month}" for month in range(1, 13))
        weekdays = (f"{self.name} weekday = {weekday}" for weekday in WEEKDAYS)
        year, *rest = (quantity.input_names[: quantity.width] for quantity in self.quantities)
        names = (*year, *months, *weekdays, *(name for names in rest for name in names))
        return (*names, f"{self.name} is missing") if self.indicator else names

    @property
    def pieces(self) -> tuple[bool, ...]:
        """Which of its rows of X are pieces."""
        year, *rest = (quantity.pieces[: quantity.width] for quantity in self.quantities)
        after = (piece for pieces in rest for piece in pieces)
        return (*year, *(False,) * 19, *after, *(False,) * self.indicator)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Year, day number and, where there is one, hour."""
        return (self.year, self.day_number, *([self.hour] if self.hour else []))

    def described(self) -> str:
        """Return what the column becomes, in a few words."""
        names = ("year", "day number", "hour")
        cut = [len(quantity.edges) - 1 for quantity in self.quantities]
        year, *rest = (
            f"{name} in {pieces} pieces" if pieces > 0 else name
            for name, pieces in zip(names, cut, strict=False)
        )
        missing = ["missing or not"] * self.indicator
        return ", ".join([year, "month", "weekday", *rest, *missing])

    def write(self, column: pd.Series, rows: np.ndarray) -> None:
        """Write the column into its rows of X, transposed, (m, places), which are 0."""
        times = times_of(column, self.name)
        year, month, weekday, *rest = parts_of(times)
        here = np.flatnonzero(~np.isnat(times))
        first = self.year.width
        rows[here, month[here] + first] = 1
        rows[here, weekday[here] + first + 12] = 1
        starts = (0, first + 19, first + 19 + self.day_number.width)
        for values, quantity, i in zip((year, *rest), self.quantities, starts, strict=False):
            rows[:, i : i + quantity.width] = quantity.encode(values)
        if self.indicator:
            rows[:, -1] = np.isnat(times)


def parts_of(times: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return year, month from 0, weekday from Monday = 0, day number and hour; NaN: missing."""
    missing, t = np.isnat(times), np.where(np.isnat(times), np.datetime64(0, "us"), times)
    days = t.astype("datetime64[D]").astype(np.int64)
    microseconds = t.astype(np.int64)
    year = t.astype("datetime64[Y]").astype(np.int64) + 1970
    month = t.astype("datetime64[M]").astype(np.int64) % 12
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday
    hour = (microseconds % _DAY) / (_DAY / 24)
    found = year, microseconds / _DAY, hour
    year, day_number, hour = (np.where(missing, np.nan, values) for values in found)
    return year, month, weekday, day_number, hour


def times_of(column: pd.Series, name: str) -> np.ndarray:
    """Return a column of dates as datetime64[us], (m,), NaT where missing; refuse another."""
    what = holds(column)
    if what == "nothing":
        return np.full(len(column), np.datetime64("NaT", "us"))
    if what == "date":
        return column.to_numpy().astype("datetime64[us]")
    if what != "text":
        raise DataError(
            f"column {name!r} must hold dates, got values of type {column.dtype}: convert it with "
            f"frame[{name!r}] = pandas.to_datetime(frame[{name!r}])"
        )
    codes, texts = texts_of(column)
    times = [as_time(text) for text in texts]
    if None in times:
        i = times.index(None)
        row = first_row(codes == i)
        raise DataError(
            f"column {name!r} must hold dates such as 2011-01-31 or 2011-01-31 12:30, got "
            f"{texts[i]!r} in row {row}: convert it with pandas.to_datetime(frame[{name!r}], "
            "format=...)"
        )
    return np.array([*times, "NaT"], "datetime64[us]")[codes]  # code −1 takes the last


def as_time(text: str) -> np.datetime64 | None:
    """Return the time that an ISO text is, or None."""
    if not _ISO.fullmatch(text):
        return None
    try:
        return np.datetime64(text.removesuffix("Z"), "us")
    except ValueError:  # 2011-02-30
        return None


def are_dates(texts: Sequence[str]) -> bool:
    """Return whether all texts are ISO dates."""
    return all(as_time(text) is not None for text in texts)
