"""When two optimisers are the same: so that a second `optax.adam(1e-3)` compiles nothing anew."""

from __future__ import annotations

import types
from collections.abc import Hashable
from functools import partial
from typing import Any

import optax

LOOKED_INTO = ("optax.", "jax.")
"""Homes of the functions that are known to depend on nothing but their code and their closures."""


class SameOptimizer:
    """An optimiser as a key that compares by what it does, not by which object it is.

    Two of optax's are the same when their functions have the same code, and the closures of these
    hold the same values.  A function from elsewhere (a schedule of one's own) equals itself only.

    >>> SameOptimizer(optax.adam(1e-3)) == SameOptimizer(optax.adam(1e-3))
    True
    >>> SameOptimizer(optax.sgd(1.0)) == SameOptimizer(optax.sgd(2.0))
    False
    """

    def __init__(self, optimizer: optax.GradientTransformation):
        self.optimizer = optimizer
        self._fingerprint = _fingerprint(optimizer, ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameOptimizer) and self._fingerprint == other._fingerprint

    def __hash__(self) -> int:
        return hash(self._fingerprint)


class _Itself:
    """A value that equals only itself."""

    def __init__(self, value: Any):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def _fingerprint(value: Any, within: tuple[int, ...]) -> Hashable:
    if id(value) in within:
        return ("recursion", len(within) - within.index(id(value)))
    within = (*within, id(value))

    def inside(parts: Any) -> Hashable:
        return tuple(_fingerprint(part, within) for part in parts)

    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return (type(value), repr(value))
    if isinstance(value, tuple):
        return (type(value), inside(value))
    if isinstance(value, partial):
        return (partial, inside((value.func, value.args, *sorted(value.keywords.items()))))
    if isinstance(value, types.FunctionType) and value.__module__.startswith(LOOKED_INTO):
        try:
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
        except ValueError:  # a cell that is filled later
            return _Itself(value)
        keywords = sorted((value.__kwdefaults__ or {}).items())
        return (value.__module__, value.__code__, inside((*cells, value.__defaults__, *keywords)))
    return _Itself(value)
