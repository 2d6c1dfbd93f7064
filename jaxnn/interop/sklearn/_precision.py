"""The type that an estimator calculates in, and the sizes that tables are filled up to."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import numpy as np


def dtype_of(asked: Any, X_dtype: Any) -> np.dtype:
    """Return the type of the parameters: that of X, as in scikit-learn, or the one asked for.

    Args:
        asked: the estimator's `dtype`; None: as X.
        X_dtype: that of X, float32 or float64.

    Raises:
        ValueError: another type.

    >>> dtype_of(None, np.float64), dtype_of("bfloat16", np.float64)
    (dtype('float64'), dtype('float32'))
    """
    if asked is None:
        return np.dtype(X_dtype)
    if is_narrow(asked):
        return np.dtype(np.float32)
    try:
        found = np.dtype(asked)
    except TypeError:
        found = None
    if found not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32, bfloat16, float64 or None, got {asked!r}")
    return found


def is_narrow(asked: Any) -> bool:
    """Return whether products are to be those of bfloat16.

    >>> is_narrow(jax.numpy.bfloat16), is_narrow(None)
    (True, False)
    """
    return (asked if isinstance(asked, str) else getattr(asked, "__name__", "")) == "bfloat16"


def in_type(dtype: Any) -> AbstractContextManager:
    """Return a context in which JAX has a type: float64 is off unless it was turned on.

    It holds for this thread, and ends with the block: nothing of JAX's configuration is changed.

    >>> with in_type(np.float64):
    ...     jax.numpy.ones(1).dtype
    dtype('float64')
    """
    if np.dtype(dtype) != np.float64 or jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        return nullcontext()
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64  # pyright: ignore[reportAttributeAccessIssue]

    return enable_x64(True)


def filled_up(m: int) -> int:
    """Return the number of rows to which a table of m is filled up: m to 3 or 4 leading bits.

    The folds of a cross-validation, which differ by a row, then share a compiled program.

    >>> filled_up(3), filled_up(150), filled_up(1437), filled_up(1438)
    (16, 160, 1536, 1536)
    """
    step = max(16, 2 ** ((m - 1).bit_length() - 4))
    return -(-m // step) * step


def filled(array: np.ndarray | None, m: int) -> Any:
    """Return an array with rows of zeros below it, m in all; None stays None.

    >>> filled(np.ones((1, 2)), 2).tolist()
    [[1.0, 1.0], [0.0, 0.0]]
    """
    if array is None or len(array) == m:
        return array
    table = np.zeros((m, *array.shape[1:]), array.dtype)
    table[: len(array)] = array
    return table
