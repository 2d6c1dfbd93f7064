"""Data in columns: one-hot targets, splits, standardisation, batches."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import jaxnn


def test_one_hot_is_that_of_jax_and_back(key):
    labels = np.array([2, 0, 1, 1])
    Y = jaxnn.one_hot(labels, 3)
    np.testing.assert_array_equal(Y, jax.nn.one_hot(labels, 3).T)
    np.testing.assert_array_equal(jaxnn.class_of(Y), labels)
    assert Y.T.flags.c_contiguous


def test_class_of_one_output():
    assert jaxnn.class_of(np.array([[0.2, 0.5, 0.9]])).tolist() == [0, 1, 1]


def test_split_parts_are_disjoint_whole_and_seeded():
    X = np.arange(40, dtype=np.float32).reshape(2, 20)
    (A, _), (B, _) = jaxnn.split(X, X, test=0.25, seed=3)
    assert (A.shape, B.shape) == ((2, 15), (2, 5))
    assert sorted(np.concatenate([A[0], B[0]])) == list(range(20))
    np.testing.assert_array_equal(jaxnn.split(X, X, test=0.25, seed=3)[1][0], B)
    assert not np.array_equal(jaxnn.split(X, X, test=0.25, seed=4)[1][0], B)


def test_split_keeps_the_share_of_every_class():
    Y = jaxnn.one_hot(np.repeat([0, 1], [80, 20]), 2)
    (_, _), (_, Y_test) = jaxnn.split(Y, Y, test=0.2, stratify=True)
    np.testing.assert_array_equal(Y_test.sum(axis=1), [16, 4])


def test_standardisation_is_that_of_scikit_learn_and_inverts():
    rows = np.random.default_rng(0).normal(5, 3, (50, 4))
    rows[:, 2] = 7.0
    scaling = jaxnn.standardisation(rows.T)
    theirs = StandardScaler().fit_transform(rows)
    X = jaxnn.standardise(rows.T, scaling)
    np.testing.assert_allclose(X.T, theirs, atol=1e-12)
    np.testing.assert_allclose(jaxnn.unstandardise(X, scaling), rows.T)


def test_standardisation_of_weight_0_sees_nothing():
    X = np.random.default_rng(0).normal(size=(2, 10))
    weights = np.r_[np.ones(6), np.zeros(4)]
    before = jaxnn.standardisation(X, weights=weights)
    X[:, 6:] = 1e6
    after = jaxnn.standardisation(X, weights=weights)
    np.testing.assert_array_equal(before.mean, after.mean)
    np.testing.assert_array_equal(before.scale, after.scale)


def test_batches_hold_every_example_once(key):
    X = np.arange(7, dtype=np.float32)[None, :]
    seen = [batch for (batch,) in jaxnn.batches(key, (X,), 3)]
    assert [batch.shape for batch in seen] == [(1, 3), (1, 3), (1, 1)]
    assert sorted(jnp.concatenate(seen, axis=1)[0].tolist()) == list(range(7))
    with pytest.raises(ValueError, match=r"batch_size must be at least 1, got 0"):
        next(jaxnn.batches(key, (X,), 0))
