"""The matrix form, Z = W A + b and A = g(Z) over columns, is `trace` of each example."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.engine.plan import EpochPlan
from jaxnn.engine.products import matmul
from jaxnn.engine.steps import step
from jaxnn.textbook import costs
from jaxnn.textbook.propagation import multiply, propagate
from tests.support.tables import COST_OF_NETWORK, NETWORKS

M = 7


def examples(net, key):
    params_key, x_key, y_key = jax.random.split(key, 3)
    X = jax.random.normal(x_key, (net.sizes[0], M))
    Y = jaxnn.one_hot(np.asarray(jax.random.randint(y_key, (M,), 0, 2)), max(2, net.sizes[-1]))
    return jaxnn.init(net, params_key, dtype=jnp.float64), X, jnp.asarray(Y)[: net.sizes[-1]]


@pytest.mark.parametrize("product", [multiply, matmul])
@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_each_column_is_the_trace_of_its_example(net, product, float64, key):
    params, X, _ = examples(net, key)
    found = propagate(net, params, X, matmul=product)
    each = jax.vmap(jaxnn.trace, in_axes=(None, None, 1), out_axes=1)(net, params, X)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12), found, each)
    outputs = jax.vmap(jaxnn.forward, in_axes=(None, None, 1), out_axes=1)(net, params, X)
    np.testing.assert_allclose(found.a[-1], outputs, rtol=1e-12, atol=1e-12)


def test_dropout_drops_what_trace_drops_with_the_key_of_each_example(float64, key):
    net = jaxnn.mlp(5, 20, 20, 2, dropout=0.4)
    params, X, _ = examples(net, key)
    keys = jax.random.split(key, M)
    found = propagate(net, params, X, keys=keys)
    for j in range(M):
        one = jaxnn.trace(net, params, X[:, j], key=keys[j])
        jax.tree.map(
            lambda a, b, j=j: np.testing.assert_allclose(a[:, j], b, rtol=1e-12), found, one
        )


@pytest.mark.parametrize("name", NETWORKS)
def test_the_step_of_the_engine_is_update(name, float64, key):
    net, cost = NETWORKS[name], costs.find(COST_OF_NETWORK[name])
    params, X, Y = examples(net, key)
    optimizer = optax.adam(0.1)
    state = jaxnn.TrainState.create(params, optimizer, key)
    by_update, metrics = jaxnn.update(net, cost, optimizer, state, (X, Y))
    plan = EpochPlan(network=net, cost=cost, batch_size=M, shuffle=False, augment=None)
    by_engine, found = step(plan, optimizer, state, (X.T, Y.T, jnp.full(M, 1 / M)))
    same = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)  # noqa: E731
    jax.tree.map(same, by_engine.params, by_update.params)
    jax.tree.map(same, found, metrics)


@pytest.mark.parametrize("place", [0, 1])
def test_wrong_shapes_of_w_and_b_are_caught(place, key):
    net = jaxnn.mlp(3, 4, 2)
    params = list(jaxnn.init(net, key))
    wrong = {"W": jnp.ones((5, 3))} if place == 0 else {"b": jnp.ones(1)}
    params[0] = params[0]._replace(**wrong)
    with pytest.raises(AssertionError, match="assert_shape"):
        propagate(net, tuple(params), jnp.ones((3, 2)))


def test_shapes_are_asserted_by_chex_of_every_layer(monkeypatch, key):
    seen = []
    monkeypatch.setattr(chex, "assert_shape", lambda array, shape: seen.append(shape))
    net = jaxnn.mlp(3, 4, 2)
    propagate(net, jaxnn.init(net, key), jnp.ones((3, 5)))
    assert seen == [(4, 3), (4,), (4, 5), (2, 4), (2,), (2, 5)]
