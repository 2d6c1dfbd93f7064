"""The target of a table: classes by name, or quantities in standard units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.data.preparation import class_of, one_hot
from jaxnn.data.quantities import as_number, recognise
from jaxnn.data.scaling import Standardisation, standardisation, standardise, unstandardise
from jaxnn.errors import DataError
from jaxnn.tables.frames import different, first_row, holds, text_of
from jaxnn.tables.quantity import check_finite, check_numbers, short

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES_OF_NUMBERS = 20  # as in `jaxnn.from_csv`
FEWEST_ROWS = 30  # fewer do not show that a column holds names or free text
TASKS = ("classification", "regression")

Label = str | int | float | bool


@dataclass(frozen=True)
class ClassTarget:
    """A target of classes.

    Attributes:
        name: of the column.
        labels: of the classes, in their order, of the type that they have in the frame.
    """

    name: str
    labels: tuple[Label, ...]

    kind = "classes"

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or len(set(self.labels)) < len(self.labels):
            raise ValueError(
                f"target {self.name!r} must have at least 2 different classes, got {self.labels}"
            )

    @property
    def class_names(self) -> tuple[str, ...]:
        """The labels as texts."""
        return tuple(map(text_of, self.labels))

    def described(self) -> str:
        """Return the classes in a few words."""
        few = ", ".join(self.class_names[:4]) + (", …" if len(self.labels) > 4 else "")
        return f"{len(self.labels)} classes ({few})"

    def transform(self, column: pd.Series) -> np.ndarray:
        """Return Y (n_L, m), one-hot; refuse a label that the training part does not have."""
        codes, values = different(column)
        place = {label: i for i, label in enumerate(self.labels)}
        for i, value in enumerate(values):
            if value not in place:
                row = first_row(codes == i)
                known = ", ".join(self.class_names[:10]) + (", …" if len(place) > 10 else "")
                raise DataError(
                    f"target {self.name!r} must hold the classes of the training part ({known}), "
                    f"got {value!r} in row {row}{self._hint(value)}"
                )
        return one_hot(np.array([place[value] for value in values])[codes], len(self.labels))

    def _hint(self, value: Any) -> str:
        """Return how to mend a label that differs by blanks, a final dot or its type alone."""
        where = f"frame[{self.name!r}]"
        for label in self.labels:
            if isinstance(value, str) and isinstance(label, str):
                if value.strip() == label.strip():
                    mend, what = f"{where}.str.strip()", "blanks"
                elif value.strip().rstrip(".") == label.strip().rstrip("."):
                    mend, what = f"{where}.str.strip().str.rstrip('.')", "a final dot"
                else:
                    continue
                return f", which differs from {label!r} by {what}: mend it with {where} = {mend}"
            if text_of(value) == text_of(label):
                kind = type(label).__name__
                return (
                    f", which is no {kind}: convert the column with {where} = "
                    f"{where}.astype({kind})"
                )
        return ": leave the row out, or train on rows with this class too"

    def target_of(self, A: Any) -> np.ndarray:
        """Return the labels of outputs A (n_L, m)."""
        plain = len({type(label) for label in self.labels}) == 1
        return np.array(self.labels, dtype=None if plain else object)[class_of(A)]


@dataclass(frozen=True)
class QuantityTarget:
    """A target of numbers, standardised: y = (value − mean) / scale.

    Attributes:
        name: of the column.
        mean: over the training part.
        scale: the standard deviation over the training part.
    """

    name: str
    mean: float
    scale: float

    kind = "quantity"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and 0 < self.scale < math.inf):
            raise ValueError(
                f"target {self.name!r} must have a finite mean and a scale above 0, got {self}"
            )

    @property
    def units(self) -> Standardisation:
        """Mean and scale for `jaxnn.standardise`."""
        return Standardisation(np.array([[self.mean]]), np.array([[self.scale]]))

    def described(self) -> str:
        """Return mean and standard deviation in a few words."""
        return f"a quantity, mean {short(self.mean)}, standard deviation {short(self.scale)}"

    def transform(self, column: pd.Series) -> np.ndarray:
        """Return Y (1, m) in standard units."""
        return standardise(_numbers(column, self.name), self.units).astype(np.float32)

    def target_of(self, A: Any) -> np.ndarray:
        """Return the quantities (m,) of outputs A (1, m) in their own unit."""
        return unstandardise(np.asarray(A, np.float64), self.units)[0]


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    """Return a target as (1, m), float64; refuse text and infinite numbers."""
    check_numbers(column, name)
    values = column.to_numpy(np.float64)
    check_finite(name, values, values)
    return values[None]


def check_present(column: pd.Series, name: str) -> None:
    """Raise an error where the target is missing."""
    missing = np.asarray(column.isna())
    if missing.any():
        raise DataError(
            f"target {name!r} must have a value in every row, got {missing.sum()} missing, first "
            f"in row {first_row(missing)}: leave those rows out with "
            f"frame.dropna(subset=[{name!r}])"
        )


def fit_target(column: pd.Series, name: str, task: str | None) -> ClassTarget | QuantityTarget:
    """Return the target of the training part.

    Without a task, texts and truth values are classes, and so are at most 20 different whole
    numbers with two rows or more for each on average; other numbers are quantities.
    """
    check_present(column, name)
    what = holds(column)
    if what not in ("number", "bool", "text"):
        raise DataError(
            f"target {name!r} must hold numbers or classes, got values of type {what}: convert it, "
            "or take another column"
        )
    if task != "classification" and what == "number" and column.dtype.kind in "iuf":
        values = column.to_numpy()
        check_finite(name, values, values)
        if task == "regression" or not _are_classes(values):
            return _fit_quantity(column, name)
    if task == "regression":
        return _fit_quantity(column, name)
    labels = different(column)[1]
    if len(labels) < 2:
        raise DataError(f"target {name!r} must have at least 2 classes, got only {labels[0]!r}")
    if task is None and what == "text":
        _check_are_classes(labels, len(column), name)
    comparable = len({isinstance(label, str) for label in labels}) == 1
    return ClassTarget(name, tuple(sorted(labels, key=None if comparable else str)))


def _fit_quantity(column: pd.Series, name: str) -> QuantityTarget:
    values = _numbers(column, name)
    if (values == values[0, 0]).all():
        raise DataError(
            f"target {name!r} must have different values, got {values[0, 0]:.6g} in every row"
        )
    by = standardisation(values)
    return QuantityTarget(name, by.mean.item(), by.scale.item())


def _are_classes(values: np.ndarray) -> bool:
    """Return whether numbers are a few whole ones, each in two rows or more on average."""
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():
        return False
    k = len(np.unique(values))
    return k <= MOST_CLASSES_OF_NUMBERS and 2 * k <= len(values)


def _check_are_classes(labels: Sequence[Any], rows: int, name: str) -> None:
    """Raise an error where texts are numbers or dates, or nearly every row has its own."""
    if len(labels) <= MOST_CLASSES_OF_NUMBERS:
        return
    texts = [label for label in labels if isinstance(label, str)]
    odd = [t for t in texts if as_number(t.strip()) is not None or recognise(t.strip())]
    if 2 * len(odd) > len(labels):
        raise DataError(
            f"target {name!r} must hold numbers or classes, got {len(labels)} different texts such "
            f"as {odd[0]!r}: write them as plain numbers, or pass task='classification' if each is "
            "a class"
        )
    if rows >= FEWEST_ROWS and 2 * len(labels) > rows:
        raise DataError(
            f"target {name!r} must hold classes that rows have in common, got {len(labels)} "
            f"different texts in {rows} rows, such as {labels[0]!r}: take another target, or pass "
            "task='classification' if each is a class"
        )
