"""Means, deviations and standardised data are those of float64, whatever the type and layout."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import jaxnn


def test_standardisation_is_that_of_scikit_learn():
    X = np.random.default_rng(0).normal([[3.0], [-100.0]], [[0.1], [20.0]], (2, 60))
    ours = jaxnn.standardise(X, jaxnn.standardisation(X))
    np.testing.assert_allclose(ours, StandardScaler().fit_transform(X.T).T, rtol=1e-10)
    np.testing.assert_allclose(ours.mean(axis=1), 0, atol=1e-13)
    np.testing.assert_allclose(ours.std(axis=1), 1, rtol=1e-13)


def test_standardisation_knows_the_training_part_only():
    X = np.random.default_rng(0).normal(size=(2, 50))
    by = jaxnn.standardisation(X[:, :30])
    changed = np.concatenate([X[:, :30], 1e3 + X[:, 30:]], axis=1)
    np.testing.assert_array_equal(by.mean, jaxnn.standardisation(changed[:, :30]).mean)
    assert np.abs(jaxnn.standardise(changed[:, 30:], by)).min() > 100


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.1, -1e6, 6e4, 1e30, 1e300, 5e-324])
@pytest.mark.parametrize("m", [1, 7, 600_000])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_a_constant_input_is_scaled_by_1(constant, m, dtype):
    if abs(constant) > float(jnp.finfo(dtype).max):
        pytest.skip(f"{constant} leaves {dtype}")
    X = np.full((1, m), constant, jnp.dtype(dtype))
    by = jaxnn.standardisation(X)
    assert by.scale == 1
    np.testing.assert_allclose(by.mean, float(X[0, 0]), rtol=1e-14)
    np.testing.assert_allclose(jaxnn.standardise(X, by), 0, atol=abs(constant) * 1e-14)


def test_weights_of_standardisation_are_repetitions():
    X = np.random.default_rng(1).normal(size=(2, 4))
    weighted = jaxnn.standardisation(X, weights=np.array([2.0, 0.0, 1.0, 1.0]))
    repeated = jaxnn.standardisation(X[:, [0, 0, 2, 3]])
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-13)
    np.testing.assert_allclose(weighted.scale, repeated.scale, rtol=1e-13)


def test_unstandardise_is_the_inverse():
    X = np.random.default_rng(1).normal(5, 3, size=(3, 20))
    by = jaxnn.standardisation(X)
    np.testing.assert_allclose(jaxnn.unstandardise(jaxnn.standardise(X, by), by), X, rtol=1e-12)


LAYOUTS = {
    "columns": lambda rows: rows.T,
    "rows": lambda rows: np.ascontiguousarray(rows.T),
    "every other": lambda rows: np.repeat(rows, 2, axis=0)[::2].T,
    "of JAX": lambda rows: jnp.asarray(rows).T,
}
COLUMNS = {
    "years": lambda rng, m: rng.integers(1922, 2012, m),
    "1e6 ± 1": lambda rng, m: 1e6 + rng.normal(size=m),
    "wide": lambda rng, m: 1e20 * rng.normal(size=m),
    "narrow": lambda rng, m: 1e-25 * rng.normal(size=m),
    "of float16": lambda rng, m: rng.normal(500, 400, m),
    "an outlier": lambda rng, m: np.where(np.arange(m) == 3, 1e4, rng.normal(size=m)),
}


@pytest.mark.quick_cases(18)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_every_type_and_layout_is_as_scikit_learn_in_float64(column, layout, dtype):
    rng = np.random.default_rng(0)
    rows = np.stack([column(rng, 5000), rng.normal(size=5000)], axis=1)
    if np.abs(rows).max() > float(jnp.finfo(dtype).max):
        pytest.skip(f"leaves {dtype}")
    X = layout(rows.astype(jnp.dtype(dtype)))
    exact = np.asarray(X).astype(np.float64).T
    if np.ptp(exact[:, 0]) == 0:
        pytest.skip(f"constant in {dtype}")
    w = rng.uniform(0, 2, 5000)
    for weights in (w, None):
        scaler = StandardScaler().fit(exact, sample_weight=weights)
        by = jaxnn.standardisation(X, weights=weights)
        np.testing.assert_allclose(by.mean[:, 0], scaler.mean_, rtol=1e-12, atol=1e-32)
        np.testing.assert_allclose(by.scale[:, 0], scaler.scale_, rtol=1e-9)
        assert by.mean.dtype == by.scale.dtype == np.float64
    found = jaxnn.standardise(X, by)
    assert found.dtype == X.dtype
    assert isinstance(found, jax.Array) == isinstance(X, jax.Array)
    eps = max(float(jnp.finfo(X.dtype).eps), 1e-9)  # scikit-learn's mean, 1e6, has 15 digits
    wanted = scaler.transform(exact).T
    np.testing.assert_allclose(np.asarray(found, np.float64), wanted, rtol=4 * eps, atol=4 * eps)


def test_half_a_million_years():
    """Summed in float32 their mean is 2 years off, as in scikit-learn's issue 12333."""
    year = np.random.default_rng(0).integers(1922, 2012, 515_345).astype(np.float32)
    rows = np.stack([year, year], axis=1)
    scaler = StandardScaler().fit(rows.astype(np.float64))
    by = jaxnn.standardisation(rows.T)
    np.testing.assert_allclose(by.mean[:, 0], scaler.mean_, rtol=1e-13)
    np.testing.assert_allclose(by.scale[:, 0], scaler.scale_, rtol=1e-12)


def test_a_deviation_that_is_small_beside_the_mean_is_no_constant():
    """Whole numbers around 1e7 are exact in float32; they have no rounding error of that type."""
    X = 1e7 + np.arange(-5, 6, dtype=np.float32)[None, :]
    by = jaxnn.standardisation(X)
    np.testing.assert_allclose(by.scale, np.sqrt(10), rtol=1e-9)
    wanted = np.arange(-5, 6) / np.sqrt(10)
    np.testing.assert_allclose(jaxnn.standardise(X, by)[0], wanted, rtol=1e-6)


@pytest.mark.parametrize("size", [1e-200, 1e200, 1e307])
def test_squares_that_leave_float64(size):
    X = size * np.array([[1.0, 3.0, -2.0], [2.0, 2.0, 8.0]])
    by, unit = jaxnn.standardisation(X), jaxnn.standardisation(X / size)
    np.testing.assert_allclose(by.mean / size, unit.mean, rtol=1e-13)
    np.testing.assert_allclose(by.scale / size, unit.scale, rtol=1e-13)
    np.testing.assert_allclose(
        jaxnn.standardise(X, by), jaxnn.standardise(X / size, unit), rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize("size", [1e38, 1e-30])
def test_weights_of_any_size(size):
    X = np.random.default_rng(1).normal(size=(2, 4)).astype(np.float32)
    w = np.array([2, 0, 1, 1], np.float32)
    by, wanted = (jaxnn.standardisation(X, weights=w * np.float32(s)) for s in (size, 1))
    np.testing.assert_allclose(by.scale, wanted.scale, rtol=1e-6)
    np.testing.assert_allclose(by.mean, wanted.mean, rtol=1e-6)


def test_compiled_code_keeps_the_digits_of_the_mean():
    """The mean, 1e6 and something, has more digits than float32, the standardised data have not."""
    rng = np.random.default_rng(0)
    X = (1e6 + rng.normal(size=(2, 300))).astype(np.float32)
    by = jaxnn.standardisation(X)
    wanted = (X.astype(np.float64) - by.mean) / by.scale
    assert np.abs(jaxnn.standardise(X, by) - wanted).max() < 1e-6
    jitted = jax.jit(lambda X: jaxnn.standardise(X, by))
    assert np.abs(jitted(X) - wanted).max() < 1e-6
    each = jax.vmap(jitted)(jnp.stack([X, X[:, ::-1]]))
    assert np.abs(each[1, :, ::-1] - wanted).max() < 1e-6
    slope = jax.grad(lambda X: jaxnn.standardise(X, by).sum())(jnp.asarray(X))
    np.testing.assert_allclose(slope, np.broadcast_to(1 / by.scale, X.shape), rtol=1e-6)
    traced = jax.jit(jaxnn.standardise)(X, by)  # then `by` has JAX's digits only
    assert np.abs(traced - wanted).max() < 0.1
    back = jax.jit(lambda X: jaxnn.unstandardise(X, by))(wanted.astype(np.float32))
    np.testing.assert_allclose(back, X, rtol=1e-7)


def test_outputs_of_float16_in_units_that_it_has_not():
    Y = np.array([[1e6, 3e6]], np.float32)
    by = jaxnn.standardisation(Y)
    for a in (np.array([[-1, 1]], np.float16), jnp.array([[-1, 1]], jnp.float16)):
        found = jaxnn.unstandardise(a, by)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, Y)


def test_whole_numbers_and_pixels_become_floating():
    by = jaxnn.Standardisation(np.array([[100.0]]), np.array([[50.0]]))
    for kind, after in ((np.uint8, np.float32), (np.int64, np.float64)):
        found = jaxnn.standardise(np.array([[0, 200]], kind), by)
        assert found.tolist() == [[-2, 2]]
        assert found.dtype == after
    assert jaxnn.standardise(jnp.array([[0, 200]], jnp.uint8), by).tolist() == [[-2, 2]]


def test_what_leaves_the_type_is_refused():
    by = jaxnn.standardisation(np.array([[1e-30, 3e-30]], np.float32))
    text = r"X must fit float32 after it is rescaled, got inf from X\[0, 1\] = 1000000000\.0: give"
    far = np.array([[0, 1e9]], np.float32)
    with pytest.raises(ValueError, match=text):
        jaxnn.standardise(far, by)
    assert jaxnn.standardise(far.astype(np.float64), by)[0, 1] == pytest.approx(1e39)
    with pytest.raises(ValueError, match=r"X must fit float32 after it is rescaled, got inf from"):
        jaxnn.unstandardise(far, jaxnn.Standardisation(by.mean, 1e30 / by.scale))
    tiny = jaxnn.standardisation(np.array([[1e-40, 3e-40]]))
    text = r"scale must fit float32, in which JAX computes here \(.*\), got scale_1 = 1e-40: stand"
    with pytest.raises(ValueError, match=text):
        jaxnn.standardise(jnp.zeros((1, 2)), tiny)


@pytest.mark.parametrize("kind", [np.asarray, jnp.asarray])
@pytest.mark.parametrize("function", [jaxnn.standardise, jaxnn.unstandardise])
@pytest.mark.parametrize("shape", [(2,), (5, 2), (1, 2, 5)])
def test_other_rows_are_refused(kind, function, shape):
    by = jaxnn.standardisation(np.random.default_rng(0).normal(size=(2, 5)))
    text = r"X must have one column per example, shape \(n_0, m\) = \(2, m\) as `by` has it, got \("
    with pytest.raises(ValueError, match=text):
        function(kind(np.ones(shape, np.float32)), by)
