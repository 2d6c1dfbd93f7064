"""`ensemble` and calibration: members are fits, their mean is what is said."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.test_sweeps import close
from tests.test_training import data_for

NET = jaxnn.mlp(4, 12, 3)
SETTINGS = {"cost": "cross_entropy", "batch_size": 16, "epochs": 4, "progress": False}
ADAM = optax.adam(0.02)


def same_key():
    return jax.random.key(3)


@pytest.fixture(scope="module")
def data():
    return data_for(NET, jax.random.key(0), m=50)


@pytest.fixture(scope="module")
def four(data):
    return jaxnn.ensemble(NET, data, members=4, optimizer=ADAM, key=same_key(), **SETTINGS)


def test_every_member_is_a_fit(data, four):
    keys = jax.random.split(jax.random.split(same_key())[0], 4)
    for i in (0, 3):
        params = jaxnn.init(NET, keys[i])
        alone = jaxnn.fit(NET, data, key=same_key(), params=params, optimizer=ADAM, **SETTINGS)
        close(jax.tree.map(lambda p, i=i: p[i], four.params), alone.params, 1e-5)
    assert len(four) == 4
    assert four.histories[0].epochs == 4


def test_the_bootstrap_draws_m_examples_with_replacement_as_weights(data):
    bagged = jaxnn.ensemble(
        NET, data, members=3, bootstrap=True, optimizer=ADAM, key=same_key(), **SETTINGS
    )
    drawn = jax.random.randint(jax.random.fold_in(same_key(), 0), (3, 50), 0, 50)
    times = jnp.stack([jnp.bincount(row, length=50) for row in drawn]).astype(jnp.float32)
    assert (times.sum(axis=1) == 50).all()
    params = jaxnn.init(NET, jax.random.split(jax.random.split(same_key())[0], 3)[1])
    alone = jaxnn.fit(
        NET, (*data, times[1]), key=same_key(), params=params, optimizer=ADAM, **SETTINGS
    )
    close(jax.tree.map(lambda p: p[1], bagged.params), alone.params, 1e-5)


def test_mean_and_spread(data, four):
    each = np.stack([
        jaxnn.predict(NET, jax.tree.map(lambda p, i=i: p[i], four.params), data[0])
        for i in range(4)
    ])  # fmt: skip
    said = four.predict(data[0])
    np.testing.assert_allclose(said.mean, each.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(said.spread, each.std(axis=0), rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(said.mean.sum(axis=0), 1, rtol=1e-5)
    some = four.some([3, 1])
    assert len(some) == 2
    np.testing.assert_allclose(some.predict(data[0]).mean, each[[3, 1]].mean(axis=0), rtol=1e-5)
    for numbers in ([], [4], [-1]):
        with pytest.raises(ValueError, match=r"numbers must lie in 0 … 3, at least one, got \["):
            four.some(numbers)


def test_scores(data, four):
    X, Y = data
    found = four.evaluate((X, Y))
    A = four.predict(X).mean
    right = jnp.argmax(A, axis=0) == jnp.argmax(Y, axis=0)
    assert found["accuracy"] == pytest.approx(float(right.mean()))
    assert found["loss"] == pytest.approx(float(-(Y * jnp.log(A)).sum(axis=0).mean()), rel=1e-5)
    assert found["calibration_error"] == jaxnn.expected_calibration_error(Y, A)
    alone = [
        jaxnn.evaluate(NET, jax.tree.map(lambda p, i=i: p[i], four.params), data,
                       cost="cross_entropy")["accuracy"] for i in range(4)
    ]  # fmt: skip
    assert found["member_accuracy"] == pytest.approx(np.mean(alone))
    half = jnp.where(jnp.arange(50) < 25, 1.0, 0.0)
    weighted = four.evaluate((X, Y, half))
    assert weighted["accuracy"] == pytest.approx(float(right[:25].mean()))


def test_scores_of_a_regression():
    net = jaxnn.mlp(4, 6, 1, hidden="tanh", output="identity")
    X = jax.random.normal(jax.random.key(0), (4, 40))
    Y = jnp.sum(X, axis=0, keepdims=True)
    two = jaxnn.ensemble(
        net, (X, Y), members=2, optimizer=ADAM, key=same_key(),
        **SETTINGS | {"cost": "squared_error"},
    )  # fmt: skip
    assert set(two.evaluate((X, Y))) == {"loss", "r2", "member_r2"}


@pytest.mark.usefixtures("nan_wanted")
def test_divergence_is_told(data):
    net = jaxnn.mlp(4, 3, output="identity")
    with pytest.warns(RuntimeWarning, match=r"the loss of 2 of the 2 networks of this ensemble be"):
        lost = jaxnn.ensemble(
            net, data, members=2, optimizer=optax.sgd(1e30), key=same_key(),
            **SETTINGS | {"cost": "squared_error"},
        )  # fmt: skip
    assert lost.diverged.all()
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(lost.params))


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"members": 0}, ValueError, "members must be at least 1, got 0"),
        ({"members": 1.5}, TypeError, r"members must be a whole number, got 1\.5"),
        ({"members": 2, "patience": 1}, ValueError, "patience needs validation"),
    ],
)
def test_bad_input(options, error, text, data):
    with pytest.raises(error, match=text):
        jaxnn.ensemble(NET, data, optimizer=ADAM, key=same_key(), cost="cross_entropy", **options)


def test_calibration_of_known_confidences():
    """100 examples said with 0.75 of which 60 are right, 100 said with 0.95 of which 95 are."""
    said = np.repeat([0.75, 0.95], 100)
    right = np.concatenate([np.arange(100) < 60, np.arange(100) < 95])
    A = np.stack([said, 1 - said])
    Y = np.where(right, [[1.0], [0.0]], [[0.0], [1.0]])
    found = jaxnn.reliability(Y, A, bins=10)
    assert found.examples.tolist() == [0, 0, 0, 0, 0, 0, 0, 100, 0, 100]
    np.testing.assert_allclose(found.accuracy[[7, 9]], [0.6, 0.95])
    np.testing.assert_allclose(found.confidence[[7, 9]], [0.75, 0.95])
    error = jaxnn.expected_calibration_error(Y, A, bins=10)
    assert error == pytest.approx(0.5 * 0.15)
    assert jaxnn.expected_calibration_error(Y[:1], A[:1], bins=10) == pytest.approx(error)


def test_perfectly_calibrated_predictions_have_an_error_near_zero():
    rng = np.random.default_rng(0)
    A = rng.uniform(size=(1, 200_000))
    Y = (rng.uniform(size=A.shape) < A).astype(float)
    assert jaxnn.expected_calibration_error(Y, A) < 0.005


@pytest.mark.parametrize(
    ("Y", "A", "text"),
    [
        (np.ones((2, 3)), np.ones((2, 4)), r"must both have shape \(n_L, m\), got \(2, 3\)"),
        (np.ones((2, 0)), np.ones((2, 0)), r"must both have shape"),
        (np.ones((1, 2)), np.array([[0.5, 2.0]]), r"must hold probabilities in \[0, 1\], got 0.5"),
        (np.ones((1, 2)), np.array([[0.5, np.nan]]), r"A must hold probabilities"),
    ],
)  # fmt: skip
def test_bad_probabilities(Y, A, text):
    with pytest.raises(ValueError, match=text):
        jaxnn.reliability(Y, A)
