"""The content of a value as text: for people to read, and for another process to compare."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from jaxnn.comparison.structure import ARRAYS, PLAIN, Itself, fingerprint, is_known


def plain(found: Any) -> str:
    """Return a fingerprint as text with all of its content, the same in every process."""
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
    """Return the SHA-256 of a Python function's code and of the functions that it captured.

    It identifies a function that cannot be traced; for other objects it is that of their type.
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
                if callable(inner) and not is_known(inner):
                    feed(inner)
                elif type(inner) in PLAIN or isinstance(inner, ARRAYS):
                    digest.update(plain(fingerprint(inner)).encode())
        elif not isinstance(value, types.FunctionType):
            digest.update(type(value).__qualname__.encode())

    def of_code(code: types.CodeType) -> None:
        digest.update(code.co_code)
        digest.update(" ".join(code.co_names).encode())
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                of_code(constant)
            elif isinstance(constant, frozenset):  # which prints in another order in each process
                digest.update(" ".join(sorted(map(repr, constant))).encode())
            else:
                digest.update(repr(constant).encode())

    feed(function)
    return digest.hexdigest()


def text_of(found: Any) -> str:
    """Return a fingerprint as text without addresses: functions with the values in their closures.

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
    text = text_of(updated)
    if isinstance(begun, Itself) or begun[0] != "function" or begun[1] != updated[1]:
        return text
    (_, _, code, cells, _), more = begun, updated[2].co_freevars
    names = [name for name in code.co_freevars if name not in more and not name.startswith("init")]
    known = dict(zip(code.co_freevars, cells, strict=True))
    extra = ", ".join(f"{name}={text_of(known[name])}" for name in names)
    return f"{text} with {extra}" if extra else text


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
    """Return a user's value as text: of a function, its name and the numbers that it captured.

    >>> factor = 2.0
    >>> def scaled(z, shift=1.0): return factor * z + shift
    >>> text_of_own(scaled)
    'scaled(factor=2.0, shift=1.0)'
    """
    if isinstance(value, types.MethodType):
        return _with(_name(value), getattr(value.__self__, "__dict__", {}))
    function = value
    while not isinstance(function, types.FunctionType) and hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    if not isinstance(function, types.FunctionType):
        attributes = getattr(value, "__dict__", {}) if not isinstance(value, type) else {}
        return _with(_name(value), attributes)
    return _with(_name(function), captured(function))


def captured(function: types.FunctionType) -> dict[str, Any]:
    """Return the values that a function reads besides arguments: closure, defaults, globals."""
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
