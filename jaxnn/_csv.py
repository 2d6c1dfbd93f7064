"""A table of numbers from a CSV file, refused with row, line and column where it is not one."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data import one_hot

MOST_WHOLE_CLASSES = 20
"""A target of whole numbers with more different values than this is a quantity, not a class."""

MISSING = {
    *("", "?", "NA", "N/A", "na", "n/a", "#N/A", "#NA", "<NA>", "NULL", "Null", "null", "None"),
    *("NaN", "nan", "NAN", "-NaN", "-nan"),
}
"""What files write where a value is missing."""


class Table(NamedTuple):
    """The text of a CSV file: column names, rows of cells, and the line that each row ends on."""

    path: str
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def cells(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield each cell of a column with its place, refusing missing values."""
        column = self.names.index(name)
        for i, (row, line) in enumerate(zip(self.rows, self.lines, strict=True), start=1):
            place = f"in row {i} (line {line})"
            if row[column] in MISSING:
                raise ValueError(
                    f"{self.path}: column {name!r} must have no missing values, "
                    f"got {row[column]!r} {place}"
                )
            yield row[column], place


def read_columns(
    path: str | os.PathLike[str], *, target: str, task: str | None, delimiter: str
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return X (n_0, m), Y (n_L, m), the names of the inputs and those of the classes."""
    if task not in (None, "classification", "regression"):
        raise ValueError(f"task must be 'classification', 'regression' or None, got {task!r}")
    table = read_table(path, target, delimiter)
    inputs = tuple(name for name in table.names if name != target)
    found = None if task == "regression" else classes(table, target, task)
    rows = np.empty((len(table.rows), len(inputs)), np.float32)
    for i, name in enumerate(inputs):
        rows[:, i] = numbers(table, name)
    if found is None:
        return rows.T, numbers(table, target)[:, None].T, inputs, ()
    labels, class_names = found
    return rows.T, one_hot(labels, len(class_names)), inputs, class_names


def read_table(path: str | os.PathLike[str], target: str, delimiter: str) -> Table:
    """Return the text of a CSV file with a header, stripped of surrounding blanks, blank lines out.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: not UTF-8, broken quotes, no header, no target, no rows, rows of another length.
    """
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n"':
        raise ValueError(f"delimiter must be one character, got {delimiter!r}")
    name = os.fspath(path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(
            file, delimiter=delimiter, skipinitialspace=delimiter != " ", strict=True
        )
        try:
            table = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
        except csv.Error as error:
            raise ValueError(f"{name}: line {reader.line_num} must be CSV, got: {error}") from None
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name} must be UTF-8 text, got byte 0x{error.object[error.start]:02x} "
                f"({error.reason}); save it as UTF-8"
            ) from None
    table = [(line, row) for line, row in table if row not in ([], [""])]
    if not table:
        raise ValueError(f"{name} must begin with a header row, got an empty file")
    header = table[0][1]
    _check_header(name, header, target)
    rows, lines = [row for _, row in table[1:]], [line for line, _ in table[1:]]
    if not rows:
        raise ValueError(f"{name} must have at least one row after the header, got none")
    for i, (row, line) in enumerate(zip(rows, lines, strict=True), start=1):
        if len(row) != len(header):
            raise ValueError(
                f"{name}: row {i} (line {line}) must have {len(header)} values, one per column, "
                f"got {len(row)}"
            )
    return Table(name, tuple(header), rows, lines)


def _check_header(path: str, header: list[str], target: str) -> None:
    for i, name in enumerate(header):
        if not name:
            raise ValueError(f"{path}: column {i + 1} must have a name in the header, got ''")
        if name in header[:i]:
            raise ValueError(
                f"{path}: column names must differ, got {name!r} for columns "
                f"{header.index(name) + 1} and {i + 1}"
            )
    if target not in header:
        hint = "; is the delimiter right?" if len(header) == 1 else ""
        raise ValueError(
            f"target must be one of the columns {', '.join(map(repr, header))} of {path}, "
            f"got {target!r}{hint}"
        )
    if len(header) == 1:
        raise ValueError(f"{path} must have a column beside the target {target!r}, got none")


def numbers(table: Table, name: str) -> np.ndarray:
    """Return a column of finite numbers, (m,) float32.

    Raises:
        ValueError: a cell is missing, text, infinite, or too large for float32.
    """
    largest = float(np.finfo(np.float32).max)
    values = np.empty(len(table.rows), np.float32)
    for j, (text, place) in enumerate(table.cells(name)):
        value = as_number(text)
        if value is None:
            raise ValueError(
                f"{table.path}: column {name!r} must hold numbers, got {text!r} {place}; "
                "encode text as numbers, or leave the column out"
            )
        if not math.isfinite(value) and "n" in text.lower():
            raise ValueError(
                f"{table.path}: column {name!r} must hold finite numbers, got {text!r} {place}"
            )
        if abs(value) > largest:
            raise ValueError(
                f"{table.path}: column {name!r} must fit float32 (at most {largest:.4g}), "
                f"got {text!r} {place}; rescale it"
            )
        values[j] = value
    return values


def classes(table: Table, name: str, task: str | None) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """Return the class of each row, (m,), and the sorted names; None: the column is a quantity.

    Numbers are the same class where their values are equal (1 and 1.0), text where it is identical.

    Raises:
        ValueError: a cell is missing, fewer than two classes, or no telling what the column is.
    """
    texts = [text for text, _ in table.cells(name)]
    values = [as_number(text) for text in texts]
    numeric = None not in values
    if numeric and not np.isfinite(np.array(values, float)).all():
        numbers(table, name)  # which says where
    keys: list[Any] = [as_key(text) for text in texts] if numeric else texts
    different = sorted(set(keys))
    many = len(different) > MOST_WHOLE_CLASSES
    if task is None and numeric and (many or not all(isinstance(key, int) for key in different)):
        return None
    if task is None and many and any(value is not None for value in values):
        j = values.index(None)
        raise ValueError(
            f"{table.path}: target column {name!r} must hold numbers or classes, got "
            f"{len(different)} different values, some of them numbers, and {texts[j]!r} in row "
            f"{j + 1} (line {table.lines[j]}); mend it, or pass task='classification'"
        )
    if len(different) < 2:
        raise ValueError(
            f"{table.path}: target column {name!r} must have at least 2 classes, "
            f"got only {str(different[0])!r}"
        )
    label = {key: i for i, key in enumerate(different)}
    return np.array([label[key] for key in keys]), tuple(str(key) for key in different)


def as_number(text: str) -> float | None:
    """Return the number that a text is, or None.

    >>> as_number("-1.5e3"), as_number("1_000"), as_number("one")
    (-1500.0, None, None)
    """
    if "_" in text or not text.isascii():  # Python's float takes 1_000 and ١; files mean text
        return None
    try:
        return float(text)
    except ValueError:
        return None


def as_key(text: str) -> int | float:
    """Return the number that a numeric text is, whole where it is whole, however long.

    >>> as_key("3.0"), as_key("2.5"), as_key("9007199254740993")
    (3, 2.5, 9007199254740993)
    """
    try:
        return int(text)
    except ValueError:
        value = float(text)
        return int(value) if value.is_integer() else value
