"""Quantities: scaling, missing values, infinite ones, and columns of other types."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import jaxnn
from jaxnn.errors import DataError
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.quantity import Quantity
from jaxnn.tables.recipe.robust_scaling import robust_units, smooth_clip


def fit(values, **options):
    frame = pd.DataFrame({"x": values})
    return Columns.fit(frame, target=None, **options), frame


def by_realmlp(x):
    """Return the formula of the paper, written for one column."""
    q25, q75 = np.quantile(x, 0.25), np.quantile(x, 0.75)
    factor = 1 / (q75 - q25) if q75 != q25 else 2 / (np.max(x) - np.min(x))
    u = factor * (x - np.median(x))
    return u / np.sqrt(1 + (u / 3) ** 2)


@pytest.mark.parametrize("m", [2, 5, 40])
def test_robust_scaling_is_that_of_the_paper(m):
    x = np.random.default_rng(m).standard_cauchy(m)
    columns, frame = fit(x)
    np.testing.assert_allclose(columns.transform(frame)[0], by_realmlp(x), rtol=1e-6)


def test_robust_scaling_where_the_quartiles_are_equal():
    x = np.array([0.0] * 9 + [5.0])
    columns, frame = fit(x)
    np.testing.assert_allclose(columns.transform(frame)[0], by_realmlp(x), rtol=1e-6)
    assert robust_units(x[None]).scale.item() == 2.5


def test_robust_units_of_a_constant_and_without_nan():
    by = robust_units(np.array([[3.0, 3.0, 3.0], [1.0, np.nan, 3.0]]))
    assert by.mean.tolist() == [[3.0], [2.0]]
    assert by.scale.tolist() == [[1.0], [1.0]]


def test_smooth_clip_is_odd_increasing_and_bounded():
    u = np.array([0, 1e-8, 0.5, 3, 1e4, 1e300, np.inf])
    v = smooth_clip(u)
    assert (np.diff(v) >= 0).all()
    assert v[-1] == 3
    np.testing.assert_array_equal(smooth_clip(-u), -v)
    np.testing.assert_allclose(v[1:4], u[1:4] / np.sqrt(1 + (u[1:4] / 3) ** 2), rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_smooth_clip_of_a_jax_array():
    u = np.array([-np.inf, -1e300, -3, 0, 0.5, 1e4])
    np.testing.assert_allclose(jax.jit(smooth_clip)(u), smooth_clip(u), rtol=1e-14)
    u = np.array([-np.inf, -3e4, -3, 0, 0.5, 1e4])
    for dtype in (jnp.float32, jnp.bfloat16, jnp.float16):
        found = smooth_clip(jnp.asarray(u, dtype))
        assert found.dtype == dtype
        np.testing.assert_allclose(
            np.asarray(found, np.float64), smooth_clip(u), rtol=4 * float(jnp.finfo(dtype).eps)
        )


@pytest.mark.usefixtures("float64")
def test_robust_scaling_within_jit_is_the_formula():
    x = np.random.default_rng(0).gamma(1.0, size=101)
    by = robust_units(x[None])
    scaled = jax.jit(lambda X: smooth_clip(jaxnn.standardise(X, by)))(x[None])
    np.testing.assert_allclose(scaled[0], by_realmlp(x), rtol=1e-12)
    with pytest.raises(DataError, match="X must have a number in each row, got a row of NaN"):
        robust_units(np.array([[1.0], [np.nan]]))
    with pytest.raises(TypeError, match="u must be an array of numbers"):
        smooth_clip("x")


def test_standard_scaling_is_standardise():
    x = np.random.default_rng(0).normal(50, 3, 100)
    columns, frame = fit(x, scaling="standard")
    by = jaxnn.standardisation(x[None])
    np.testing.assert_array_equal(
        columns.transform(frame), jaxnn.standardise(x[None], by).astype(np.float32)
    )


def test_many_columns_are_standardised_as_each_alone():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(5, 2, (50, 70)))
    frame[3] = frame[3].where(frame[3] > 4)
    X = Columns.fit(frame, target=None, scaling="standard").transform(frame)
    alone = [Columns.fit(frame[[i]], target=None, scaling="standard") for i in frame]
    each = np.concatenate([one.transform(frame) for one in alone])
    np.testing.assert_allclose(X, each, atol=1e-6)


def test_no_scaling_leaves_numbers_as_they_are():
    columns, frame = fit([1.5, 2.5, 1e6], scaling="none")
    assert columns.transform(frame).tolist() == [[1.5, 2.5, 1e6]]


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64"])
def test_x_is_a_view_of_rows_that_jax_takes_without_a_copy(dtype):
    frame = pd.DataFrame(np.arange(60).reshape(20, 3) % 7, columns=list("abc")).astype(dtype)
    X = Columns.fit(frame, target=None).transform(frame)
    assert (X.shape, X.dtype, X.T.flags.c_contiguous) == ((3, 20), np.float32, True)
    assert X.ctypes.data % 64 == 0


def test_missing_values_get_the_median_and_an_indicator():
    columns, frame = fit([1.0, 2.0, np.nan, 10.0], scaling="none")
    assert columns.input_names == ("x", "x is missing")
    assert columns.transform(frame).tolist() == [[1, 2, 2, 10], [0, 0, 1, 0]]


def test_a_value_missing_only_later_gets_the_median_alone():
    columns, _ = fit([1.0, 2.0, 10.0], scaling="none")
    assert columns.input_names == ("x",)
    later = pd.DataFrame({"x": [np.nan, 3.0]})
    assert columns.transform(later).tolist() == [[2, 3]]
    assert columns.transform(pd.DataFrame({"x": [None]})).tolist() == [[2]]


def test_a_column_of_one_value_with_missing_ones_is_kept_for_its_indicator():
    columns, frame = fit([4.0, np.nan, 4.0])
    assert columns.transform(frame).tolist() == [[0, 0, 0], [0, 1, 0]]


def test_columns_of_several_types_are_written_to_their_rows():
    frame = pd.DataFrame({
        "a": np.array([1, 5, 9], np.int8), "t": ["p", "q", "p"], "b": [0.5, np.nan, 2.0],
        "c": [10, 30, 20],
    })  # fmt: skip
    columns = Columns.fit(frame, target=None, scaling="none")
    assert columns.transform(frame).tolist() == [
        [1, 5, 9], [-1, 1, -1], [0.5, 1.25, 2], [0, 1, 0], [10, 30, 20],
    ]  # fmt: skip


def test_more_rows_than_a_block():
    x = np.arange(300_000.0)
    x[::1000] = np.nan
    columns, frame = fit(x, scaling="none")
    X = columns.transform(frame)
    np.testing.assert_array_equal(X[1], np.isnan(x))
    np.testing.assert_array_equal(X[0], np.where(np.isnan(x), np.nanmedian(x), x))


def test_truth_values_where_a_quantity_was():
    columns, _ = fit([0.0, 1.0, 2.0], scaling="none")
    assert columns.transform(pd.DataFrame({"x": [True, False]})).tolist() == [[1, 0]]


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinite_numbers_are_refused_with_column_and_row(bad):
    with pytest.raises(DataError, match=r"column 'x' must hold finite numbers, got -?inf in row 3"):
        fit([1.0, 2.0, bad])
    columns, _ = fit(np.arange(300_000.0))
    later = pd.DataFrame({"x": [1.0] * 299_999 + [bad]})
    with pytest.raises(DataError, match=r"'x' must hold finite numbers, got -?inf in row 300000"):
        columns.transform(later)


def test_a_number_beyond_float32_is_refused():
    columns, _ = fit([1.0, 2.0, 3.0], scaling="none")
    with pytest.raises(DataError, match=r"column 'x' must fit float32 .* 1e\+300 in row 2"):
        columns.transform(pd.DataFrame({"x": [1.0, 1e300]}))


def test_text_where_a_quantity_was_is_refused_with_its_row():
    columns, _ = fit([1.0, 2.0, 3.0])
    rule = "column 'x' must hold numbers, got 'many' in row 2: .*pandas.to_numeric"
    with pytest.raises(DataError, match=rule):
        columns.transform(pd.DataFrame({"x": [1.0, "many"]}))
    with pytest.raises(DataError, match="must hold numbers, got '39' in row 1"):
        columns.transform(pd.DataFrame({"x": ["39"]}))
    with pytest.raises(DataError, match="must hold numbers, got values of type datetime64"):
        columns.transform(pd.DataFrame({"x": pd.to_datetime(["2024-01-01"])}))
    numbers = pd.DataFrame({"x": np.array([1, 2.0], object)})
    assert columns.transform(numbers).shape == (1, 2)


def test_numbers_that_a_quantity_cannot_have():
    with pytest.raises(ValueError, match="quantity 'x' must have finite numbers and a scale above"):
        Quantity("x", 0.0, 0.0, True, 0.0, None, False)
    with pytest.raises(ValueError, match="finite numbers"):
        Quantity("x", float("nan"), 1.0, True, 0.0, None, False)


def test_of_pixels():
    columns = Columns.of_pixels(["p", "q"], unit=16, labels=np.arange(3))
    assert columns.transform(pd.DataFrame({"q": [16], "p": [4]})).tolist() == [[0.25], [1]]
    assert columns.labels == (0, 1, 2)
    assert columns.class_names == ("0", "1", "2")
    assert columns.target_of(np.eye(3)).tolist() == [0, 1, 2]
    assert Columns.of_pixels(["p"], unit=255, labels=None).target is None
