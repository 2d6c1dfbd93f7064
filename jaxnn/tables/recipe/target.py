"""The target of a table: classes by name, or quantities in standard units."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.data.preparation import class_of, one_hot
from jaxnn.data.scaling import Standardisation, standardise, unstandardise
from jaxnn.errors import DataError
from jaxnn.tables.recipe.pieces import short
from jaxnn.tables.recipe.quantity import check_finite, check_numbers
from jaxnn.tables.recipe.values import different, first_row, text_of

if TYPE_CHECKING:
    import pandas as pd

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
        return standardise(target_numbers(column, self.name), self.units).astype(np.float32)

    def target_of(self, A: Any) -> np.ndarray:
        """Return the quantities (m,) of outputs A (1, m) in their own unit."""
        return unstandardise(np.asarray(A, np.float64), self.units)[0]


def target_numbers(column: pd.Series, name: str) -> np.ndarray:
    """Return a target as (1, m), float64; refuse text and infinite numbers."""
    check_numbers(column, name)
    values = column.to_numpy(np.float64)
    check_finite(name, values, values)
    return values[None]
