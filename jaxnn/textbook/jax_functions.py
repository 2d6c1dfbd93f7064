"""Which functions of JAX are activations of jaxnn: `jax.nn.relu` is `jaxnn.relu`."""

from __future__ import annotations

from functools import partial
from numbers import Real
from typing import Any

import jax

from jaxnn.textbook.functions import ACTIVATIONS, JAX_FUNCTIONS, Activation, ActivationFunction

# rectifiers that jaxnn does not have
_OTHER_RECTIFIERS = (
    jax.nn.gelu,
    jax.nn.relu6,
    jax.nn.celu,
    jax.nn.hard_silu,
    jax.nn.mish,
    jax.nn.squareplus,
)


def from_jax(function: Any) -> Activation | None:
    """Return the activation that a function of JAX is on one example, or None.

    `jax.nn.gelu` is none, because it approximates by tanh unless `approximate=False`.
    """
    given: dict[str, Any] = {}
    if isinstance(function, partial) and not function.args:
        function, given = function.func, function.keywords
    if function is jax.nn.gelu:
        return ACTIVATIONS["gelu"] if given == {"approximate": False} else None
    g = next((g for known, g in JAX_FUNCTIONS if function is known), None)
    if g is None or not given or (g.name == "softmax" and given in ({"axis": -1}, {"axis": 0})):
        return g
    numbers = all(isinstance(value, Real) for value in given.values())
    if not numbers or given.keys() - dict(g.options).keys():
        return None
    return g.with_options(**{name: float(value) for name, value in given.items()})


def is_rectifier(g: ActivationFunction) -> bool:
    """Return whether an activation is known to be 0 or nearly so for z < 0."""
    if isinstance(g, Activation):
        return g.rectifier
    g = getattr(g, "function", g)  # the function inside a `comparison.equality.SameFunction`
    function = g.func if isinstance(g, partial) else g
    return any(function is known for known in _OTHER_RECTIFIERS)
