"""The engine's cross-entropy of a batch beside the textbook's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from jaxnn.engine.batch_costs import costs_of_columns, softmax_costs
from jaxnn.textbook.joint_costs import costs_of_batch
from jaxnn.textbook.propagation import Trace

NET = jaxnn.mlp(4, 10)


def traced(Z):
    return Trace((Z,), (jax.nn.softmax(Z, axis=0),))


def textbooks(network, cost, tr, Y):
    return costs_of_batch(network, cost, tr, Y), tr.a[-1]


def drawn(scale, dtype):
    rng = np.random.default_rng(0)
    Z = (rng.normal(size=(10, 32)) * scale).astype(dtype)
    Y = rng.uniform(size=(10, 32)).astype(dtype)  # columns that do not sum to 1
    Y[:, :16] = np.eye(10, dtype=dtype)[:, rng.integers(10, size=16)]
    return jnp.asarray(Z), jnp.asarray(Y)


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
def test_costs_gradients_and_outputs_are_the_textbooks(scale, float64):
    Z, Y = drawn(scale, np.float64)
    found = costs_of_columns(NET, jaxnn.cross_entropy, traced(Z), Y)
    expected = textbooks(NET, jaxnn.cross_entropy, traced(Z), Y)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-13, atol=1e-300)

    def total(costs):
        return lambda Z, Y: costs(NET, jaxnn.cross_entropy, traced(Z), Y)[0].sum()

    for wrt in (0, 1):
        by_engine = jax.grad(total(costs_of_columns), argnums=wrt)(Z, Y)
        by_textbook = jax.grad(total(textbooks), argnums=wrt)(Z, Y)
        np.testing.assert_allclose(by_engine, by_textbook, rtol=1e-12, atol=1e-12)


def test_it_can_be_differentiated_forwards():
    Z, Y = drawn(1.0, np.float32)
    direction = Z**2
    _, tangent = jax.jvp(lambda Z: softmax_costs(Z, Y).sum(), (Z,), (direction,))
    gradient = jax.grad(lambda Z: softmax_costs(Z, Y).sum())(Z)
    assert abs(tangent) > 1
    np.testing.assert_allclose(tangent, (gradient * direction).sum(), rtol=1e-5)


def test_a_number_that_is_not_finite_passes_on():
    Z, Y = drawn(1.0, np.float32)
    bad = softmax_costs(Z.at[3, 5].set(jnp.nan).at[2, 7].set(jnp.inf), Y)
    assert np.flatnonzero(~np.isfinite(bad)).tolist() == [5, 7]


def test_other_costs_are_the_textbooks_own():
    net = jaxnn.mlp(4, 10, output="sigmoid")
    Z, Y = drawn(1.0, np.float32)
    tr = Trace((Z,), (jax.nn.sigmoid(Z),))
    found = costs_of_columns(net, jaxnn.binary_cross_entropy, tr, Y)
    expected = textbooks(net, jaxnn.binary_cross_entropy, tr, Y)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
