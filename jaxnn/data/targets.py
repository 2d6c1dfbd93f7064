"""The target column of a table: quantities, or classes with their labels."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jaxnn.data.cells import MISSING, Place, missing, place
from jaxnn.data.quantities import advice, as_key, as_number, quantity_among
from jaxnn.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

# a target of whole numbers with more different values than this is a quantity
MOST_WHOLE_CLASSES = 20

# in a target of at least so many rows, most classes have two examples or more
FEWEST_ROWS_OF_CLASSES = 30


# what pandas reads as True and False
_TRUTH = {"True", "TRUE", "true", "False", "FALSE", "false"}


class Target(NamedTuple):
    """A target column: its name, text -> class from 0, and n_L class names; a quantity has none."""

    name: str
    labels: Mapping[str, int] | None
    class_names: tuple[str, ...]

    @property
    def n_L(self) -> int:
        """The number of rows of Y."""
        return len(self.class_names) or 1

    def label(self, text: str, path: str, where: str) -> int:
        """Return the class of a text; refuse one that was not there when the classes were found."""
        assert self.labels is not None
        if text not in self.labels:
            raise DataError(
                f"{path}: target column {self.name!r} must hold the classes that it had when the "
                f"stream was made, got {text!r} {where}"
            )
        return self.labels[text]

    def labels_of(self, column: pd.Series) -> np.ndarray:
        """Return the class of each value of a pandas column that has these classes, (m,)."""
        codes, different = column.factorize()
        assert self.labels is not None
        return np.array([self.labels[str(value)] for value in different.tolist()])[codes]


def target_kind(
    column: pd.Series,
    task: str | None = None,
    *,
    path: str = "",
    where: Place = place,
    decimal: str | None = None,
) -> Target:
    """Return whether a pandas column without missing values holds classes or quantities.

    Args:
        column: the target.
        task: "classification", "regression", or None: decided.
        path: of its file, for errors; "": it comes from no file.
        where: the number of a row, from 1 -> its place in words, for errors.
        decimal: the decimal mark of its file, in which texts are written; None: there is none.
    """
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(column)
    decimal = "." if numeric else decimal
    search = TargetSearch(path, str(column.name), task, decimal, where, bounded=numeric)
    first = np.flatnonzero(~column.duplicated().to_numpy())
    for row, value in zip((first + 1).tolist(), column.iloc[first].tolist(), strict=True):
        search.see(str(value), row)
    return search.found(len(column))


class TargetSearch:
    """Decides whether a target column holds quantities or classes, from its different texts.

    A bounded search stops at more than 20 different numbers, which are a quantity, so that memory
    does not grow with the file; a text after them is then refused where it is read.
    """

    def __init__(
        self,
        path: str,
        name: str,
        task: str | None,
        decimal: str | None = None,
        where: Place = place,
        *,
        bounded: bool = True,
    ):
        if task not in (None, "classification", "regression"):
            raise ValueError(f"task must be 'classification', 'regression' or None, got {task!r}")
        self._path, self._name, self._task, self._where = path, name, task, where
        self._option, self._decimal = decimal, decimal or "."
        self._column = f"{path}: target column {name!r}" if path else f"target column {name!r}"
        self._quantity = task == "regression"
        self._first: dict[str, int] = {}
        self._numbers: set[int | float] | None = set() if bounded and task is None else None

    def see(self, text: str, row: int) -> bool:
        """Take the text of one row, and return whether it is a new one."""
        if self._quantity or text in self._first:
            return False
        self._first[text] = row
        if self._numbers is not None and as_number(text, self._decimal) is None:
            self._numbers = None
        elif self._numbers is not None:
            self._numbers.add(as_key(text, self._decimal))
            self._quantity = len(self._numbers) > MOST_WHOLE_CLASSES
        return True

    def found(self, examples: int) -> Target:
        """Return the target; refuse a column of so many rows that may be quantities or classes.

        Numbers are one class where their values are equal (1 and 1.0), and so are the spellings of
        True; texts where they are identical.
        """
        quantity = Target(self._name, None, ())
        if self._quantity:
            return quantity
        for text, row in self._first.items():
            if text in MISSING:
                raise missing(self._path, self._name, repr(text), self._where(row))
        texts = list(self._first)
        values = [as_number(text, self._decimal) for text in texts]
        numeric = None not in values
        for text, value in zip(texts, values, strict=True):
            if numeric and value is not None and not math.isfinite(value):
                raise DataError(f"{self._column} must hold finite numbers, got {self._got(text)}")
        keys: list[Any] = [as_key(text, self._decimal) for text in texts] if numeric else texts
        if set(texts) <= _TRUTH:
            keys = [text.capitalize() for text in texts]
        different = sorted(set(keys))
        if self._task is None and not numeric:
            self._check_are_classes(values, examples)
        many = len(different) > MOST_WHOLE_CLASSES
        if self._task is None and numeric and (many or not all(isinstance(k, int) for k in keys)):
            return quantity
        if len(different) < 2:
            raise DataError(
                f"{self._column} must have at least 2 classes, got only {str(different[0])!r}"
            )
        number = {key: i for i, key in enumerate(different)}
        labels = {text: number[key] for text, key in zip(texts, keys, strict=True)}
        return Target(self._name, labels, tuple(str(key) for key in different))

    def _check_are_classes(self, values: list[float | None], examples: int) -> None:
        """Raise an error where texts are quantities, or nearly every row has one of its own."""
        texts = list(self._first)
        whole = [None if value is None else value.is_integer() for value in values]
        shown = quantity_among(texts, whole, examples, MOST_WHOLE_CLASSES)
        if shown is not None:
            hint = advice(texts[shown], self._option, None)
            raise DataError(
                f"{self._column} must hold numbers or classes, got {self._got(texts[shown])}{hint};"
                f" or pass task='classification' if its {len(texts)} different values are classes"
            )
        if len(texts) > MOST_WHOLE_CLASSES and values.count(None) < len(values):
            raise DataError(
                f"{self._column} must hold numbers or classes, got {len(texts)} different values, "
                f"some of them numbers, and {self._got(texts[values.index(None)])}; mend it, or "
                "pass task='classification'"
            )
        if examples >= FEWEST_ROWS_OF_CLASSES and 2 * len(texts) > examples:
            raise DataError(
                f"{self._column} must hold classes that rows have in common, got {len(texts)} "
                f"different texts in {examples} rows, such as {self._got(texts[0])}: they look "
                "like names or free text; take another target, or pass task='classification' if "
                "each is a class"
            )

    def _got(self, text: str) -> str:
        return f"{text!r} {self._where(self._first[text])}"
