"""The edges of a piecewise linear encoding: quantiles, or the thresholds of a decision tree."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxnn.errors import DataError
from jaxnn.textbook.checks.values import as_numbers, check_count


def quantile_edges(x: Any, bins: int) -> np.ndarray:
    """Return b_0 < … < b_T, the distinct quantiles t/bins of x, t = 0 … bins; NaN is left out.

    A column of one value c has no two quantiles that differ: its edges are c and c + max(1, |c|).

    Args:
        x: the training values of one column, (m,), real numbers, with at least one that is not NaN.
        bins: the number of pieces that is asked for; T ≤ bins, less where quantiles are equal.

    Returns:
        b_0 … b_T, (T + 1,), float64, increasing, T ≥ 1, in the units of x.

    Raises:
        DataError: x has no number, or an infinite one.
        ValueError: bins < 1, or x has another shape.
        TypeError: x is no array of numbers, or bins no whole number.

    Source: Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular deep
    learning" (2022, arXiv 2203.05556), section 3.2.

    >>> quantile_edges([0, 1, 2, 3, 4, 8, np.nan], bins=2).tolist()
    [0.0, 2.5, 8.0]
    >>> quantile_edges([5.0, 5.0], bins=2).tolist()
    [5.0, 10.0]
    """
    bins, x = check_count("bins", bins), finite_values(x)
    edges = np.unique(np.quantile(x, np.linspace(0, 1, bins + 1)))
    if len(edges) == 1:
        edges = np.append(edges, edges + max(1.0, abs(edges[0])))
    return edges


def finite_values(x: Any) -> np.ndarray:
    """Return the numbers of one column in float64 without NaN, or raise an error."""
    x = as_numbers("x", x, "(m,)", axes=1)
    x = x[x == x].astype(np.float64)
    if not len(x) or not np.isfinite(x).all():
        got = "an infinite one" if len(x) else "none"
        raise DataError(f"x must have finite numbers, and NaN where they are missing, got {got}")
    return x
