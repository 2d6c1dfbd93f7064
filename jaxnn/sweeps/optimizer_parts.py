"""The functions that an optimiser is made of, and the numbers that they hold."""

from __future__ import annotations

import functools
import types
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

# packages whose functions compute the same with a traced number as with its value, or raise
KNOWN = ("optax.", "jax.")


class Parts(NamedTuple):
    """The parts of an optimiser.

    Attributes:
        shape: its functions and all that they hold except numbers, in a fixed order.
        numbers: the numbers that they hold.
        is_known: whether all functions that hold traced numbers are optax's or JAX's.
    """

    shape: list[Any]
    numbers: list[Any]
    is_known: bool


def is_number(value: Any) -> bool:
    """Return whether a value is a Python number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def parts_of(optimizer: Any) -> Parts:
    """Return the functions that an optimiser is made of, and the numbers that they hold."""
    shape: list[Any] = []
    numbers: list[Any] = []
    seen: dict[int, int] = {}
    holders: list[bool] = []  # whether each function around the present value is known
    unknown = False

    def write(value: Any) -> None:
        nonlocal unknown
        if is_number(value) or isinstance(value, jax.Array | np.ndarray | np.generic):
            unknown |= isinstance(value, Tracer) and not all(holders)
            if isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
                value = jax.random.key_data(value)
            shape.append("number")
            numbers.append(value)
        elif value is None or isinstance(value, bool | str | bytes | complex | type | np.dtype):
            shape.append((type(value), value))
        elif id(value) in seen:
            shape.append(("seen", seen[id(value)]))
        else:
            seen[id(value)] = len(seen)
            inside(value)

    def inside(value: Any) -> None:
        if isinstance(value, types.FunctionType):
            shape.append(value.__code__)
            holders.append(value.__module__.startswith(KNOWN))
            for cell in value.__closure__ or ():
                write(_content(cell))
            write(value.__defaults__)
            write(value.__kwdefaults__)
            holders.pop()
        elif isinstance(value, types.MethodType):
            write(value.__func__)
            write(value.__self__)
        elif isinstance(value, functools.partial):
            shape.append(functools.partial)
            for part in (value.func, value.args, value.keywords):
                write(part)
        elif isinstance(value, tuple | list):
            shape.append((type(value), len(value)))
            for part in value:
                write(part)
        elif isinstance(value, dict):
            shape.append((type(value), tuple(value)))
            for part in value.values():
                write(part)
        elif hasattr(value, "__wrapped__"):  # of jax.jit
            shape.append(type(value))
            write(value.__wrapped__)
        elif hasattr(value, "__dict__") and not isinstance(value, types.ModuleType):
            shape.append(type(value))
            write(vars(value))
        else:
            shape.append(_Itself(value))

    write(optimizer)
    return Parts(shape, numbers, not unknown)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is filled later
        return _EMPTY


_EMPTY = "an empty cell"


class _Itself:
    """A value that equals only itself."""

    def __init__(self, value: Any):
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self._value is other._value

    __hash__ = None  # pyright: ignore[reportAssignmentType]
