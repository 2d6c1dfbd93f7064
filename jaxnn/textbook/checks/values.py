"""Checks of an argument's value: a number in its range, an index, names, an array of numbers."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import as_type, described
from jaxnn.textbook.checks.arrays import as_numpy


def as_whole(name: str, value: Any) -> int:
    """Return a whole number as an int, or raise an error."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {described(value)}") from None


def check_count(name: str, value: Any, *, least: int = 1) -> int:
    """Return a whole number of at least `least` as an int, or raise an error."""
    count = as_whole(name, value)
    if count < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return count


def as_index(name: str, value: Any, count: int) -> int:
    """Return an index below `count`, also if it counts from the end, or raise an error.

    >>> as_index("i", -1, 3)
    2
    >>> as_index("i", 3, 3)
    Traceback (most recent call last):
    ValueError: i must lie in 0 … 2, or in -3 … -1 from the end, got 3
    """
    i = as_whole(name, value)
    if not -count <= i < count:
        raise ValueError(
            f"{name} must lie in 0 … {count - 1}, or in {-count} … -1 from the end, got {value!r}"
        )
    return i % count


def check_number(name: str, value: Any, rule: str, holds: Any) -> None:
    """Raise an error unless a value is a real number for which a rule holds.

    >>> check_number("share", "a half", "in [0, 1)", lambda share: 0 <= share < 1)
    Traceback (most recent call last):
    TypeError: share must be in [0, 1), got 'a half'
    """
    scalar = value[()] if isinstance(value, np.ndarray) and value.shape == () else value
    if not isinstance(scalar, int | float | np.integer | np.floating | np.bool_):
        raise TypeError(f"{name} must be {rule}, got {described(value)}")
    if not holds(scalar):
        raise ValueError(f"{name} must be {rule}, got {value}")


def as_numbers(name: str, array: Any, shape: str, *, axes: int | None = 2) -> np.ndarray:
    """Return an array of real numbers as NumPy's, with so many axes (None: any number)."""
    found = as_numpy(name, array)
    if not is_of_numbers(found.dtype):
        got = described(array if found.ndim == 0 else found)
        raise TypeError(f"{name} must be an array of numbers of shape {shape}, got {got}")
    if axes is not None and found.ndim != axes:
        raise ShapeError(
            f"{name} must have one column per example, shape {shape}, got {found.shape}"
        )
    return found


def is_of_numbers(dtype: Any) -> bool:
    """Return whether a type is one of real numbers, or of true and false."""
    real = jnp.issubdtype(dtype, jnp.number) and not jnp.issubdtype(dtype, jnp.complexfloating)
    return bool(real or jnp.issubdtype(dtype, jnp.bool_))


def check_numeric_type(name: str, dtype: Any) -> None:
    """Raise an error unless a value is a type of numbers, or the name of one."""
    as_type(name, dtype, "a type of numbers", "np.float32", is_of_numbers)


def check_one_array(name: str, value: Any, axes: int | None, shape: str) -> None:
    """Raise an error unless a value, traced or not, is a real array of so many axes (None: ≥ 1)."""
    is_array = isinstance(value, np.ndarray | jax.Array | Tracer)
    if not is_array or isinstance(value, np.ma.MaskedArray) or not is_of_numbers(value.dtype):
        got = described(value)
        raise TypeError(f"{name} must be an array of numbers of shape {shape}, got {got}")
    if value.ndim != (max(1, value.ndim) if axes is None else axes):
        raise ShapeError(f"{name} must have shape {shape}, got {value.shape}")


def as_names(name: str, names: Any) -> tuple[str, ...]:
    """Return names as a tuple of text; the empty tuple for None."""
    if names is None:
        return ()
    is_list = isinstance(names, Sequence | np.ndarray) and not isinstance(names, bytes)
    is_scalar = isinstance(names, np.ndarray) and names.ndim == 0
    found = list(names) if is_list and not is_scalar else [None]
    if not all(isinstance(one, str | int | np.integer) for one in found):
        raise TypeError(f"{name} must be a list of names, got {described(names)}")
    return tuple(str(one) for one in found)


def as_image_shape(
    shape: Any, n: int | None = None, *, sides: str = "rows, columns", of: str = ""
) -> tuple[int, int]:
    """Return the two sides of an image with n pixels, or raise an error that ends with `of`."""
    try:
        found = [as_whole("image_shape", side) for side in shape]
    except TypeError:
        raise TypeError(
            f"image_shape must be ({sides}), two whole numbers, got {described(shape)}"
        ) from None
    if len(found) != 2 or min(found) < 1:
        raise ValueError(f"image_shape must be ({sides}), both at least 1, got {shape}")
    rows, columns = found
    if n is not None and rows * columns != n:
        raise ValueError(
            f"image_shape must be (rows, columns) with rows × columns = n_0 = {n}, got {shape}{of}"
        )
    return rows, columns
