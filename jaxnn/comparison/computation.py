"""What a function computes, as a key: the SHA-256 of its jaxpr, traced anew, and of its constants.

The jaxpr is what JAX would compile now, so closures, globals, attributes and defaults all count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.core import Tracer

from jaxnn.comparison.structure import fingerprint
from jaxnn.comparison.structure_text import text_of
from jaxnn.textbook.keys import is_key

# parameters of primitives that are new at every trace or only name things; a derivative written by
# hand (`jax.custom_jvp`) counts where the derivative itself is traced
WITHOUT_MEANING = frozenset(
    {
        "name",
        "debug_info",
        "ctx_mesh",
        "jvp_jaxpr_fun",
        "jvp_jaxpr_thunk",
        "fwd_jaxpr_thunk",
        "bwd",
        "out_trees",
        "computation",
    }
)


class Computation(NamedTuple):
    """What a function computes, as a key.

    Attributes:
        sha256: of the jaxpr and its constants.
        calls: fingerprints of the Python functions that it calls back, which no jaxpr shows.
    """

    sha256: str
    calls: tuple[Hashable, ...] = ()


def computation(*traced: tuple[Callable[..., Any], tuple[Any, ...]]) -> Computation | None:
    """Return what pairs of a function and its arguments compute; None if one cannot be traced.

    >>> x = jax.ShapeDtypeStruct((3,), np.float32)
    >>> double, twice, triple = lambda x: 2 * x, lambda z: 2 * z, lambda x: 3 * x
    >>> computation((double, (x,))) == computation((twice, (x,)))
    True
    >>> computation((double, (x,))) == computation((triple, (x,)))
    False
    """
    digest = _Digest()
    try:
        for function, arguments in traced:
            digest.function(function, arguments)
    except Exception:  # what a user's function raises, it raises again where it is used
        return None
    return Computation(digest.hexdigest(), tuple(digest.calls))


def computation_of(
    function: Callable[..., Any], *arguments: Any, differentiated: bool = False
) -> Computation | None:
    """Return what a function computes, and its derivative if it has one; None: not traceable."""

    def pulled_back(*arguments: Any) -> Any:
        value, pullback = jax.vjp(lambda *given: function(*given), *arguments)
        return pullback(jax.tree.map(jax.numpy.ones_like, value))

    plain = function, arguments
    found = computation(plain, (pulled_back, arguments)) if differentiated else None
    return found or computation(plain)


class _Digest:
    """A SHA-256 of jaxprs."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self.calls: list[Hashable] = []

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()

    def function(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        """Add the jaxpr of a function, wrapped in a new one so that JAX does not use its caches."""
        closed, out = jax.make_jaxpr(lambda *given: function(*given), return_shape=True)(*arguments)
        self._text(str(jax.tree.structure(out)))
        self._closed(closed)

    def _text(self, text: str) -> None:
        self._sha256.update(f"{len(text)} {text}".encode())

    def _closed(self, closed: Any) -> None:
        self._jaxpr(closed.jaxpr)
        for constant in closed.consts:
            self._array(constant)

    def _jaxpr(self, jaxpr: Any) -> None:
        numbers: dict[Any, int] = {}

        def new(variables: Any) -> None:
            for variable in variables:
                numbers[variable] = len(numbers)
                self._text(f"{numbers[variable]}:{variable.aval}")

        def used(atoms: Any) -> None:
            for atom in atoms:
                if hasattr(atom, "val"):
                    self._text(f"literal {atom.aval}")
                    self._array(atom.val)
                else:
                    self._text(str(numbers[atom]))

        new([*jaxpr.constvars, *jaxpr.invars])
        for equation in jaxpr.eqns:
            self._text(equation.primitive.name)
            used(equation.invars)
            for name, value in sorted(equation.params.items()):
                if name not in WITHOUT_MEANING:
                    self._text(name)
                    self._parameter(value)
            new(equation.outvars)
        self._text("return")
        used(jaxpr.outvars)

    def _parameter(self, value: Any) -> None:
        if hasattr(value, "jaxpr") and hasattr(value, "consts"):
            self._closed(value)
        elif hasattr(value, "eqns"):
            self._jaxpr(value)
        elif isinstance(value, np.ndarray | jax.Array):
            self._array(value)
        elif type(value) in (tuple, list):
            self._text(f"{len(value)}")
            for part in value:
                self._parameter(part)
        elif callable(value) and not isinstance(value, type):
            self._call(value)
        else:
            self._text(f"{type(value).__name__} {re.sub(r' at 0x[0-9a-f]+', '', repr(value))}")

    def _call(self, function: Any) -> None:
        """Add a function that is called back: its value may change at each call."""
        inner = getattr(function, "callback_func", function)
        found = fingerprint(inner)
        self.calls.append(found)
        self._text(text_of(found))

    def _array(self, value: Any) -> None:
        if isinstance(value, Tracer):
            raise TypeError("a value that is being traced has no digest")
        words = jax.random.key_data(value) if is_key(value) else value
        array = np.asarray(words)
        self._text(f"{type(value).__name__ if array.ndim == 0 else ''}{array.dtype}{array.shape}")
        self._sha256.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
