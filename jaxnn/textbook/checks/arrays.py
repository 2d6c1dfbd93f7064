"""Checks of what users pass in: shapes and types always, values where they are not traced."""

from __future__ import annotations

import operator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.compilation import BoundedJit
from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.frames import frame_error, in_floats, is_frame, kind_of
from jaxnn.textbook.checks.labels import label_error, target_error
from jaxnn.textbook.network import Network

TYPES = ("float16", "bfloat16", "float32", "float64")
"""What JAX can calculate with, in the byte order of the machine."""


def check_not_traced(name: str, *trees: Any, loop: bool = True) -> None:
    """Raise an error where what the host does is called within a function that JAX traces.

    Args:
        name: of the public function.
        trees: its arguments.
        loop: whether it trains, in a loop on the host.
    """
    if any(isinstance(leaf, Tracer) for tree in trees for leaf in jax.tree.leaves(tree)):
        if not loop:
            raise TypeError(
                f"jaxnn.{name} works on the host, and cannot be called within jax.jit, jax.vmap or "
                "jax.grad, got a traced array: call it outside, with what the function returns"
            )
        raise TypeError(
            f"jaxnn.{name} is a loop on the host, and cannot be called within jax.jit, jax.vmap or "
            "jax.grad, got a traced array: what composes with them is jaxnn.epoch (or "
            "jaxnn.update); many networks at once are jaxnn.sweep or jaxnn.ensemble"
        )


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

    Args:
        network: whose inputs and targets they are.
        X: examples.
        targets: Y, and weights of the examples or None; neither: only X is checked.
        of: what they belong to, for the messages, such as "validation's ".
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
    """Raise an error where labels or a frame came in the place of targets, (n_L, m) or (any, m)."""
    _check_dense("Y", Y)
    if not (isinstance(Y, np.ndarray | jax.Array) and len(Y.shape) == 2 and Y.shape[1] == m):
        error = target_error(None, Y, m, n_L=n_L)
        if error is not None:
            raise error


def _is_floating(array: Any) -> bool:
    known = isinstance(array, np.ndarray | np.generic | jax.Array)
    return known and jnp.issubdtype(array.dtype, jnp.floating)


def check_table(name: str, array: Any) -> None:
    """Raise an error unless an array is (n, m), finite, of a floating type, with an example."""
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


def check_weight_sizes(
    weights: np.ndarray,
    dtype: Any,
    *,
    name: str = "weights",
    numbers: Any = None,
    of: str = "",
) -> None:
    """Raise an error where a weight above 0 is 0 to compiled code, which has no subnormal numbers.

    Args:
        weights: at least 0.
        dtype: the type in which JAX has them.
        name: of the argument.
        numbers: of the examples; None: from 0.
        of: what they are the examples of.
    """
    least = float(np.finfo(np.float64 if dtype == np.float64 else np.float32).tiny)
    small = (weights > 0) & (weights < least)
    if not small.any():
        return
    j = int(np.argmax(small))
    number = j if numbers is None else numbers[j]
    raise DataError(
        f"{name} must be 0 or at least {least:.4g}, below which JAX computes with 0, "
        f"got {name}[{number}] = {weights[j]}{f' (example {number} of {of})' if of else ''}; "
        "multiply all weights by one number, which changes no mean, or make it 0"
    )


def check_finite(name: str, array: Any, *, fits: bool = True, of: str = "") -> None:
    """Raise an error where a value is NaN or infinite, or does not fit the type JAX will use."""
    if isinstance(array, Tracer) or not jnp.issubdtype(array.dtype, jnp.inexact):
        return
    on_device = isinstance(array, jax.Array)
    if on_device and not array.is_fully_addressable:
        return
    if on_device and not _is_on_host(array):
        with jax.ensure_compile_time_eval():  # also where a function that is traced closes over it
            if bool(_has_finite_sum(array)) or bool(_is_finite(array)):
                return
    else:
        host = np.asarray(array)
        with np.errstate(over="ignore", invalid="ignore"):
            total = host.sum()  # a third of the time of looking at each: none is, or the sum is
        if np.isfinite(total) or np.isfinite(host).all():
            if fits and not on_device:
                _check_fits(name, host, of)
            return
    values = np.asarray(array)
    at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
    example = f" (example {at[-1]})" if values.ndim else ""
    count = int((~np.isfinite(values)).sum())
    raise DataError(
        f"{of}{name} must be finite, got {name}{list(at)} = {values[at]}{example}; "
        f"{count} of {values.size} values are NaN or infinite"
    )


_has_finite_sum = BoundedJit(lambda array: jnp.isfinite(jnp.sum(array)))
_is_finite = BoundedJit(lambda array: jnp.isfinite(array).all())


def _is_on_host(array: jax.Array) -> bool:
    """Return whether NumPy sees an array where it lies: it compiles nothing for each new shape."""
    devices = array.devices()
    on_cpu = len(devices) == 1 and next(iter(devices)).platform == "cpu"
    return on_cpu and array.dtype in (np.float32, np.float64)


def _check_fits(name: str, array: np.ndarray, of: str) -> None:
    if array.dtype != np.float64 or jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        return
    largest = float(np.finfo(np.float32).max)
    if array.size and (array.max() > largest or array.min() < -largest):
        at = tuple(int(i) for i in np.argwhere(np.abs(array) > largest)[0])
        raise DataError(
            f"{of}{name} must fit float32 (at most {largest:.4g}), got {name}{list(at)} = "
            f"{array[at]}; rescale it, or enable float64 with "
            "jax.config.update('jax_enable_x64', True)"
        )


def check_count(name: str, value: Any, *, least: int = 1) -> int:
    """Return value as an int, or raise an error unless it is a whole number of at least `least`."""
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {value!r}") from None
    if isinstance(value, bool) or count < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return count


def as_numpy(name: str, array: Any) -> np.ndarray:
    """Return an array as NumPy's, or raise an error where that would lose a mask or make no sense.

    >>> as_numpy("X", [[1, 2]]).shape
    (1, 2)
    """
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
        told = described(array)
        raise TypeError(f"{name} must be an array of numbers, got {told}") from None


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
