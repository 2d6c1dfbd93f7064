"""`ensemble` and calibration: members are fits, their mean is what is said."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.sweeps.test_sweeps import close
from tests.textbook.test_gradient_descent import data_for

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


@pytest.mark.thorough_cases(1)
@pytest.mark.thorough
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


@pytest.mark.thorough
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
        (np.ones((1, 2)), np.array([[0.5, np.nan]]), r"A must hold numbers, got A\[0, 1\] = nan"),
    ],
)  # fmt: skip
def test_bad_probabilities(Y, A, text):
    with pytest.raises(ValueError, match=text):
        jaxnn.reliability(Y, A)


PAIRS = {
    "softmax": (jaxnn.mlp(2, 3), "cross_entropy"),
    "sigmoid": (jaxnn.mlp(2, 3, output="sigmoid"), "binary_cross_entropy"),
    "one sigmoid": (jaxnn.mlp(2, 1, output="sigmoid"), "binary_cross_entropy"),
}


def of_logits(net, cost, seed, largest, members=4):
    """Return an ensemble whose z^[L] are up to `largest`, and examples for it."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(members, net.sizes[-1], 2)) * np.logspace(-2, 0, members)[:, None, None]
    X, labels = rng.normal(size=(2, 30)), rng.integers(0, 3, 30)
    W *= largest / np.abs(W @ X).max()
    params = (jaxnn.Layer(jnp.asarray(W, jnp.float32), jnp.zeros((members, net.sizes[-1]))),)
    Y = jaxnn.one_hot(labels, 3)[: net.sizes[-1]]
    none = np.zeros(members)
    many = jaxnn.Ensemble(
        net, params, jaxnn.textbook.costs.find(cost), (jaxnn.History({}),) * members, none, none
    )
    return many, X.astype(np.float32), Y


def loss_by_hand(many, X, Y, w):
    """Return E of the averaged probabilities, in NumPy's float64, from their logarithms."""
    W = np.asarray(many.params[0].W, np.float64)
    Z, Y = W @ X.astype(np.float64), Y.astype(np.float64)  # (K, n_L, m)
    if many.cost is jaxnn.cross_entropy:
        log_a = Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)
        E = -(Y * (np.logaddexp.reduce(log_a, axis=0) - np.log(len(Z)))).sum(axis=0)
    else:
        log_a, log_not = (
            np.logaddexp.reduce(-np.logaddexp(0, z), axis=0) - np.log(len(Z)) for z in (-Z, Z)
        )
        E = -(Y * log_a + (1 - Y) * log_not).sum(axis=0)
    return np.average(E, weights=w)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("largest", [1.0, 100.0, 1e4])
def test_the_loss_of_the_mean_is_finite_and_at_most_the_mean_of_the_losses(pair, largest):
    """By convexity (Jensen's inequality), also where the probabilities round to 0."""
    for seed in range(3):
        many, X, Y = of_logits(*pair, seed, largest)
        w = np.random.default_rng(seed).uniform(0, 2, 30).astype(np.float32)
        for data in ((X, Y), (X, Y, w)):
            E = many.evaluate(data)["loss"]
            alone = [
                jaxnn.evaluate(
                    many.network, jax.tree.map(lambda p, i=i: p[i], many.params), data, cost=pair[1]
                )["loss"] for i in range(len(many))
            ]  # fmt: skip
            assert np.isfinite(E)
            assert np.mean(alone) * (1 + 1e-6) >= E
            wanted = loss_by_hand(many, X, Y, data[2] if len(data) == 3 else None)
            assert pytest.approx(wanted, rel=2e-5) == E


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("largest", [1.0, 1e4])
def test_an_ensemble_of_one_measures_what_evaluate_measures(pair, largest):
    many, X, Y = of_logits(*pair, 0, largest)
    for i in range(len(many)):
        params = jax.tree.map(lambda p, i=i: p[i], many.params)
        found = many.some([i]).evaluate((X, Y))
        wanted = jaxnn.evaluate(many.network, params, (X, Y), cost=pair[1])
        assert found["loss"] == pytest.approx(wanted["loss"], rel=1e-6)
        assert found["accuracy"] == wanted["accuracy"] == found["member_accuracy"]
        A = jaxnn.predict(many.network, params, X)  # by another program, so it rounds otherwise
        error = jaxnn.expected_calibration_error(Y, A)
        assert found["calibration_error"] == pytest.approx(error, rel=1e-6)


def test_costs_that_are_not_joint_are_those_of_the_mean_outputs():
    net = jaxnn.mlp(2, 3, output="sigmoid")
    many, X, Y = of_logits(net, "squared_error", 0, 3.0)
    A = np.asarray(many.predict(X).mean, np.float64)
    wanted = 0.5 * ((Y - A) ** 2).sum(axis=0).mean()
    assert many.evaluate((X, Y))["loss"] == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("size", [1e20, 1e-25, 1.0])
def test_the_spread_of_outputs_of_any_size(size):
    net = jaxnn.mlp(2, 3, output="identity")
    many, X, _ = of_logits(net, "squared_error", 0, size)
    A = np.asarray(many.outputs(X), np.float64)
    np.testing.assert_allclose(many.predict(X).spread, A.std(axis=0), rtol=1e-5)
    np.testing.assert_allclose(many.predict(X).mean, A.mean(axis=0), rtol=1e-5, atol=size * 1e-6)
