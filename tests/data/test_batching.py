"""Batches of an epoch: weights that sum to 1 in every batch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxnn.data.batching import batches_of


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
