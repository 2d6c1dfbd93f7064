"""The products of the training engine are plain products, with the gradients of plain products."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxnn.engine.columns import SMALL, columns_product, product_in_columns


@pytest.fixture(params=[(5, 7), (1, 1), (12, 9)], ids=["small", "one weight", "large"])
def factors(request, float64, key):
    n, k = request.param
    keys = jax.random.split(key)
    return jax.random.normal(keys[0], (n, k)), jax.random.normal(keys[1], (k, 3))


def of_examples(W, A):
    return jax.vmap(product_in_columns, in_axes=(None, 1), out_axes=1)(W, A)


@pytest.mark.parametrize("product", [columns_product, of_examples])
def test_value_and_gradients(product, factors):
    W, A = factors
    np.testing.assert_allclose(product(W, A), W @ A, rtol=1e-14)

    def cost(product, W, A):
        return jnp.sum(jnp.sin(product(W, A)))

    ours = jax.grad(cost, argnums=(1, 2))(product, W, A)
    plain = jax.grad(cost, argnums=(1, 2))(jnp.matmul, W, A)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-13), ours, plain)


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0)])
def test_of_many_networks(axes, factors):
    W, A = (
        jnp.stack([f, 2 * f]) if axis == 0 else f for f, axis in zip(factors, axes, strict=True)
    )
    ours = jax.vmap(of_examples, in_axes=axes)(W, A)
    np.testing.assert_allclose(ours, jax.vmap(jnp.matmul, in_axes=axes)(W, A), rtol=1e-14)


def test_one_example_alone(factors):
    W, A = factors
    np.testing.assert_allclose(product_in_columns(W, A[:, 0]), W @ A[:, 0], rtol=1e-14)


def test_both_forms_are_tested(factors, request):
    W, _ = factors
    assert (W.size > SMALL) == ("large" in request.node.name)
