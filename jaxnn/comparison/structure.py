"""The content of a value as a key: equal keys, equal content.

A function of JAX, optax or jaxnn is known by its code and the values in its closures; any other
equals only itself (`computation` compares those).
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import sys
import types
from collections.abc import Hashable
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from jaxnn.textbook.keys import is_key

# packages whose functions depend on nothing but their code and their closures
LOOKED_INTO = ("optax.", "jax.", "jaxnn.")
FEW = 4  # numbers of an array that its text shows


class Itself:
    """A value that equals only itself; bound methods of one object are equal, as in Python."""

    def __init__(self, value: Any):
        self.value = value

    def _identity(self) -> Any:
        if isinstance(self.value, types.MethodType):
            return id(self.value.__self__), self.value.__func__
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


def fingerprint(value: Any) -> Hashable:
    """Return the content of a value as nested tuples (kind, …), equal for equal values.

    >>> import optax
    >>> fingerprint(optax.adam(1e-3)) == fingerprint(optax.adam(1e-3))
    True
    >>> fingerprint(optax.sgd(1.0)) == fingerprint(optax.sgd(2.0))
    False
    """
    return opened(value)[0]


def opened(value: Any) -> tuple[Hashable, list[Itself]]:
    """Return the fingerprint of a value, and its parts that equal only themselves."""
    boxes: list[Itself] = []
    return _fingerprint(value, (), boxes), boxes


def _fingerprint(value: Any, within: tuple[int, ...], boxes: list[Itself]) -> Hashable:
    kind = type(value)
    if kind in PLAIN:
        return ("value", kind, repr(value))
    if id(value) in within:
        return ("recursion", len(within) - within.index(id(value)))
    within = (*within, id(value))

    def inside(parts: Any) -> Hashable:
        return tuple([_fingerprint(part, within, boxes) for part in parts])

    def itself() -> Itself:
        boxes.append(Itself(value))
        return boxes[-1]

    if isinstance(value, _SEQUENCES):
        return ("sequence", kind, inside(value))
    if kind is types.FunctionType and is_known(value):
        try:
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
        except ValueError:  # a cell that is filled later
            return itself()
        keywords = sorted((value.__kwdefaults__ or {}).items())
        defaults = inside((value.__defaults__, *keywords))
        return ("function", value.__module__, value.__code__, inside(cells), defaults)
    if kind is partial:
        names = tuple(sorted(value.keywords))
        function = _fingerprint(value.func, within, boxes)
        given = inside(value.args), names, inside(value.keywords[name] for name in names)
        return ("partial", function, *given)
    if kind in _MAPPINGS:
        return ("mapping", inside(value), inside(value.values()))
    if isinstance(value, ARRAYS) and not isinstance(value, Tracer):
        return _of_array(value) or itself()
    if isinstance(value, _NAMED):
        return ("value", kind, str(value))
    if dataclasses.is_dataclass(kind) and kind.__module__.startswith(LOOKED_INTO):
        names = tuple(field.name for field in dataclasses.fields(kind))
        return ("data", kind, names, inside(getattr(value, name) for name in names))
    return _by_name(value) or itself()


PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes})
_SEQUENCES, _MAPPINGS = (tuple, list), (dict, types.MappingProxyType)
ARRAYS = np.ndarray, np.generic, jax.Array
_NAMED = np.dtype, enum.Enum, jax.tree_util.PyTreeDef


def is_known(value: Any) -> bool:
    """Return whether a function or a class is from JAX, optax or jaxnn."""
    return (getattr(value, "__module__", None) or "").startswith(LOOKED_INTO)


def _by_name(value: Any) -> Hashable | None:
    """Return the module and name of a class, or of a public function of JAX, optax or jaxnn."""
    home, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(home, str) or not isinstance(name, str):
        return None
    if isinstance(value, type):
        return ("name", home, name) if "<locals>" not in name else None
    known = is_known(value) and getattr(sys.modules.get(home), name, None) is value
    return ("name", home, name) if known else None


def _of_array(value: Any) -> Hashable | None:
    words = jax.random.key_data(value) if is_key(value) else value
    if isinstance(words, jax.Array) and not words.is_fully_addressable:
        return None
    array = np.asarray(words)
    shown = repr(array.tolist()) if array.size <= FEW else str(array.shape)
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return ("array", str(value.dtype), array.shape, shown, digest)
