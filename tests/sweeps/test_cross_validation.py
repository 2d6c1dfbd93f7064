"""`cross_validate`: every fold is a fit on its training part, and knows nothing of the rest."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.sweeps.folds import divided
from tests.sweeps.test_sweeps import close, same_bits
from tests.textbook.test_gradient_descent import data_for

NET = jaxnn.mlp(4, 12, 3)
SETTINGS = {"cost": "cross_entropy", "batch_size": 16, "epochs": 4, "progress": False}
ADAM = optax.adam(0.02)


def same_key():
    return jax.random.key(3)


@pytest.fixture(scope="module")
def data():
    X, Y = data_for(NET, jax.random.key(0), m=60)
    return 10 + 5 * np.asarray(X), np.asarray(Y)


def validated(data, **options):
    settings = {"folds": 3, "optimizer": ADAM, "key": same_key(), "standardise": True} | SETTINGS
    return jaxnn.cross_validate(NET, data, **settings | options)


@pytest.fixture(scope="module")
def found(data):
    return validated(data, metrics={"worst": lambda A, Y: jnp.max(jnp.abs(A - Y))}, repeats=2)


def test_every_fold_is_a_fit_on_its_training_part(data, found):
    X, Y = data
    first = jax.random.split(jax.random.split(same_key())[0], 2)
    for i in (0, 4):
        repeat, fold = divmod(i, 3)
        inside = (found.held_out[repeat] != fold).astype(np.float32)
        units = jaxnn.standardisation(X[:, inside == 1])
        np.testing.assert_allclose(found.standardisations[i].mean, units.mean, rtol=1e-5)
        scaled = jaxnn.standardise(X, units)
        alone = jaxnn.fit(
            NET, (scaled, Y, inside), key=same_key(), params=jaxnn.init(NET, first[repeat]),
            optimizer=ADAM, **SETTINGS,
        )  # fmt: skip
        close(found.params(i), alone.params, 1e-4)
        out = inside == 0
        held = scaled[:, out], Y[:, out]
        scores = jaxnn.evaluate(NET, alone.params, held, cost="cross_entropy")
        for name, value in scores.items():
            assert found.scores[name][i] == pytest.approx(value, rel=1e-3)
        A = np.asarray(jaxnn.predict(NET, alone.params, held[0]))
        assert found.scores["worst"][i] == pytest.approx(np.abs(A - held[1]).max(), rel=1e-3)


def test_each_example_is_predicted_by_those_that_never_saw_it(data, found):
    X = data[0]
    by_hand = np.zeros((3, 60))
    for i in range(6):
        repeat, fold = divmod(i, 3)
        out = found.held_out[repeat] == fold
        scaled = jaxnn.standardise(X[:, out], found.standardisations[i])
        by_hand[:, out] += np.asarray(jaxnn.predict(NET, found.params(i), scaled)) / 2
    np.testing.assert_allclose(found.predictions, by_hand, rtol=1e-4, atol=1e-6)
    assert len(found) == 6
    assert found.to_pandas()["fold"].tolist() == [0, 1, 2] * 2
    assert "3 folds × 2" in repr(found)


@pytest.mark.thorough
def test_held_out_examples_change_no_parameter(data):
    """Whatever stands in the columns that network 0 never saw: it stays the same, bit by bit."""
    X, Y = data
    before = validated(data, stratify=False)
    out = before.held_out[0] == 0
    X_other, Y_other = X.copy(), Y.copy()
    X_other[:, out] = -1e4 * X[:, out] + 7
    Y_other[:, out] = np.roll(Y[:, out], 1, axis=0)
    after = validated((X_other, Y_other), stratify=False)
    np.testing.assert_array_equal(before.held_out, after.held_out)
    same_bits(before.params(0), after.params(0))
    same_bits(before.standardisations[0], after.standardisations[0])
    assert not np.array_equal(before.params(1)[0].W, after.params(1)[0].W)
    assert before.scores["loss"][0] != after.scores["loss"][0]


@pytest.mark.thorough
def test_weights_and_the_split_into_programs(data):
    X, Y = data
    weights = np.linspace(0.1, 2, 60).astype(np.float32)
    one = validated((X, Y, weights))
    other = validated((X, Y, weights), members_per_batch=2)
    close(one.params(2), other.params(2), 1e-5)
    plain = validated(data)
    assert not np.allclose(one.scores["loss"], plain.scores["loss"])
    inside = one.held_out[0] != 0
    units = jaxnn.standardisation(X[:, inside], weights=weights[inside])
    np.testing.assert_allclose(one.standardisations[0].mean, units.mean, rtol=1e-5)


@pytest.mark.thorough
def test_regression_in_standardised_targets():
    X = np.asarray(jax.random.normal(jax.random.key(0), (4, 60)))
    Y = 300 + 50 * X[:1] - 20 * X[1:2]
    net = jaxnn.mlp(4, 1, output="identity")
    found = jaxnn.cross_validate(
        net, (X, Y), folds=4, cost="squared_error", optimizer=optax.adam(0.05), key=same_key(),
        standardise=True, standardise_targets=True, epochs=60, batch_size=16, progress=False,
    )  # fmt: skip
    assert (found.scores["r2"] > 0.99).all()
    assert np.abs(found.predictions - Y).max() < 15  # in the units of Y
    assert found.scores["loss"].max() < 0.01  # in standardised units


def test_folds_share_the_classes_out_evenly():
    labels = np.repeat([0, 1, 2], [30, 15, 5])
    for fold in divided(jax.random.key(0), 50, labels, 5, 2):
        for f in range(5):
            assert np.bincount(labels[fold == f]).tolist() == [6, 3, 1]
    one, other = divided(jax.random.key(0), 50, labels, 5, 2)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (
            {"folds": 40}, ValueError,
            r"folds must be at most the size of the smallest class, \d+ examples of class \d, "
            r"got 40; or give stratify=False",
        ),
        ({"folds": 61, "stratify": False}, ValueError, r"number of examples, m = 60, got 61"),
        ({"folds": 1}, ValueError, r"folds must be at least 2, got 1"),
        ({"repeats": 0}, ValueError, r"repeats must be at least 1, got 0"),
        ({"epochs": 0}, ValueError, r"epochs must be at least 1, got 0"),
    ],
)  # fmt: skip
def test_bad_input(options, error, text, data):
    with pytest.raises(error, match=text):
        validated(data, **options)


def test_weights_that_leave_a_fold_empty(data):
    X, Y = data
    held = validated(data, epochs=1).held_out[0]
    weights = np.where(held == 0, 0, 1).astype(np.float32)
    with pytest.raises(ValueError, match="leave the held-out part of network 0 without an example"):
        validated((X, Y, weights))


def far_away(dtype, offset):
    """Return inputs, and targets that depend on them, far from 0 for their deviation."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)).T
    Y = X[:1] - 0.5 * X[1:2] + 0.1 * rng.normal(size=(1, 60))
    return (offset + X).astype(dtype), (offset - 2 * Y).astype(dtype)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("dtype", "offset"), [("float64", 1e6), ("float64", 1.7e9), ("float32", 1e6)]
)
def test_folds_of_numbers_far_from_0_for_their_deviation(dtype, offset):
    """JAX has 1e6 ± 1 with one digit after the point; the folds see what NumPy's float64 sees."""
    X, Y = far_away(dtype, offset)
    net = jaxnn.mlp(4, 1, output="identity")
    options = SETTINGS | {"cost": "squared_error", "epochs": 30}
    found = jaxnn.cross_validate(
        net, (X, Y), folds=3, optimizer=ADAM, key=same_key(), standardise=True,
        standardise_targets=True, **options,
    )  # fmt: skip
    init_key = jax.random.split(jax.random.split(same_key())[0], 1)[0]
    inside = (found.held_out[0] != 1).astype(np.float32)
    by = [jaxnn.standardisation(A[:, inside == 1]) for A in (X, Y)]
    np.testing.assert_allclose(found.standardisations[1].mean, by[0].mean, rtol=1e-14)
    np.testing.assert_allclose(found.target_standardisations[1].scale, by[1].scale, rtol=1e-9)
    scaled = [jaxnn.standardise(A, units) for A, units in zip((X, Y), by, strict=True)]
    alone = jaxnn.fit(
        net, (*scaled, inside), key=same_key(), params=jaxnn.init(net, init_key), optimizer=ADAM,
        **options,
    )  # fmt: skip
    close(found.params(1), alone.params, 2e-5)
    out = inside == 0
    scores = jaxnn.evaluate(net, alone.params, [A[:, out] for A in scaled], cost="squared_error")
    assert found.scores["r2"][1] == pytest.approx(scores["r2"], rel=1e-4)
    A = np.asarray(jaxnn.predict(net, alone.params, scaled[0][:, out]), np.float64)
    wanted = A * by[1].scale + by[1].mean
    tolerance = 1e-4 if dtype == "float64" else 0.07  # float32 has a number every 0.06 here
    np.testing.assert_allclose(found.predictions[:, out], wanted, rtol=0, atol=tolerance)


@pytest.mark.thorough
def test_augmented_folds_are_moved_by_nothing():
    """An augmentation sees the inputs as they are."""
    X, Y = far_away("float64", 1e3)
    seen = []

    def augment(key, x):
        jax.debug.callback(lambda x: seen.append(float(x.mean())), x)
        return x

    jaxnn.cross_validate(
        jaxnn.mlp(4, 1, output="identity"), (X, Y), folds=2, optimizer=ADAM, key=same_key(),
        standardise=True, augment=augment, **SETTINGS | {"cost": "squared_error", "epochs": 1},
    )  # fmt: skip
    jax.effects_barrier()
    assert np.min(seen) > 900


def test_weights_of_any_size_weigh_the_folds(data):
    weights = np.linspace(0.1, 2, 60).astype(np.float32)
    one, other = (validated((*data, weights * np.float32(size))) for size in (1, 1e38))
    close(one.params(2), other.params(2), 1e-5)
    close(dict(one.scores), dict(other.scores), 1e-5)
