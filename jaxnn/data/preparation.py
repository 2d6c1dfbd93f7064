"""Preparation of X (n_0, m) and Y (n_L, m): one-hot targets and batches."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arguments import as_data, check_not_traced, described
from jaxnn.textbook.checks.arrays import as_numpy
from jaxnn.textbook.checks.values import (
    check_count,
    check_numeric_type,
    is_of_numbers,
)
from jaxnn.textbook.keys import single_key

Data = Iterable[Any]
"""(X, Y), or (X, Y, weights): arrays (n_0, m), (n_L, m) and (m,); or a `Dataset`.

Y may be labels, (m,), where a function says so.
"""


BOUNDARY = 64  # JAX uses an array on a CPU without a copy where it begins at a multiple of it


def on_boundary(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array, not yet filled, that JAX takes without a copy on a CPU."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.empty(size + BOUNDARY, np.uint8)
    start = -raw.ctypes.data % BOUNDARY
    return raw[start : start + size].view(dtype).reshape(shape)


# kind of a NumPy type -> how labels of that kind become whole numbers
_ADVICE = {"b": "; convert it with labels.astype(int)"} | dict.fromkeys(
    "OUT", "; number them with np.unique(labels, return_inverse=True)[1]"
)


def one_hot(labels: Any, n_classes: int, *, dtype: Any = np.float32) -> np.ndarray:
    """Return Y with y_i = 1 where i is the label, else 0: one column per example.

    Args:
        labels: m whole numbers in 0 … n_classes − 1.
        n_classes: n_L.
        dtype: a floating type.

    Returns:
        Y, (n_L, m), a view of a row-major array.

    Raises:
        DataError: a label is not a whole number, or out of range, for which `jax.nn.one_hot`
            returns a column of zeros.
        ShapeError: labels is not of shape (m,).  Both are ValueErrors.
        TypeError: labels are not numbers, are booleans, or have a mask.

    Equivalent to `jax.nn.one_hot(labels, n_classes, axis=0)` where every label is in range.

    >>> one_hot([2, 0], 3).tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    """
    n = check_count("n_classes", n_classes)
    values = as_numpy("labels", labels)
    if values.ndim != 1:
        raise ShapeError(f"labels must have shape (m,), got {values.shape}")
    if values.dtype.kind not in "iuf":
        hint = _ADVICE.get(values.dtype.kind, "")
        raise TypeError(f"labels must be whole numbers, got an array of {values.dtype}{hint}")
    check_numeric_type("dtype", dtype)
    whole = np.isfinite(values) & (values == np.floor(values))
    if not whole.all():
        j = int(np.argmin(whole))
        raise DataError(f"labels must be whole numbers, got labels[{j}] = {values[j]}")
    inside = (values >= 0) & (values < n)
    if not inside.all():
        j = int(np.argmin(inside))
        raise DataError(f"labels must lie in 0 … {n - 1}, got labels[{j}] = {values[j]}")
    rows = on_boundary((len(values), n), dtype)
    rows[:] = 0
    rows[np.arange(len(values)), values.astype(np.intp)] = 1
    return rows.T


def class_of(A: Any) -> np.ndarray:
    """Return the class of each column: the row of its largest entry, or a ≥ ½ where n_L = 1.

    Args:
        A: outputs or targets, (n_L, m).

    Returns:
        labels, (m,), whole numbers.

    Raises:
        TypeError: A holds no numbers.
        ValueError: A is not (n_L, m), or holds NaN, which has no class.

    Equivalent to `A.argmax(axis=0)` where n_L > 1; undoes `one_hot`.

    >>> class_of(one_hot([2, 0], 3)).tolist()
    [2, 0]
    """
    A = as_numpy("A", A)
    if not is_of_numbers(A.dtype):
        raise TypeError(f"A must be an array of numbers of shape (n_L, m), got one of {A.dtype}")
    if A.ndim != 2 or len(A) == 0:
        raise ShapeError(f"A must have one column per example, shape (n_L, m), got {A.shape}")
    return classes_of("A", A)


def classes_of(name: str, A: np.ndarray) -> np.ndarray:
    """Return the class of each column of an array of numbers that an error calls `name`."""
    unknown = A != A
    if unknown.any():
        i, j = (int(place) for place in np.argwhere(unknown)[0])
        raise DataError(f"{name} must hold numbers, got {name}[{i}, {j}] = {A[i, j]} (example {j})")
    return (A[0] >= 0.5).astype(np.int64) if A.shape[0] == 1 else A.argmax(axis=0)


def batches(key: jax.Array, data: Data, batch_size: int) -> Iterator[tuple[jax.Array, ...]]:
    """Return shuffled batches for your own loop; `jaxnn.epoch` makes them in compiled code.

    Args:
        key: of the shuffle.
        data: (X, Y) or (X, Y, weights), one column per example.
        batch_size: examples in a batch; the last may be shorter.

    Returns:
        An iterator over the same arrays with `batch_size` columns.

    Raises:
        TypeError: an array holds no numbers, or key is not one random key.
        ValueError: batch_size is below 1, there is no example, or the arrays differ in m.

    >>> [X.shape for X, Y in batches(jax.random.key(0), (np.ones((3, 5)), np.ones((1, 5))), 2)]
    [(3, 2), (3, 2), (3, 1)]
    """
    size = check_count("batch_size", batch_size)
    arrays = as_data("data", data)
    for name, array in zip(("X", "Y", "weights"), arrays, strict=False):
        is_array = isinstance(array, np.ndarray | jax.Array)
        if not is_array or array.ndim == 0 or not is_of_numbers(array.dtype):
            raise TypeError(
                f"{name} must be an array of numbers with one column per example, "
                f"got {described(array)}"
            )
    m = arrays[0].shape[-1]
    for array in arrays[1:]:
        if array.shape[-1] != m:
            raise ShapeError(
                f"data must have the same number of examples m, got {m} and {array.shape[-1]}"
            )
    if m == 0:
        raise DataError("data must have at least one example, got m = 0")
    check_not_traced("batches", key, arrays, loop=False)
    return _batches(single_key(key), arrays, size)


def _batches(key: jax.Array, arrays: tuple[Any, ...], size: int) -> Iterator[tuple[Any, ...]]:
    m = arrays[0].shape[-1]
    order = np.asarray(jax.random.permutation(key, m))
    for start in range(0, m, size):
        chosen = order[start : start + size]
        yield tuple(jnp.asarray(array.T[chosen].T) for array in arrays)
