"""The laws that every cost obeys."""

import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from jaxnn.textbook import costs
from tests.support.tables import COSTS, name_of, own_cost


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("E", COSTS, ids=name_of)
def test_scalar_jit_derivative_and_finite_differences(E, key, float64):
    a, y = jax.random.uniform(key, (2, 5), jnp.float64, 0.1, 0.9)
    assert E(a, y).shape == ()
    np.testing.assert_allclose(jax.jit(E)(a, y), E(a, y), rtol=1e-14)
    np.testing.assert_allclose(E.derivative(a, y), jax.grad(E)(a, y), rtol=1e-12)
    h = 1e-6
    for i in range(5):
        e = h * jnp.eye(5)[i]
        difference = (E(a + e, y) - E(a - e, y)) / (2 * h)
        np.testing.assert_allclose(E.derivative(a, y)[i], difference, rtol=1e-6)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("E", COSTS, ids=name_of)
def test_dtype_is_kept_and_pickles_to_itself(E):
    for dtype in (jnp.float16, jnp.bfloat16, jnp.float32):
        assert E(jnp.full(3, 0.5, dtype), jnp.full(3, 0.25, dtype)).dtype == dtype
    assert pickle.loads(pickle.dumps(E)) == E
    assert jax.tree.leaves(E) == []


@pytest.mark.parametrize(
    ("E", "y"),
    [(jaxnn.cross_entropy, [0.0, 1.0, 0.0]), (jaxnn.binary_cross_entropy, [0.0, 1.0, 0.0])],
    ids=["cross_entropy", "binary_cross_entropy"],
)
def test_certain_and_right_costs_nothing(E, y):
    y = jnp.array(y)
    assert E(y, y) == 0
    assert jnp.isfinite(jax.grad(E)(y, y)).all()
    np.testing.assert_allclose(E.derivative(y, y), jax.grad(E)(y, y))


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_joint_costs_are_finite_with_the_right_gradient_far_out(size):
    z, y = jnp.array([size, 0.0, -size]), jnp.array([0.0, 0.0, 1.0])
    for joint, g in (
        (costs.softmax_cross_entropy, jaxnn.softmax),
        (costs.sigmoid_binary_cross_entropy, jaxnn.sigmoid),
    ):
        assert jnp.isfinite(joint(z, y))
        np.testing.assert_allclose(jax.grad(joint)(z, y), g(z) - y, atol=1e-6)
    expected = 2e4 if size > 0 else 0
    assert float(costs.softmax_cross_entropy(z, y)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "joint", [costs.softmax_cross_entropy, costs.sigmoid_binary_cross_entropy], ids=name_of
)
def test_joint_costs_of_a_batch_are_those_of_its_columns(joint, key):
    Z, Y = jax.random.normal(key, (2, 3, 4))
    by_columns = jax.vmap(joint, in_axes=1)
    np.testing.assert_allclose(joint(Z, Y), by_columns(Z, Y), rtol=1e-6)
    gradients = [jax.grad(lambda Z, E=E: E(Z, Y).sum())(Z) for E in (joint, by_columns)]
    np.testing.assert_allclose(*gradients, atol=1e-6)


def test_derivative_of_a_users_cost(key):
    a, y = jax.random.uniform(key, (2, 4))
    np.testing.assert_allclose(
        costs.derivative(own_cost, a, y), 3 * jnp.sign(a - y) * (a - y) ** 2, rtol=1e-5
    )


def test_log_k_at_an_uninformed_start(key):
    net = jaxnn.mlp(3, 10)
    params = jax.tree.map(jnp.zeros_like, jaxnn.init(net, key))
    E = jaxnn.loss(net, params, jnp.ones((3, 10)), jnp.eye(10), cost="cross_entropy")
    assert pytest.approx(np.log(10), rel=1e-6) == E
