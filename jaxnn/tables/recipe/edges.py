"""The edges of a piecewise linear encoding: quantiles, or the thresholds of a decision tree."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arguments import as_flag
from jaxnn.textbook.checks.arrays import as_numpy
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
    return _distinct(np.quantile(x, np.linspace(0, 1, bins + 1)))


def tree_edges(
    x: Any, y: Any, bins: int, classifies: bool, *, min_samples_leaf: int = 64
) -> np.ndarray:
    """Return the minimum of x, the thresholds of a decision tree from x to y, and the maximum.

    The pieces are small where y changes fast with x.

    Args:
        x: the training values of one column, (m,), real numbers; those that are NaN are left out.
        y: their targets, (m,): classes of any kind, or finite numbers.
        bins: the number of the tree's leaves; T ≤ bins.
        classifies: whether y are classes.
        min_samples_leaf: the least number of examples in a piece.

    Returns:
        b_0 … b_T, (T + 1,), float64, increasing, T ≥ 1, in the units of x; of a column of one value
        those of `quantile_edges`.

    Raises:
        DataError: x has no number, or an infinite one; y has one that is not finite.
        ValueError: bins or min_samples_leaf is below 1, or x or y has another shape.
        TypeError: x is no array of numbers.

    Equivalent to the thresholds of `sklearn.tree.DecisionTreeRegressor(max_leaf_nodes=bins,
    min_samples_leaf=64)`, in float64.
    Source: Gorishniy, Rubachev and Babenko (2022, arXiv 2203.05556), section 3.2.2.

    >>> x = np.arange(300.0)
    >>> tree_edges(x, x >= 200, bins=2, classifies=True).tolist()
    [0.0, 199.5, 299.0]
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    bins = check_count("bins", bins)
    least = check_count("min_samples_leaf", min_samples_leaf)
    classifies = as_flag("classifies", classifies)
    present = as_numbers("x", x, "(m,)", axes=1)
    present = present == present
    values, rank = np.unique(finite_values(x), return_inverse=True)
    y = as_numpy("y", y) if classifies else as_numbers("y", y, "(m,)", axes=1)
    if y.shape != present.shape:
        raise ShapeError(f"y must have shape (m,) = {present.shape}, as x, got {y.shape}")
    if bins == 1 or len(values) == 1:
        return _distinct(values[[0, -1]])
    y = y[present]
    if classifies:
        y = np.unique(y, return_inverse=True)[1]
    elif not np.isfinite(y).all():
        raise DataError("y must be finite, got NaN or an infinite number")
    kind = DecisionTreeClassifier if classifies else DecisionTreeRegressor
    most = len(rank)  # beyond it, more leaves or larger ones change nothing
    tree = kind(max_leaf_nodes=min(bins, most), min_samples_leaf=min(least, most), random_state=0)
    # of ranks, which the tree's float32 holds exactly, and which give the same pieces
    found = tree.fit(rank[:, None], y).tree_
    at = np.sort(found.threshold[found.children_left >= 0]).astype(int)
    between = values[at] + (values[at + 1] - values[at]) / 2
    return _distinct([values[0], *between, values[-1]])


def _distinct(edges: Any) -> np.ndarray:
    """Return edges that increase, at least two."""
    edges = np.unique(edges)
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
