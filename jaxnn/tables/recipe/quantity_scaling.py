"""The scaling of several quantities at once, with the median for missing values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jaxnn.data.scaling import Standardisation, standardise
from jaxnn.errors import DataError
from jaxnn.tables.recipe.robust_scaling import smooth_clip
from jaxnn.tables.recipe.values import first_row


class Scaling(NamedTuple):
    """What k quantities have in common, as arrays: (k, 1), and (k,) for fill and clip."""

    names: tuple[str, ...]
    by: Standardisation
    fill: np.ndarray
    clip: np.ndarray


def scaled(
    values: np.ndarray, scaling: Scaling, missing: np.ndarray | None, start: int = 0
) -> np.ndarray:
    """Return numbers (m, k) scaled, in float32, from row `start`; missing `values` are filled."""
    if missing is not None and missing.any():
        np.copyto(values, scaling.fill, where=missing)
    found = standardise(values.T, scaling.by).T
    if scaling.clip.all():
        return smooth_clip(found).astype(np.float32)
    if scaling.clip.any():
        found[:, scaling.clip] = smooth_clip(found[:, scaling.clip])
    with np.errstate(over="ignore"):
        small = found.astype(np.float32)
    check_all("fit float32 after it is scaled", np.isfinite(small), values, scaling, start)
    return small


def check_all(
    rule: str, good: np.ndarray, values: np.ndarray, scaling: Scaling, start: int = 0
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
