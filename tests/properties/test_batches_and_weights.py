"""Laws of batches and weights: what counts is an example's weight, not the batch it comes in."""

from fractions import Fraction
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jaxnn
from tests.support.tables import COSTS, SMOOTH

pytestmark = pytest.mark.thorough

few = settings(max_examples=max(2, settings.default.max_examples // 5))
"""Each example compiles a program of its own."""
seeds = st.integers(0, 2**31 - 1)
costs = st.sampled_from(COSTS)
hidden = st.sampled_from(SMOOTH)
NET = jaxnn.mlp(2, 3, 2, hidden="tanh", output="sigmoid")
SGD = optax.sgd(0.5)


def problem(m, seed, dtype=np.float64, net=NET):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(net.sizes[0], m)), rng.uniform(0.1, 0.9, (net.sizes[-1], m))
    return jaxnn.init(net, jax.random.key(seed), dtype=dtype), X.astype(dtype), Y.astype(dtype)


def close(one, other, tolerance=1e-12):
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(
            np.asarray(a, np.float64), np.asarray(b, np.float64), rtol=tolerance, atol=tolerance
        ),
        one, other,
    )  # fmt: skip


@pytest.mark.usefixtures("float64")
@given(st.sampled_from(list(product(range(4), repeat=4))).filter(lambda n: sum(n) == 5), seeds)
def test_a_weight_is_so_many_copies(counts, seed):
    params, X, Y = problem(4, seed)
    copies = np.repeat(np.arange(4), counts)
    w = np.asarray(counts, np.float64)
    state = jaxnn.TrainState.create(params, SGD, jax.random.key(0))
    close(_learnt(state, X, Y, w), _learnt(state, X[:, copies], Y[:, copies]))
    by_weight, by_copies = jaxnn.standardisation(X, weights=w), jaxnn.standardisation(X[:, copies])
    close(by_weight.mean, by_copies.mean)


@jax.jit
def _learnt(state, X, Y, *weights):
    """Return all that is made of examples and their weights."""
    w = dict(zip(["weights"], weights, strict=False))
    return (
        jaxnn.loss(NET, state.params, X, Y, cost="squared_error", **w),
        jaxnn.backward(NET, state.params, X, Y, cost="squared_error", **w),
        jaxnn.update(NET, "squared_error", SGD, state, (X, Y, *weights))[0].params,
    )


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("batch_size", [1, 3, 5, 6])
def test_every_batch_size_has_the_same_mean(batch_size):
    """With η = 0 an epoch measures the loss of all examples, however they are cut into batches."""
    still = optax.sgd(0.0)
    for seed in range(2):
        params, X, Y = problem(5, seed)
        w = np.random.default_rng(seed).uniform(0, 2, 5)
        w[seed] = 0
        state = jaxnn.TrainState.create(params, still, jax.random.key(seed))
        after, metrics = _epoch(still, batch_size, state, (X, Y, w))
        E = jaxnn.loss(NET, params, X, Y, weights=w, cost="squared_error")
        assert float(metrics["loss"]) == pytest.approx(float(E), rel=1e-13)
        assert after.step == -(-5 // batch_size)


def _epoch(optimizer, batch_size, state, data):
    jitted = jax.jit(jaxnn.epoch, static_argnums=(2,), static_argnames="batch_size")
    return jitted(NET, jaxnn.squared_error, optimizer, state, data, batch_size=batch_size)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("m", [3, 5])
def test_a_batch_that_is_not_full_is_the_mean_over_what_it_has(m):
    """Of a batch of 4: fewer, as many, one more; without a shuffle each step is by hand."""
    params, X, Y = problem(m, m)
    state = jaxnn.TrainState.create(params, SGD, jax.random.key(0))
    found, _ = jaxnn.epoch(NET, "squared_error", SGD, state, (X, Y), batch_size=4, shuffle=False)
    for some in (slice(0, 4), slice(4, 8)):
        if X[:, some].size:
            gradient = jaxnn.backward(NET, params, X[:, some], Y[:, some], cost="squared_error")
            params = jax.tree.map(lambda p, g: p - 0.5 * g, params, gradient)
    close(found.params, params)


@few
@given(hidden, costs, st.sampled_from(["float32", "bfloat16", "float16"]), seeds)
def test_every_type_is_kept_and_near_float64(g, cost, dtype, seed):
    output = "softmax" if cost == jaxnn.cross_entropy else "sigmoid"
    net = jaxnn.mlp(2, 3, 2, hidden=g, output=output)
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        exact, X, Y = problem(3, seed, np.float64, net)
        params, X_in, Y_in = jax.tree.map(lambda a: jnp.asarray(a, dtype), (exact, X, Y))
        exact, X, Y = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), (params, X_in, Y_in))
        measured = jax.jit(
            lambda *a: (jaxnn.loss(net, *a, cost=cost), jaxnn.backward(net, *a, cost=cost))
        )
        (E, gradient), (exact_E, exact_gradient) = (
            measured(params, X_in, Y_in),
            measured(exact, X, Y),
        )
        assert {leaf.dtype.name for leaf in jax.tree.leaves((E, gradient))} == {dtype}
        eps = float(jnp.finfo(dtype).eps)
        close(E, exact_E, 40 * eps)
        if "absolute" not in cost.name:  # whose derivative jumps
            close(gradient, exact_gradient, 100 * eps)
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.mark.usefixtures("float64")
@few
@given(hidden, costs, st.sampled_from([1, 3]), seeds)
def test_jit_is_eager_and_vmap_is_the_loop(g, cost, m, seed):
    output = "softmax" if cost == jaxnn.cross_entropy else "sigmoid"
    net = jaxnn.mlp(2, 3, 2, hidden=g, output=output)
    params, X, Y = problem(m, seed, net=net)
    Y = Y / Y.sum(axis=0) if cost == jaxnn.cross_entropy else Y  # a distribution

    def E(params, X, Y):
        return jaxnn.loss(net, params, X, Y, cost=cost)

    with jax.disable_jit():
        eager = E(params, X, Y), jax.grad(E)(params, X, Y), jaxnn.predict(net, params, X)
    jitted = jax.jit(lambda *a: (E(*a), jax.grad(E)(*a), jaxnn.predict(net, a[0], a[1])))
    close(jitted(params, X, Y), eager)
    each = [jaxnn.forward(net, params, X[:, j]) for j in range(m)]
    close(eager[2], np.stack(each, axis=1))
    one_by_one = [E(params, X[:, [j]], Y[:, [j]]) for j in range(m)]
    close(eager[0], np.mean(one_by_one))
    stacked = jax.tree.map(lambda a: jnp.stack([a, 2 * a]), params)
    many = jax.vmap(E, in_axes=(0, None, None))(stacked, X, Y)
    close(many, [E(jax.tree.map(lambda a, i=i: a[i], stacked), X, Y) for i in (0, 1)])


@given(st.sampled_from([1, 5, 12]), st.integers(1, 13))
def test_batches_cover_all_examples_once(m, batch_size):
    data = np.arange(m, dtype=np.float32)[None, :], np.zeros((1, m), np.float32)
    found = [X for X, _ in jaxnn.batches(jax.random.key(m), data, batch_size)]
    assert [X.shape[1] for X in found[:-1]] == [batch_size] * (len(found) - 1)
    assert Fraction(m, batch_size) <= len(found) < Fraction(m, batch_size) + 1
    assert sorted(np.concatenate(found, axis=1)[0].tolist()) == list(range(m))
