"""The kind of a column: quantity, category, yes/no, date, or left out, and what to point out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.data.quantities import as_number, recognise
from jaxnn.errors import DataError
from jaxnn.tables.recipe.category import Category
from jaxnn.tables.recipe.date import Date, are_dates
from jaxnn.tables.recipe.values import different, holds, text_of, texts_of
from jaxnn.tables.recipe.yes_no import YesNo

if TYPE_CHECKING:
    import pandas as pd

READ = ("number", "bool", "date", "text")
KINDS = ("quantity", "category", "yes/no", "date")
FEWEST_ROWS = 30  # fewer do not show that a column holds names or numbers of rows
_IDENTIFIER = re.compile(
    r"(?:^|.*[\W_])(?:id|idx|index|instant|row|key|uuid|number)$|.*[a-z]I[dD]$", re.ASCII
)


def nothing_in(column: pd.Series) -> str:
    """Return why a column says nothing: all is missing, or every row is the same; else no text."""
    what = holds(column)
    if what == "nothing":
        return "every value is missing"
    if what in READ and (column.to_numpy() == column.iloc[0]).all():
        return f"every row has the value {text_of(column.iloc[0])}"
    return ""


def kind_of(column: pd.Series) -> tuple[str | None, str]:
    """Return the kind of a column of the training part, or None and why it is left out."""
    what = holds(column)
    if what not in READ:
        return None, f"it holds values of type {what}"
    if what == "number" and column.dtype.kind in "iuf":
        values = column.to_numpy()
        truth = (np.nanmin(values), np.nanmax(values)) == (0, 1) and (
            (values == 0) | (values == 1) | (values != values)
        ).all()
        return "yes/no" if truth else "quantity", ""
    texts = texts_of(column)
    k, rows = len(texts.texts), int((texts.codes >= 0).sum())
    if what == "date" or (what == "text" and are_dates(texts.texts)):
        return "date", ""
    if what == "bool" or (what == "text" and k == 2):
        return "yes/no", ""
    if what == "text" and rows >= FEWEST_ROWS and 2 * k > rows:
        return None, f"{k} different texts in {rows} rows: names or free text"
    return "category", ""


def fit_kind(
    column: pd.Series, name: str, kind: str, scaling: str, **places: Any
) -> Category | YesNo | Date | None:
    """Return a column of the training part as the kind says; None: all categories are too rare."""
    if kind == "date":
        return Date.fit(name, column, scaling)
    what = holds(column)
    if what not in READ or what == "date":
        of = column.dtype if what == "date" else what
        raise DataError(
            f"column {name!r} must hold text or numbers as {kind}, got values of type {of}: "
            f"convert it with frame[{name!r}] = frame[{name!r}].astype(str)"
        )
    found, numeric = texts_of(column), what != "text"
    if kind == "category":
        return Category.fit(name, found, numeric=numeric, **places)
    texts = found.texts
    if (numeric and set(texts) < {"0", "1"}) or set(texts) < {"False", "True"}:
        texts = ("False", "True") if what == "bool" else ("0", "1")
    if len(texts) != 2:
        few = ", ".join(texts[:5]) + (", …" if len(texts) > 5 else "")
        raise DataError(f"column {name!r} must have two values as yes/no, got {len(texts)}: {few}")
    return YesNo.fit(name, texts, numeric=numeric)


def notes_on(column: pd.Series, name: str, kind: str | None) -> list[str]:
    """Return sentences on a column that may be an identifier, or numbers written as text."""
    if kind == "quantity" and column.dtype.kind in "iuf":
        if _looks_like_identifier(column.to_numpy(), name):
            return [
                f"{name!r} looks like an identifier: leave it out with drop=[{name!r}] if it is one"
            ]
    elif kind in ("category", None) and holds(column) == "text":
        texts = [value for value in different(column)[1] if isinstance(value, str)][:1000]
        numbers = [t for t in texts if as_number(t.strip()) is not None or recognise(t.strip())]
        if texts and 10 * len(numbers) >= 9 * len(texts) and len(texts) > 1:
            return [
                f"{name!r} holds numbers written as text, such as {numbers[0]!r}: write them as "
                "plain numbers, and the column is a quantity"
            ]
    return []


def _looks_like_identifier(values: np.ndarray, name: str) -> bool:
    """Return whether numbers are whole, and different in every row or named like an identifier."""
    rows = len(values)
    named = bool(_IDENTIFIER.match(name) or _IDENTIFIER.match(name.lower()))
    wide = rows >= FEWEST_ROWS and float(np.nanmax(values)) - float(np.nanmin(values)) >= rows - 1
    if not named and not wide:
        return False
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():  # nor with NaN
        return False
    return named or len(np.unique(values)) == rows
