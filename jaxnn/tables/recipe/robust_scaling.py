"""Robust scaling: the median and the quartiles of each input, and a smooth clip."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxnn.data.scaling import Standardisation

BOUND = 3.0  # |smooth_clip(u)| stays below it


def robust_units(X: np.ndarray) -> Standardisation:
    """Return the median and the distance of the quartiles of each input; NaN is left out.

    Formula: centre_i = median_j x_ij, scale_i = q75_i − q25_i; where that is 0, (max − min) / 2;
    where that is 0 too, 1.

    Args:
        X: training examples, (n_0, m), real numbers, with at least one that is not NaN in each row.

    Returns:
        `Standardisation(mean, scale)` for `jaxnn.standardise`, with the centre as `mean`, each
        (n_0, 1), float64.

    Source: Holzmüller, Grinsztajn and Steinwart, "Better by default" (RealMLP, arXiv 2407.04491).

    >>> by = robust_units(np.array([[1.0, 2.0, 3.0, 4.0, 100.0], [0.0, 0.0, 0.0, 0.0, 8.0]]))
    >>> by.mean.tolist(), by.scale.tolist()
    ([[3.0], [0.0]], [[2.0], [4.0]])
    """
    centre, scale = np.empty((2, len(X), 1))
    for i, row in enumerate(X):  # a sort of each row takes far longer than the loop
        low, q25, centre[i], q75, high = five_numbers(row)
        scale[i] = (q75 - q25) or (high - low) / 2 or 1.0
    return Standardisation(centre, scale)


def five_numbers(x: np.ndarray) -> np.ndarray:
    """Return minimum, lower quartile, median, upper quartile and maximum; NaN is left out."""
    return np.percentile(x[x == x].astype(np.float64), (0, 25, 50, 75, 100))


def smooth_clip(u: Any) -> np.ndarray:
    """Return u / sqrt(1 + (u/3)²), in float64: u near 0, and between −3 and 3 everywhere.

    Args:
        u: numbers of any shape.

    Source: RealMLP, arXiv 2407.04491.

    >>> smooth_clip([0.1, 3.0, 1e300]).round(3).tolist()
    [0.1, 2.121, 3.0]
    """
    u = np.clip(np.asarray(u, np.float64), -1e9, 1e9)  # the square stays finite
    v = np.square(u / BOUND)
    return np.divide(u, np.sqrt(np.add(v, 1, out=v), out=v), out=v)
