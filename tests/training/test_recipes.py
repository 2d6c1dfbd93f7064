"""What practitioners add to a training: all of it optax's, taken as it is."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn

NET = jaxnn.mlp(4, 6, 3, hidden="tanh")
COST = "cross_entropy"


@pytest.fixture
def batch(key):
    X = jax.random.normal(key, (4, 8))
    return X, jnp.asarray(jaxnn.one_hot(np.arange(8) % 3, 3))


@pytest.fixture
def params():
    return jaxnn.init(NET, jax.random.key(7))


def step(optimizer, params, batch, state=None):
    state = state or jaxnn.TrainState.create(params, optimizer, jax.random.key(0))
    return jaxnn.update(NET, COST, optimizer, state, batch)[0]


def gradients(params, batch):
    return jaxnn.backward(NET, params, *batch, cost=COST)


def assert_near(tree, other):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7), tree, other)


@pytest.mark.slow
def test_a_schedule_sets_the_step(params, batch):
    optimizer = optax.sgd(optax.linear_schedule(0.5, 0.0, 2))
    state = step(optimizer, params, batch)
    expected = jax.tree.map(lambda p, g: p - 0.5 * g, params, gradients(params, batch))
    assert_near(state.params, expected)
    second = step(optimizer, params, batch, state)
    expected = jax.tree.map(lambda p, g: p - 0.25 * g, state.params, gradients(state.params, batch))
    assert_near(second.params, expected)


def test_clipping_bounds_the_step(params, batch):
    optimizer = optax.chain(optax.clip_by_global_norm(1e-3), optax.sgd(1.0))
    moved = jax.tree.map(jnp.subtract, step(optimizer, params, batch).params, params)
    assert float(optax.tree.norm(moved)) == pytest.approx(1e-3, rel=1e-3)


def test_l2_is_decayed_weights_and_l1_their_sign(params, batch):
    def pull(g, p):
        return jax.tree.map(lambda g, p: g + 0.1 * jnp.sign(p), g, p)

    for penalty, of in (
        (optax.add_decayed_weights(0.1), lambda p: 0.1 * p),
        (optax.stateless(pull), lambda p: 0.1 * jnp.sign(p)),
    ):
        optimizer = optax.chain(penalty, optax.sgd(0.5))
        expected = jax.tree.map(
            lambda p, g, of=of: p - 0.5 * (g + of(p)), params, gradients(params, batch)
        )
        assert_near(step(optimizer, params, batch).params, expected)


def test_accumulating_two_halves_is_the_whole_batch(params, batch):
    X, Y = batch
    optimizer = optax.MultiSteps(optax.sgd(0.5), 2).gradient_transformation()
    first = step(optimizer, params, (X[:, :4], Y[:, :4]))
    assert_near(first.params, params)
    second = step(optimizer, params, (X[:, 4:], Y[:, 4:]), first)
    assert_near(second.params, step(optax.sgd(0.5), params, batch).params)


def test_accumulation_goes_through_fit(params, batch):
    optimizer = optax.MultiSteps(optax.sgd(0.5), 2).gradient_transformation()
    halves = jaxnn.fit(NET, batch, cost=COST, optimizer=optimizer, key=jax.random.key(0),
                       params=params, epochs=3, batch_size=4, shuffle=False)  # fmt: skip
    whole = jaxnn.fit(NET, batch, cost=COST, optimizer=optax.sgd(0.5), key=jax.random.key(0),
                      params=params, epochs=3, batch_size=8, shuffle=False)  # fmt: skip
    assert_near(halves.params, whole.params)


@pytest.mark.thorough
def test_class_weights_are_repeated_examples(params, batch):
    X, Y = batch
    weights = jnp.where(Y[0] == 1, 2.0, 1.0)
    doubled = (
        jnp.concatenate([X, X[:, Y[0] == 1]], axis=1),
        jnp.concatenate([Y, Y[:, Y[0] == 1]], axis=1),
    )
    sgd = optax.sgd(0.5)
    assert_near(step(sgd, params, (X, Y, weights)).params, step(sgd, params, doubled).params)


def test_freezing_a_layer(params, batch):
    labels = (jaxnn.Layer("frozen", "frozen"), jaxnn.Layer("free", "free"))
    optimizer = optax.multi_transform(
        {"frozen": optax.set_to_zero(), "free": optax.sgd(0.5)}, labels
    )
    after = step(optimizer, params, batch).params
    assert_near(after[0], params[0])
    assert not np.array_equal(after[1].W, params[1].W)
