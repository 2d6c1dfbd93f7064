"""What an optimiser adds to W^[l] and b^[l] in one step, as one compiled function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.comparison.equality import OptimizerKey
from jaxnn.compilation import BoundedJit
from jaxnn.textbook.descent import extras_of, first_state, updates_of
from jaxnn.textbook.network import Params


class _CostEvaluated(Exception):  # noqa: N818  not an error: the optimiser asks for the cost
    """An optimiser evaluates the cost at other parameters, as a line search does."""


def updates_function(
    optimizer: optax.GradientTransformation,
    opt_state: optax.OptState | None,
    params: Params,
    E: jax.Array,
    E_at: Callable[[Params], jax.Array],
) -> Callable[[Params], Any]:
    """Return gradients -> the updates, as NumPy's arrays, at a state, parameters and their cost E.

    One compiled function for equal optimisers; one that evaluates the cost `E_at`, params -> E,
    which may be a new function in every call, is called as it is.

    >>> from jaxnn.textbook.network import Layer
    >>> params = (Layer(jnp.ones((1, 2)), jnp.ones(1)),)
    >>> updates = updates_function(optax.sgd(0.5), None, params, jnp.zeros(()), lambda params: 0.0)
    >>> updates(params)[0].W.tolist()
    [[-0.5, -0.5]]
    """
    key = OptimizerKey(optimizer, params)

    def updates(gradients: Params) -> Any:
        try:
            return on_host(_updates(key, gradients, opt_state, params, E))
        except _CostEvaluated:
            gradients = jax.tree.map(jnp.asarray, gradients)
            return on_host(_updates_at(E_at, key, gradients, opt_state, params, E))

    return updates


def _updates_at(E_at: Any, key: Any, gradients: Any, opt_state: Any, params: Any, E: Any) -> Any:
    """Return the updates, with `E_at` for an optimiser that asks for the cost."""
    state = first_state(key.optimizer, params) if opt_state is None else opt_state
    extras = extras_of(E, gradients, E_at)
    return updates_of(key.optimizer, gradients, state, params, extras)[0]


def _unknown_cost(_: Params) -> jax.Array:
    raise _CostEvaluated


_updates = BoundedJit(partial(_updates_at, _unknown_cost), static_argnums=0)


def on_host(tree: Any) -> Any:
    """Return a tree with NumPy's arrays as leaves."""
    return jax.tree.map(np.asarray, tree)
