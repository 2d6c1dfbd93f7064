"""The values of a column of `as_frame`: what it holds, and its different values as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def holds(column: pd.Series) -> str:
    """Return what a column of `as_frame` holds: number, bool, date, text, nothing, or its type."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "number"
    if dtype.kind in "iuf":
        is_empty = dtype.kind == "f" and bool(np.isnan(column.iloc[0])) and column.isna().all()
        return "nothing" if is_empty else "number"
    if dtype.kind in "bM":
        return {"b": "bool", "M": "nothing" if column.isna().all() else "date"}[dtype.kind]
    if dtype.kind != "O":
        return str(dtype)
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in ("string", "boolean"):
        return {"string": "text", "boolean": "bool"}[kind]
    odd = {type(value).__name__ for value in column if not isinstance(value, _SCALARS)}
    return ", ".join(sorted(odd)) or "text"


_SCALARS = (str, bool, int, float, np.generic, type(None))


class Texts(NamedTuple):
    """The different values of a column as texts, and for each row the index of its text, or −1."""

    codes: np.ndarray
    texts: tuple[str, ...]


def texts_of(column: pd.Series) -> Texts:
    """Return the values of a column as texts, in the order of their first rows."""
    codes, values = different(column)
    texts = tuple(map(text_of, values))
    if len(set(texts)) == len(texts):
        return Texts(codes, texts)
    place = {text: i for i, text in enumerate(dict.fromkeys(texts))}  # 1 and "1" are one
    merged = np.array([place[text] for text in texts] + [-1])  # code −1 takes the last
    return Texts(merged[codes], tuple(place))


def different(column: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Return for each row the index of its value, −1 where missing, and the different values."""
    import pandas as pd

    codes, values = pd.factorize(column)
    return codes, np.asarray(values).tolist() if column.dtype.kind != "M" else list(values)


def text_of(value: Any) -> str:
    """Return a value as text, whole numbers without a decimal point.

    >>> text_of(1.0), text_of(1.5), text_of("1.0"), text_of(True)
    ('1', '1.5', '1.0', 'True')
    """
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if whole else str(value)


def column_of(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of a table."""
    return cast("pd.Series", table[name])


def first_row(found: np.ndarray) -> int:
    """Return the number, from 1, of the first row for which `found` is true."""
    return int(np.argmax(found)) + 1
