"""The products of the engine are plain products, with the gradients of plain products."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxnn.engine.products import SMALL, matmul


@pytest.fixture(params=[(5, 7), (1, 1), (12, 9)], ids=["small", "one weight", "large"])
def factors(request, float64, key):
    n, k = request.param
    keys = jax.random.split(key)
    return jax.random.normal(keys[0], (n, k)), jax.random.normal(keys[1], (k, 3))


def ours(W, A):
    return matmul(W, A, None)


@pytest.mark.quick_cases(1)
def test_value_and_gradients(factors):
    W, A = factors
    np.testing.assert_allclose(ours(W, A), W @ A, rtol=1e-14)

    def cost(product, W, A):
        return jnp.sum(jnp.sin(product(W, A)))

    found = jax.grad(cost, argnums=(1, 2))(ours, W, A)
    plain = jax.grad(cost, argnums=(1, 2))(jnp.matmul, W, A)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-13), found, plain)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0)])
def test_of_many_networks(axes, factors):
    W, A = (
        jnp.stack([f, 2 * f]) if axis == 0 else f for f, axis in zip(factors, axes, strict=True)
    )
    found = jax.vmap(ours, in_axes=axes)(W, A)
    np.testing.assert_allclose(found, jax.vmap(jnp.matmul, in_axes=axes)(W, A), rtol=1e-14)


def test_both_forms_are_tested(factors, request):
    W, _ = factors
    assert (W.size > SMALL) == ("large" in request.node.name)
