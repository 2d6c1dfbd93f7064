"""Hypothesis looks for a network, a cost and weights that break a law of the core."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxnn
from tests.support.tables import COSTS, SMOOTH

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("float64")]
# few different shapes, so that the search is for laws broken and not for things to compile
sizes = st.lists(st.sampled_from([1, 3]), min_size=2, max_size=5)
examples = st.sampled_from([1, 4])
hidden = st.sampled_from(SMOOTH)
seeds = st.integers(0, 2**31 - 1)


def network(sizes, hidden, output="sigmoid"):
    return jaxnn.mlp(*sizes, hidden=hidden, output=output)


def problem(net, m, seed):
    keys = jax.random.split(jax.random.key(seed), 4)
    X = jax.random.normal(keys[0], (net.sizes[0], m), jnp.float64)
    Y = jax.random.uniform(keys[1], (net.sizes[-1], m), jnp.float64)
    weights = jax.random.uniform(keys[2], (m,), jnp.float64, 0.1, 1.0)
    return jaxnn.init(net, keys[3], dtype=jnp.float64), X, Y, weights


@given(sizes, hidden, examples, seeds)
def test_trace_has_the_promised_shapes(sizes, hidden, m, seed):
    net = network(sizes, hidden)
    params, X, _, _ = problem(net, m, seed)
    tr = jaxnn.trace(net, params, X[:, 0])
    assert [z.shape for z in tr.z] == [(n,) for n in sizes[1:]]
    assert [a.shape for a in tr.a] == [(n,) for n in sizes]
    assert jaxnn.predict(net, params, X).shape == (sizes[-1], m)


@given(sizes, hidden, st.sampled_from(COSTS), examples, seeds)
def test_backward_is_grad(sizes, hidden, cost, m, seed):
    classes = cost == jaxnn.cross_entropy
    net = network([*sizes, 3], hidden, "softmax") if classes else network(sizes, hidden)
    params, X, Y, weights = problem(net, m, seed)
    Y = Y / Y.sum(axis=0, keepdims=True) if classes else Y
    by_hand = jaxnn.backward(net, params, X, Y, cost=cost, weights=weights)
    by_jax = jax.grad(jaxnn.loss, argnums=1)(net, params, X, Y, cost=cost, weights=weights)
    largest = max(float(jnp.abs(g).max()) for g in jax.tree.leaves(by_jax))
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12 * largest + 1e-16),
        by_hand, by_jax,
    )  # fmt: skip


@settings(max_examples=10)
@given(st.integers(1, 9), st.integers(1, 12), seeds)
def test_order_and_batching_do_not_change_the_examples_of_an_epoch(m, batch_size, seed):
    """With η = 1 and E = −a, W collects Σ_j x_j / (examples of j's batch)."""
    net = jaxnn.Network((m, 1), ("identity",))
    zeros = (jaxnn.Layer(jnp.zeros((1, m), jnp.float64), jnp.zeros(1, jnp.float64)),)
    state = jaxnn.TrainState.create(zeros, optax.sgd(1.0), jax.random.key(seed))
    data = jnp.eye(m, dtype=jnp.float64), jnp.zeros((1, m), jnp.float64)
    state, _ = jaxnn.epoch(net, "total_error", optax.sgd(1.0), state, data, batch_size=batch_size)
    steps = -(-m // batch_size)
    assert state.step == steps
    assert float(state.params[0].W.sum()) == pytest.approx(steps)
    assert (state.params[0].W > 0).all()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_one_hot_and_back(labels):
    Y = jaxnn.one_hot(labels, 7)
    assert (Y.sum(axis=0) == 1).all()
    assert jaxnn.class_of(Y).tolist() == labels
