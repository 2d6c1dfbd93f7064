"""The hyperparameters of an optimiser that may be traced, so that one program serves many networks.

A factory is a function of Python values.  Given a traced number, it may raise (a dict, a format),
or quietly do another thing (`isinstance(k, int)`, `10**-k`).  So the optimiser that it makes of
traced numbers is compared with those that it makes of the values: they must consist of the same
functions, which hold the same numbers.
"""

from __future__ import annotations

import functools
import math
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.sweeps.factories import Factory
from jaxnn.sweeps.grids import OF_EVERY_SWEEP, Point
from jaxnn.sweeps.optimizer_parts import KNOWN, is_number, parts_of
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.descent import first_state, one_update, some_updates
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.network import Network

TOLERANCE = 1e-6  # relative: a factory computes in float32 what Python computes in float64


def traceable(network: Network, factory: Factory, points: Sequence[Point]) -> list[str]:
    """Return the hyperparameters that a factory may be given as traced numbers at these points.

    It raises whatever the factory raises of a point's values.
    """
    own = [name for name in points[0] if name not in OF_EVERY_SWEEP]
    combinations = _distinct([{name: point[name] for name in own} for point in points])
    numeric = [name for name in own if _fit_a_column(c[name] for c in combinations)]
    if is_from(factory, KNOWN):  # which branch alike at every point, or raise
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


def column(points: Iterable[Point], name: str) -> np.ndarray:
    """Return the values of a hyperparameter as an array, to be traced, (K,)."""
    values = np.asarray([point[name] for point in points])
    return values.astype(np.int32 if values.dtype.kind == "i" else jnp.zeros(()).dtype)


def is_from(factory: Any, modules: tuple[str, ...]) -> bool:
    """Return whether a function, or that of a `functools.partial`, is of some modules."""
    while isinstance(factory, functools.partial):
        factory = factory.func
    return isinstance(factory, types.FunctionType) and factory.__module__.startswith(modules)


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
    """Return whether a factory makes the same optimiser with some names traced, everywhere."""
    groups: dict[Any, list[Point]] = {}
    for one in combinations:
        fixed = tuple((type(value), value) for name, value in one.items() if name not in names)
        groups.setdefault(fixed, []).append(one)
    return all(_same_in(network, factory, some, names) for some in groups.values())


def _same_in(
    network: Network, factory: Factory, combinations: Sequence[Point], names: Sequence[str]
) -> bool:
    """Return what `_same` returns, for combinations that differ in those names alone."""
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
    except Exception:  # it needs a value in Python, in whatever way
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
    """Return whether updates are alike, for a function of the user's that holds a traced number."""
    some = _extremes(combinations, names)
    params = _trial_params(network, factory(**some[0]))

    def traced(values: Mapping[str, Any]) -> Any:
        return some_updates(factory(**fixed, **values), params)

    with jax.numpy_dtype_promotion("standard"):
        networks_per_program = jax.vmap(traced)({name: column(some, name) for name in names})
    for i, one in enumerate(some):
        alone = some_updates(factory(**one), params)
        for a, b in zip(jax.tree.leaves(alone), jax.tree.leaves(networks_per_program), strict=True):
            if not np.allclose(b[i], a, rtol=1e-5, atol=1e-7, equal_nan=True):
                return False
    return True


def _trial_params(network: Network, optimizer: Any) -> Any:
    """Return parameters to compare updates on: small ones, where the optimiser takes them."""

    def numbers(shape: Sequence[int], dtype: Any) -> jax.Array:
        return jnp.linspace(0.5, 1.5, math.prod(shape), dtype=dtype).reshape(shape)

    shapes = jax.eval_shape(init, network, jax.random.key(0))
    small = jax.tree.map(lambda leaf: numbers([2] * leaf.ndim, leaf.dtype), shapes)
    try:
        jax.eval_shape(functools.partial(some_updates, optimizer), small)
    except (TypeError, ValueError):  # it is one for arrays of these shapes, such as with a mask
        return jax.tree.map(lambda leaf: numbers(leaf.shape, leaf.dtype), shapes)
    return small
