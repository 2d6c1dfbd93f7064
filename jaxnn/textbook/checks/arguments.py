"""Checks of an argument's type: the error names the argument, the rule, and what came."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeGuard

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.errors import ShapeError

_LONGEST = 60


def described(value: Any) -> str:
    """Return what an error message calls a value: its type, and a short value itself.

    >>> described("adam"), described(np.ones((2, 3))), described([4, 8, 3]), described(described)
    ("'adam'", 'an array of float64 of shape (2, 3)', '[4, 8, 3]', 'the function described')
    """
    if isinstance(value, Tracer):
        return f"a traced array of {value.dtype} of shape {value.shape}"
    if isinstance(value, np.ndarray | np.generic | jax.Array):
        return f"an array of {value.dtype} of shape {tuple(value.shape)}"
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | range):
        return _short(repr(value))
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, FunctionType):
        return f"the function {value.__name__}"
    if isinstance(value, ModuleType):
        return f"the module {value.__name__}"
    if type(value) in (list, tuple, dict, set) and _is_plain(value):
        return _short(repr(value))
    if type(value) in (list, tuple) and value:
        kinds = dict.fromkeys(type(item).__name__ for item in value)
        return f"a {type(value).__name__} of {' and '.join(list(kinds)[:3])}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _is_plain(value: Any) -> bool:
    items = (*value, *value.values()) if isinstance(value, dict) else value
    return all(item is None or isinstance(item, bool | int | float | str) for item in items)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def is_number(value: Any) -> bool:
    """Return whether a value is a number or an array, traced or not."""
    return isinstance(value, jax.Array | np.ndarray | np.generic | float | int)


def as_flag(name: str, value: Any) -> bool:
    """Return True or False, or raise an error if a value is neither."""
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    if _is_concrete(value) and value.shape == () and value.dtype == bool:
        return bool(value)
    raise TypeError(f"{name} must be True or False, got {described(value)}")


def as_flag_or_none(name: str, value: Any) -> bool | None:
    """Return True, False or None, or raise an error if a value is none of them."""
    if value is None:
        return None
    try:
        return as_flag(name, value)
    except TypeError:
        raise TypeError(f"{name} must be True, False or None, got {described(value)}") from None


def _is_concrete(value: Any) -> TypeGuard[np.ndarray | jax.Array]:
    return isinstance(value, np.ndarray | np.generic | jax.Array) and not isinstance(value, Tracer)


def check_text(name: str, value: Any, such_as: str, *, or_none: bool = False) -> None:
    """Raise an error unless a value is text."""
    if not isinstance(value, str) and not (or_none and value is None):
        kind = "text or None" if or_none else "text"
        raise TypeError(f"{name} must be {kind}, such as {such_as}, got {described(value)}")


def as_path(name: str, value: Any) -> Path:
    """Return a path, or raise an error unless a value is text or a path."""
    if not isinstance(value, str | os.PathLike) or not isinstance(os.fspath(value), str):
        raise TypeError(f"{name} must be a path, text or a pathlib.Path, got {described(value)}")
    if not os.fspath(value) or "\0" in os.fspath(value):
        raise ValueError(f"{name} must be a path, got {value!r}")
    return Path(value)


def check_table_file(path: Any, target: Any, task: Any, **characters: Any) -> None:
    """Raise an error unless the arguments fit a file of columns; `characters` are text or None."""
    as_path("path", path)
    check_text("target", target, "the name of a column")
    check_text("task", task, "'classification'", or_none=True)
    for name, value in characters.items():
        check_text(name, value, "',' or '.'", or_none=True)


def as_type(
    name: str,
    dtype: Any,
    kind: str = "a type",
    such_as: str = '"float32" or "uint8"',
    holds: Callable[[np.dtype], bool] = lambda dtype: True,
) -> np.dtype:
    """Return a type as NumPy has it, or raise an error unless `holds` is true of it.

    >>> as_type("input_dtype", "uint7")
    Traceback (most recent call last):
    TypeError: input_dtype must be a type such as "float32" or "uint8", got 'uint7'
    """
    try:
        found = None if dtype is None or is_number(dtype) else jnp.dtype(dtype)
    except Exception:  # NumPy and JAX raise several for what is no type
        found = None
    if found is None or not holds(found):
        got = repr(dtype) if isinstance(dtype, type | np.dtype) else described(dtype)
        raise TypeError(f"{name} must be {kind} such as {such_as}, got {got}")
    return found


def check_floating_type(name: str, dtype: Any, such_as: str) -> None:
    """Raise an error unless a value is a floating type, or the name of one."""
    as_type(name, dtype, "a floating type", such_as, lambda t: jnp.issubdtype(t, jnp.floating))


def check_not_traced(name: str, *trees: Any, loop: bool = True) -> None:
    """Raise an error if a function of the host is called while JAX traces its arguments `trees`.

    `name` is the public function's; `loop` says whether it trains, in a loop on the host.
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


def check_given(name: str, value: Any) -> None:
    """Raise an error if an argument that must be an array is None."""
    if value is None:
        raise TypeError(f"{name} must be an array, got None")


def check_floating(name: str, value: Any) -> None:
    """Raise an error unless a value is a number or an array of a floating type."""
    masked = isinstance(value, np.ma.MaskedArray)
    if masked or not is_number(value) or not jnp.issubdtype(_type_of(value), jnp.floating):
        raise TypeError(f"{name} must be of a floating type, got {described(value)}")


def _type_of(value: Any) -> Any:
    return value.dtype if hasattr(value, "dtype") else np.dtype(type(value))


def check_alike(name: str, value: Any, other: str, of: Any) -> None:
    """Raise an error unless two arrays of a floating type have the same shape.

    >>> check_alike("v", np.ones(2), "z", np.ones(3))
    Traceback (most recent call last):
    jaxnn.errors.ShapeError: v must have the shape of z, (3,), got (2,)
    """
    check_floating(other, of)
    check_floating(name, value)
    if np.shape(value) != np.shape(of):
        raise ShapeError(
            f"{name} must have the shape of {other}, {np.shape(of)}, got {np.shape(value)}"
        )


# iterables that are not pairs
_NO_PAIRS = np.ndarray, np.generic, jax.Array, str, bytes, Mapping, set, frozenset, range, type


def as_data(name: str, data: Any) -> tuple[Any, ...]:
    """Return data as a tuple (X, Y) or (X, Y, weights), or raise an error if they are neither."""
    form = f"{name} must be a pair (X, Y), or (X, Y, weights)"
    is_table = hasattr(data, "to_numpy") or hasattr(data, "todense")
    if is_table or isinstance(data, _NO_PAIRS):
        raise TypeError(f"{form}, got {described(data)}")
    try:
        found = tuple(data)
    except TypeError:
        if hasattr(data, "chunks"):  # a Stream, which says what to do with it
            raise
        raise TypeError(f"{form}, got {described(data)}") from None
    if len(found) not in (2, 3):
        raise TypeError(f"{form}, got {described(data)} with {len(found)} entries")
    return found


def check_one_pair(function: str, call: str, misplaced: tuple[Any, ...]) -> None:
    """Raise an error if X and Y were given as two arguments instead of one pair."""
    if misplaced:
        raise TypeError(
            f"{function} takes the data as one argument, a pair: write {call}, got "
            f"{len(misplaced)} argument{'s' * (len(misplaced) > 1)} too many, the first of which "
            f"is {described(misplaced[0])}; all others have names"
        )
