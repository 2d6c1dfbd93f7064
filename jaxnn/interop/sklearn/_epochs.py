"""Epochs of scikit-learn's stochastic solvers as one program, its rules for stopping inside."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxnn.compilation import BoundedJit
from jaxnn.data.batching import take
from jaxnn.engine.products import matmul
from jaxnn.interop.sklearn._plan import Numbers, Plan, optimizer_of
from jaxnn.interop.sklearn._progress import Progress, after_epoch, goes_on
from jaxnn.textbook import activations
from jaxnn.textbook.costs import squared_error
from jaxnn.textbook.gradient_descent import TrainState, descend
from jaxnn.textbook.means import normalised_weights
from jaxnn.textbook.metrics import scores_of_outputs
from jaxnn.textbook.network import Params
from jaxnn.textbook.objective import mean_cost
from jaxnn.textbook.propagation import multiply


class Rows(NamedTuple):
    """The examples: X, (m, n_0), Y, (m, n_L), and their weights, (m,); None: not known yet."""

    X: Any
    Y: Any
    weights: Any = None


class Ran(NamedTuple):
    """What `run_epochs` gives back: the progress, and the loss and the score of each epoch."""

    progress: Progress
    losses: jax.Array
    scores: jax.Array


class Batch(NamedTuple):
    """Some of the examples; or all batches of an epoch, (steps, …).

    Attributes:
        chosen: which rows, (m,); a place without an example holds any.
        share: of each in the mean, (m,); they sum to 1, or are all 0.
        total: of the weights, ().
        examples: how many there are, ().
    """

    chosen: jax.Array
    share: jax.Array
    total: jax.Array
    examples: jax.Array


def batch_of(weights: jax.Array, index: jax.Array) -> Batch:
    """Return the examples of some places, (m,); −1: none there.

    >>> batch_of(jnp.array([1.0, 3.0]), jnp.array([1, 0, -1])).share.tolist()
    [0.75, 0.25, 0.0]
    """
    here = index >= 0
    chosen = jnp.where(here, index, 0)
    w = jnp.where(here, take(weights, chosen), jnp.zeros((), weights.dtype))
    count = jnp.sum(here).astype(weights.dtype)
    return Batch(chosen, normalised_weights(len(w), w, w.dtype), jnp.sum(w), count)


def penalised(
    plan: Plan,
    numbers: Numbers,
    params: Params,
    X: Any,
    Y: Any,
    batch: Batch,
    key: Any = None,
    matmul: Any = matmul,
) -> tuple[jax.Array, jax.Array]:
    """Return (E, reported): E = Σ_j w_j E_j / Σ w + α/2 Σ_l ‖W^[l]‖² / Σ w, and the loss to tell.

    Args:
        plan: what is compiled.
        numbers: its hyperparameters, α among them.
        params: the parameters.
        X: examples, (n_0, m).
        Y: targets, (n_L, m).
        batch: says what weights they have; where all are 0, E is 0.
        key: of the dropout.
        matmul: (W, A, compute_dtype) -> W A.
    """
    E, _ = mean_cost(
        plan.network, params, X, Y, batch.share, cost=plan.cost, key=key, matmul=matmul
    )
    squares = sum(jnp.sum(jnp.square(layer.W)) for layer in params)
    some = batch.total > 0
    penalty = jnp.where(some, numbers.alpha / 2 / jnp.where(some, batch.total, 1), 0) * squares
    return E + penalty, E / (len(Y) if plan.outputs_averaged else 1) + penalty


class Axes(NamedTuple):
    """What differs from network to network of several that train together: 0; None: what is alike.

    Attributes:
        orders: the orders of the examples, and which are held out.
        weights: the weights of the examples.
    """

    orders: int | None
    weights: int | None


@partial(BoundedJit, static_argnums=0)
def run_epochs(
    axes: Axes | None,
    plan: Plan,
    numbers: Numbers,
    progress: Progress,
    rows: Rows,
    orders: Any,
    held_out: Any,
    n: Any,
) -> Ran:
    """Run n epochs, fewer where the rules say stop, as one program that serves every n.

    Args:
        axes: of several networks, of whose arrays the first axis counts them; None: one network.
        plan: what is compiled.
        numbers: hyperparameters.
        progress: the progress before.
        rows: the examples.
        orders: which example stands where in each epoch, (epochs, steps × batch_size), or
            (epochs, K, steps × batch_size); −1: none.
        held_out: which examples validate, (m_v,) or (K, m_v), −1: none; None: there is no
            validation.
        n: epochs, at most len(orders).
    """
    dtype = progress.learning_rate.dtype

    def one(numbers, progress, rows, order, held_out):
        train, loss, count = _epoch(plan, numbers, progress, rows, order)
        score = jnp.full((), -jnp.inf, dtype)
        if plan.scoring is not None:
            score = _score(plan, train.params, rows, held_out)
        after = after_epoch(plan, numbers, progress, train, loss, score, count)
        if axes is not None:  # who is done stays as he is while the others go on
            running = goes_on(numbers, progress)
            after = jax.tree.map(lambda new, old: jnp.where(running, new, old), after, progress)
        return after, loss, score

    each = one
    if axes is not None:
        of_rows: Any = Rows(None, None, axes.weights)
        each = jax.vmap(one, in_axes=(0, 0, of_rows, axes.orders, axes.orders))

    def going_on(carry):
        progress, _, _, i = carry
        return (i < n) & jnp.any(goes_on(numbers, progress))

    def body(carry):
        progress, losses, scores, i = carry
        progress, loss, score = each(numbers, progress, rows, orders[i], held_out)
        return progress, losses.at[i].set(loss), scores.at[i].set(score), i + 1

    table = jnp.zeros((len(orders), *progress.epochs.shape), dtype)
    start = progress, table, table, jnp.zeros((), jnp.int32)
    return Ran(*jax.lax.while_loop(going_on, body, start)[:3])


def _epoch(
    plan: Plan, numbers: Numbers, progress: Progress, rows: Rows, order: Any
) -> tuple[TrainState, jax.Array, jax.Array]:
    """Return the state after an epoch, its mean loss, and how many examples it had."""
    learning_rate = progress.learning_rate
    drops = any(plan.network.dropout_rates)

    def one_update(state: TrainState, batch: Batch):
        X, Y = take(rows.X, batch.chosen).T, take(rows.Y, batch.chosen).T
        key = None
        if drops:
            key = jax.random.fold_in(jax.random.wrap_key_data(state.key), state.step)

        def E_of(params: Params, matmul: Any = matmul):
            return penalised(plan, numbers, params, X, Y, batch, key, matmul)

        (E, loss), gradients = jax.value_and_grad(E_of, has_aux=True)(state.params)
        optimizer = optimizer_of(plan, numbers, learning_rate, state.step)
        after = descend(
            optimizer, state, gradients, value=E, value_fn=lambda params: E_of(params, multiply)[0]
        )
        if plan.gaps:
            some = batch.examples > 0
            after = jax.tree.map(lambda new, old: jnp.where(some, new, old), after, state)
        return after, loss

    index = order.reshape(plan.steps, plan.batch_size)
    batches = jax.vmap(batch_of, in_axes=(None, 0))(rows.weights, index)
    state, losses = jax.lax.scan(one_update, progress.train, batches)
    count = jnp.sum(batches.examples)
    losses = jnp.where(batches.examples > 0, losses, 0)  # E of no example may be NaN
    return state, jnp.sum(losses * batches.examples) / count, count


def _score(plan: Plan, params: Params, rows: Rows, held_out: Any) -> jax.Array:
    """Return the accuracy on the examples held out, or r² of outputs that are finite numbers."""
    assert plan.scoring is not None
    batch = batch_of(rows.weights, held_out)
    X, Y, w = take(rows.X, batch.chosen).T, take(rows.Y, batch.chosen).T, batch.share
    _, A = mean_cost(plan.network, params, X, Y, w, cost=plan.cost, matmul=matmul)
    network = plan.network
    if plan.scoring == squared_error:  # r² even where the output is a sigmoid
        network = replace(network, activations=(*network.activations[:-1], activations.identity))
    found = scores_of_outputs(network, plan.scoring, jnp.zeros_like(w), A, Y, w)
    if "accuracy" in found:
        return found["accuracy"]
    known = jnp.all(jnp.isfinite(A) | (held_out < 0)[None, :])
    return jnp.where(known, found["r2"], jnp.nan)  # as scikit-learn: no −∞, which is a score
