"""Products in bfloat16: what is rounded, what is not, and that networks learn as well with them."""

import os
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.engine.products import rows_product

NARROW = jaxnn.mlp(20, 40, 30, 3, hidden="tanh", compute_dtype="bfloat16")
WIDE = jaxnn.mlp(20, 40, 30, 3, hidden="tanh")


def rounded(array):
    return array.astype(jnp.bfloat16).astype(jnp.float32)


@pytest.fixture
def problem(key):
    keys = jax.random.split(key, 3)
    X = jax.random.normal(keys[0], (20, 64))
    Y = jnp.asarray(jaxnn.one_hot(np.arange(64) % 3, 3))
    return jaxnn.init(WIDE, keys[1]), X, Y


def test_factors_are_rounded_and_sums_are_not(key):
    keys = jax.random.split(key, 3)
    W, A = jax.random.normal(keys[0], (30, 500)), jax.random.normal(keys[1], (7, 500))
    D = jax.random.normal(keys[2], (7, 30))
    Z, pullback = jax.vjp(lambda W, A: rows_product(W, A, "bfloat16"), W, A)
    dE_dW, dE_dA = pullback(D)
    for found, factors in ((Z, (A, W.T)), (dE_dW, (D.T, A)), (dE_dA, (D, W))):
        assert found.dtype == jnp.float32
        exact = np.float64(rounded(factors[0])) @ np.float64(rounded(factors[1]))
        np.testing.assert_allclose(found, exact, rtol=1e-5, atol=2e-5)


@pytest.mark.thorough_cases(4)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("order", ["columns", "rows"])
@pytest.mark.parametrize("how", ["eager", "jitted"])
@pytest.mark.parametrize("argnums", [1, 2])
def test_gradients_are_near_those_of_float32(problem, order, how, argnums):
    """XLA on a CPU cannot multiply every layout of bfloat16: each that can come about is tried."""
    params, X, Y = problem
    X = X if order == "columns" else jnp.asarray(np.asarray(X).T.copy()).T

    def gradient(net):
        of = jax.grad(jaxnn.loss, argnums=argnums)
        take = lambda params, X: of(net, params, X, Y, cost="cross_entropy")  # noqa: E731
        return (jax.jit(take) if how == "jitted" else take)(params, X)

    for found, exact in zip(
        jax.tree.leaves(gradient(NARROW)), jax.tree.leaves(gradient(WIDE)), strict=True
    ):
        assert found.dtype == jnp.float32
        assert float(jnp.abs(found - exact).max()) < 0.03 * float(jnp.abs(exact).max())
        assert not np.array_equal(found, exact)


@pytest.mark.thorough
def test_one_example_and_many_networks(problem):
    params, X, Y = problem
    one = jax.grad(lambda p: jaxnn.forward(NARROW, p, X[:, 0])[0])(params)
    assert jnp.isfinite(one[0].W).all()
    A = jaxnn.predict(NARROW, params, X)
    np.testing.assert_allclose(jaxnn.forward(NARROW, params, X[:, 0]), A[:, 0], atol=1e-2)
    many = jax.tree.map(lambda array: jnp.stack([array, 2 * array]), params)
    grads = jax.vmap(
        lambda p: jax.grad(jaxnn.loss, argnums=1)(NARROW, p, X, Y, cost="cross_entropy")
    )(many)
    single = jax.grad(jaxnn.loss, argnums=1)(NARROW, params, X, Y, cost="cross_entropy")
    np.testing.assert_allclose(grads[0].W[0], single[0].W, rtol=1e-2, atol=1e-4)


@pytest.mark.slow
@pytest.mark.data
def test_mnist_is_learnt_as_well_in_bfloat16_as_in_float32():
    folder = os.environ.get("JAXNN_DATA")
    if not folder or not any(Path(folder).glob("**/mnist/train-images-idx3-ubyte.gz")):
        pytest.skip("JAXNN_DATA names no folder with the files of mnist")
    train, test = jaxnn.mnist(pixels="uint8"), jaxnn.mnist("test", pixels="uint8")
    accuracy = {}
    for dtype in (None, "bfloat16"):
        net = jaxnn.mlp(784, 128, 10, compute_dtype=dtype)
        result = jaxnn.fit(net, train, cost="cross_entropy", optimizer=optax.adam(1e-3),
                           key=jax.random.key(0), epochs=3, batch_size=128)  # fmt: skip
        scores = jaxnn.evaluate(net, result.params, test, cost="cross_entropy")
        accuracy[dtype] = scores["accuracy"]
    assert accuracy[None] > 0.96
    assert accuracy["bfloat16"] == pytest.approx(accuracy[None], abs=1e-2)
