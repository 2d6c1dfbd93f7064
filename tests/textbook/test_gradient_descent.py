"""Update, epoch and evaluate are equal to loops written out by hand."""

import itertools
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.metrics import accuracy_score, r2_score

import jaxnn
from tests.support.tables import COST_OF_NETWORK, NETWORKS, OPTIMIZERS


def data_for(net, key, m=40, dtype=jnp.float32):
    teacher_key, X_key = jax.random.split(key)
    X = jax.random.normal(X_key, (net.sizes[0], m), dtype)
    A = jaxnn.predict(net, jaxnn.init(net, teacher_key, dtype=dtype), X)
    if net.activations[-1] == jaxnn.identity:
        return X, A
    if net.sizes[-1] == 1:
        return X, (jnp.median(A) < A).astype(dtype)
    return X, jnp.asarray(jaxnn.one_hot(np.asarray(A.argmax(0)), net.sizes[-1]), dtype)


def fresh(net, optimizer, key, dtype=jnp.float32):
    init_key, train_key = jax.random.split(key)
    return jaxnn.TrainState.create(jaxnn.init(net, init_key, dtype=dtype), optimizer, train_key)


@pytest.mark.thorough_cases(16)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_update_keeps_the_tree_and_lowers_the_loss(name, optimizer):
    net, opt = NETWORKS[name], OPTIMIZERS[optimizer]
    data = data_for(net, jax.random.key(1))
    state = fresh(net, opt, jax.random.key(2))
    traced = itertools.count()

    @jax.jit
    def step(state, data):
        next(traced)
        return jaxnn.update(net, COST_OF_NETWORK[name], opt, state, data)

    before = jaxnn.evaluate(net, state.params, data, cost=COST_OF_NETWORK[name])["loss"]
    describe = partial(jax.tree.map, lambda array: (array.shape, array.dtype))
    shapes = describe(state)
    for _ in range(60):
        state, _ = step(state, data)
    assert describe(state) == shapes
    assert state.step == 60
    assert next(traced) == 1
    assert jaxnn.evaluate(net, state.params, data, cost=COST_OF_NETWORK[name])["loss"] < before


def test_sgd_is_exactly_w_minus_eta_gradient(key):
    net, sgd = NETWORKS["regression"], optax.sgd(0.5)
    X, Y = data_for(net, jax.random.key(1))
    state = fresh(net, sgd, key)
    grads = jax.grad(jaxnn.loss, argnums=1)(net, state.params, X, Y, cost="squared_error")
    after, _ = jaxnn.update(net, "squared_error", sgd, state, (X, Y))
    expected = jax.tree.map(lambda w, g: w + (-0.5) * g, state.params, grads)
    jax.tree.map(np.testing.assert_array_equal, after.params, expected)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("batch_size", "weighted"),
    [
        *[(7, False), (1, True)],
        *[
            pytest.param(*case, marks=pytest.mark.slow)
            for case in [
                (1, False),
                (8, False),
                (40, False),
                (64, False),
                (7, True),
                (8, True),
                (40, True),
                (64, True),
            ]
        ],
    ],
)
def test_epoch_is_the_loop_by_hand(batch_size, weighted, float64):
    net, opt = NETWORKS["classes"], optax.adam(0.01)
    X, Y = data_for(net, jax.random.key(3), dtype=jnp.float64)
    weights = jax.random.uniform(jax.random.key(4), (40,), jnp.float64) if weighted else None
    data = (X, Y, weights) if weighted else (X, Y)
    state = fresh(net, opt, jax.random.key(5), jnp.float64)
    by_scan, metrics = jax.jit(
        lambda s: jaxnn.epoch(
            net, "cross_entropy", opt, s, data, batch_size=batch_size, shuffle=False
        )
    )(state)
    losses, totals = [], []
    for start in range(0, 40, batch_size):
        batch = tuple(array[..., start : start + batch_size] for array in data)
        state, seen = jaxnn.update(net, "cross_entropy", opt, state, batch)
        losses.append(float(seen["loss"]))
        totals.append(float(batch[2].sum()) if weighted else batch[0].shape[1])
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13),
        by_scan.params, state.params,
    )  # fmt: skip
    assert by_scan.step == state.step
    assert float(metrics["loss"]) == pytest.approx(np.average(losses, weights=totals), rel=1e-12)


def test_shuffled_epoch_sees_every_example_once(key):
    """With η = 1 and E = −Σ a, W is the sum of the examples seen."""
    net = jaxnn.Network((5, 1), ("identity",))
    state = jaxnn.TrainState.create(
        (jaxnn.Layer(jnp.zeros((1, 5)), jnp.zeros(1)),), optax.sgd(1.0), key
    )
    X, Y = jnp.eye(5), jnp.zeros((1, 5))
    first, _ = jaxnn.epoch(net, "total_error", optax.sgd(1.0), state, (X, Y), batch_size=1)
    np.testing.assert_allclose(first.params[0].W, jnp.ones((1, 5)))
    assert not jnp.array_equal(jax.random.key_data(first.key), jax.random.key_data(state.key))


def test_padding_changes_no_number_and_compiles_nothing(key):
    net, opt = NETWORKS["classes"], optax.sgd(0.1)
    data_key, state_key = jax.random.split(key)
    data = data_for(net, data_key, m=10)
    traced = itertools.count()

    @jax.jit
    def run(state):
        next(traced)
        return jaxnn.epoch(net, "cross_entropy", opt, state, data, batch_size=4)

    state, _ = run(fresh(net, opt, state_key))
    assert state.step == 3
    run(state)
    assert next(traced) == 1


def test_evaluate_classes(key):
    net = NETWORKS["classes"]
    X, Y = data_for(net, jax.random.key(1))
    params = jaxnn.init(net, jax.random.key(9))
    w = jax.random.uniform(key, (40,))
    A = jaxnn.predict(net, params, X)
    scores = jaxnn.evaluate(net, params, (X, Y, w), cost="cross_entropy")
    labels, found = jaxnn.class_of(Y), jaxnn.class_of(A)
    assert scores["accuracy"] == pytest.approx(accuracy_score(labels, found, sample_weight=w))
    E = jaxnn.loss(net, params, X, Y, cost="cross_entropy", weights=w)
    assert scores["loss"] == pytest.approx(float(E), rel=1e-6)


def test_evaluate_regression_and_users_metrics(key):
    net = NETWORKS["regression"]
    X, Y = data_for(net, jax.random.key(1))
    params = jaxnn.init(net, jax.random.key(9))
    A = jaxnn.predict(net, params, X)
    w = jax.random.uniform(key, (40,))
    largest = {"largest": lambda A, Y: jnp.abs(A - Y).max()}
    scores = jaxnn.evaluate(net, params, (X, Y, w), cost="squared_error", metrics=largest)
    assert scores["r2"] == pytest.approx(r2_score(Y.T, A.T, sample_weight=w), abs=1e-5)
    assert scores["largest"] == pytest.approx(float(jnp.abs(A - Y).max()))
    assert "accuracy" not in scores


@pytest.mark.thorough
def test_evaluate_in_blocks_is_evaluate_at_once(key, monkeypatch):
    net = NETWORKS["classes"]
    data = data_for(net, key, m=37)
    params = jaxnn.init(net, jax.random.key(9))
    whole = jaxnn.evaluate(net, params, data, cost="cross_entropy")
    monkeypatch.setattr("jaxnn.engine.scoring.EVALUATION_BLOCK", 8)
    jax.clear_caches()
    blocks = jaxnn.evaluate(net, params, data, cost="cross_entropy")
    assert blocks == pytest.approx(whole, rel=1e-6)


@pytest.mark.thorough
def test_evaluate_composes_with_vmap(key):
    net = NETWORKS["classes"]
    data = data_for(net, jax.random.key(1))
    many = jax.vmap(lambda k: jaxnn.init(net, k))(jax.random.split(key, 3))
    losses = jax.vmap(lambda p: jaxnn.evaluate(net, p, data, cost="cross_entropy")["loss"])(many)
    first = jax.tree.map(lambda array: array[0], many)
    assert float(losses[0]) == pytest.approx(
        jaxnn.evaluate(net, first, data, cost="cross_entropy")["loss"], rel=1e-5
    )


@pytest.mark.parametrize(
    ("net", "cost", "A", "Y", "expected"),
    [
        (jaxnn.mlp(1, 1, output="sigmoid"), "squared_error", [[0.4, 0.6]], [[0, 1]], [1, 1]),
        (jaxnn.mlp(1, 2), "squared_error", [[0.4, 0.6], [0.6, 0.4]], [[1, 1], [0, 0]], [0, 1]),
        (jaxnn.mlp(1, 2, output="sigmoid"), "binary_cross_entropy",
         [[0.9, 0.9], [0.8, 0.2]], [[1, 1], [1, 1]], [1, 0]),
        (jaxnn.mlp(1, 2, output="identity"), "squared_error", [[0.0], [1.0]], [[0.0], [1.0]], None),
    ],
    ids=["yes or no", "largest", "several yes or no", "regression"],
)  # fmt: skip
def test_which_outputs_are_right(net, cost, A, Y, expected):
    from jaxnn.textbook import costs
    from jaxnn.textbook.metrics import rightly_classified

    A, Y = jnp.array(A, jnp.float32), jnp.array(Y, jnp.float32)
    right = rightly_classified(net, costs.find(cost), A, Y)
    assert (None if right is None else right.astype(int).tolist()) == expected
