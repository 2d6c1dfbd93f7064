"""The target column of a table: quantities, or classes with their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.preparation import one_hot
from jaxnn.data.quantities import advice, as_key, as_number, quantity_among
from jaxnn.data.text_table import Place, Table, numbers, place, plain_numbers
from jaxnn.errors import DataError

# a target of whole numbers with more different values than this is a quantity
MOST_WHOLE_CLASSES = 20

# in a target of at least so many rows, most classes have two examples or more
FEWEST_ROWS_OF_CLASSES = 30


class Target(NamedTuple):
    """A target column: its name, text -> class from 0, and n_L class names; a quantity has none."""

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
        labels = [self.label(text, table.path, where) for text, where in table.cells(self.name)]
        return one_hot(labels, self.n_L).T

    def label(self, text: str, path: str, where: Place) -> int:
        """Return the class of a text; refuse one that was not there when the classes were found."""
        assert self.labels is not None
        if text not in self.labels:
            raise DataError(
                f"{path}: target column {self.name!r} must hold the classes that it had when the "
                f"stream was made, got {text!r} {place(*where)}"
            )
        return self.labels[text]


class TargetSearch:
    """Decides whether a target column holds quantities or classes, from its different texts.

    A bounded search stops at more than 20 different numbers, which are a quantity, so that memory
    does not grow with the file; a text after them is then refused where it is read.
    """

    def __init__(
        self, path: str, name: str, task: str | None, decimal: str = ".", *, bounded: bool = True
    ):
        if task not in (None, "classification", "regression"):
            raise ValueError(f"task must be 'classification', 'regression' or None, got {task!r}")
        self._path, self._name, self._task, self._decimal = path, name, task, decimal
        self._quantity = task == "regression"
        self._first: dict[str, Place] = {}
        self._numbers: set[int | float] | None = set() if bounded and task is None else None

    def see(self, text: str, where: Place) -> None:
        """Take the text of one row."""
        if self._quantity or text in self._first:
            return
        self._first[text] = where
        if self._numbers is None:
            return
        if as_number(text, self._decimal) is None:
            self._numbers = None
            return
        self._numbers.add(as_key(text, self._decimal))
        self._quantity = len(self._numbers) > MOST_WHOLE_CLASSES

    def found(self, examples: int) -> Target:
        """Return the target; refuse a column of so many rows that may be quantities or classes.

        Numbers are one class where their values are equal (1 and 1.0), texts where identical.
        """
        quantity = Target(self._name, None, ())
        if self._quantity or (self._task is None and self._many_numbers()):
            return quantity
        rows, places = [[text] for text in self._first], list(self._first.values())
        column = Table(self._path, (self._name,), rows, places, self._decimal)
        texts = [text for text, _ in column.cells(self._name)]
        values = [as_number(text, self._decimal) for text in texts]
        numeric = None not in values
        if numeric and not np.isfinite(np.array(values, float)).all():
            numbers(column, self._name)  # raises the error that names the place
        keys: list[Any] = [as_key(text, self._decimal) for text in texts] if numeric else texts
        different = sorted(set(keys))
        if self._task is None and not numeric:
            _check_are_classes(column, values, examples)
        many = len(different) > MOST_WHOLE_CLASSES
        if self._task is None and numeric and (many or not all(isinstance(k, int) for k in keys)):
            return quantity
        if len(different) < 2:
            raise DataError(
                f"{self._path}: target column {self._name!r} must have at least 2 classes, "
                f"got only {str(different[0])!r}"
            )
        number = {key: i for i, key in enumerate(different)}
        labels = {text: number[key] for text, key in zip(texts, keys, strict=True)}
        return Target(self._name, labels, tuple(str(key) for key in different))

    def _many_numbers(self) -> bool:
        """Return whether the column has more than 20 different numbers, in one call of NumPy."""
        values = plain_numbers(list(self._first), self._decimal)
        if values is None or not np.isfinite(values).all():
            return False
        return len(np.unique(values)) > MOST_WHOLE_CLASSES


def _check_are_classes(column: Table, values: list[float | None], examples: int) -> None:
    """Raise an error where texts are quantities, or nearly every row has a text of its own."""
    (name,), texts = column.names, [text for (text,) in column.rows]
    whole = [None if value is None else value.is_integer() for value in values]
    shown = quantity_among(texts, whole, examples, MOST_WHOLE_CLASSES)
    where = f"{column.path}: target column {name!r} must hold"
    if shown is not None:
        row, line = column.places[shown]
        hint = advice(texts[shown], column.decimal if line else None, None)
        raise DataError(
            f"{where} numbers or classes, got {texts[shown]!r} {place(row, line)}{hint}; or pass "
            f"task='classification' if its {len(texts)} different values are classes"
        )
    if len(texts) > MOST_WHOLE_CLASSES and values.count(None) < len(values):
        j = values.index(None)
        raise DataError(
            f"{where} numbers or classes, got {len(texts)} different values, some of them "
            f"numbers, and {texts[j]!r} {place(*column.places[j])}; mend it, or pass "
            "task='classification'"
        )
    if examples >= FEWEST_ROWS_OF_CLASSES and 2 * len(texts) > examples:
        raise DataError(
            f"{where} classes that rows have in common, got {len(texts)} different texts in "
            f"{examples} rows, such as {texts[0]!r} {place(*column.places[0])}: they look like "
            "names or free text; take another target, or pass task='classification' if each is a "
            "class"
        )
