"""Which hyperparameters of an optimiser's factory may be traced, so that one program serves all.

A factory is a function of Python values.  Handed a traced number, it may crash (a dict, a format),
or quietly do another thing (`isinstance(k, int)`, `10**-k`).  So what it makes of traced numbers is
compared with what it makes of the values themselves: the same functions, holding the same numbers.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.core import Tracer

from jaxnn.sweeps.grids import OF_EVERY_SWEEP, Point
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.descent import first_state, one_update, some_updates
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.network import Network

Factory = Callable[..., optax.GradientTransformation]

KNOWN = ("optax.", "jax.")
"""Homes of functions that compute the same with a traced number as with its value, or raise."""

TOLERANCE = 1e-6
"""Relative, of a number that a factory computes in float32 instead of Python's float64."""


class Parts(NamedTuple):
    """What an optimiser is made of.

    Attributes:
        shape: its functions and whatever they hold but numbers, in a fixed order.
        numbers: the numbers that they hold.
        is_known: whether all functions that hold traced numbers are optax's.
    """

    shape: list[Any]
    numbers: list[Any]
    is_known: bool


def traceable(network: Network, factory: Factory, points: Sequence[Point]) -> list[str]:
    """Return the hyperparameters that a factory may see as traced numbers at these points.

    Args:
        network: whose parameters it will train.
        factory: hyperparameters -> optimiser.
        points: name -> value.

    Raises:
        Exception: whatever the factory raises of a point's values.
    """
    own = [name for name in points[0] if name not in OF_EVERY_SWEEP]
    combinations = _distinct([{name: point[name] for name in own} for point in points])
    numeric = [name for name in own if _fit_a_column(c[name] for c in combinations)]
    if is_from(factory, KNOWN):  # it asks in the same way at every point, or raises
        combinations = _extremes(combinations, numeric)
    if not numeric or _same(network, factory, combinations, numeric):
        return numeric
    first = combinations[0]

    def alone(name: str) -> bool:
        line = _distinct([first | {name: c[name]} for c in combinations])
        try:
            return _same(network, factory, line, [name])
        except Exception:  # a combination that is not in the grid
            return False

    some = [name for name in numeric if alone(name)]
    return some if some and _same(network, factory, combinations, some) else []


def is_number(value: Any) -> bool:
    """Return whether a value is a Python number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def column(points: Iterable[Point], name: str) -> np.ndarray:
    """Return the values of a hyperparameter as the array that is traced, (K,)."""
    values = np.asarray([point[name] for point in points])
    return values.astype(np.int32 if values.dtype.kind == "i" else jnp.zeros(()).dtype)


def is_from(factory: Any, homes: tuple[str, ...]) -> bool:
    """Return whether a function is of some modules, or a `functools.partial` of one."""
    while isinstance(factory, functools.partial):
        factory = factory.func
    return isinstance(factory, types.FunctionType) and factory.__module__.startswith(homes)


def _distinct(combinations: Iterable[Point]) -> list[Point]:
    """Return combinations without repetition; 1 and 1.0 and True are three."""
    found = {}
    for one in combinations:
        try:
            found.setdefault(tuple((type(value), value) for value in one.values()), one)
        except TypeError:
            raise TypeError(f"grid's values must be hashable, got {one!r}") from None
    return list(found.values())


def _fit_a_column(values: Iterable[Any]) -> bool:
    bounds = np.iinfo(np.int32)
    return all(
        is_number(v) and (isinstance(v, float) or bounds.min <= v <= bounds.max) for v in values
    )


def _extremes(combinations: Sequence[Point], names: Sequence[str]) -> list[Point]:
    """Return the first, and those where a number is smallest or largest."""
    some = [combinations[0]]
    for name in names:
        by_value = functools.partial(lambda one, name: one[name], name=name)
        some += [min(combinations, key=by_value), max(combinations, key=by_value)]
    return _distinct(some)


def _same(
    network: Network, factory: Factory, combinations: Sequence[Point], names: Sequence[str]
) -> bool:
    """Return whether a factory does the same with some names traced, at every combination."""
    groups: dict[Any, list[Point]] = {}
    for one in combinations:
        fixed = tuple((type(value), value) for name, value in one.items() if name not in names)
        groups.setdefault(fixed, []).append(one)
    return all(_same_in(network, factory, some, names) for some in groups.values())


def _same_in(
    network: Network, factory: Factory, combinations: Sequence[Point], names: Sequence[str]
) -> bool:
    """Return what `_same` does, of combinations that differ in those names alone."""
    fixed = {name: value for name, value in combinations[0].items() if name not in names}
    columns = {name: column(combinations, name) for name in names}
    made = [  # raises what `fit` would raise
        parts_of(applied("optimizer", "of hyperparameters", factory, **one)) for one in combinations
    ]
    parts: Any = None

    def numbers_of(values: Mapping[str, Any]) -> list[Any]:
        nonlocal parts
        parts = parts_of(factory(**fixed, **values))
        return [jnp.asarray(number) for number in parts.numbers]

    def updated(values: Mapping[str, Any], params: Any) -> Any:
        optimizer = factory(**fixed, **values)
        return one_update(optimizer, params, first_state(optimizer, params))

    try:
        with jax.numpy_dtype_promotion("standard"):
            numbers = jax.vmap(numbers_of)(columns)
            params = jax.eval_shape(init, network, jax.random.key(0))
            jax.eval_shape(jax.vmap(updated, in_axes=(0, None)), columns, params)
    except Exception:  # it asks for a value in Python, in whatever way
        return False
    if any(one.shape != parts.shape for one in made):
        return False
    every = zip(*(one.numbers for one in made), strict=True)
    if not all(_alike(mine, traced) for mine, traced in zip(every, numbers, strict=True)):
        return False
    return parts.is_known or _same_updates(network, factory, combinations, fixed, names)


def _alike(numbers: Sequence[Any], traced: Any) -> bool:
    """Return whether the numbers of several optimisers are those of the traced one."""
    traced = np.asarray(traced, np.float64)
    if any(np.shape(number) != traced.shape[1:] for number in numbers):
        return False
    return np.allclose(traced, np.asarray(numbers, np.float64), TOLERANCE, 0, equal_nan=True)


def _same_updates(
    network: Network,
    factory: Factory,
    combinations: Sequence[Point],
    fixed: Mapping[str, Any],
    names: Sequence[str],
) -> bool:
    """Return whether updates come out alike: a function of the user's own holds a traced number."""
    some = _extremes(combinations, names)
    shapes = jax.eval_shape(init, network, jax.random.key(0))

    def small(leaf: Any) -> jax.Array:
        numbers = jnp.linspace(0.5, 1.5, 2**leaf.ndim, dtype=leaf.dtype)
        return numbers.reshape([2] * leaf.ndim)

    params = jax.tree.map(small, shapes)

    def traced(values: Mapping[str, Any]) -> Any:
        return some_updates(factory(**fixed, **values), params)

    with jax.numpy_dtype_promotion("standard"):
        together = jax.vmap(traced)({name: column(some, name) for name in names})
    for i, one in enumerate(some):
        alone = some_updates(factory(**one), params)
        for a, b in zip(jax.tree.leaves(alone), jax.tree.leaves(together), strict=True):
            if not np.allclose(b[i], a, rtol=1e-5, atol=1e-7, equal_nan=True):
                return False
    return True


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
    """A value that equals itself only."""

    def __init__(self, value: Any):
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self._value is other._value

    __hash__ = None  # pyright: ignore[reportAssignmentType]
