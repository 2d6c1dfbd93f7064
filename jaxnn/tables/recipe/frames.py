"""Data frames of pandas, polars, pyarrow and others, as pandas frames of a few plain types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.errors import DataError
from jaxnn.tables.recipe.values import column_of
from jaxnn.textbook.checks.arguments import described

if TYPE_CHECKING:
    import pandas as pd

_ADVICE = {
    "ndarray": "; an array becomes one with pandas.DataFrame(array, columns=names)",
    "dict": "; a dictionary becomes one with pandas.DataFrame(columns)",
    "list": "; a list of records becomes one with pandas.DataFrame(records)",
    "Series": "; a column becomes one with series.to_frame()",
    "LazyFrame": "; collect it first, frame.collect()",
    "str": "; jaxnn.tables.read_table reads a CSV file",
}


def as_frame(frame: Any, argument: str = "frame") -> pd.DataFrame:
    """Return a frame of any library as a pandas frame; the frame that was given is not changed.

    The columns of the result are NumPy's numbers, truth values and datetime64 without a time zone,
    objects (text, and truth values with missing ones), and categoricals of numbers.  Whole numbers
    with missing values are floating, with NaN.  The index of pandas is left out.

    Args:
        frame: of pandas, or an eager frame that narwhals takes: polars, pyarrow and others.  Names
            of columns are text; whole numbers become text.
        argument: its name, for errors.

    Raises:
        TypeError: not a frame, or a column's name is neither text nor a whole number.
        DataError: no row, no column, or two columns of the same name.

    >>> import pandas
    >>> as_frame(pandas.DataFrame({"n": pandas.array([1, None], "Int64")}))["n"].tolist()
    [1.0, nan]
    """
    import narwhals as nw
    import pandas as pd

    frame = nw.to_native(frame, pass_through=True)
    if isinstance(frame, pd.DataFrame):
        names = _names(list(frame.columns))
        _check_size(*frame.shape)
        found = frame.copy(deep=False)
        found.columns, found.index = pd.Index(names, dtype=object), pd.RangeIndex(len(frame))
        for name, dtype in zip(names, found.dtypes, strict=True):
            if not isinstance(dtype, np.dtype) or dtype.kind == "O":
                found[name] = _plain(column_of(found, name))
        return found
    try:
        table = nw.from_native(frame, eager_only=True)
    except TypeError:
        hint = _ADVICE.get(type(frame).__name__, "")
        raise TypeError(
            f"{argument} must be a data frame, of pandas, polars or pyarrow, "
            f"got {described(frame)}{hint}"
        ) from None
    names = _names(table.columns)
    _check_size(*table.shape)
    return pd.DataFrame(
        {name: _from_narwhals(table[old]) for name, old in zip(names, table.columns, strict=True)}
    )


def _names(columns: list[Any]) -> list[str]:
    """Return the names of columns as text; refuse others, and two that are equal."""
    for name in columns:
        if not isinstance(name, str | int | np.integer) or isinstance(name, bool):
            raise TypeError(
                f"the columns of a frame must have text as names, got {described(name)}: rename it"
            )
    names = [str(name) for name in columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the columns of a frame must have different names, got {twice!r} twice")
    return names


def _check_size(rows: int, columns: int) -> None:
    if rows == 0 or columns == 0:
        raise DataError(
            f"a frame must have a row and a column at least, got {rows} rows, {columns} columns"
        )


def _from_narwhals(series: Any) -> np.ndarray | pd.Series:
    """Return a column of polars, pyarrow or another library as an array."""
    import narwhals as nw

    dtype = series.dtype
    if dtype in (nw.Categorical, nw.Enum):
        series = series.cast(nw.String)
    elif dtype == nw.Decimal:
        series = series.cast(nw.Float64)
    elif dtype == nw.Datetime and dtype.time_zone is not None:
        series = series.dt.replace_time_zone(None)
    values = np.asarray(series.to_numpy())
    if values.ndim > 1:  # arrays of one length as values
        values = np.fromiter(iter(values), object, len(values))
    return _of_objects(values) if values.dtype == object else values


def _plain(column: pd.Series) -> np.ndarray | pd.Series:
    """Return a column of pandas that is not of a plain NumPy type as one that is."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        categories = _of_objects(np.asarray(dtype.categories, object))
        return column if categories.dtype.kind in "iuf" else _of_objects(column.to_numpy(object))
    if isinstance(dtype, pd.DatetimeTZDtype):
        return column.dt.tz_localize(None)
    return _of_objects(column.to_numpy(object))


def _of_objects(values: np.ndarray) -> np.ndarray | pd.Series:
    """Return objects as numbers, truth values or dates where all are, else None for missing."""
    import pandas as pd

    kind, missing = pd.api.types.infer_dtype(values, skipna=True), pd.isna(values)
    if kind == "empty":
        return np.full(len(values), np.nan)
    if kind in ("integer", "boolean") and not missing.any():
        return np.array(values.tolist())
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        return np.where(missing, np.nan, values).astype(np.float64)
    if kind in ("date", "datetime", "datetime64"):
        dates = pd.to_datetime(pd.Series(values))
        return dates.dt.tz_localize(None) if getattr(dates.dtype, "tz", None) else dates
    if missing.any():
        values = values.copy()
        values[missing] = None
    return pd.Series(values, dtype=object)  # of an array of texts, pandas 3 makes another type


def as_row(row: Any) -> pd.DataFrame:
    """Return one row as a frame: of a frame of one row, a pandas Series, or a mapping.

    >>> import pandas
    >>> as_row({"height": 20.5, "leaf": "broad"}).shape
    (1, 2)
    """
    import pandas as pd

    if isinstance(row, pd.Series):
        row = row.to_dict()
    frame = as_frame(pd.DataFrame([dict(row)]) if isinstance(row, Mapping) else row, "row")
    if len(frame) != 1:
        raise DataError(f"row must be one row, got a frame of {len(frame):,}: frame.iloc[[i]]")
    return frame
