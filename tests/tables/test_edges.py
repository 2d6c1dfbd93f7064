"""Edges of the piecewise linear encoding."""

import re

import numpy as np
import pytest

from jaxnn.errors import DataError, ShapeError
from jaxnn.tables.recipe.edges import quantile_edges


def quantile(x, q):
    """Return a quantile of sorted values, by the definition."""
    at = q * (len(x) - 1)
    low = min(int(at), len(x) - 2)
    return x[low] + (at - low) * (x[low + 1] - x[low])


@pytest.mark.parametrize("bins", [1, 2, 7, 48])
def test_edges_are_the_quantiles(bins):
    x = np.random.default_rng(0).gamma(2.0, size=501)
    edges = quantile_edges(np.append(x, [np.nan] * 9), bins)
    assert edges.dtype == np.float64
    np.testing.assert_allclose(edges, [quantile(np.sort(x), t / bins) for t in range(bins + 1)])


def test_equal_quantiles_are_one_edge():
    edges = quantile_edges(np.array([0] * 90 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 10)
    assert len(edges) == 3
    assert (np.diff(edges) > 0).all()
    assert quantile_edges(np.array([False, True]), 4).tolist() == [0, 0.25, 0.5, 0.75, 1]


@pytest.mark.parametrize("c", [0.0, -3.0, 1e-12, 1e300])
def test_a_column_of_one_value_has_one_piece(c):
    assert quantile_edges(np.full(5, c), 8).tolist() == [c, c + max(1, abs(c))]


@pytest.mark.parametrize(
    ("x", "bins", "error", "text"),
    [
        ([np.nan] * 3, 2, DataError, "x must have finite numbers, and NaN where .* got none"),
        ([], 2, DataError, "got none"),
        ([1.0, -np.inf], 2, DataError, "got an infinite one"),
        ([1.0, 2.0], 0, ValueError, "bins must be at least 1, got 0"),
        ([1.0, 2.0], 2.5, TypeError, "bins must be a whole number, got 2.5"),
        ([[1.0, 2.0]], 2, ShapeError, re.escape("shape (m,), got (1, 2)")),
        (["a"], 2, TypeError, "x must be an array of numbers"),
    ],
)
def test_wrong_arguments(x, bins, error, text):
    with pytest.raises(error, match=text):
        quantile_edges(x, bins)
