"""Epochs of scikit-learn's stochastic solvers as one compiled function, which also stops them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxnn.compilation import BoundedJit
from jaxnn.data.batching import take
from jaxnn.engine.products import matmul
from jaxnn.interop.sklearn._arrays import Rows
from jaxnn.interop.sklearn._state import (
    Hyperparameters,
    Plan,
    SolverState,
    is_training,
    optimizer_of,
    state_after_epoch,
)
from jaxnn.textbook import activations
from jaxnn.textbook.costs import squared_error
from jaxnn.textbook.gradient_descent import TrainState, descend
from jaxnn.textbook.means import normalised_weights
from jaxnn.textbook.metrics import scores_of_outputs
from jaxnn.textbook.network import Params
from jaxnn.textbook.objective import mean_cost
from jaxnn.textbook.propagation import multiply


class EpochsResult(NamedTuple):
    """The solver state after `run_epochs`, and loss and score of each epoch."""

    state: SolverState
    losses: jax.Array
    scores: jax.Array


class Batch(NamedTuple):
    """A batch of m places; or all batches of an epoch, (steps, …).

    Attributes:
        rows: the row at each place, (m,); an empty place has any.
        weights: normalised, (m,): they sum to 1, or are all 0.
        total: sum of the weights before, ().
        examples: their number, ().
    """

    rows: jax.Array
    weights: jax.Array
    total: jax.Array
    examples: jax.Array


def batch_of(weights: jax.Array, index: jax.Array) -> Batch:
    """Return the batch of the rows in `index`, (m,), where −1 is no example.

    >>> batch_of(jnp.array([1.0, 3.0]), jnp.array([1, 0, -1])).weights.tolist()
    [0.75, 0.25, 0.0]
    """
    here = index >= 0
    rows = jnp.where(here, index, 0)
    w = jnp.where(here, take(weights, rows), jnp.zeros((), weights.dtype))
    count = jnp.sum(here).astype(weights.dtype)
    return Batch(rows, normalised_weights(len(w), w, w.dtype), jnp.sum(w), count)


def penalised_cost(
    plan: Plan,
    numbers: Hyperparameters,
    params: Params,
    X: Any,
    Y: Any,
    batch: Batch,
    key: Any = None,
    matmul: Any = matmul,
) -> tuple[jax.Array, jax.Array]:
    """Return E = Σ_j w_j E_j / Σ w + α/2 Σ_l ‖W^[l]‖² / Σ w of a batch, and the loss to report.

    X is (n_0, m), Y (n_L, m); `key` is of the dropout.  If all weights are 0, so is E.
    """
    E, _ = mean_cost(
        plan.network, params, X, Y, batch.weights, cost=plan.cost, key=key, matmul=matmul
    )
    squares = sum(jnp.sum(jnp.square(layer.W)) for layer in params)
    some = batch.total > 0
    penalty = jnp.where(some, numbers.alpha / 2 / jnp.where(some, batch.total, 1), 0) * squares
    return E + penalty, E / (len(Y) if plan.outputs_averaged else 1) + penalty


class Axes(NamedTuple):
    """The axes over which networks that train together are mapped: 0, or None for shared arrays.

    Attributes:
        orders: of the orders of the examples, and of the examples held out.
        weights: of the weights of the examples.
    """

    orders: int | None
    weights: int | None


@partial(BoundedJit, static_argnums=0)
def run_epochs(
    axes: Axes | None,
    plan: Plan,
    numbers: Hyperparameters,
    state: SolverState,
    rows: Rows,
    orders: Any,
    held_out: Any,
    n: Any,
) -> EpochsResult:
    """Run at most n epochs, until every network has stopped; one compiled function for every n.

    Args:
        axes: of several networks, counted by the first axis of their arrays; None: one network.
        plan: the static part.
        numbers: the hyperparameters.
        state: before.
        rows: the examples.
        orders: the rows of each epoch, (epochs, steps × batch_size), or (epochs, K, steps ×
            batch_size) for K networks; −1: no example.
        held_out: the rows that validate, (m_v,) or (K, m_v), −1: none; None: no validation.
        n: at most len(orders), ().
    """
    dtype = state.learning_rate.dtype

    def one_epoch(numbers, state, rows, order, held_out):
        train, loss, count = _epoch(plan, numbers, state, rows, order)
        score = jnp.full((), -jnp.inf, dtype)
        if plan.scoring is not None:
            score = _score(plan, train.params, rows, held_out)
        after = state_after_epoch(plan, numbers, state, train, loss, score, count)
        if axes is not None:  # networks that have stopped keep their state
            running = is_training(numbers, state)
            after = jax.tree.map(lambda new, old: jnp.where(running, new, old), after, state)
        return after, loss, score

    epoch_of_each = one_epoch
    if axes is not None:
        of_rows: Any = Rows(None, None, axes.weights)
        epoch_of_each = jax.vmap(one_epoch, in_axes=(0, 0, of_rows, axes.orders, axes.orders))

    def any_training(carry):
        state, _, _, i = carry
        return (i < n) & jnp.any(is_training(numbers, state))

    def body(carry):
        state, losses, scores, i = carry
        state, loss, score = epoch_of_each(numbers, state, rows, orders[i], held_out)
        return state, losses.at[i].set(loss), scores.at[i].set(score), i + 1

    table = jnp.zeros((len(orders), *state.epochs.shape), dtype)
    start = state, table, table, jnp.zeros((), jnp.int32)
    return EpochsResult(*jax.lax.while_loop(any_training, body, start)[:3])


def _epoch(
    plan: Plan, numbers: Hyperparameters, before: SolverState, rows: Rows, order: Any
) -> tuple[TrainState, jax.Array, jax.Array]:
    """Return the state after an epoch, its mean loss, and its number of examples."""
    learning_rate = before.learning_rate
    drops = any(plan.network.dropout_rates)

    def one_update(state: TrainState, batch: Batch):
        X, Y = take(rows.X, batch.rows).T, take(rows.Y, batch.rows).T  # (n_0, m), (n_L, m)
        key = None
        if drops:
            key = jax.random.fold_in(jax.random.wrap_key_data(state.key), state.step)

        def E_of(params: Params, matmul: Any = matmul):
            return penalised_cost(plan, numbers, params, X, Y, batch, key, matmul)

        (E, loss), gradients = jax.value_and_grad(E_of, has_aux=True)(state.params)
        optimizer = optimizer_of(plan, numbers, learning_rate, state.step)
        after = descend(
            optimizer, state, gradients, value=E, value_fn=lambda params: E_of(params, multiply)[0]
        )
        if plan.has_empty_batches:
            some = batch.examples > 0
            after = jax.tree.map(lambda new, old: jnp.where(some, new, old), after, state)
        return after, loss

    index = order.reshape(plan.steps, plan.batch_size)
    batches = jax.vmap(batch_of, in_axes=(None, 0))(rows.weights, index)
    state, losses = jax.lax.scan(one_update, before.train, batches)
    count = jnp.sum(batches.examples)
    losses = jnp.where(batches.examples > 0, losses, 0)  # E of an empty batch may be NaN
    return state, jnp.sum(losses * batches.examples) / count, count


def _score(plan: Plan, params: Params, rows: Rows, held_out: Any) -> jax.Array:
    """Return the accuracy on the examples held out, or r²; NaN if an output is not finite."""
    assert plan.scoring is not None
    batch = batch_of(rows.weights, held_out)
    X, Y, w = take(rows.X, batch.rows).T, take(rows.Y, batch.rows).T, batch.weights
    _, A = mean_cost(plan.network, params, X, Y, w, cost=plan.cost, matmul=matmul)
    network = plan.network
    if plan.scoring == squared_error:  # r² even where the output is a sigmoid
        network = replace(network, activations=(*network.activations[:-1], activations.identity))
    found = scores_of_outputs(network, plan.scoring, jnp.zeros_like(w), A, Y, w)
    if "accuracy" in found:
        return found["accuracy"]
    known = jnp.all(jnp.isfinite(A) | (held_out < 0)[None, :])
    return jnp.where(known, found["r2"], jnp.nan)  # as in scikit-learn, where −∞ would be a score
