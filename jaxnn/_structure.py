"""What a value is: a key that compares by content, and the same as text for people and files.

A function of JAX, optax or jaxnn is known by its code and what its closures hold; any other
function is a black box here, which equals only itself (`_computation` looks into those).
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import sys
import types
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from jaxnn.keys import is_key

LOOKED_INTO = ("optax.", "jax.", "jaxnn.")
"""Homes of the functions that are known to depend on nothing but their code and their closures."""

FEW = 4
"""Numbers of an array that its text shows."""


class Itself:
    """A value that equals only itself; bound methods of one object are equal, as Python has it."""

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
    """Return what a value is, as nested tuples (kind, …): equal where two values are the same.

    >>> import optax
    >>> fingerprint(optax.adam(1e-3)) == fingerprint(optax.adam(1e-3))
    True
    >>> fingerprint(optax.sgd(1.0)) == fingerprint(optax.sgd(2.0))
    False
    """
    return opened(value)[0]


def opened(value: Any) -> tuple[Hashable, list[Itself]]:
    """Return the fingerprint of a value, and those of its parts that equal only themselves.

    >>> [type(box.value).__name__ for box in opened((1, object()))[1]]
    ['object']
    """
    boxes: list[Itself] = []
    return _fingerprint(value, (), boxes), boxes


def _fingerprint(value: Any, within: tuple[int, ...], boxes: list[Itself]) -> Hashable:
    kind = type(value)
    if kind in _PLAIN:
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
    if kind is types.FunctionType and _is_known(value):
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
    if isinstance(value, _ARRAYS) and not isinstance(value, Tracer):
        return _of_array(value) or itself()
    if isinstance(value, _NAMED):
        return ("value", kind, str(value))
    if dataclasses.is_dataclass(kind) and kind.__module__.startswith(LOOKED_INTO):
        names = tuple(field.name for field in dataclasses.fields(kind))
        return ("data", kind, names, inside(getattr(value, name) for name in names))
    return _by_name(value) or itself()


_PLAIN = frozenset({type(None), bool, int, float, complex, str, bytes})
_SEQUENCES, _MAPPINGS = (tuple, list), (dict, types.MappingProxyType)
_ARRAYS = np.ndarray, np.generic, jax.Array
_NAMED = np.dtype, enum.Enum, jax.tree_util.PyTreeDef


def _is_known(value: Any) -> bool:
    return (getattr(value, "__module__", None) or "").startswith(LOOKED_INTO)


def _by_name(value: Any) -> Hashable | None:
    """Return where a class or a public function is found, if it is one of JAX's, optax's, ours."""
    home, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(home, str) or not isinstance(name, str):
        return None
    if isinstance(value, type):
        return ("name", home, name) if "<locals>" not in name else None
    known = _is_known(value) and getattr(sys.modules.get(home), name, None) is value
    return ("name", home, name) if known else None


def _of_array(value: Any) -> Hashable | None:
    words = jax.random.key_data(value) if is_key(value) else value
    if isinstance(words, jax.Array) and not words.is_fully_addressable:
        return None
    array = np.asarray(words)
    shown = repr(array.tolist()) if array.size <= FEW else str(array.shape)
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return ("array", str(value.dtype), array.shape, shown, digest)


def plain(found: Any) -> str:
    """Return a fingerprint as text that is the same in every process, all that it holds in it.

    >>> plain(fingerprint((1, None)))
    "sequence(tuple (value(int '1') value(NoneType 'None')))"
    """
    if isinstance(found, Itself):
        return f"own({text_of_own(found.value)} {code_of(found.value)})"
    if isinstance(found, types.CodeType):
        return found.co_qualname
    if isinstance(found, type):
        return found.__qualname__
    if isinstance(found, tuple):
        head = found[0] if found and isinstance(found[0], str) else ""
        return f"{head}({' '.join(plain(part) for part in found[1 if head else 0 :])})"
    return repr(found)


def code_of(function: Any) -> str:
    """Return the SHA-256 of a Python function's code, and of the functions that it captured.

    It stands for a function that cannot be traced; of other objects it is that of their type.
    """
    digest, seen = hashlib.sha256(), set()

    def feed(value: Any) -> None:
        value = getattr(value, "__func__", value)
        while not isinstance(value, types.FunctionType) and hasattr(value, "__wrapped__"):
            value = value.__wrapped__
        if isinstance(value, types.FunctionType) and id(value) not in seen:
            seen.add(id(value))
            of_code(value.__code__)
            for inner in captured(value).values():
                if callable(inner) and not _is_known(inner):
                    feed(inner)
                elif type(inner) in _PLAIN or isinstance(inner, _ARRAYS):
                    digest.update(plain(fingerprint(inner)).encode())
        elif not isinstance(value, types.FunctionType):
            digest.update(type(value).__qualname__.encode())

    def of_code(code: types.CodeType) -> None:
        digest.update(code.co_code)
        digest.update(" ".join(code.co_names).encode())
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                of_code(constant)
            else:
                digest.update(repr(constant).encode())

    feed(function)
    return digest.hexdigest()


def text_of(found: Any) -> str:
    """Return a fingerprint as text, without addresses: functions with what their closures hold.

    >>> import optax
    >>> text_of(fingerprint(optax.sgd(0.5)))
    'chain(identity(), scale(step_size=-0.5))'
    """
    if isinstance(found, Itself):
        return text_of_own(found.value)
    kind, *rest = found
    if kind == "sequence":
        return _text_of_sequence(*rest)
    if kind == "mapping":
        pairs = zip(*(map(text_of, part) for part in rest), strict=True)
        return "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
    if kind == "partial":
        function, args, names, values = rest
        given = [*map(text_of, args)]
        given += [f"{k}={text_of(v)}" for k, v in zip(names, values, strict=True)]
        return f"{text_of(function)}({', '.join(given)})"
    if kind == "function":
        _, code, cells, _ = rest
        return _text_of_function(code, cells)
    if kind == "data":
        named, names, values = rest
        given = (f"{k}={text_of(v)}" for k, v in zip(names, values, strict=True))
        return f"{named.__name__}({', '.join(given)})"
    if kind == "array":
        dtype, _, shown, digest = rest
        return f"{dtype} {shown}" + ("" if shown.startswith("[") else f" sha256 {digest[:12]}")
    return str(rest[-1])


def _text_of_sequence(kind: type, parts: Any) -> str:
    if not (hasattr(kind, "_fields") and kind.__name__.startswith("GradientTransformation")):
        return f"({', '.join(text_of(part) for part in parts)})"
    begun, updated = parts
    told = text_of(updated)
    if isinstance(begun, Itself) or begun[0] != "function" or begun[1] != updated[1]:
        return told
    (_, _, code, cells, _), more = begun, updated[2].co_freevars
    names = [name for name in code.co_freevars if name not in more and not name.startswith("init")]
    known = dict(zip(code.co_freevars, cells, strict=True))
    extra = ", ".join(f"{name}={text_of(known[name])}" for name in names)
    return f"{told} with {extra}" if extra else told


def _text_of_function(code: types.CodeType, cells: Any) -> str:
    name = code.co_qualname.partition(".<locals>")[0].rpartition(".")[2]
    if name == "with_extra_args_support":
        return text_of(cells[0])
    named = list(zip(code.co_freevars, cells, strict=True))
    if name == "chain" and len(named) == 1:
        _, functions = named[0]
        return f"chain({', '.join(text_of(part) for part in functions[-1])})"
    given = ", ".join(f"{free}={text_of(cell)}" for free, cell in named)
    return f"{name}({given})" if "<locals>" in code.co_qualname else name


def text_of_own(value: Any) -> str:
    """Return a user's own value as text: of a function, its name and the numbers that it captured.

    >>> factor = 2.0
    >>> def scaled(z, shift=1.0): return factor * z + shift
    >>> text_of_own(scaled)
    'scaled(factor=2.0, shift=1.0)'
    """
    if isinstance(value, types.MethodType):
        return _with(f"{_name(value)}", vars(value.__self__)) if hasattr(
            value.__self__, "__dict__"
        ) else _name(value)  # fmt: skip
    function = value
    while not isinstance(function, types.FunctionType) and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    if not isinstance(function, types.FunctionType):
        attributes = getattr(value, "__dict__", {}) if not isinstance(value, type) else {}
        return _with(_name(value), attributes)
    return _with(_name(function), captured(function))


def captured(function: types.FunctionType) -> dict[str, Any]:
    """Return the values that a function finds outside its arguments: closure, defaults, globals."""
    code, found = function.__code__, {}
    for name in code.co_names:
        if name in function.__globals__:
            found[name] = function.__globals__[name]
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a cell that is filled later
            continue
    defaults = function.__defaults__ or ()
    arguments = code.co_varnames[: code.co_argcount]
    found |= dict(zip(arguments[len(arguments) - len(defaults) :], defaults, strict=True))
    return found | dict(function.__kwdefaults__ or {})


def _with(name: str, values: Mapping[str, Any]) -> str:
    shown = []
    for key, value in values.items():
        known = isinstance(value, bool | int | float | complex | str | np.generic | np.ndarray)
        if known or isinstance(value, jax.Array):
            shown.append(f"{key}={text_of(fingerprint(value))}")
    return f"{name}({', '.join(shown)})" if shown else name


def _name(value: Any) -> str:
    name = getattr(value, "name", None)
    if isinstance(name, str):
        return name
    name = getattr(value, "__qualname__", None) or type(value).__qualname__
    return name.rpartition("<locals>.")[2]
