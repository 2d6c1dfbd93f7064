"""Checks of an argument's value: a number in its range, a place in a row, an array of numbers."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.arrays import as_numpy


def as_whole(name: str, value: Any) -> int:
    """Return a whole number as an int.

    >>> as_whole("l", 1.5)
    Traceback (most recent call last):
    TypeError: l must be a whole number, got 1.5
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {described(value)}") from None


def as_index(name: str, value: Any, count: int) -> int:
    """Return the place of one of `count` things, or raise an error where a value is none.

    >>> as_index("i", -1, 3)
    2
    >>> as_index("i", 3, 3)
    Traceback (most recent call last):
    ValueError: i must lie in 0 … 2, or in -3 … -1 from the end, got 3
    """
    try:
        i = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {described(value)}") from None
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
    """Return an array of real numbers as NumPy's, with so many axes; None: any number of them.

    >>> as_numbers("A", [["a"]], "(n_L, m)")
    Traceback (most recent call last):
    TypeError: A must be an array of numbers of shape (n_L, m), got an array of <U1 of shape (1, 1)
    """
    found = as_numpy(name, array)
    if not is_of_numbers(found.dtype):
        told = described(array if found.ndim == 0 else found)
        raise TypeError(f"{name} must be an array of numbers of shape {shape}, got {told}")
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
    """Raise an error unless a value is a type of numbers, or the name of one.

    >>> check_numeric_type("dtype", "adam")
    Traceback (most recent call last):
    TypeError: dtype must be a type of numbers such as np.float32, got 'adam'
    """
    try:
        known = is_of_numbers(np.dtype(dtype))
    except Exception:  # whatever NumPy raises of what is no type
        known = False
    if not known:
        got = repr(dtype) if isinstance(dtype, type | np.dtype) else described(dtype)
        raise TypeError(f"{name} must be a type of numbers such as np.float32, got {got}")


def check_one_array(name: str, value: Any, axes: int | None, shape: str) -> None:
    """Raise an error unless a value, which may be traced, is an array of reals with so many axes.

    Args:
        name: of the argument.
        value: what came.
        axes: how many; None: one or more.
        shape: as a message has it.

    >>> check_one_array("image", [1.0], 2, "(height, width)")
    Traceback (most recent call last):
    TypeError: image must be an array of numbers of shape (height, width), got [1.0]
    """
    is_array = isinstance(value, np.ndarray | jax.Array | Tracer)
    if not is_array or isinstance(value, np.ma.MaskedArray) or not is_of_numbers(value.dtype):
        told = described(value)
        raise TypeError(f"{name} must be an array of numbers of shape {shape}, got {told}")
    if value.ndim != (max(1, value.ndim) if axes is None else axes):
        raise ShapeError(f"{name} must have shape {shape}, got {value.shape}")


def as_names(name: str, names: Any) -> tuple[str, ...]:
    """Return names as a tuple of text; none of None.

    >>> as_names("class_names", 7)
    Traceback (most recent call last):
    TypeError: class_names must be a list of names, got 7
    """
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
    """Return the two sides of images, whose product is n, as `of` has it.

    >>> as_image_shape((28, 28), 64)
    Traceback (most recent call last):
    ValueError: image_shape must be (rows, columns) with rows × columns = n_0 = 64, got (28, 28)
    """
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
