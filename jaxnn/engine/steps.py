"""A step of gradient descent on a batch of rows, and the scan of it over an epoch's batches."""

from __future__ import annotations

from typing import Any

import chex
import jax
import optax

from jaxnn.data.batching import batches_of, shares_of_batches, take
from jaxnn.engine.batch_costs import mean_of_columns
from jaxnn.engine.plan import EpochPlan
from jaxnn.engine.products import matmul
from jaxnn.engine.variation import ALIKE, Variation
from jaxnn.textbook.gradient_descent import TrainState, descend, step_inputs
from jaxnn.textbook.means import weighted_mean
from jaxnn.textbook.members_propagation import mean_cost_of_members
from jaxnn.textbook.metrics import Metrics, accuracy_of
from jaxnn.textbook.network import Params
from jaxnn.textbook.objective import mean_cost
from jaxnn.textbook.parameter_trees import dtype_of
from jaxnn.textbook.propagation import Matmul, as_inputs, multiply
from jaxnn.textbook.shared_members import SharedNetwork

Rows = tuple[jax.Array, ...]


def epoch_of_rows(
    plan: EpochPlan,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    rows: Rows,
    variation: Variation = ALIKE,
) -> tuple[TrainState, Metrics]:
    """Return what `jaxnn.epoch` returns, for data in rows: (m, n_0), (m, n_L) and maybe (m,)."""
    X, Y, *weights = rows
    m, dtype = len(X), dtype_of(state.params)
    order_key, key = order_keys(state.key, plan.shuffle and m > plan.batch_size)
    state = state._replace(key=key)
    batches = plan.layout.batches(
        batches_of(order_key, m, min(plan.batch_size, m), weights[0] if weights else None, dtype)
    )

    def one_step(state: TrainState, batch: tuple[jax.Array | None, jax.Array]):
        index, w = batch
        x, y = (X, Y) if index is None else (take(X, index), take(Y, index))
        return step(plan, optimizer, state, (x, y, w), variation)

    if batches.chosen is None:
        return one_step(state, (None, batches.share[0]))
    state, metrics = jax.lax.scan(one_step, state, (batches.chosen, batches.share))
    return state, {name: weighted_mean(batches.total, values) for name, values in metrics.items()}


def epoch_of_batches(
    plan: EpochPlan, optimizer: optax.GradientTransformation, state: TrainState, batches: Rows
) -> tuple[TrainState, Metrics]:
    """Return the state after batches that are cut already, whose key stays, and the metrics.

    Args:
        plan: what stays the same.
        optimizer: any of optax.
        state: the state before.
        batches: X (steps, B, n_0), Y (steps, B, n_L) and weights (steps, B), 0 in empty places.
    """
    X, Y, weights = batches
    share, total = shares_of_batches(weights, dtype_of(state.params))

    def one_step(state: TrainState, batch: Rows):
        return step(plan, optimizer, state, batch)

    state, metrics = jax.lax.scan(one_step, state, (X, Y, share))
    return state, {name: weighted_mean(total, values) for name, values in metrics.items()}


def step(
    plan: EpochPlan,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    batch: Rows,
    variation: Variation = ALIKE,
) -> tuple[TrainState, Metrics]:
    """Return what `jaxnn.update` returns, for rows x (B, n_0), y (B, n_L) and shares w (B,).

    The gradient is that of the matrix form, Z^[l] = W^[l] A^[l-1] + b^[l], A^[l] = g^[l](Z^[l]).
    """
    network, layout, dtype = plan.network, plan.layout, dtype_of(state.params)
    x, y, w = layout.examples(*batch)
    X, Y = as_inputs(x, dtype).astype(dtype).T, y.astype(dtype).T  # (n_0, B), (n_L, B)
    drops = variation.keep is not None
    dropout_key, X = step_inputs(network, state, X, dtype, plan.augment, drops=drops)
    X, Y = variation.columns(X, Y)

    mean_of: Any = mean_cost_of_members if isinstance(network, SharedNetwork) else mean_cost

    def E_of(params: Params, matmul: Matmul = matmul) -> tuple[jax.Array, jax.Array]:
        return mean_of(
            network, params, X, Y, w,
            cost=plan.cost, key=dropout_key, keep=variation.keep, matmul=matmul,
            batch_mean=mean_of_columns,
        )  # fmt: skip

    def value_fn(params: Params) -> jax.Array:  # which a line search may differentiate forwards
        return E_of(layout.gathered(network, params), multiply)[0]

    params = layout.gathered(network, state.params)
    (E, A), gradients = jax.value_and_grad(E_of, has_aux=True)(params)
    chex.assert_trees_all_equal_shapes(gradients, params)
    gradients = layout.sharded(network, gradients)
    state = descend(optimizer, state, gradients, value=E, value_fn=value_fn)
    return layout.state(network, state), {"loss": E} | accuracy_of(network, plan.cost, A, Y, w)


def order_keys(key: jax.Array, shuffles: bool) -> tuple[jax.Array | None, jax.Array]:
    """Return the key of an epoch's order, None where it has none, and the state's next key."""
    if not shuffles:
        return None, key
    rest, order = jax.random.split(key)
    return order, rest
