"""Activations as `jax.nn` has them, for houses whose layers are JAX functions: Flax and Equinox.

There an example is a row, so that softmax sums over the last axis.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn import activations
from jaxnn.activations import Activated, Activation, our_name

_PLAIN: tuple[tuple[Any, Activation], ...] = (
    (jax.nn.identity, activations.identity),
    (jax.nn.sigmoid, activations.sigmoid),
    (jnp.tanh, activations.tanh),
    (jnp.arctan, activations.arctan),
    (jax.nn.relu, activations.relu),
    (jax.nn.leaky_relu, activations.leaky_relu),
    (jax.nn.elu, activations.elu),
    (jax.nn.softplus, activations.softplus),
    (jax.nn.silu, activations.silu),
    (jax.nn.softmax, activations.softmax),
    (jax.nn.tanh, activations.tanh),
    (jax.lax.logistic, activations.sigmoid),
    (jax.lax.tanh, activations.tanh),
    (jax.lax.atan, activations.arctan),
)
"""The first of each pair does on the last axis what the second does on one example."""

_WITH_OPTIONS: dict[str, tuple[Any, str, float]] = {
    "leaky_relu": (jax.nn.leaky_relu, "negative_slope", 0.01),
    "elu": (jax.nn.elu, "alpha", 1.0),
}


@dataclass(frozen=True)
class OnRows:
    """A user's own g, defined on one example (n_l,), as a function of examples (…, n_l) in rows.

    >>> OnRows(jnp.cumsum)(jnp.ones((2, 3))).tolist()
    [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]
    """

    g: Activated

    def __call__(self, Z: jax.Array) -> jax.Array:
        """Return g of each row."""
        return jnp.vectorize(self.g, signature="(n)->(n)")(Z)  # (…, n_l) -> (…, n_l)


def jax_function(g: Activated) -> Callable[..., Any]:
    """Return g as a function of examples in rows: `jax.nn`'s own where it has one.

    >>> jax_function(activations.relu) is jax.nn.relu
    True
    """
    if not isinstance(g, Activation) or our_name(g) is None:
        return OnRows(g)
    for function, known in _PLAIN:
        if g == known:
            return function
    return _partial(g)


@cache
def _partial(g: Activation) -> Callable[..., Any]:
    """Return one object for equal activations: Flax compares what is static in modules."""
    if g.name == "gelu":
        return partial(jax.nn.gelu, approximate=False)
    if g.name in _WITH_OPTIONS:
        function, name, _ = _WITH_OPTIONS[g.name]
        return partial(function, **{name: dict(g.options)[name]})
    return g  # step: elementwise, so rows are as good as columns


def from_jax_function(function: Any, place: str) -> Activated:
    """Return the activation that a function of rows is.

    Args:
        function: one of `jax.nn`'s or jaxnn's, or one that `jax_function` returned.
        place: where it was found, for the message.

    Raises:
        ValueError: it is another.

    >>> from_jax_function(partial(jax.nn.elu, alpha=0.5), "layer 1")
    elu.with_options(alpha=0.5)
    >>> from_jax_function(jax.nn.gelu, "layers[1]")
    Traceback (most recent call last):
    ValueError: layers[1] is jax.nn.gelu, which approximates by tanh; jaxnn's gelu is exact: take...
    """
    if isinstance(function, OnRows):
        return function.g
    if our_name(function) and function.elementwise:
        return function
    for known, g in _PLAIN:
        if function is known:
            return g
    if function is jax.nn.gelu:
        raise ValueError(
            f"{place} is jax.nn.gelu, which approximates by tanh; jaxnn's gelu is exact: "
            "take functools.partial(jax.nn.gelu, approximate=False)"
        )
    if isinstance(function, partial) and not function.args:
        found = _with_options(function.func, dict(function.keywords))
        if found is not None:
            return found
    raise ValueError(f"{place} is {function!r}, which is not one of jaxnn's activations")


def _with_options(function: Any, options: dict[str, Any]) -> Activation | None:
    if function is jax.nn.gelu and options == {"approximate": False}:
        return activations.gelu
    if function is jax.nn.softmax and options == {"axis": -1}:
        return activations.softmax
    for name, (known, option, usual) in _WITH_OPTIONS.items():
        value = options.get(option, usual)
        if function is known and not options.keys() - {option} and isinstance(value, int | float):
            g = activations.BY_NAME[name]
            return g if value == usual else g.with_options(**{option: float(value)})
    return None
