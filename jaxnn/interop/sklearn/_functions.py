"""scikit-learn's names of activations and losses, as jaxnn's functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.textbook import activations, costs
from jaxnn.textbook.functions import ActivationFunction, CostFunction

OUTPUTS = ("softmax", "logistic", "identity", "exp")
"""What scikit-learn calls the activations of an output layer."""


def exp(z: jax.Array) -> jax.Array:
    """Return a = e^z, the inverse of the logarithm that links a Poisson mean to its weighted sum.

    >>> exp(jnp.zeros(2)).tolist()
    [1.0, 1.0]
    """
    return jnp.exp(z)


def poisson(a: jax.Array, y: jax.Array) -> jax.Array:
    """Return E = Σ_i [y_i ln(y_i / a_i) − y_i + a_i], half the Poisson deviance, with 0 ln 0 = 0.

    Args: a, y, (n_L,), a_i > 0, y_i ≥ 0.  Returns: E, ().

    >>> poisson(jnp.array([1.0, 2.0]), jnp.array([0.0, 2.0])).item()
    1.0
    """
    known = y > 0
    log = jnp.log(jnp.where(known, y, 1)) - jnp.log(jnp.where(known, a, 1))
    return jnp.sum(y * log - y + a)


LOSSES: dict[str, tuple[CostFunction, str]] = {
    "squared_error": (costs.squared_error, "identity"),
    "poisson": (poisson, "exp"),
}
"""The losses of scikit-learn's regressor: the cost, and the activation of the output."""


def activation_of(name: str | ActivationFunction) -> ActivationFunction:
    """Return an activation by scikit-learn's name of it, by jaxnn's, or as it is.

    Raises:
        ValueError, TypeError: as `jaxnn.textbook.activations.find`.

    >>> activation_of("logistic")
    sigmoid
    """
    if isinstance(name, str) and name in ("logistic", "exp"):
        return activations.sigmoid if name == "logistic" else exp
    return activations.find(name)


def hidden_of(activation: Any, hidden: int) -> tuple[ActivationFunction, ...]:
    """Return g^[1], …, g^[L-1]: one activation for all hidden layers, or one for each.

    Raises:
        ValueError: another number of them than there are hidden layers.

    >>> hidden_of(["tanh", "relu"], 2)
    (tanh, relu)
    """
    if isinstance(activation, str) or not isinstance(activation, Sequence):
        return (activation_of(activation),) * hidden
    if len(activation) != hidden:
        raise ValueError(
            f"activation must be one, or one for each of the {hidden} hidden layers, "
            f"got {len(activation)}"
        )
    return tuple(activation_of(one) for one in activation)
