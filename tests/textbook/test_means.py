"""Weighted means are those of float64, for weights of any size and every type of network."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.textbook.means import normalised_weights, scaled_weights

NET = jaxnn.mlp(2, 2)
STILL = optax.sgd(0.0)
M = 7
WEIGHTS = {
    "all 1": np.ones(M),
    "all 1e38": np.full(M, 1e38),
    "the largest": np.full(M, float(np.finfo(np.float32).max)),
    "all 1.2e-38": np.full(M, 1.2e-38),
    "1e38 and 1": np.array([1, 1e38, 1, 1, 1, 1, 1]),
    "some large": np.array([3e38, 0, 3e38, 1e38, 0, 0, 2e38]),
    "all sizes": np.array([1e-30, 1e-37, 1e30, 0, 1e20, 3e30, 1]),
}
weights = pytest.mark.parametrize("w", WEIGHTS.values(), ids=WEIGHTS)


def problem(m, dtype=np.float32):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, m)).astype(dtype)
    Y = np.asarray(jaxnn.one_hot(np.arange(m) % 2, 2), dtype)
    return jaxnn.init(NET, jax.random.key(0), dtype=dtype), X, Y


def by_hand(params, X, Y, w):
    """Return loss, accuracy and ∂E/∂W of softmax with cross-entropy, in NumPy's float64."""
    W, b = (np.asarray(array, np.float64) for array in params[0])
    X, Y, w = (np.asarray(array, np.float64) for array in (X, Y, w))
    w = w / w.max()
    w /= w.sum()
    Z = W @ X + b[:, None]
    log_A = Z - np.log(np.exp(Z).sum(axis=0))
    right = log_A.argmax(axis=0) == Y.argmax(axis=0)
    loss = -(Y * log_A).sum(axis=0) @ w
    return float(loss), float(right @ w), ((np.exp(log_A) - Y) * w) @ X.T


def in_columns(params):
    return np.asarray(params[0].W, np.float64)


@pytest.mark.quick_cases(1)
@weights
def test_only_the_ratio_of_the_weights_counts(w):
    w = w.astype(np.float32)
    params, X, Y = problem(M)
    loss, accuracy, gradient = by_hand(params, X, Y, w)
    scores = jaxnn.evaluate(NET, params, (X, Y, w), cost="cross_entropy")
    assert scores["loss"] == pytest.approx(loss, rel=1e-6)
    assert scores["accuracy"] == pytest.approx(accuracy, abs=1e-6)

    def E(params):
        return jaxnn.loss(NET, params, X, Y, cost="cross_entropy", weights=w)

    assert float(E(params)) == pytest.approx(loss, rel=1e-6)
    np.testing.assert_allclose(in_columns(jax.grad(E)(params)), gradient, rtol=1e-4, atol=1e-6)
    backward = jaxnn.backward(NET, params, X, Y, cost="cross_entropy", weights=w)
    np.testing.assert_allclose(in_columns(backward), gradient, rtol=1e-4, atol=1e-6)
    state = jaxnn.TrainState.create(params, STILL, jax.random.key(0))
    _, metrics = jaxnn.update(NET, "cross_entropy", STILL, state, (X, Y, w))
    assert float(metrics["loss"]) == pytest.approx(loss, rel=1e-6)


@pytest.mark.quick_cases(1)
@weights
@pytest.mark.parametrize("batch_size", [3, 7])
def test_an_epoch_learns_and_measures_by_those_ratios(w, batch_size):
    """With η = 0 the epoch's loss is that of the first parameters."""
    w = w.astype(np.float32)
    params, X, Y = problem(M)
    result = jaxnn.fit(
        NET, (X, Y, w), cost="cross_entropy", optimizer=STILL, params=params, epochs=1,
        batch_size=batch_size, key=jax.random.key(0), progress=False, validation=(X, Y, w),
    )  # fmt: skip
    loss, accuracy, _ = by_hand(params, X, Y, w)
    for name, wanted in (("loss", loss), ("accuracy", accuracy)):
        assert result.history[name][0] == pytest.approx(wanted, rel=1e-5, abs=1e-6)
        assert result.history[f"val_{name}"][0] == pytest.approx(wanted, rel=1e-5, abs=1e-6)


def test_weights_of_1e38_teach_what_weights_of_1_teach():
    params, X, Y = problem(M)
    learnt = [
        jaxnn.fit(
            NET, (X, Y, np.full(M, w, np.float32)), cost="cross_entropy", optimizer=optax.sgd(0.5),
            params=params, epochs=3, batch_size=3, key=jax.random.key(0), progress=False,
        ).params for w in (1, 1e38, 1e-37)
    ]  # fmt: skip
    for other in learnt[1:]:
        np.testing.assert_allclose(other[0].W, learnt[0][0].W, rtol=1e-5)
    assert not np.allclose(learnt[0][0].W, params[0].W)


def test_a_bootstrap_of_weights_of_1e38():
    _, X, Y = problem(40)
    options = {"cost": "cross_entropy", "optimizer": optax.sgd(0.5), "members": 2, "epochs": 2}
    found = [
        jaxnn.ensemble(
            NET, (X, Y, np.full(40, w, np.float32)), bootstrap=True, key=jax.random.key(0),
            batch_size=16, progress=False, **options,
        ).params for w in (1, 3e38)
    ]  # fmt: skip
    np.testing.assert_allclose(found[1][0].W, found[0][0].W, rtol=1e-5)


@pytest.mark.thorough_cases(2)
@pytest.mark.thorough
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("w", [None, 1.0, 6e4], ids=["none", "1", "60,000"])
def test_70000_examples_of_a_narrow_type(dtype, w):
    """The number m is larger than any float16, and 1 / m has only 8 bits in it."""
    m = 70_000
    params, X, Y = problem(m, jnp.dtype(dtype))
    some = () if w is None else (np.full(m, w, jnp.dtype(dtype)),)
    loss, accuracy, gradient = by_hand(params, X, Y, np.ones(m))
    eps = float(jnp.finfo(dtype).eps)
    scores = jaxnn.evaluate(NET, params, (X, Y, *some), cost="cross_entropy")
    assert scores["loss"] == pytest.approx(loss, rel=2 * eps)
    assert scores["accuracy"] == pytest.approx(accuracy, rel=2 * eps)
    arrays = [jnp.asarray(array) for array in (X, Y, *some)]
    found = jaxnn.backward(
        NET, params, *arrays[:2], cost="cross_entropy", weights=arrays[2] if some else None
    )
    np.testing.assert_allclose(in_columns(found), gradient, rtol=8 * eps)
    result = jaxnn.fit(
        NET, (X, Y, *some), cost="cross_entropy", optimizer=STILL, params=params, epochs=1,
        batch_size=m, key=jax.random.key(0), progress=False,
    )  # fmt: skip
    assert result.params[0].W.dtype == dtype
    assert float(result.history["loss"][0]) == pytest.approx(loss, rel=2 * eps)


def test_the_smallest_weights_of_float16():
    """6e-8 is subnormal in float16, but not in float32, the type of the sum."""
    w = np.full(M, 6e-8, np.float16)
    np.testing.assert_allclose(normalised_weights(M, jnp.asarray(w), jnp.float16), 1 / M, rtol=1e-6)


@pytest.mark.usefixtures("float64")
def test_float64_has_its_own_range():
    params, X, Y = problem(M, np.float64)
    for w in (np.full(M, 1e308), np.full(M, 1e-307), np.geomspace(1e-100, 1e100, M)):
        loss, _, _ = by_hand(params, X, Y, w)
        scores = jaxnn.evaluate(NET, params, (X, Y, w), cost="cross_entropy")
        assert scores["loss"] == pytest.approx(loss, rel=1e-13)


def test_ordinary_weights_stay_as_they_are_and_zeros_stay_0():
    w = jnp.array([0.0, 0.1, 3e5], jnp.float32)
    np.testing.assert_array_equal(scaled_weights(w, jnp.float32), w)
    np.testing.assert_array_equal(normalised_weights(3, jnp.zeros(3), jnp.float32), 0)
    params, X, Y = problem(M)
    E = jax.jit(lambda w: jaxnn.loss(NET, params, X, Y, cost="cross_entropy", weights=w))
    assert E(jnp.zeros(M)) == 0


@pytest.mark.parametrize("tiny", [1e-38, 1e-45])
def test_weights_that_are_0_to_compiled_code_are_refused(tiny, tmp_path):
    params, X, Y = problem(M)
    text = (
        r"weights must be 0 or at least 1\.175e-38, below which JAX computes with 0, "
        r"got weights\[2\] = .*; multiply all weights by one number, which changes no mean, or"
    )
    for kind in (np.float32, np.float64):
        w = np.ones(M, kind)
        w[2] = tiny
        with pytest.raises(ValueError, match=text):
            jaxnn.evaluate(NET, params, (X, Y, w), cost="cross_entropy")
        with pytest.raises(ValueError, match=text):
            jaxnn.loss(NET, params, X, Y, cost="cross_entropy", weights=w)
        for name, array in (("X", X.T), ("Y", Y.T), ("w", w)):
            np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array))
        x, y, weights = (tmp_path / f"{name}.npy" for name in "XYw")
        stream = jaxnn.stream_npy(x, y, weights=weights)
        with pytest.raises(ValueError, match=r"got weights\[2\] = .* \(example 2 of .*w\.npy\)"):
            jaxnn.evaluate(NET, params, stream, cost="cross_entropy")


@pytest.mark.thorough
def test_a_stream_weighs_by_the_same_ratios_on_one_device_and_on_several(tmp_path):
    params, X, Y = problem(20)
    w = np.linspace(0.1, 3, 20).astype(np.float32)
    paths = {name: tmp_path / f"{name}.npy" for name in ("X", "Y", "weights")}
    for name, array in (("X", X.T), ("Y", Y.T)):
        np.save(paths[name], np.ascontiguousarray(array))
    found = []
    for size, mesh in ((1, None), (1e38, None), (1e38, jaxnn.parallel.mesh(data=2))):
        np.save(paths["weights"], w * np.float32(size))
        stream = jaxnn.stream_npy(**paths, buffer=8)
        result = jaxnn.fit(
            NET, stream, cost="cross_entropy", optimizer=optax.sgd(0.5), params=params, epochs=2,
            batch_size=4, key=jax.random.key(0), progress=False, mesh=mesh, validation=stream,
        )  # fmt: skip
        found.append(result)
    for other in found[1:]:
        np.testing.assert_allclose(other.params[0].W, found[0].params[0].W, rtol=1e-5)
        for name in ("loss", "val_loss"):
            np.testing.assert_allclose(other.history[name], found[0].history[name], rtol=1e-5)


def test_sample_weight_of_scikit_learn():
    from jaxnn.interop.sklearn import MLPClassifier

    X = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    y = (X[:, 0] > 0).astype(int)

    def learnt(w):
        options = {"max_iter": 3, "random_state": 0, "alpha": 0.0}
        return MLPClassifier((2,), **options).fit(X, y, sample_weight=np.full(30, w)).coefs_[0]

    with pytest.warns(UserWarning, match="Maximum iterations"):
        np.testing.assert_allclose(learnt(1e38), learnt(1.0), rtol=1e-5)
    with pytest.raises(ValueError, match=r"sample_weight must be 0 or at least 1\.175e-38, below"):
        learnt(1e-38)


@pytest.fixture(params=["in memory", "streamed"])
def scores_of(request, tmp_path):
    """Return the function that scores an identity network of weight 1 on some targets."""
    net = jaxnn.mlp(1, 1, output="identity")
    params = (jaxnn.Layer(jnp.ones((1, 1)), jnp.zeros(1)),)

    def measured(A, Y, *w):
        data = A, Y, *w
        if request.param == "streamed":
            for i, array in enumerate(data):
                np.save(tmp_path / f"{i}.npy", array.T)
            files = [tmp_path / f"{i}.npy" for i in range(len(data))]
            of_weights = files[2] if w else None
            data = jaxnn.stream_npy(*files[:2], weights=of_weights, buffer=3000)
        return jaxnn.evaluate(net, params, data, cost="squared_error")

    return measured


def r2_of(A, Y, w=None):
    A, Y = A.astype(np.float64), Y.astype(np.float64)
    return 1 - np.average((Y - A) ** 2, weights=w) / np.average(
        (Y - np.average(Y, weights=w)) ** 2, weights=w
    )


@pytest.mark.quick_cases(1)
def test_r2_of_years(scores_of):
    """In float32 the mean of half a million years, summed naively, is half a year off."""
    rng = np.random.default_rng(0)
    Y = np.asarray(rng.integers(1922, 2012, (515_345, 1)).T, np.float32)
    A = np.full_like(Y, 1990)
    assert scores_of(A, Y)["r2"] == pytest.approx(float(r2_of(A[0], Y[0])), rel=1e-5)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("centre", "deviation"), [(0, 1e20), (0, 1e-25), (1e6, 1), (-1e38, 1e37), (0, 1e-33)]
)
def test_r2_of_any_size(scores_of, centre, deviation):
    rng = np.random.default_rng(0)
    Y = (centre + deviation * rng.normal(size=(10_000, 1))).T.astype(np.float32)
    A = (Y + deviation * 0.5 * rng.normal(size=(10_000, 1)).T).astype(np.float32)
    w = rng.uniform(0, 2, 10_000).astype(np.float32)
    for some in ((), (w * np.float32(1e38),)):
        wanted = r2_of(A[0], Y[0], *(w.astype(np.float64) for _ in some))
        assert scores_of(A, Y, *some)["r2"] == pytest.approx(float(wanted), rel=1e-4)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("constant", [0.0, 0.1, -1e6, 1e30])
def test_r2_of_constant_targets_is_0_or_1(scores_of, constant):
    Y = np.full((7001, 1), constant, np.float32).T
    assert scores_of(Y, Y)["r2"] == 1
    assert scores_of(Y + np.float32(0.5 * abs(constant) + 1), Y)["r2"] == 0
