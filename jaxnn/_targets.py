"""What a target column holds, quantities or classes, found out while it passes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from jaxnn._csv import MOST_WHOLE_CLASSES, Table, as_key, as_number, check_task, classes, numbers
from jaxnn.data import one_hot
from jaxnn.errors import DataError


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
            return numbers(table, self.name)[:, None]
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
    >>> search.found().class_names
    ('broad', 'needle')
    """

    def __init__(self, path: str, name: str, task: str | None):
        check_task(task)
        self._path, self._name, self._task = path, name, task
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
        if as_number(text) is None:
            self._numbers = None
            return
        self._numbers.add(as_key(text))
        if len(self._numbers) > MOST_WHOLE_CLASSES:  # then only numbers may follow
            self._quantity = True

    def found(self) -> Target:
        """Return what the column is; refuse missing values, a single class, numbers among text."""
        if self._quantity:
            return Target(self._name, None, ())
        texts, places = list(self._places), list(self._places.values())
        found = classes(
            Table(self._path, (self._name,), [[text] for text in texts], places),
            self._name,
            self._task,
        )
        if found is None:
            return Target(self._name, None, ())
        labels, class_names = found
        return Target(self._name, dict(zip(texts, labels.tolist(), strict=True)), class_names)
