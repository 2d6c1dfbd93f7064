"""RealMLP's first parameters, fitted to the data."""

import functools

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.tables import init_from_data

NETWORK = jaxnn.mlp(5, 200, 100, 3, hidden=jax.nn.mish)


def examples(m=500, dtype=np.float32):
    rng = np.random.default_rng(0)
    X = rng.normal(3, 2, (5, m)).astype(dtype)
    X[4] = 7.0  # an input that says nothing
    return X


def mish(z):
    return z * np.tanh(np.log1p(np.exp(z)))


@pytest.mark.usefixtures("float64")
def test_every_sum_has_deviation_1_and_is_0_within_the_data():
    X = examples(dtype=np.float64)
    params = jax.jit(init_from_data)(NETWORK, jax.random.key(0), X)
    A = X
    for l, (W, b) in enumerate(params, start=1):
        assert (W.dtype, b.dtype) == (np.float64, np.float64)
        S = np.asarray(W) @ A
        np.testing.assert_allclose(S.std(axis=1), 1, rtol=1e-9)
        hinge = -np.asarray(b)
        assert (S.min(axis=1) <= hinge).all()
        assert (hinge <= S.max(axis=1)).all()
        if (
            l < NETWORK.depth
        ):  # a mean of 5 examples with exponential weights: variance Σ E[p²] = 1/3
            spread = (hinge - S.mean(axis=1)).std()
            assert spread == pytest.approx(3**-0.5, rel=0.2)
        A = mish(S + np.asarray(b)[:, None])
    rows = np.asarray(params[0].W)
    direction = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.abs(direction.mean(axis=0)).max() < 0.1  # rows point anywhere


@pytest.mark.thorough
def test_sums_that_are_equal_for_all_examples_keep_their_weights():
    X = np.full((5, 40), 0.1, np.float32)
    ((W, b),) = init_from_data(jaxnn.mlp(5, 20), jax.random.key(0), X)
    assert 0.5 < np.abs(W).max() < 6
    assert np.abs(np.asarray(W) @ X + np.asarray(b)[:, None]).max() < 1e-6


@pytest.mark.slow
def test_fit_and_ensemble_start_from_it():
    X = examples(60)
    Y = np.eye(3, dtype=np.float32)[:, np.arange(60) % 3]
    optimizer, key = optax.sgd(0.0), jax.random.key(1)
    common = {"optimizer": optimizer, "epochs": 1, "batch_size": 60, "progress": False}
    start = init_from_data(NETWORK, jax.random.key(0), X)
    fitted = jaxnn.fit(NETWORK, (X, Y), params=start, key=key, **common)
    np.testing.assert_array_equal(fitted.params[0].W, start[0].W)
    both = jaxnn.ensemble(
        NETWORK, (X, Y), members=2, init=functools.partial(init_from_data, X=X), key=key, **common
    )
    W, b = both.params[0]
    np.testing.assert_allclose(np.asarray(W @ X).std(axis=2), 1, rtol=1e-4)
    assert not np.allclose(W[0], W[1])
    assert b.shape == (2, 200)


def test_pixels_and_wrong_examples():
    network = jaxnn.mlp(4, 3)
    pixels = np.random.default_rng(0).integers(0, 256, (4, 30)).astype(np.uint8)
    params = init_from_data(network, jax.random.key(0), pixels)
    np.testing.assert_allclose(
        np.asarray(params[0].W @ (pixels / np.float32(255))).std(axis=1), 1, rtol=1e-5
    )
    with pytest.raises(jaxnn.ShapeError, match="X must have"):
        init_from_data(network, jax.random.key(0), pixels[:3])
    with pytest.raises(TypeError, match="key must be one random key"):
        init_from_data(network, 0, pixels)


def test_mish_is_a_hidden_activation():
    network = jaxnn.mlp(3, 4, 2, hidden=jax.nn.mish, output="identity")
    params = jaxnn.init(network, jax.random.key(0))
    X = np.linspace(-2, 2, 12, dtype=np.float32).reshape(3, 4)
    Z = np.asarray(params[0].W) @ X + np.asarray(params[0].b)[:, None]
    expected = np.asarray(params[1].W) @ mish(Z) + np.asarray(params[1].b)[:, None]
    np.testing.assert_allclose(jaxnn.predict(network, params, X), expected, rtol=1e-5, atol=1e-6)
