"""Checks of arrays that users pass: types and shapes always, values unless they are traced."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.finite import check_finite, check_weight_sizes
from jaxnn.textbook.checks.frames import frame_error, in_floats, is_frame, kind_of
from jaxnn.textbook.checks.labels import label_error, target_error
from jaxnn.textbook.network import Network

# the floating types that JAX computes with, in the machine's byte order
TYPES = ("float16", "bfloat16", "float32", "float64")


def check_inputs(network: Network, x: Any, *, name: str) -> None:
    """Raise an error unless x is one example, (n_0,), of a floating type."""
    _check_floating(name, x, pixels=True)
    _check_column(name, x, "n_0", network.sizes[0], "jaxnn.predict, or jax.vmap over the columns")


def check_target(network: Network, y: Any) -> None:
    """Raise an error unless y is the target of one example, (n_L,), of a floating type."""
    error = label_error(network, y)
    if error is not None:
        raise error
    _check_floating("y", y)
    _check_column("y", y, f"n_{network.depth}", network.sizes[-1], "jax.vmap over the columns")


def check_examples(network: Network, X: Any, *targets: Any, of: str = "") -> None:
    """Raise an error unless X is (n_0, m), Y is (n_L, m), weights is (m,), and all are finite.

    `targets` are Y, then weights or None; without them only X is checked.  `of` is the owner that
    the messages name, such as "validation's ".
    """
    n_1, n_0 = network.sizes[1], network.sizes[0]
    if is_frame(X):
        raise frame_error(X, "X", "n_0", n_0, of)
    _check_floating("X", X, pixels=True, of=of)
    _check_columns("X", X, "n_0", n_0, f"W^[1] is (n_1, n_0) = ({n_1}, {n_0})", of=of)
    check_finite("X", X, of=of)
    m = X.shape[1]
    if targets:
        _check_targets(network, targets[0], m, of)
    for weights in targets[1:]:
        if weights is not None:
            check_weights(weights, m, of=of)


def _check_targets(network: Network, Y: Any, m: int, of: str) -> None:
    n_L = network.sizes[-1]
    _check_dense("Y", Y, of=of)
    if not (_is_floating(Y) and len(Y.shape) == 2 and Y.shape[0] == n_L):
        error = target_error(network, Y, m, of=of)
        if error is not None:
            raise error
    _check_floating("Y", Y, of=of)
    _check_columns("Y", Y, f"n_{network.depth}", n_L, f"the network has {n_L} outputs", of=of)
    if Y.shape[1] != m:
        raise ShapeError(
            f"{of}X and Y must have the same number of examples m, got {m} columns in X and "
            f"{Y.shape[1]} in Y"
        )
    check_finite("Y", Y, of=of)


def check_targets_of_any(Y: Any, m: int, n_L: int | None = None) -> None:
    """Raise an error if labels or a frame came instead of targets, (n_L, m) or (any, m)."""
    _check_dense("Y", Y)
    if not (isinstance(Y, np.ndarray | jax.Array) and len(Y.shape) == 2 and Y.shape[1] == m):
        error = target_error(None, Y, m, n_L=n_L)
        if error is not None:
            raise error


def _is_floating(array: Any) -> bool:
    known = isinstance(array, np.ndarray | np.generic | jax.Array)
    return known and jnp.issubdtype(array.dtype, jnp.floating)


def check_table(name: str, array: Any) -> None:
    """Raise an error unless an array is (n, m), m ≥ 1, finite and of a floating type."""
    _check_floating(name, array)
    _check_columns(name, array, "n", array.shape[0] if len(array.shape) == 2 else "n")
    check_finite(name, array, fits=False)


def check_weights(weights: Any, m: int, *, of: str = "") -> None:
    """Raise an error unless weights is (m,), finite, nowhere negative or tiny, and not all zero."""
    if is_frame(weights):
        code = in_floats(weights, "weights")
        raise TypeError(
            f"{of}weights must be an array of shape (m,), got {kind_of(weights)}; write {code}"
            f"{'' if len(getattr(weights, 'shape', (m,))) == 1 else '.ravel()'}"
        )
    _check_floating("weights", weights, of=of)
    if tuple(weights.shape) != (m,):
        hint = "; write weights.ravel()" if tuple(weights.shape) in ((m, 1), (1, m)) else ""
        raise ShapeError(
            f"{of}weights must have shape (m,) = ({m},), got {tuple(weights.shape)}{hint}"
        )
    if isinstance(weights, Tracer):
        return
    check_finite("weights", weights, of=of)
    values = np.asarray(weights)
    if (values < 0).any():
        j = int(np.argmax(values < 0))
        raise DataError(f"{of}weights must be at least 0, got weights[{j}] = {values[j]}")
    if not values.any():
        raise DataError(f"{of}weights must not all be 0: no example would count")
    dtype = jax.dtypes.canonicalize_dtype(values.dtype)
    check_weight_sizes(values, dtype, name=f"{of}weights")


def as_numpy(name: str, array: Any) -> np.ndarray:
    """Return an array as NumPy's, or raise an error if that loses a mask or makes no numbers."""
    _check_dense(name, array)
    if is_frame(array) and len(getattr(array, "shape", ())) == 2:
        raise frame_error(array, name, "n", None)
    if isinstance(array, Tracer):
        raise TypeError(
            f"{name} must be an array with values, got {described(array)}: this works on the host, "
            "call it outside of jax.jit, jax.vmap and jax.grad"
        )
    try:
        return np.asarray(array)
    except Exception:  # rows of different lengths, random keys, what has no array
        got = described(array)
        raise TypeError(f"{name} must be an array of numbers, got {got}") from None


def _check_dense(name: str, array: Any, *, of: str = "") -> None:
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(
            f"{of}{name} must be an array without a mask, got {int(np.ma.count_masked(array))} of "
            f"{array.size} values masked; leave those examples out, or fill them with "
            f"{name}.filled(value)"
        )
    if hasattr(array, "todense"):  # SciPy's and JAX's
        convert = "toarray" if hasattr(array, "toarray") else "todense"
        raise TypeError(
            f"{of}{name} must be a dense array, got sparse {type(array).__name__}; "
            f"convert it with {name}.{convert}()"
        )


def _check_floating(name: str, array: Any, *, pixels: bool = False, of: str = "") -> None:
    _check_dense(name, array, of=of)
    if not isinstance(array, np.ndarray | np.generic | jax.Array):
        hint = ""
        if isinstance(array, list | tuple | int | float):
            hint = f"; convert it with jnp.asarray({name}, jnp.float32)"
        got = type(array).__name__ if hint else described(array)
        raise TypeError(f"{of}{name} must be an array, got {got}{hint}")
    dtype = array.dtype
    if not jnp.issubdtype(dtype, jnp.floating) and not (pixels and dtype == jnp.uint8):
        hint = ", or give pixels 0 … 255 as uint8" if pixels else ""
        raise TypeError(
            f"{of}{name} must be of a floating type, got {dtype}; "
            f"convert it with {name}.astype('float32'){hint}"
        )
    if jnp.issubdtype(dtype, jnp.floating) and not (dtype.name in TYPES and dtype.isnative):
        raise TypeError(
            f"{of}{name} must be of a type that JAX has, one of {', '.join(TYPES)} in this "
            f"machine's byte order, got {dtype.str if dtype.name in TYPES else dtype}; "
            f"convert it with {name}.astype('float32')"
        )


def _check_column(name: str, array: Any, symbol: str, n: int, for_a_batch: str) -> None:
    if tuple(array.shape) != (n,):
        hint = ""
        if len(array.shape) == 2:
            hint = f"; for a batch ({symbol}, m) use {for_a_batch}"
        raise ShapeError(
            f"{name} must have shape ({symbol},) = ({n},), got {tuple(array.shape)}{hint}"
        )
    check_finite(name, array)


def _check_columns(
    name: str, array: Any, symbol: str, n: int | str, reason: str = "", *, of: str = ""
) -> None:
    shape = tuple(array.shape)
    if len(shape) != 2 or shape[0] != n:
        hint = ""
        if len(shape) == 2 and shape[1] == n:
            hint = f": its rows are examples; transpose it, {name}.T"
        elif len(shape) == 1 and n == 1:
            hint = f": write {name}[None, :] for one row of m targets"
        elif len(shape) == 2 and reason:
            hint = f": it has {shape[0]} rows, and {reason}"
        raise ShapeError(
            f"{of}{name} must have one column per example, shape ({symbol}, m) = ({n}, m), "
            f"got {shape}{hint}"
        )
    if shape[1] == 0:
        raise DataError(f"{of}{name} must have at least one example, got shape {shape}")
