"""Cells of a table that become float32 numbers; an error names the file, row, line and column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from jaxnn.data.quantities import advice, as_number
from jaxnn.errors import DataError

# what files contain where a value is missing
MISSING = {
    *("", "?", "NA", "N/A", "na", "n/a", "#N/A", "#NA", "<NA>", "NULL", "Null", "null", "None"),
    *("NaN", "nan", "NAN", "-NaN", "-nan"),
}

LARGEST = float(np.finfo(np.float32).max)

_INDEX = (
    "; where it is the index of a pandas data frame, leave it out with "
    "frame.to_csv(path, index=False), or name it with index_label='row'"
)

Place = Callable[[int], str]
"""The number of a row, from 1 -> its place in words."""


def place(row: int, line: int = 0) -> str:
    """Return the place of a row in words; line 0 where a file has no lines."""
    return f"in row {row} (line {line})" if line else f"in row {row}"


def check_names(path: str, names: Sequence[str]) -> None:
    """Raise an error unless every column has its own name."""
    first: dict[str, int] = {}
    for i, name in enumerate(names):
        if not name:
            hint = _INDEX if i == 0 else "; name it, or take it out"
            raise ValueError(f"{path}: column {i + 1} must have a name in the header, got ''{hint}")
        if first.setdefault(name, i) != i:
            raise ValueError(
                f"{path}: column names must differ, got {name!r} for columns "
                f"{first[name] + 1} and {i + 1}"
            )


def check_target(path: str, names: Sequence[str], target: str) -> None:
    """Raise an error unless the target is one of several columns."""
    if target not in names:
        hint = "; is the delimiter right?" if len(names) == 1 else ""
        raise ValueError(
            f"target must be one of the columns {', '.join(map(repr, names))} of {path}, "
            f"got {target!r}{hint}"
        )
    if len(names) == 1:
        raise ValueError(f"{path} must have a column beside the target {target!r}, got none")


def missing(path: str, column: str, got: str, where: str) -> DataError:
    """Return the error for a missing value."""
    return DataError(
        f"{path}{': ' * bool(path)}column {column!r} must have no missing values, got {got} "
        f"{where}; jaxnn.fit_table takes missing values; or leave such rows out with "
        f"pandas, frame.dropna(subset=[{column!r}])"
    )


def too_large(path: str, column: str, got: str, where: str) -> DataError:
    """Return the error for a value that float32 does not hold."""
    return DataError(
        f"{path}: column {column!r} must fit float32 (at most {LARGEST:.4g}), got {got} {where}; "
        "rescale it"
    )


def numbers(
    path: str,
    names: Sequence[str],
    rows: Iterable[tuple[int, int, list[str]]],
    columns: Sequence[str],
    decimal: str,
    target: str,
) -> np.ndarray:
    """Return columns of rows of text as float32, (k, n); refuse the first cell that is no number.

    This is slow: it reads what a fast reader did not take.

    Args:
        path: of the file, for errors.
        names: of all columns.
        rows: number, line and cells of each.
        columns: those to read.
        decimal: "." or ",".
        target: the name of the target, for errors.
    """
    which = [(names.index(name), name) for name in columns]
    values = [
        [_number(path, name, cells[i], place(row, line), decimal, name == target)
         for i, name in which]
        for row, line, cells in rows
    ]  # fmt: skip
    return np.array(values, np.float32).reshape(-1, len(columns))


def _number(path: str, name: str, text: str, where: str, decimal: str, is_target: bool) -> float:
    """Return the number in a cell; refuse missing, text, infinite and too large values."""
    if text in MISSING:
        raise missing(path, name, repr(text), where)
    value = as_number(text, decimal)
    if value is None:
        hint = advice(text, decimal, None if is_target else name)
        raise DataError(f"{path}: column {name!r} must hold numbers, got {text!r} {where}{hint}")
    if not math.isfinite(value) and "n" in text.lower():  # inf or nan, not 1e999
        raise DataError(f"{path}: column {name!r} must hold finite numbers, got {text!r} {where}")
    if abs(value) > LARGEST:
        raise too_large(path, name, repr(text), where)
    return value
