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
        @lru_cache(MOST)
        def jitted(_: Any) -> Any:
            return jax.jit(wraps(function)(lambda *arguments: function(*arguments)), **options)

        self._jitted = jitted

    def __call__(self, *arguments: Any) -> Any:
        """Return the function's value."""
        return self._jitted(_kind(arguments))(*arguments)

    def lower(self, *arguments: Any) -> jax.stages.Lowered:
        """Return the program for arguments, as `jax.jit` does."""
        return self._jitted(_kind(arguments)).lower(*arguments)

    def eval_shape(self, *arguments: Any) -> Any:
        """Return shapes and types of the function's value, as `jax.jit` does."""
        return self._jitted(_kind(arguments)).eval_shape(*arguments)


def _kind(arguments: Any) -> Any:
    """Return what arguments of one program have in common."""
    leaves, treedef = jax.tree.flatten(arguments)
    return treedef, tuple(_kind_of_leaf(leaf) for leaf in leaves)


def _kind_of_leaf(leaf: Any) -> Any:
    if hasattr(leaf, "shape"):
        return leaf.shape, leaf.dtype
    return type(leaf) if isinstance(leaf, bool | int | float | np.generic) else leaf
