"""`jax.jit` with an LRU cache of compiled functions, and the releases of JAX that are refused.

`jax.jit` keeps every compiled function while the process runs, some 10 MB each: a search over
thousands of shapes of networks would fill the memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, wraps
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.core import Tracer

MOST = 64  # compiled functions that are kept of one Python function


class BoundedJit:
    """`jax.jit(function, **options)` that keeps the 64 compiled functions that were used last.

    >>> half = BoundedJit(lambda x: x / 2)
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

    def call_beside(self, work: Callable[[Any], object], *arguments: Any) -> Any:
        """Return the function's value; `work`, given its shapes, runs while it compiles.

        XLA compiles in a thread of its own, and Python is free.  Of a function that is compiled
        already `work` is not called.
        """
        known = self._jitted.cache_info().misses
        function = self.chosen(*arguments)
        if self._jitted.cache_info().misses > known:
            lowered = function.lower(*arguments)
            with ThreadPoolExecutor(1) as thread:
                compiling = thread.submit(lowered.compile)
                work(function.eval_shape(*arguments))
                compiling.result()
        return function(*arguments)  # by the program that was compiled

    def chosen(self, *arguments: Any) -> Any:
        """Return the `jax.jit` function for arguments like these, to call it in a fast loop."""
        return self._jitted(self._kind(arguments))

    def lower(self, *arguments: Any) -> jax.stages.Lowered:
        """Return the function lowered for arguments, as `jax.jit` does."""
        return self.chosen(*arguments).lower(*arguments)

    def eval_shape(self, *arguments: Any) -> Any:
        """Return shapes and types of the function's value, as `jax.jit` does."""
        return self.chosen(*arguments).eval_shape(*arguments)

    def _kind(self, arguments: tuple[Any, ...]) -> Any:
        """Return the key of a compiled function: shapes, types, and the static arguments."""
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


def one_program(function: Callable[..., Any], **options: Any) -> Any:
    """Return `jax.jit(function, **options)`, for a formula of several operations.

    Called with values outside of `jax.jit`, each operation is a program of its own, which takes
    20 ms to compile for every new shape.  Within `jax.jit` XLA compiles the same either way.
    """
    return jax.jit(function, **options)


def transposed(array: Any) -> Any:
    """Return Aᵀ; of a JAX array by `BoundedJit`: JAX's own keeps a program for every shape."""
    if isinstance(array, jax.Array) and not isinstance(array, Tracer):
        return _transpose(array)
    return array.T


_transpose = BoundedJit(jax.numpy.transpose)


class Refused(NamedTuple):
    """Why a release is refused.

    Attributes:
        bug: what it does, and where it was reported.
        flag: of `XLA_FLAGS`, with which it is right; None: there is none.
    """

    bug: str
    flag: str | None


# release of jaxlib -> why; `pyproject.toml` excludes the same ones
REFUSED = {
    "0.10.2": Refused(
        "computes wrong sums on CPUs after the 32,768th output (jax-ml/jax#39103)",
        "--xla_cpu_experimental_ynn_fusion_type=",
    ),
    "0.11.1": Refused(
        "needs a time on CPUs that grows with the square of the steps of a jax.lax.scan "
        "(jax-ml/jax#40101)",
        None,
    ),
}


def check_release(release: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raise an error if a release of jaxlib is refused and the flag that mends it is not set.

    >>> check_release("0.11.2", {})
    >>> check_release("0.10.2", {"XLA_FLAGS": "--xla_cpu_experimental_ynn_fusion_type="})
    >>> check_release("0.10.2", {})
    Traceback (most recent call last):
    ImportError: jaxnn refuses jaxlib 0.10.2, which computes wrong sums on CPUs ...
    """
    refused = REFUSED.get(release)
    if refused is None:
        return
    cure = "install another release: pip install 'jax!=" + ",!=".join(REFUSED) + "'"
    if refused.flag is not None:
        flags = environment.get("XLA_FLAGS", "").split()
        if [flag for flag in flags if flag.startswith(refused.flag)][-1:] == [refused.flag]:
            return
        cure += f"; or set XLA_FLAGS={refused.flag} (empty) before Python starts"
    raise ImportError(f"jaxnn refuses jaxlib {release}, which {refused.bug}. To mend it, {cure}")
