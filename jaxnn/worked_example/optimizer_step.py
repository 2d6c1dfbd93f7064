"""One step of an optimiser, its updates and its state, as one compiled function."""

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

StepFunction = Callable[..., tuple[Any, Any]]


class _CostEvaluated(Exception):  # noqa: N818  not an error: the optimiser asks for the cost
    """An optimiser evaluates the cost at other parameters, as a line search does."""


def step_function(
    optimizer: optax.GradientTransformation,
    opt_state: optax.OptState | None,
    params: Params,
    E: jax.Array,
    E_at: Callable[[Params], jax.Array],
) -> StepFunction:
    """Return (gradients, state=opt_state, params=params) -> (updates, state after), at a cost E.

    The updates are NumPy's arrays; a state of None is that of a first step.  One compiled function
    for equal optimisers; one that evaluates the cost `E_at`, params -> E, which may be a new
    function in every call, is called as it is.

    >>> from jaxnn.textbook.network import Layer
    >>> params = (Layer(jnp.ones((1, 2)), jnp.ones(1)),)
    >>> step = step_function(optax.sgd(0.5), None, params, jnp.zeros(()), lambda params: 0.0)
    >>> step(params)[0][0].W.tolist()
    [[-0.5, -0.5]]
    """
    key = OptimizerKey(optimizer, params)

    def step(gradients: Params, state: Any = opt_state, params: Params = params) -> Any:
        try:
            updates, after = _step(key, gradients, state, params, E)
        except _CostEvaluated:
            gradients = jax.tree.map(jnp.asarray, gradients)
            updates, after = _step_at(E_at, key, gradients, state, params, E)
        return on_host(updates), after

    return step


def compiled_first_state(optimizer: optax.GradientTransformation, params: Params) -> Any:
    """Return an optimiser's state before the first step; one compiled function makes it."""
    return _first_state(OptimizerKey(optimizer, params), params)


def _step_at(E_at: Any, key: Any, gradients: Any, opt_state: Any, params: Any, E: Any) -> Any:
    """Return (updates, state after), with `E_at` for an optimiser that asks for the cost."""
    state = first_state(key.optimizer, params) if opt_state is None else opt_state
    extras = extras_of(E, gradients, E_at)
    return updates_of(key.optimizer, gradients, state, params, extras)


def _unknown_cost(_: Params) -> jax.Array:
    raise _CostEvaluated


_step = BoundedJit(partial(_step_at, _unknown_cost), static_argnums=0)
_first_state = BoundedJit(lambda key, params: first_state(key.optimizer, params), static_argnums=0)


def on_host(tree: Any) -> Any:
    """Return a tree with NumPy's arrays as leaves."""
    return jax.tree.map(np.asarray, tree)
