"""Robust scaling: the median and the quartiles of each input, and a smooth clip."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.data.scaling import Standardisation
from jaxnn.errors import DataError
from jaxnn.textbook.checks.values import as_numbers

BOUND = 3.0  # |smooth_clip(u)| stays below it


def robust_units(X: np.ndarray) -> Standardisation:
    """Return the median and the distance of the quartiles of each input; NaN is left out.

    Formula: centre_i = median_j x_ij, scale_i = q75_i − q25_i; where that is 0, (max − min) / 2;
    where that is 0 too, 1.

    Args:
        X: training examples, (n_0, m), real numbers, with at least one that is not NaN in each row.

    Returns:
        `Standardisation(mean, scale)` for `jaxnn.standardise`, with the centre as `mean`, each
        (n_0, 1), float64.  `smooth_clip(jaxnn.standardise(X, by))` is RealMLP's preprocessing.

    Raises:
        TypeError, ValueError: X is no array (n_0, m) of numbers; a row has none but NaN.

    Source: Holzmüller, Grinsztajn and Steinwart, "Better by default" (RealMLP, arXiv 2407.04491).

    >>> by = robust_units(np.array([[1.0, 2.0, 3.0, 4.0, 100.0], [0.0, 0.0, 0.0, 0.0, 8.0]]))
    >>> by.mean.tolist(), by.scale.tolist()
    ([[3.0], [0.0]], [[2.0], [4.0]])
    """
    X = as_numbers("X", X, "(n_0, m)")
    centre, scale = np.empty((2, len(X), 1))
    for i, row in enumerate(X):  # a sort of each row takes far longer than the loop
        low, q25, centre[i], q75, high = five_numbers(row)
        scale[i] = (q75 - q25) or (high - low) / 2 or 1.0
    return Standardisation(centre, scale)


def five_numbers(x: np.ndarray) -> np.ndarray:
    """Return minimum, lower quartile, median, upper quartile and maximum; NaN is left out."""
    present = x[x == x].astype(np.float64)
    if not len(present):
        raise DataError("X must have a number in each row, got a row of NaN")
    return np.percentile(present, (0, 25, 50, 75, 100))


def smooth_clip(u: Any) -> Any:
    """Return u / sqrt(1 + (u/3)²): u near 0, and between −3 and 3 everywhere.

    Args:
        u: numbers of any shape.

    Returns:
        An array of the shape of u: float64 NumPy; of a JAX array, inside `jit` too, a JAX array of
        its own type.

    Raises:
        TypeError: u is no array of numbers.

    Source: Holzmüller, Grinsztajn and Steinwart, RealMLP (2024, arXiv 2407.04491).

    >>> smooth_clip([0.1, 3.0, 1e300]).round(3).tolist()
    [0.1, 2.121, 3.0]
    >>> [round(v, 3) for v in jax.jit(smooth_clip)(jnp.array([0.1, 3.0])).tolist()]
    [0.1, 2.121]
    """
    if isinstance(u, jax.Array) and jnp.issubdtype(u.dtype, jnp.floating):
        bound = min(1e9, float(jnp.finfo(u.dtype).max) ** 0.5)  # its square is finite in the type
        u = jnp.clip(u, -bound, bound)
        return u / jnp.sqrt(1 + jnp.square(u / BOUND))
    u = as_numbers("u", u, "(…)", axes=None)
    u = np.clip(np.asarray(u, np.float64), -1e9, 1e9)  # the square stays finite
    v = np.asarray(np.square(u / BOUND))
    return np.divide(u, np.sqrt(np.add(v, 1, out=v), out=v), out=v)
