"""Columns of text that become float32 numbers; an error names the row, the line and the column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from jaxnn.data.quantities import advice, as_number
from jaxnn.errors import DataError

# what files contain where a value is missing
MISSING = {
    *("", "?", "NA", "N/A", "na", "n/a", "#N/A", "#NA", "<NA>", "NULL", "Null", "null", "None"),
    *("NaN", "nan", "NAN", "-NaN", "-nan"),
}
_TEXT_TO_PANDAS = {"?", "na", "Null", "NAN"}  # those that pandas does not read as missing

_INDEX = (
    "; where it is the index of a pandas data frame, leave it out with "
    "frame.to_csv(path, index=False), or name it with index_label='row'"
)

Place = tuple[int, int]
"""The number of a row, from 1, and the line that it ends on; line 0 where a file has no lines."""


class Table(NamedTuple):
    """Rows of text from the file `path`, one place for each; `decimal` is "." or ","."""

    path: str
    names: tuple[str, ...]
    rows: list[list[str]]
    places: list[Place]
    decimal: str = "."

    def cells(self, name: str) -> Iterator[tuple[str, Place]]:
        """Yield each cell of a column with its place; refuse missing values."""
        column = self.names.index(name)
        for row, where in zip(self.rows, self.places, strict=True):
            text = row[column]
            if text in MISSING:
                raise DataError(
                    f"{self.path}: column {name!r} must have no missing values, "
                    f"got {text!r} {place(*where)}{without_missing(name, text)}"
                )
            yield text, where


def place(row: int, line: int) -> str:
    """Return the place of a row in words."""
    return f"in row {row} (line {line})" if line else f"in row {row}"


def check_columns(path: str, header: Sequence[str], target: str) -> None:
    """Raise an error unless every column has its own name, and the target is one of several."""
    first_line = _hint_of_numbers(header)
    for i, name in enumerate(header):
        if not name:
            hint = _INDEX if i == 0 else first_line or "; name it, or take it out"
            raise ValueError(f"{path}: column {i + 1} must have a name in the header, got ''{hint}")
        if name in header[:i]:
            raise ValueError(
                f"{path}: column names must differ, got {name!r} for columns "
                f"{header.index(name) + 1} and {i + 1}{first_line}"
            )
    if target not in header:
        hint = "; is the delimiter right?" if len(header) == 1 else first_line
        raise ValueError(
            f"target must be one of the columns {', '.join(map(repr, header))} of {path}, "
            f"got {target!r}{hint}"
        )
    if len(header) == 1:
        raise ValueError(f"{path} must have a column beside the target {target!r}, got none")


def _hint_of_numbers(header: Sequence[str]) -> str:
    """Return how to add a header where the first line holds numbers; "" where it holds names."""
    if not any(as_number(cell) is not None for cell in header):
        return ""
    return (
        "; its first line holds numbers: where the file has no header, write the names of the "
        f"{len(header)} columns into its first line, such as "
        "pandas.read_csv(path, header=None, names=[…]).to_csv(new_path, index=False)"
    )


def without_missing(column: str, text: str | None) -> str:
    """Return how to write the file without missing values; they are written as text, or as null."""
    read = "" if text not in _TEXT_TO_PANDAS else f", read with na_values=[{text!r}]"
    return (
        f"; with pandas{read}, leave such rows out, frame.dropna(subset=[{column!r}]), or fill "
        f"them, frame.fillna({{{column!r}: value}}), and write the frame with index=False"
    )


def inputs(table: Table, target: str) -> np.ndarray:
    """Return all columns but the target, one example per row, (k, n_0) float32."""
    names = [name for name in table.names if name != target]
    X = np.empty((len(table.rows), len(names)), np.float32)
    for i, name in enumerate(names):
        X[:, i] = numbers(table, name)
    return X


def numbers(table: Table, name: str, *, is_target: bool = False) -> np.ndarray:
    """Return a column as (k,) float32; refuse missing, text, infinite and too large values."""
    largest = float(np.finfo(np.float32).max)
    column = table.names.index(name)
    plain = plain_numbers([row[column] for row in table.rows], table.decimal)
    if plain is not None and (np.abs(plain) <= largest).all():
        return plain.astype(np.float32)
    values = np.empty(len(table.rows), np.float32)
    for j, (text, where) in enumerate(table.cells(name)):
        value = as_number(text, table.decimal)
        if value is None:
            hint = advice(text, table.decimal, None if is_target else name)
            raise DataError(
                f"{table.path}: column {name!r} must hold numbers, got {text!r} {place(*where)}"
                f"{hint}"
            )
        if not math.isfinite(value) and "n" in text.lower():  # inf or nan, not 1e999
            raise DataError(
                f"{table.path}: column {name!r} must hold finite numbers, got {text!r} "
                f"{place(*where)}"
            )
        if abs(value) > largest:
            raise DataError(
                f"{table.path}: column {name!r} must fit float32 (at most {largest:.4g}), "
                f"got {text!r} {place(*where)}; rescale it"
            )
        values[j] = value
    return values


def plain_numbers(texts: list[str], decimal: str) -> np.ndarray | None:
    """Return `as_number` of all texts at once, (k,); None: some text needs a look of its own."""
    together = "".join(texts)
    if "_" in together or not together.isascii():
        return None
    if decimal == ",":
        if "." in together:
            return None
        texts = [text.replace(",", ".") for text in texts]
    try:
        return np.array(texts, np.float64)
    except ValueError:
        return None
