"""Functions that XLA compiles, of whose programs those that were used last are kept.

JAX keeps every program while the process runs, some 10 MB each: a search over thousands of shapes
of networks would fill the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

MOST = 64
"""Programs that are kept of one function."""


class Compiled:
    """`jax.jit(function, **options)`, which lets go of the program that was used longest ago.

    Args:
        function: to compile.
        options: of `jax.jit`.

    >>> half = Compiled(lambda x: x / 2)
    >>> half(np.ones(3, np.float32)).shape
    (3,)
    """

    def __init__(self, function: Callable[..., Any], **options: Any):
        numbers = options.get("static_argnums", ())
        self._static = frozenset([numbers] if isinstance(numbers, int) else numbers)

        @lru_cache(MOST)
        def jitted(_: Any) -> Any:
            return jax.jit(wraps(function)(lambda *arguments: function(*arguments)), **options)

        self._jitted = jitted

    def __call__(self, *arguments: Any) -> Any:
        """Return the function's value."""
        return self.chosen(*arguments)(*arguments)

    def chosen(self, *arguments: Any) -> Any:
        """Return what `jax.jit` returns, for arguments like these: to call it in a fast loop."""
        return self._jitted(self._kind(arguments))

    def lower(self, *arguments: Any) -> jax.stages.Lowered:
        """Return the program for arguments, as `jax.jit` does."""
        return self.chosen(*arguments).lower(*arguments)

    def eval_shape(self, *arguments: Any) -> Any:
        """Return shapes and types of the function's value, as `jax.jit` does."""
        return self.chosen(*arguments).eval_shape(*arguments)

    def _kind(self, arguments: tuple[Any, ...]) -> Any:
        """Return what arguments of one program have in common: static ones are equal."""
        fixed, given = (), arguments
        if self._static:
            fixed = tuple(arguments[i] for i in self._static)
            given = tuple(each for i, each in enumerate(arguments) if i not in self._static)
        leaves, treedef = jax.tree.flatten(given)
        return treedef, tuple(_kind_of_leaf(leaf) for leaf in leaves), fixed


def _kind_of_leaf(leaf: Any) -> Any:
    if hasattr(leaf, "shape"):
        return leaf.shape, leaf.dtype
    return type(leaf) if isinstance(leaf, bool | int | float | np.generic) else leaf


def transposed(array: Any) -> Any:
    """Return Aᵀ; of a JAX array by a function that is kept as those above are, not for ever.

    >>> transposed(np.ones((2, 3))).shape
    (3, 2)
    """
    if isinstance(array, jax.Array) and not isinstance(array, Tracer):
        return _transpose(array)
    return array.T


_transpose = Compiled(jax.numpy.transpose)
