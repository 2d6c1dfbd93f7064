"""A table of numbers from a CSV file, refused with row, line and column where it is not one."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from typing import NamedTuple, TextIO

import numpy as np

from jaxnn.data.compressed import compression_of, refusal, unpacked
from jaxnn.data.quantities import as_number, cause
from jaxnn.errors import DataError

MISSING = {
    *("", "?", "NA", "N/A", "na", "n/a", "#N/A", "#NA", "<NA>", "NULL", "Null", "null", "None"),
    *("NaN", "nan", "NAN", "-NaN", "-nan"),
}
"""What files write where a value is missing."""

_VALUES_TO_PANDAS = {"?", "na", "Null", "NAN"}
"""Those of them that pandas reads as text."""

_INDEX = (
    "; where it is the index of a pandas data frame, leave it out with "
    "frame.to_csv(path, index=False), or name it with index_label='row'"
)


class Table(NamedTuple):
    """The text of a CSV file, or of some of its rows.

    Attributes:
        path: of the file.
        names: of the columns.
        rows: the cells.
        places: for each row its number in the file, from 1, and the line that it ends on; 0 where
            the file has no lines.
        decimal: "." or ",", what stands before the decimals of a number.
    """

    path: str
    names: tuple[str, ...]
    rows: list[list[str]]
    places: list[tuple[int, int]]
    decimal: str = "."

    def cells(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield each cell of a column with its place, refusing missing values."""
        column = self.names.index(name)
        for row, where in zip(self.rows, self.places, strict=True):
            if row[column] in MISSING:
                raise DataError(
                    f"{self.path}: column {name!r} must have no missing values, "
                    f"got {row[column]!r} {place(*where)}"
                    f"{without_missing(name, row[column])}"
                )
            yield row[column], place(*where)


def place(row: int, line: int) -> str:
    """Return where a row is, in words.

    >>> place(1, 2), place(1, 0)
    ('in row 1 (line 2)', 'in row 1')
    """
    return f"in row {row} (line {line})" if line else f"in row {row}"


def read_table(path: str | os.PathLike[str], target: str, delimiter: str, decimal: str) -> Table:
    """Return the text of a CSV file with a header, stripped of surrounding blanks, blank lines out.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: an archive, not UTF-8, broken quotes, no header, no target, no rows, rows of
            another length.
    """
    check_delimiter(delimiter)
    check_decimal(decimal)
    name = os.fspath(path)
    with open_text(path, unpacks=True) as file:
        records = rows_of(file, name, delimiter)
        _, header = read_header(records, name, target)
        found = list(records)
    if not found:
        raise DataError(f"{name} must have at least one row after the header, got none")
    places = [(i, line) for i, (line, _) in enumerate(found, start=1)]
    for where, (_, row) in zip(places, found, strict=True):
        check_width(name, header, row, where)
    return Table(name, header, [row for _, row in found], places, decimal)


def check_delimiter(delimiter: str) -> None:
    """Raise an error unless a delimiter can be one."""
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n"':
        raise ValueError(f"delimiter must be one character, got {delimiter!r}")


def check_decimal(decimal: str) -> None:
    """Raise an error unless a mark before decimals is one that numbers are written with."""
    if decimal not in (".", ","):
        raise ValueError(f"decimal must be '.' or ',', got {decimal!r}")


@contextmanager
def open_text(path: str | os.PathLike[str], *, unpacks: bool = False) -> Iterator[TextIO]:
    """Open a CSV file, its line ends as they are, a byte-order mark left out.

    Args:
        path: of the file.
        unpacks: read a compressed one; it is refused otherwise, for it can be read only in order.
    """
    name, as_text = os.fspath(path), partial(TextIOWrapper, encoding="utf-8-sig", newline="")
    with open(path, "rb") as file:
        found = compression_of(file)
        if found is None:
            with as_text(file) as text:
                yield text
        elif unpacks:
            with unpacked(file, name, found) as content, as_text(content) as text:
                yield text
        else:
            raise refusal(name, found)


def rows_of(
    file: TextIO, name: str, delimiter: str, line: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows from where the file stands, stripped, blank ones left out.

    Between two rows the file stands behind the first of them, so that `file.tell()` is where a
    later reading can begin.

    Args:
        file: of `open_text`.
        name: its path, for messages.
        delimiter: between the cells.
        line: lines before where the file stands.

    Yields:
        (line, cells): the line that a row ends on, from 1, and its cells.
    """
    reader = csv.reader(
        iter(file.readline, ""),
        delimiter=delimiter,
        skipinitialspace=delimiter != " ",
        strict=True,
    )
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if cells not in ([], [""]):
                yield line + reader.line_num, cells
    except csv.Error as error:
        raise ValueError(
            f"{name}: line {line + reader.line_num} must be CSV, got: {error}"
        ) from None
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{name} must be UTF-8 text, got byte 0x{error.object[error.start]:02x} "
            f"({error.reason}); save it as UTF-8"
        ) from None


def read_header(
    records: Iterator[tuple[int, list[str]]], name: str, target: str
) -> tuple[int, tuple[str, ...]]:
    """Return the line that the header ends on, and the names of the columns."""
    line, header = next(records, (0, None))
    if header is None:
        raise DataError(f"{name} must begin with a header row, got an empty file")
    check_columns(name, header, target)
    return line, tuple(header)


def check_width(name: str, header: tuple[str, ...], row: list[str], where: tuple[int, int]) -> None:
    """Raise an error unless a row has one value per column."""
    if len(row) != len(header):
        raise DataError(
            f"{name}: row {where[0]} (line {where[1]}) must have {len(header)} values, one per "
            f"column, got {len(row)}"
        )


def check_columns(path: str, header: list[str], target: str) -> None:
    """Raise an error unless all columns have names of their own, and the target is one of them."""
    values = _no_header(header)
    for i, name in enumerate(header):
        if not name:
            hint = _INDEX if i == 0 else values or "; name it, or take it out"
            raise ValueError(f"{path}: column {i + 1} must have a name in the header, got ''{hint}")
        if name in header[:i]:
            raise ValueError(
                f"{path}: column names must differ, got {name!r} for columns "
                f"{header.index(name) + 1} and {i + 1}{values}"
            )
    if target not in header:
        hint = "; is the delimiter right?" if len(header) == 1 else values
        raise ValueError(
            f"target must be one of the columns {', '.join(map(repr, header))} of {path}, "
            f"got {target!r}{hint}"
        )
    if len(header) == 1:
        raise ValueError(f"{path} must have a column beside the target {target!r}, got none")


def _no_header(header: list[str]) -> str:
    """Return what to do where the first line of a file holds numbers; empty: it names columns."""
    if not any(as_number(cell) is not None for cell in header):
        return ""
    return (
        "; its first line holds numbers: where the file has no header, write the names of the "
        f"{len(header)} columns into its first line, such as "
        "pandas.read_csv(path, header=None, names=[…]).to_csv(new_path, index=False)"
    )


def without_missing(column: str, text: str | None) -> str:
    """Return how to write a file without missing values, which are written so; None: as null."""
    read = "" if text not in _VALUES_TO_PANDAS else f", read with na_values=[{text!r}]"
    return (
        f"; with pandas{read}, leave such rows out, frame.dropna(subset=[{column!r}]), or fill "
        f"them, frame.fillna({{{column!r}: value}}), and write the frame with index=False"
    )


def numbers(table: Table, name: str, *, is_target: bool = False) -> np.ndarray:
    """Return a column of finite numbers, (m,) float32.

    Raises:
        ValueError: a cell is missing, text, infinite, or too large for float32.
    """
    largest = float(np.finfo(np.float32).max)
    column = table.names.index(name)
    plain = _plain_numbers([row[column] for row in table.rows], table.decimal)
    if plain is not None and (np.abs(plain) <= largest).all():
        return plain.astype(np.float32)
    values = np.empty(len(table.rows), np.float32)
    for j, (text, where) in enumerate(table.cells(name)):
        value = as_number(text, table.decimal)
        if value is None:
            raise DataError(
                f"{table.path}: column {name!r} must hold numbers, got {text!r} {where}"
                f"{cause(text, table.decimal, options=True, of=None if is_target else name)}"
            )
        if not math.isfinite(value) and "n" in text.lower():
            raise DataError(
                f"{table.path}: column {name!r} must hold finite numbers, got {text!r} {where}"
            )
        if abs(value) > largest:
            raise DataError(
                f"{table.path}: column {name!r} must fit float32 (at most {largest:.4g}), "
                f"got {text!r} {where}; rescale it"
            )
        values[j] = value
    return values


def _plain_numbers(texts: list[str], decimal: str) -> np.ndarray | None:
    """Return what `as_number` says of each text, much sooner; None: look closer."""
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
