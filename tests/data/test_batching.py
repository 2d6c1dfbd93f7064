"""Batches of an epoch: fair shuffles, and weights that sum to 1 in every batch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from jaxnn.data.batching import batches_of, shuffled


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("m", [1, 2, 5, 2048, 2049, 70_000])
def test_a_shuffle_is_a_permutation(m):
    """One round of sorting up to 2,048 examples, more of them above."""
    order = np.asarray(shuffled(jax.random.key(3), m))
    np.testing.assert_array_equal(np.sort(order), np.arange(m))


def test_every_order_is_as_likely_as_any_other():
    keys = jax.random.split(jax.random.key(0), 24 * 400)
    orders = np.asarray(jax.jit(jax.vmap(lambda key: shuffled(key, 4)))(keys))
    _, counts = np.unique(orders @ [64, 16, 4, 1], return_counts=True)
    assert len(counts) == 24
    assert chisquare(counts).pvalue > 1e-4


def test_neighbours_do_not_stay_neighbours():
    """Were ties frequent, later examples would follow earlier ones more than half of the time."""
    order = np.asarray(shuffled(jax.random.key(1), 60_000)).astype(int)
    rises = np.mean(np.diff(order) > 0)
    assert rises == pytest.approx(0.5, abs=5 * np.sqrt(1 / 12 / 60_000))
    assert np.mean(np.abs(np.diff(order)) == 1) < 2e-4


def test_a_shuffle_under_vmap_is_the_loop():
    keys = jax.random.split(jax.random.key(5), 3)
    many = jax.vmap(lambda key: shuffled(key, 100))(keys)
    for key, order in zip(keys, many, strict=True):
        np.testing.assert_array_equal(shuffled(key, 100), order)
    assert not np.array_equal(many[0], many[1])


@pytest.mark.parametrize("weighted", [False, True])
def test_shares_are_those_of_the_mean_over_each_batch(weighted):
    weights = jnp.arange(1.0, 8.0) if weighted else None
    batches = batches_of(None, 7, 3, weights, jnp.float32)
    np.testing.assert_array_equal(batches.chosen, [[0, 1, 2], [3, 4, 5], [6, 0, 1]])
    w = [[1, 2, 3], [4, 5, 6], [7, 0, 0]] if weighted else [[1, 1, 1], [1, 1, 1], [1, 0, 0]]
    w = np.array(w, np.float32)
    np.testing.assert_allclose(batches.share, w / w.sum(axis=1, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(batches.total, w.sum(axis=1) / w.sum(), rtol=1e-6)


def test_one_batch_of_all_stays_in_order():
    batches = batches_of(jax.random.key(0), 5, 5, None, jnp.float32)
    assert batches.chosen is None
    np.testing.assert_allclose(batches.share, np.full((1, 5), 0.2))
