"""Activations as functions of `jax.nn`, for Flax and Equinox.

In these libraries an example is a row, so softmax sums over the last axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import JAX_FUNCTIONS, Activation, ActivationFunction
from jaxnn.textbook.jax_functions import from_jax


@dataclass(frozen=True)
class OnRows:
    """A user's own g, defined on one example (n_l,), as a function of examples (…, n_l) in rows."""

    g: ActivationFunction

    def __call__(self, Z: jax.Array) -> jax.Array:
        """Return g of each row."""
        return jnp.vectorize(self.g, signature="(n)->(n)")(Z)  # (…, n_l) -> (…, n_l)


def jax_function(g: ActivationFunction) -> Callable[..., Any]:
    """Return g as a function of examples in rows: that of `jax.nn` if it has one."""
    if not isinstance(g, Activation) or our_name(g) is None:
        return OnRows(g)
    for function, known in JAX_FUNCTIONS:
        if g == known:
            return function
    return _partial(g)


@cache
def _partial(g: Activation) -> Callable[..., Any]:
    """Return one object for equal activations: Flax compares the static fields of modules."""
    if g.name == "gelu":
        return partial(jax.nn.gelu, approximate=False)
    for function, known in JAX_FUNCTIONS:
        if g.name == known.name:
            return partial(function, **dict(g.options))
    return g  # step is elementwise, so it applies to rows as to columns


def from_jax_function(function: Any, place: str) -> ActivationFunction:
    """Return the activation for a function of `jax.nn`, of jaxnn, or from `jax_function`.

    `place` names the function's layer in the error for any other.

    >>> from_jax_function(partial(jax.nn.elu, alpha=0.5), "layer 1")
    elu.with_options(alpha=0.5)
    """
    if isinstance(function, OnRows):
        return function.g
    if our_name(function) and function.elementwise:
        return function
    if function is jax.nn.gelu:
        raise ValueError(
            f"{place} is jax.nn.gelu, which approximates by tanh; jaxnn's gelu is exact: "
            "take functools.partial(jax.nn.gelu, approximate=False)"
        )
    on_rows = not isinstance(function, partial) or function.keywords.get("axis", -1) == -1
    found = from_jax(function) if on_rows else None
    if found is None:
        raise ValueError(f"{place} is {function!r}, which is not one of jaxnn's activations")
    return found
