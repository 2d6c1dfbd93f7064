"""The type of training: that of given parameters, else float64 for float64 inputs, else float32."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.support.plugin import x64
from tests.support.tables import quick

NET = jaxnn.mlp(3, 2)
COMMON = {"cost": "cross_entropy", "epochs": 2, "batch_size": 4, "progress": False}
SGD = optax.sgd(0.5)


def same_key():
    return jax.random.key(0)


def problem(X_type, Y_type=np.float32, m=8):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (3, m)) if X_type == "uint8" else rng.normal(size=(3, m))
    return X.astype(jnp.dtype(X_type)), np.asarray(jaxnn.one_hot(np.arange(m) % 2, 2), Y_type)


def fitted(data, **options):
    return jaxnn.fit(NET, data, key=same_key(), **{"optimizer": SGD} | COMMON | options)


def streamed(data, folder):
    for name, array in zip("XY", data, strict=True):
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array.T))
    return fitted(jaxnn.stream_npy(folder / "X.npy", folder / "Y.npy")).params


TRAINERS = {
    "fit": lambda data, _: fitted(data).params,
    "fit on a stream": streamed,
    "sweep": lambda data, _: jaxnn.sweep(
        NET, data, grid={"learning_rate": [0.1, 0.2]}, optimizer=optax.sgd, key=same_key(), **COMMON
    ).stacked(),
    "ensemble": lambda data, _: (
        jaxnn.ensemble(NET, data, members=2, optimizer=SGD, key=same_key(), **COMMON).params
    ),
    "cross_validate": lambda data, _: jaxnn.cross_validate(
        NET, data, folds=2, standardise=True, optimizer=SGD, key=same_key(), **COMMON
    ).params(0),
}


@pytest.mark.thorough_cases(8)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("trained", TRAINERS.values(), ids=TRAINERS)
@pytest.mark.parametrize(
    ("types", "enabled", "wanted"),
    [
        (("float64", "float64"), True, "float64"),
        (("float64", "float32"), True, "float64"),
        (("float64", "float64"), False, "float32"),
        (("float32", "float64"), True, "float32"),
        (("uint8", "float64"), True, "float32"),
        (("float16", "float16"), True, "float32"),
        (("float16", "float16"), False, "float32"),
    ],
)
def test_new_parameters_are_float64_where_the_inputs_are(trained, types, enabled, wanted, tmp_path):
    with x64(enabled):
        params = trained(problem(*types), tmp_path)
        assert {leaf.dtype for leaf in jax.tree.leaves(params)} == {jnp.dtype(wanted)}


@pytest.mark.thorough
@pytest.mark.usefixtures("float64")
def test_training_in_float64_is_that_of_numpy():
    X, Y = problem("float64", np.float64)
    result = fitted((X, Y), batch_size=8, optimizer=optax.sgd(0.5, momentum=0.9))
    assert result.history["loss"].dtype == np.float64
    assert {leaf.dtype for leaf in jax.tree.leaves(result.state.opt_state)} == {np.dtype(float)}
    init_key, _ = jax.random.split(same_key())
    layer = jaxnn.init(NET, init_key, dtype=jnp.float64)[0]
    W, b = np.asarray(layer.W), np.asarray(layer.b)
    velocity = np.zeros_like(W), np.zeros_like(b)
    for _ in range(2):
        A = np.exp(W @ X + b[:, None])
        D = (A / A.sum(axis=0) - Y) / 8
        velocity = 0.9 * velocity[0] + D @ X.T, 0.9 * velocity[1] + D.sum(axis=1)
        W, b = W - 0.5 * velocity[0], b - 0.5 * velocity[1]
    np.testing.assert_allclose(result.params[0].W, W, rtol=1e-13)
    np.testing.assert_allclose(result.params[0].b, b, rtol=1e-12)


@pytest.mark.thorough
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("own", quick(["float16", "float32", "float64"], ["float16"]))
def test_given_parameters_keep_their_type_and_data_are_turned_into_it(own):
    params = jaxnn.init(NET, same_key(), dtype=own)
    for X_type, Y_type in (("float64", "float32"), ("float32", "float64")):
        X, Y = problem(X_type, Y_type)
        w = np.linspace(0.5, 1, 8, dtype=Y_type)
        found = fitted((X, Y, w), params=params, validation=(X, Y))
        turned = fitted((X.astype(own), Y.astype(own), w), params=params)
        assert {leaf.dtype for leaf in jax.tree.leaves(found.params)} == {jnp.dtype(own)}
        assert found.history["loss"].dtype == found.history["val_loss"].dtype == own
        jax.tree.map(np.testing.assert_array_equal, found.params, turned.params)
        scores = jaxnn.evaluate(NET, found.params, (X, Y), cost="cross_entropy")
        assert scores["loss"] == pytest.approx(float(found.history["val_loss"][-1]), rel=1e-6)


@pytest.mark.usefixtures("float64")
def test_a_users_initialisation_decides_the_type():
    data = problem("float64", np.float64)
    for dtype in ("float32", "float64"):
        some = jaxnn.ensemble(
            NET, data, members=2, init=partial(jaxnn.init, dtype=dtype), optimizer=SGD,
            key=same_key(), **COMMON,
        )  # fmt: skip
        assert some.params[0].W.dtype == dtype


@pytest.mark.usefixtures("float64")
def test_a_metric_of_another_type_can_be_monitored():
    data = problem("float64", np.float64)
    result = fitted(
        data, validation=data, patience=5, monitor="val_worst_error", maximise=False,
        metrics={"worst_error": lambda A, Y: jnp.max(jnp.abs(A - Y)).astype(jnp.float32)},
    )  # fmt: skip
    assert result.best_epoch == 1 + np.argmin(result.history["val_worst_error"])
