"""The check that a column of categories has the type that it had when the recipe was fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jaxnn.errors import DataError
from jaxnn.tables.recipe.values import first_row, holds

if TYPE_CHECKING:
    import pandas as pd


def check_type(column: pd.Series, name: str, *, numeric: bool) -> None:
    """Raise an error where numbers were and text is, or the other way round."""
    what = holds(column)
    if what == "nothing" or (numeric and what in ("number", "bool")):
        return
    if not numeric and what == "text":
        return
    there = np.asarray(column.notna())
    if numeric and what == "text":
        there = there & np.array([isinstance(value, str) for value in column])
    row = first_row(there)
    value = column.iloc[row - 1]
    if isinstance(value, np.generic):
        value = value.item()
    rule, mend = ("numbers", "pandas.to_numeric({0})") if numeric else ("text", "{0}.astype(str)")
    raise DataError(
        f"column {name!r} must hold {rule}, as in the training part, got "
        f"{value!r} in row {row}: convert it with frame[{name!r}] = "
        + mend.format(f"frame[{name!r}]")
    )
