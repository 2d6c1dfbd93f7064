"""Edges of the piecewise linear encoding."""

import re

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from jaxnn.errors import DataError, ShapeError
from jaxnn.tables.recipe.edges import quantile_edges, tree_edges, value_edges


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


@pytest.mark.parametrize("bins", [1, 2, 5, 48])
@pytest.mark.parametrize("p", [0.02, 0.3])
def test_a_value_that_occurs_c_times_counts_its_square_root(p, bins):
    x = np.random.default_rng(0).geometric(p, size=500)
    level, levels = 0.0, {}
    for value in sorted({*x.tolist()}):
        weight = (x == value).sum() ** 0.5
        levels[value] = level + weight / 2  # the middle of its part
        level += weight
    low, high = levels[min(levels)], levels[max(levels)]
    wanted = [low + t / bins * (high - low) for t in range(bins + 1)]
    first = {next(v for v in levels if levels[v] >= at - 1e-9) for at in wanted}
    edges = sorted(first) if len(levels) > bins + 1 else [*levels]
    assert value_edges(np.append(x, [np.nan] * 9), bins).tolist() == edges


def test_a_column_of_zeros_and_a_few_amounts_has_pieces_for_the_amounts():
    """As the gains of capital in Adult, which have 92 % zeros."""
    amounts = np.random.default_rng(0).integers(100, 9999, size=80)
    x = np.append(np.zeros(920), amounts)
    assert len(value_edges(x, 48)) > 30
    assert len(quantile_edges(x, 48)) < 8


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


@pytest.mark.parametrize("classifies", [False, True])
@pytest.mark.parametrize(("bins", "least"), [(2, 64), (6, 64), (12, 5)])
def test_tree_edges_are_the_thresholds_of_scikit_learn(bins, least, classifies):
    rng = np.random.default_rng(0)
    x = rng.normal(size=800).round(3)
    y = np.sin(3 * x) + 0.1 * rng.normal(size=800)
    kind = DecisionTreeClassifier if classifies else DecisionTreeRegressor
    tree = kind(max_leaf_nodes=bins, min_samples_leaf=least, random_state=0)
    y = np.where(y > 0, "high", "low") if classifies else y
    found = tree.fit(x[:, None], y).tree_
    thresholds = found.threshold[found.feature == 0]
    expected = sorted({x.min(), *thresholds, x.max()})
    gaps = np.full(5, np.nan)
    mixed, targets = np.append(x, gaps), np.append(y, y[:5])
    edges = tree_edges(mixed, targets, bins, classifies, min_samples_leaf=least)
    assert len(edges) <= bins + 1
    np.testing.assert_allclose(edges, expected, rtol=1e-6)
    counts = np.histogram(x, edges)[0]
    assert counts.min() >= least


def test_tree_edges_of_large_numbers():
    x = 1e12 + np.arange(200.0)  # float32, in which scikit-learn splits, has one of them
    assert tree_edges(x, x > 1e12 + 99, 4, True).tolist() == [1e12, 1e12 + 99.5, 1e12 + 199]


def test_tree_edges_where_nothing_is_to_be_split():
    assert tree_edges(np.ones(9), np.arange(9), 4, False).tolist() == [1, 2]
    assert tree_edges(np.arange(9), np.arange(9), 4, False).tolist() == [0, 8]
    assert tree_edges(np.arange(900), np.arange(900), 1, False).tolist() == [0, 899]


@pytest.mark.parametrize(
    ("y", "more", "error", "text"),
    [
        ([0, 1], {}, ShapeError, r"y must have shape \(m,\) = \(3,\), as x, got \(2,\)"),
        ([0, 1, np.inf], {}, DataError, "y must be finite"),
        (["a", "b", "c"], {}, TypeError, "y must be an array of numbers"),
        ([0, 1, 2], {"classifies": "yes"}, TypeError, "classifies must be True or False"),
        ([0, 1, 2], {"min_samples_leaf": 0}, ValueError, "min_samples_leaf must be at least 1"),
    ],
)
def test_wrong_arguments_of_tree_edges(y, more, error, text):
    with pytest.raises(error, match=text):
        tree_edges(np.arange(3.0), y, **{"bins": 2, "classifies": False} | more)
