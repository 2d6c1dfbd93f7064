"""The rows of X that quantities become: all of them scaled together, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jaxnn.data.scaling import BLOCK, Standardisation, standardise
from jaxnn.errors import DataError
from jaxnn.tables.recipe.quantity import Quantity, check_numbers
from jaxnn.tables.recipe.robust_scaling import smooth_clip
from jaxnn.tables.recipe.values import column_of, first_row

if TYPE_CHECKING:
    import pandas as pd


class Scaling(NamedTuple):
    """What k quantities have in common, as arrays: (k, 1), and (k,) for fill and clip."""

    names: tuple[str, ...]
    by: Standardisation
    fill: np.ndarray
    clip: np.ndarray

    @classmethod
    def of(cls, quantities: Sequence[Quantity]) -> Scaling:
        """Return the scaling of quantities."""
        return cls(
            tuple(quantity.name for quantity in quantities),
            Standardisation(
                np.array([[quantity.centre] for quantity in quantities]),
                np.array([[quantity.scale] for quantity in quantities]),
            ),
            np.array([quantity.fill for quantity in quantities]),
            np.array([quantity.clip for quantity in quantities]),
        )


def write_quantities(
    table: pd.DataFrame, quantities: Sequence[Quantity], starts: Sequence[int], rows: np.ndarray
) -> None:
    """Write quantities into X, transposed, (m, n_0); `starts` are their rows of X."""
    for quantity in quantities:
        check_numbers(column_of(table, quantity.name), quantity.name)
    scaling = Scaling.of(quantities)
    values = table[list(scaling.names)].to_numpy()
    if values.dtype.kind not in "iuf":
        values = values.astype(np.float64)  # truth values, alone or among numbers
    size = max(1, BLOCK // len(quantities))
    firsts = _slice_or_indices(starts)
    shown = [i for i, quantity in enumerate(quantities) if quantity.indicator]
    for start in range(0, len(values), size):
        some = slice(start, start + size)
        block = np.array(values[some], np.float64)
        missing = None
        if values.dtype.kind == "f":
            missing = np.isnan(block)
            _check_all("hold finite numbers", ~np.isinf(block), block, scaling, start)
        rows[some, firsts] = scaled(block, scaling, missing, start)
        if missing is not None:
            for i in shown:
                rows[some, starts[i] + 1] = missing[:, i]


def scaled(
    values: np.ndarray, scaling: Scaling, missing: np.ndarray | None, start: int = 0
) -> np.ndarray:
    """Return numbers (m, k) scaled, in float32, from row `start`; `values` is changed."""
    if missing is not None and missing.any():
        np.copyto(values, scaling.fill, where=missing)
    found = standardise(values.T, scaling.by).T
    if scaling.clip.all():
        return smooth_clip(found).astype(np.float32)
    if scaling.clip.any():
        found[:, scaling.clip] = smooth_clip(found[:, scaling.clip])
    with np.errstate(over="ignore"):
        small = found.astype(np.float32)
    _check_all("fit float32 after it is scaled", np.isfinite(small), values, scaling, start)
    return small


def _check_all(
    rule: str, good: np.ndarray, values: np.ndarray, scaling: Scaling, start: int
) -> None:
    """Raise an error that names column and row of the first number that is not good."""
    if good.all():
        return
    i = int(np.argmin(good.all(axis=0)))
    row = first_row(~good[:, i])
    raise DataError(
        f"column {scaling.names[i]!r} must {rule}, got {values[row - 1, i]} in row {row + start}: "
        "replace it by another number, or by NaN for a missing value"
    )


def _slice_or_indices(starts: Sequence[int]) -> slice | list[int]:
    """Return a slice for consecutive indices, which NumPy writes faster."""
    first = starts[0]
    together = list(starts) == list(range(first, first + len(starts)))
    return slice(first, first + len(starts)) if together else list(starts)
