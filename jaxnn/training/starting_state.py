"""The key and the state that `fit` starts from, checked against its optimiser."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax

from jaxnn.comparison.equality import OptimizerKey
from jaxnn.compilation import BoundedJit
from jaxnn.engine.plan import Plan
from jaxnn.parallel.sharding import MeshLayout
from jaxnn.textbook.descent import check_optimizer
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.member_parameters import init_members
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.shared_members import SharedNetwork


def checked_key(
    function: str,
    plan: Plan,
    key: jax.Array | None,
    params: Params | None,
    state: TrainState | None,
) -> jax.Array | None:
    """Return the key, or None where there is a state, which the optimiser must be able to use."""
    if state is None:
        if key is None:
            raise TypeError(f"{function} needs key=jax.random.key(seed), or state= to go on from")
        return single_key(key)
    if params is not None or key is not None:
        raise ValueError("state already holds params and key; give state alone, or params and key")
    _check_optimizer.eval_shape(plan.optimizer, state.params, state.opt_state)
    single_key(state.key)
    return None


@partial(BoundedJit, static_argnums=0)
def _check_optimizer(optimizer: OptimizerKey, params: Params, opt_state: Any) -> None:
    check_optimizer(optimizer.optimizer, params, opt_state)


def starting_state(
    plan: Plan,
    key: Any,
    params: Params | None,
    state: TrainState | None,
    dtype: str,
    meanwhile: Callable[[TrainState], object],
) -> TrainState:
    """Return the state before the first update; new parameters are of the type `dtype`.

    `meanwhile` gets the shapes of the state, while the function that makes it is compiled.
    """
    network, optimizer, layout = plan.network, plan.optimizer, plan.layout
    if state is not None:
        state = state._replace(key=single_key(state.key))
        return layout.place_state(network, state)
    params, key = layout.place_params(network, params), layout.place_key(key)
    # not given the plan: one compiled function serves every batch size, cost and patience
    arguments = network, optimizer, key, params, layout, dtype
    return layout.wait(_fresh_state.call_beside(meanwhile, *arguments))


@partial(BoundedJit, static_argnums=(1, 5))
def _fresh_state(
    network: Network,
    optimizer: OptimizerKey,
    key: jax.Array,
    params: Params | None,
    layout: MeshLayout,
    dtype: str,
) -> TrainState:
    init_key, train_key = jax.random.split(key)
    if params is None:
        draw: Any = init_members if isinstance(network, SharedNetwork) else init
        params = draw(network, init_key, dtype=dtype)
    assert params is not None
    check_optimizer(optimizer.optimizer, params)
    state = TrainState.create(params, optimizer.optimizer, train_key)
    return layout.state(network, state)
