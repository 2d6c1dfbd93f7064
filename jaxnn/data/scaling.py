"""Standardisation: mean 0 and standard deviation 1 for each row, computed in float64."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.arrays import as_numpy, check_table, check_weights
from jaxnn.textbook.checks.values import as_numbers, check_one_array
from jaxnn.textbook.means import summing_type

BLOCK = 2**18  # numbers converted to float64 at a time: 2 MB, which a processor's cache holds


class Standardisation(NamedTuple):
    """The mean and the scale of each of the n_0 inputs over the training examples.

    Attributes:
        mean: (n_0, 1), float64 for inputs of any type.
        scale: the standard deviation, or 1 for a constant input, (n_0, 1), float64.

    >>> Standardisation(mean=np.array([1.0]), scale=np.array([2.0])).scale.tolist()
    [2.0]
    """

    mean: np.ndarray
    scale: np.ndarray


def standardisation(X: Any, *, weights: Any = None) -> Standardisation:
    """Return the mean and standard deviation of each input, of the training part only.

    Formula: mean_i = Σ_j w_j x_ij / Σ_j w_j, scale_i² = Σ_j w_j (x_ij − mean_i)² / Σ_j w_j.

    Args:
        X: training examples, (n_0, m), finite, of any floating type; the sums are in float64.
        weights: (m,); examples of weight 0 have no influence.  None: all 1.

    Returns:
        `Standardisation(mean, scale)`, each (n_0, 1), float64; the scale is 1 for an input that is
        constant up to the rounding of the sums.

    Raises:
        TypeError, ValueError: X is not (n_0, m), empty, not floating, NaN or infinite.

    Equivalent to `sklearn.preprocessing.StandardScaler().fit(X.T, sample_weight=weights)` for X in
    float64.
    Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance" (1983).

    >>> standardisation(np.array([[1.0, 3.0], [5.0, 5.0]])).mean.tolist()
    [[2.0], [5.0]]
    """
    X = as_numpy("X", X)
    check_table("X", X)
    n, m = X.shape
    w = np.ones(m)
    if weights is not None:
        weights = as_numpy("weights", weights)
        check_weights(weights, m)
        w = weights.astype(np.float64)
        w /= w.max()
    w /= w.sum()
    unit = _units_of_squares(X)
    mean = np.zeros((n, 1))
    for some, block in _blocks(X):
        mean[:, 0] += block / unit @ w[some]  # (n, k) @ (k,) -> (n,)
    offset, variance = np.zeros((2, n, 1))  # around the rounded mean
    for some, block in _blocks(X):
        D = block / unit - mean
        offset[:, 0] += D @ w[some]
        variance[:, 0] += np.square(D, out=D) @ w[some]
    mean, variance = mean + offset, np.maximum(variance - np.square(offset), 0)
    scale = np.sqrt(variance) * unit
    constant = _is_constant(mean, variance, m) | (scale == 0)
    return Standardisation(mean * unit, np.where(constant, 1, scale))


def _units_of_squares(X: np.ndarray) -> np.ndarray:
    """Return a power of two for each row, (n, 1): divided by it, squares fit float64."""
    if X.dtype.itemsize < 8:
        return np.ones((len(X), 1))
    largest = np.maximum(X.max(axis=1, keepdims=True), -X.min(axis=1, keepdims=True))
    _, exponent = np.frexp(largest)
    return np.where(np.abs(exponent) < 500, 1.0, np.exp2(np.clip(exponent, -1000, 1000)))


def _is_constant(mean: np.ndarray, variance: np.ndarray, m: int) -> np.ndarray:
    """Return which variances may be rounding errors alone, by scikit-learn's rule."""
    eps = np.finfo(np.float64).eps
    return variance <= m * eps * variance + np.square(m * mean * eps)


def _blocks(X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of columns: their slice, and a copy in float64."""
    size = max(1, BLOCK // max(1, len(X)))
    for start in range(0, X.shape[1], size):
        some = slice(start, start + size)
        yield some, X[:, some].astype(np.float64)


def standardise(X: Any, by: Standardisation) -> Any:
    """Return (x_i − mean_i) / scale_i for every example.

    Args:
        X: examples, (n_0, m).
        by: the result of `standardisation` on the training part.

    Returns:
        An array of X's shape and floating type (integers become floating).  A JAX array gives a JAX
        array on the same device, precise to its type even where the mean has more digits than the
        type; inside `jit` too, unless `by` itself is traced.

    Raises:
        TypeError: `by` is no `Standardisation`, or X no array of numbers.
        ValueError: X does not have the n_0 rows of `by`; a result is too large for X's type; a
            scale is too small or too large for the type in which JAX computes.

    Equivalent to `StandardScaler.transform` of scikit-learn, in columns.

    >>> X = np.array([[1.0, 3.0]])
    >>> standardise(X, standardisation(X)).tolist()
    [[-1.0, 1.0]]
    """
    _check_by(by)
    if _is_of_jax(X, by):
        X = _in_jax(X)
        _check_rows(X, by)
        return in_units(X, units_of(by, X.dtype))
    X = as_numbers("X", X, "(n_0, m)", axes=None)
    mean, scale = _float64(by)
    return _block_by_block(X, by, _type_after(X), lambda D: np.divide(D - mean, scale, out=D))


def unstandardise(X: Any, by: Standardisation) -> Any:
    """Return scale_i x_i + mean_i: the inverse of `standardise`.

    Args:
        X: examples, (n_0, m), or outputs, (n_L, m), in units of `by`.
        by: the result of `standardisation`.

    Returns:
        An array of X's shape and type, but at least float32.

    Raises:
        TypeError: `by` is no `Standardisation`, or X no array of numbers.
        ValueError: X does not have the rows of `by`; a result is too large for its type.

    >>> X = np.array([[1.0, 3.0]])
    >>> unstandardise(standardise(X, standardisation(X)), standardisation(X)).tolist()
    [[1.0, 3.0]]
    """
    _check_by(by)
    if _is_of_jax(X, by):
        X = _in_jax(X)
        _check_rows(X, by)
        dtype = summing_type(X.dtype)
        mean, scale = (jnp.asarray(array).astype(dtype) for array in by)
        return X.astype(dtype) * scale + mean
    X = as_numbers("X", X, "(n_0, m)", axes=None)
    mean, scale = _float64(by)
    dtype = np.result_type(_type_after(X), np.float32)
    return _block_by_block(X, by, dtype, lambda D: np.add(D * scale, mean, out=D))


class Units(NamedTuple):
    """A `Standardisation` in the type of compiled code, (n, 1) each.

    `centre` is the rounded mean, and `shift` the rest of the mean in units of `scale`: subtracted
    in units of X, the two would be added up by XLA, and the digits of the rest lost.
    """

    centre: Any
    scale: Any
    shift: Any


def units_of(by: Standardisation, dtype: Any) -> Units:
    """Return a standardisation for arrays of a type; refuse one that does not fit the type."""
    dtype = summing_type(dtype)
    if any(isinstance(array, Tracer) for array in by):
        mean, scale = (jnp.asarray(array).astype(dtype) for array in by)
        return Units(mean, scale, jnp.zeros_like(mean))
    mean, scale = _float64(by)
    kind = np.finfo(dtype)
    for name, array, least in (("mean", np.abs(mean), 0), ("scale", scale, float(kind.tiny))):
        beyond = ~((array >= least) & (array <= float(kind.max)))
        if beyond.any():
            i = int(np.argmax(beyond))
            raise DataError(
                f"{name} must fit {dtype}, in which JAX computes here ({least:.4g} to "
                f"{float(kind.max):.4g}), got {name}_{i + 1} = {array.flat[i]:.4g}: standardise a "
                "NumPy array, or rescale X first"
            )
    centre = mean.astype(dtype)
    return Units(centre, scale.astype(dtype), ((mean - centre) / scale).astype(dtype))


def in_units(X: jax.Array, units: Units) -> jax.Array:
    """Return the standardised X (n, m), of X's type, computed in float32 at least."""
    dtype = summing_type(X.dtype, units.scale.dtype)
    centre, scale, shift = (jnp.asarray(array).astype(dtype) for array in units)
    found = (X.astype(dtype) - centre) / scale - shift
    return found.astype(X.dtype) if jnp.issubdtype(X.dtype, jnp.floating) else found


def _check_by(by: Any) -> None:
    if not isinstance(by, Standardisation):
        hint = ", and neither is the estimator of scikit-learn" if hasattr(by, "transform") else ""
        raise TypeError(
            "by must be a jaxnn.Standardisation, such as jaxnn.standardisation(X_train), got "
            f"{described(by)}{hint}"
        )
    for name, array in zip(("mean", "scale"), by, strict=True):
        check_one_array(f"by.{name}", array, None, "(n_0, 1)")
    shapes = np.shape(by.mean), np.shape(by.scale)
    if shapes[0] != shapes[1] or shapes[0][1:] not in ((), (1,)):
        raise ShapeError(f"by must have mean and scale of shape (n_0, 1), got {shapes}")


def _in_jax(X: Any) -> jax.Array:
    if not isinstance(X, jax.Array):
        X = jnp.asarray(as_numbers("X", X, "(n_0, m)", axes=None))
    check_one_array("X", X, X.ndim, "(n_0, m)")
    return X


def _is_of_jax(X: Any, by: Standardisation) -> bool:
    return isinstance(X, jax.Array) or any(isinstance(array, Tracer) for array in by)


def _float64(by: Standardisation) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(by.mean, np.float64), np.asarray(by.scale, np.float64)


def _type_after(X: Any) -> Any:
    dtype = np.asarray(X).dtype
    return dtype if jnp.issubdtype(dtype, jnp.floating) else np.result_type(dtype, np.float32)


def _check_rows(X: Any, by: Standardisation) -> None:
    n = len(by.mean)
    if X.ndim != 2 or len(X) != n:
        raise ShapeError(
            f"X must have one column per example, shape (n_0, m) = ({n}, m) as `by` has it, "
            f"got {X.shape}"
        )


def _block_by_block(X: Any, by: Standardisation, dtype: Any, function: Any) -> np.ndarray:
    """Return function(block) of all blocks of columns in float64, as an array of `dtype`."""
    _check_rows(X, by)
    found = np.empty_like(X, dtype)
    for some, block in _blocks(X):
        with np.errstate(over="ignore"):
            found[:, some] = function(block)
        _check_fits(found[:, some], X[:, some])
    return found


def _check_fits(found: np.ndarray, X: np.ndarray) -> None:
    """Raise an error where a finite number became infinite."""
    if np.isfinite(found).all() or not (lost := np.isfinite(X) & ~np.isfinite(found)).any():
        return
    i, j = np.argwhere(lost)[0]
    raise DataError(
        f"X must fit {found.dtype} after it is rescaled, got {found[i, j]} from X[{i}, {j}] = "
        f"{X[i, j]}: give X as a wider type, such as float64"
    )
