"""What the target column of a table holds, quantities or classes; found out while it passes by."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.csv_text import Table, numbers, place, read_table
from jaxnn.data.preparation import one_hot
from jaxnn.data.quantities import as_key, as_number, cause, quantity_among
from jaxnn.errors import DataError

MOST_WHOLE_CLASSES = 20
"""A target of whole numbers with more different values than this is a quantity, not a class."""

FEWEST_ROWS_OF_CLASSES = 30
"""In a target of at least so many rows, most classes have two examples or more."""


class Target(NamedTuple):
    """What the target column of a table is.

    Attributes:
        name: of the column.
        labels: text -> class, from 0; None: the column is a quantity.
        class_names: the n_L classes; empty for a quantity.
    """

    name: str
    labels: Mapping[str, int] | None
    class_names: tuple[str, ...]

    @property
    def n_L(self) -> int:
        """The number of rows of Y."""
        return len(self.class_names) or 1

    def rows(self, table: Table) -> np.ndarray:
        """Return the targets of a table as rows (k, n_L), one-hot where they are classes."""
        if self.labels is None:
            return numbers(table, self.name, is_target=True)[:, None]
        found = [self.label(text, table.path, where) for text, where in table.cells(self.name)]
        return one_hot(found, self.n_L).T

    def label(self, text: str, path: str, where: str) -> int:
        """Return the class of a text, which the first look must have seen."""
        assert self.labels is not None
        if text not in self.labels:
            raise DataError(
                f"{path}: target column {self.name!r} must hold the classes that it had when the "
                f"stream was made, got {text!r} {where}"
            )
        return self.labels[text]


class TargetSearch:
    """Sees the texts of a target column one after the other, and keeps the different ones only.

    The rules are those of `jaxnn.from_csv`.

    >>> search = TargetSearch("t.csv", "kind", None)
    >>> for row, text in enumerate(["broad", "needle", "broad"], start=1):
    ...     search.see(text, (row, row + 1))
    >>> search.found(examples=3).class_names
    ('broad', 'needle')
    """

    def __init__(self, path: str, name: str, task: str | None, decimal: str = "."):
        check_task(task)
        self._path, self._name, self._task, self._decimal = path, name, task, decimal
        self._quantity = task == "regression"
        self._places: dict[str, tuple[int, int]] = {}
        self._numbers: set[int | float] | None = set()

    def see(self, text: str, where: tuple[int, int]) -> None:
        """Count a text, seen in that row and line."""
        if self._quantity or text in self._places:
            return
        self._places[text] = where
        if self._task is not None or self._numbers is None:
            return
        if as_number(text, self._decimal) is None:
            self._numbers = None
            return
        self._numbers.add(as_key(text, self._decimal))
        if len(self._numbers) > MOST_WHOLE_CLASSES:  # then only numbers may follow
            self._quantity = True

    def found(self, examples: int) -> Target:
        """Return what the column of so many rows is; refuse what `classes` refuses."""
        if self._quantity:
            return Target(self._name, None, ())
        texts, places = list(self._places), list(self._places.values())
        found = classes(
            Table(self._path, (self._name,), [[text] for text in texts], places, self._decimal),
            self._name,
            self._task,
            examples,
        )
        if found is None:
            return Target(self._name, None, ())
        labels, class_names = found
        return Target(self._name, dict(zip(texts, labels.tolist(), strict=True)), class_names)


def check_task(task: str | None) -> None:
    """Raise an error unless a task is one that there is."""
    if task not in (None, "classification", "regression"):
        raise ValueError(f"task must be 'classification', 'regression' or None, got {task!r}")


def read_columns(
    path: str | os.PathLike[str], *, target: str, task: str | None, delimiter: str, decimal: str
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return X (n_0, m), Y (n_L, m), the names of the inputs and those of the classes."""
    check_task(task)
    table = read_table(path, target, delimiter, decimal)
    inputs = tuple(name for name in table.names if name != target)
    found = None if task == "regression" else classes(table, target, task, len(table.rows))
    rows = np.empty((len(table.rows), len(inputs)), np.float32)
    for i, name in enumerate(inputs):
        rows[:, i] = numbers(table, name)
    if found is None:
        return rows.T, numbers(table, target, is_target=True)[:, None].T, inputs, ()
    labels, class_names = found
    return rows.T, one_hot(labels, len(class_names)), inputs, class_names


def classes(
    table: Table, name: str, task: str | None, examples: int
) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """Return the class of each row, (m,), and the sorted names; None: the column is a quantity.

    Numbers are the same class where their values are equal (1 and 1.0), text where it is identical.

    Args:
        table: with the column; of a long file, the rows with the different values.
        name: of the column.
        task: what it is said to be.
        examples: rows of the whole file.

    Raises:
        ValueError: a cell is missing, fewer than two classes, or no telling what the column is.
    """
    texts = [text for text, _ in table.cells(name)]
    values = [as_number(text, table.decimal) for text in texts]
    numeric = None not in values
    if numeric and not np.isfinite(np.array(values, float)).all():
        numbers(table, name)  # which says where
    keys: list[Any] = [as_key(text, table.decimal) for text in texts] if numeric else texts
    different = sorted(set(keys))
    many = len(different) > MOST_WHOLE_CLASSES
    if task is None and numeric and (many or not all(isinstance(key, int) for key in different)):
        return None
    if task is None and not numeric:
        _check_are_classes(table, name, texts, values, examples)
    if len(different) < 2:
        raise DataError(
            f"{table.path}: target column {name!r} must have at least 2 classes, "
            f"got only {str(different[0])!r}"
        )
    label = {key: i for i, key in enumerate(different)}
    return np.array([label[key] for key in keys]), tuple(str(key) for key in different)


def _check_are_classes(
    table: Table, name: str, texts: list[str], values: list[float | None], examples: int
) -> None:
    """Raise an error where a target of text holds quantities, or as good as a class a row."""
    first: dict[str, int] = {}
    for j, text in enumerate(texts):
        first.setdefault(text, j)
    different = list(first)
    found = [values[first[text]] for text in different]
    whole = [None if value is None else value.is_integer() for value in found]
    shown = quantity_among(different, whole, examples, MOST_WHOLE_CLASSES)
    where = f"{table.path}: target column {name!r} must hold"
    if shown is not None:
        row, line = table.places[first[different[shown]]]
        raise DataError(
            f"{where} numbers or classes, got {different[shown]!r} {place(row, line)}"
            f"{cause(different[shown], table.decimal, options=bool(line))}; or pass "
            f"task='classification' if its {len(different)} different values are classes"
        )
    if len(different) > MOST_WHOLE_CLASSES and found.count(None) < len(found):
        j = values.index(None)
        raise DataError(
            f"{where} numbers or classes, got {len(different)} different values, some of them "
            f"numbers, and {texts[j]!r} {place(*table.places[j])}; mend it, or pass "
            "task='classification'"
        )
    if examples >= FEWEST_ROWS_OF_CLASSES and 2 * len(different) > examples:
        raise DataError(
            f"{where} classes that rows have in common, got {len(different)} different texts in "
            f"{examples} rows, such as {texts[0]!r} {place(*table.places[0])}: they look like "
            "names or free text; take another target, or pass task='classification' if each is a "
            "class"
        )
