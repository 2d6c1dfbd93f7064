"""Quantities: columns of numbers, scaled, with the median for missing values and an indicator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.data.scaling import BLOCK, Standardisation, standardisation
from jaxnn.errors import DataError
from jaxnn.tables.recipe.pieces import encode_pieces, piece_names, short
from jaxnn.tables.recipe.quantity_scaling import Scaling, check_all, scaled
from jaxnn.tables.recipe.robust_scaling import five_numbers, robust_units
from jaxnn.tables.recipe.values import first_row, holds

if TYPE_CHECKING:
    import pandas as pd

SCALINGS = ("robust", "standard", "none")
AT_ONCE = 64  # columns standardised in one call


@dataclass(frozen=True)
class Quantity:
    """A column of numbers: x̃ = (x − centre) / scale, with a smooth clip or without.

    With edges, its rows of X are x̃, then the piecewise linear encoding of x, one row a piece, then
    the indicator.

    Attributes:
        name: of the column.
        centre: the median (robust) or the mean (standard) of the training part, or 0.
        scale: the distance of the quartiles or the standard deviation, or 1.
        clip: whether `smooth_clip` follows.
        fill: the median, which missing values get.
        quartiles: of the training part; None where they are not known.
        indicator: whether a second row of X is 1 where the value is missing.  It is there if a
            value was missing in the training part; one that is missing only later gets the median
            alone.
        edges: b_0 < … < b_T of the T ≥ 2 pieces, in the units of x; () where there are none.

    >>> Quantity.fit("age", np.array([20.0, 30.0, 40.0, np.nan]), "robust").input_names
    ('age', 'age is missing')
    """

    name: str
    centre: float
    scale: float
    clip: bool
    fill: float
    quartiles: tuple[float, float] | None
    indicator: bool
    edges: tuple[float, ...] = ()

    kind = "quantity"

    def __post_init__(self) -> None:
        numbers = (self.centre, self.scale, self.fill, *(self.quartiles or ()))
        if not all(map(math.isfinite, numbers)) or self.scale <= 0:
            raise ValueError(
                f"quantity {self.name!r} must have finite numbers and a scale above 0, got {self}"
            )
        steps = [b - a for a, b in pairwise(self.edges)]
        if self.edges and (len(steps) < 2 or not all(0 < step < math.inf for step in steps)):
            raise ValueError(
                f"quantity {self.name!r} must have no edges, or at least 3 that increase, "
                f"got {self.edges}"
            )

    @classmethod
    def fit(cls, name: str, values: np.ndarray, scaling: str) -> Quantity:
        """Return the quantity of a column of the training part, (m,), with NaN where missing."""
        return fit_quantities([name], [values], scaling)[0]

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of its rows of X."""
        missing = (f"{self.name} is missing",) if self.indicator else ()
        return (self.name, *piece_names(self.name, self.edges), *missing)

    @property
    def pieces(self) -> tuple[bool, ...]:
        """Which of its rows of X are pieces."""
        rest = (False,) * self.indicator
        return (False, *(True,) * (self.width - 1), *rest)

    @property
    def width(self) -> int:
        """The number of its rows of X without the indicator, 1 + T."""
        return max(1, len(self.edges))

    def encode(self, values: Any) -> np.ndarray:
        """Return [x̃, PLE_1(x) … PLE_T(x)] of numbers, (m, 1 + T) float32, as X holds them.

        The values of a grid, times the block of W^[1] that belongs to these rows of X, are the
        curve of the quantity's embedding.

        Args:
            values: (m,), in the units of x; NaN is missing, and gets the median.

        Raises:
            ValueError: a value is infinite.

        >>> Quantity("age", 30.0, 10.0, False, 30.0, None, False, (20.0, 30.0, 40.0)).encode([25])
        array([[-0.5,  0.5,  0. ]], dtype=float32)
        """
        x = np.array(values, np.float64)[:, None]
        scaling = scaling_of([self])
        check_all("hold finite numbers", ~np.isinf(x), x, scaling)
        found = np.empty((len(x), self.width), np.float32)
        found[:, :1] = scaled(x, scaling, np.isnan(x))
        size = max(1, BLOCK // self.width)
        for start in range(0, len(x) if self.edges else 0, size):
            some = slice(start, start + size)
            found[some, 1:] = encode_pieces(x[some, 0], np.array(self.edges))
        return found

    def described(self) -> str:
        """Return what the column becomes, in a few words."""
        if self.clip and self.quartiles:
            low, high = self.quartiles
            text = f"median {short(self.fill)}, quartiles {short(low)} … {short(high)}"
        elif self.centre:
            text = f"mean {short(self.centre)}, standard deviation {short(self.scale)}"
        else:
            text = "as it is" if self.scale == 1 else f"divided by {short(self.scale)}"
        pieces = f", {len(self.edges) - 1} pieces" if self.edges else ""
        return f"{text}{pieces}{', missing or not' if self.indicator else ''}"


def scaling_of(quantities: Sequence[Quantity]) -> Scaling:
    """Return the scaling of quantities."""
    return Scaling(
        tuple(quantity.name for quantity in quantities),
        Standardisation(
            np.array([[quantity.centre] for quantity in quantities]),
            np.array([[quantity.scale] for quantity in quantities]),
        ),
        np.array([quantity.fill for quantity in quantities]),
        np.array([quantity.clip for quantity in quantities]),
    )


def fit_quantities(
    names: Sequence[str], columns: Sequence[np.ndarray], scaling: str
) -> list[Quantity]:
    """Return the quantities of columns of the training part, (m,) each, with NaN where missing."""
    units, found = _units(names, columns, scaling), []
    for name, values, (centre, scale) in zip(names, columns, units, strict=True):
        _, low, median, high, _ = five_numbers(values).tolist()
        missing = bool((values != values).any())
        clip = scaling == "robust"
        found.append(Quantity(name, centre, scale, clip, median, (low, high), missing))
    return found


def _units(
    names: Sequence[str], columns: Sequence[np.ndarray], scaling: str
) -> list[tuple[float, float]]:
    """Return centre and scale of each column."""
    present = [x[x == x] if x.dtype.kind == "f" else x for x in columns]
    for name, x, values in zip(names, present, columns, strict=True):
        check_finite(name, x, values)
    if scaling == "none":
        return [(0.0, 1.0)] * len(columns)
    if scaling == "robust":
        found = [robust_units(x[None]) for x in present]
        return [(by.mean.item(), by.scale.item()) for by in found]
    alike: dict[int, list[int]] = {}
    for i, x in enumerate(present):
        alike.setdefault(len(x), []).append(i)
    units = [(0.0, 1.0)] * len(columns)
    for indices in alike.values():  # many in one call: the threads of BLAS delay each short sum
        for start in range(0, len(indices), AT_ONCE):
            some = indices[start : start + AT_ONCE]
            by = standardisation(np.stack([present[i] for i in some]).astype(np.float64))
            for i, mean, scale in zip(some, by.mean.flat, by.scale.flat, strict=True):
                units[i] = (float(mean), float(scale))
    return units


def check_finite(name: str, present: np.ndarray, values: np.ndarray) -> None:
    """Raise an error that names column and row where a number is infinite."""
    if present.dtype.kind == "f" and np.isinf(present).any():
        row = first_row(np.isinf(values))
        raise DataError(
            f"column {name!r} must hold finite numbers, got {values[row - 1]} in row {row}: "
            "replace it by a number, or by NaN for a missing value"
        )


def check_numbers(column: pd.Series, name: str) -> None:
    """Raise an error that names the first text and its row, or the type, unless all are numbers."""
    if column.dtype.kind in "biuf":
        return
    if holds(column) == "text" and column.dtype == object:
        is_text = np.array([isinstance(value, str) for value in column])
        row = first_row(is_text)
        text = column.iloc[row - 1]
        raise DataError(
            f"column {name!r} must hold numbers, got {text!r} in row {row}: write numbers, or "
            f"convert it with frame[{name!r}] = pandas.to_numeric(frame[{name!r}])"
        )
    raise DataError(
        f"column {name!r} must hold numbers, got values of type {column.dtype}: convert it with "
        f"frame[{name!r}].astype(float)"
    )


def numbers_of(column: pd.Series, name: str) -> np.ndarray:
    """Return a column of numbers or truth values as an array of numbers; refuse another."""
    check_numbers(column, name)
    return column.to_numpy() if column.dtype.kind in "iuf" else column.to_numpy(np.float64)
