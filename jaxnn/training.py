"""How a network learns: one `update` is a pure function, `epoch` scans it, `evaluate` scores it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.core import Tracer

from jaxnn import activations, costs
from jaxnn._checks import check_count, check_examples
from jaxnn.costs import Cost, Costing
from jaxnn.data import Data
from jaxnn.network import Network, Params, check_params, check_trainable
from jaxnn.propagation import cost_of, loss_and_outputs, shares, trace
from jaxnn.stream import Stream

Metrics = dict[str, jax.Array]
Metric = Callable[[jax.Array, jax.Array], jax.Array]

EVALUATION_BLOCK = 8192
"""Examples that `evaluate` holds the activations of at a time."""


class TrainState(NamedTuple):
    """All that changes while a network learns, a plain pytree.

    Attributes:
        params: W^[l], b^[l].
        opt_state: the optimiser's own state.
        step: updates made so far, ().
        key: source of the shuffles and the dropout to come.
    """

    params: Params
    opt_state: optax.OptState
    step: jax.Array
    key: jax.Array

    @classmethod
    def create(
        cls, params: Params, optimizer: optax.GradientTransformation, key: jax.Array
    ) -> TrainState:
        """Return the state before the first update.

        >>> from jaxnn.network import init, mlp
        >>> init_key, train_key = jax.random.split(jax.random.key(0))
        >>> params = init(mlp(3, 2), init_key)
        >>> TrainState.create(params, optax.adam(1e-3), train_key).step.item()
        0
        """
        return cls(params, optimizer.init(params), jnp.zeros((), jnp.int32), key)


def update(
    network: Network,
    cost: str | Costing,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    batch: Data,
) -> tuple[TrainState, Metrics]:
    """Return the state after one step of gradient descent, and the batch's metrics before it.

    Formula: W^[l] ← W^[l] + u(∂E/∂W^[l]), and so for b^[l], where u is the optimiser's; with
    `optax.sgd(η)` it is W^[l] − η ∂E/∂W^[l] exactly.  `functools.partial(update, network, cost,
    optimizer)` is the step that one jits.

    Args:
        network: the network; its dropout is on.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax.
        state: the state before.
        batch: (X, Y) or (X, Y, weights): (n_0, m), (n_L, m), (m,).

    Returns:
        (state, metrics), metrics with `loss`, (), and `accuracy`, (), where the network classifies.

    Raises:
        TypeError, ValueError: as `jaxnn.loss`; a layer uses `step`, whose derivative is zero.

    Source: Cauchy (1847), gradient descent.

    >>> from jaxnn.network import init, mlp
    >>> net, sgd = mlp(3, 1, output="sigmoid"), optax.sgd(0.5)
    >>> init_key, train_key = jax.random.split(jax.random.key(0))
    >>> state = TrainState.create(init(net, init_key), sgd, train_key)
    >>> batch = jnp.ones((3, 4)), jnp.ones((1, 4))
    >>> state, metrics = update(net, "squared_error", sgd, state, batch)
    >>> state.step.item(), sorted(metrics)
    (1, ['accuracy', 'loss'])
    """
    check_trainable(network)
    X, Y, *rest = batch
    weights = rest[0] if rest else None
    dropout_key = jax.random.fold_in(state.key, state.step) if any(network.dropout_rates) else None

    def batch_loss(params: Params):
        return loss_and_outputs(network, params, X, Y, cost=cost, weights=weights, key=dropout_key)

    (E, A), gradients = jax.value_and_grad(batch_loss, has_aux=True)(state.params)
    with jax.numpy_dtype_promotion("standard"):  # optax counts its steps in int32
        updates, opt_state = optimizer.update(gradients, state.opt_state, state.params)
    params: Any = optax.apply_updates(state.params, updates)
    metrics = {"loss": E} | _accuracy(network, cost, A, Y, weights)
    return TrainState(params, opt_state, state.step + 1, state.key), metrics


def epoch(
    network: Network,
    cost: str | Costing,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    data: Data,
    *,
    batch_size: int,
    shuffle: bool = True,
) -> tuple[TrainState, Metrics]:
    """Return the state after one pass over the data, and the mean of the metrics along the way.

    One `lax.scan` of `update` over shuffled batches: jit it, and the whole pass is one program with
    data and state on the device.  The last, shorter batch is filled up with examples of weight 0,
    so every example counts once.

    Args:
        network: the network.
        cost: as `update`.
        optimizer: any of optax.
        state: the state before; its key drives the shuffle.
        data: (X, Y) or (X, Y, weights), one column per example.
        batch_size: examples an update, at least 1.
        shuffle: draw a new order; False: the order in which they come.

    Returns:
        (state, metrics), metrics averaged over the examples, each as it was before its update.

    Raises:
        TypeError, ValueError: as `update`; batch_size below 1.

    Source: Robbins and Monro (1951), stochastic gradient descent.

    >>> from jaxnn.network import init, mlp
    >>> net, sgd = mlp(3, 1, output="sigmoid"), optax.sgd(0.5)
    >>> init_key, train_key = jax.random.split(jax.random.key(0))
    >>> state = TrainState.create(init(net, init_key), sgd, train_key)
    >>> data = jnp.ones((3, 5)), jnp.ones((1, 5))
    >>> state, metrics = epoch(net, "squared_error", sgd, state, data, batch_size=2)
    >>> state.step.item()
    3
    """
    batch_size, data = check_count("batch_size", batch_size), tuple(data)
    check_examples(network, *data)
    m = data[0].shape[1]
    dtype = state.params[0].W.dtype
    rows = [array.T for array in data]  # one example per row, so that a batch is gathered in one go
    chosen, present, state = _batch_order(state, m, min(batch_size, m), shuffle)

    def one_update(state: TrainState, batch: tuple[jax.Array, jax.Array | None]):
        index, counts = batch
        X, Y, *rest = [array[index].astype(dtype).T for array in rows]
        weights = counts if not rest else rest[0] if counts is None else rest[0] * counts
        parts = (X, Y) if weights is None else (X, Y, weights)
        state, metrics = update(network, cost, optimizer, state, parts)
        total = jnp.asarray(len(index), dtype) if weights is None else jnp.sum(weights)
        return state, (metrics, total)

    counts = None if present is None else present.astype(dtype)
    state, (metrics, totals) = jax.lax.scan(one_update, state, (chosen, counts))
    share = shares(len(chosen), totals, dtype)
    return state, {name: jnp.sum(values * share) for name, values in metrics.items()}


def _batch_order(
    state: TrainState, m: int, batch_size: int, shuffle: bool
) -> tuple[jax.Array, jax.Array | None, TrainState]:
    """Return which example stands where, (steps, batch_size), which places count, and the state.

    The places after the last example repeat earlier ones and do not count; None: all count.
    A single batch of all examples needs no shuffle: its mean does not depend on their order.
    """
    steps = -(-m // batch_size)
    order = jnp.arange(m)
    if shuffle and steps > 1:
        key, shuffle_key = jax.random.split(state.key)
        state = state._replace(key=key)
        order = jnp.argsort(jax.random.bits(shuffle_key, (m,)))  # half the work of `permutation`
    missing = steps * batch_size - m
    if not missing:
        return order.reshape(steps, batch_size), None, state
    chosen = jnp.concatenate([order, order[:missing]]).reshape(steps, batch_size)
    present = (jnp.arange(steps * batch_size) < m).reshape(steps, batch_size)
    return chosen, present, state


def evaluate(
    network: Network,
    params: Params,
    data: Data | Stream,
    *,
    cost: str | Costing,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, Any]:
    """Return how good the network is on some data: loss, accuracy, and metrics of one's own.

    Args:
        network: the network; nothing is dropped.
        params: its parameters.
        data: (X, Y) or (X, Y, weights), one column per example; or a `Stream`.
        cost: as `update`.
        metrics: name -> function of (A^[L], Y), both (n_L, m), to a scalar.

    Returns:
        {"loss": E}, with "accuracy" where the network classifies, else "r2", the coefficient of
        determination 1 − Σ(y − a)² / Σ(y − ȳ)² averaged over the outputs; then the metrics.
        Numbers, or traced scalars inside `jit`.

    Raises:
        TypeError, ValueError: as `jaxnn.loss`; metrics for a stream, whose examples are never
            together.

    Equivalent to `accuracy_score` and `r2_score` of scikit-learn with `sample_weight`.

    >>> from jaxnn.network import init, mlp
    >>> net = mlp(3, 2)
    >>> params = jax.tree.map(jnp.zeros_like, init(net, jax.random.key(0)))
    >>> scores = evaluate(net, params, (jnp.ones((3, 4)), jnp.eye(2, 4)), cost="squared_error")
    >>> sorted(scores)
    ['accuracy', 'loss']
    """
    cost = costs.find(cost)
    check_params(network, params)
    if isinstance(data, Stream):
        from jaxnn.stream_scores import check_no_metrics, check_stream, score_stream

        check_stream("data", network, data)
        check_no_metrics(metrics)
        return score_stream(network, params, data, cost)
    data = tuple(data)
    check_examples(network, *data)
    scores = _scores(network, params, data, cost, tuple((metrics or {}).items()))
    traced = any(isinstance(value, Tracer) for value in scores.values())
    return scores if traced else {name: value.item() for name, value in scores.items()}


def _scores(network, params, data, cost, metrics) -> Metrics:
    return jax.jit(scores_of_rows, static_argnums=(0, 3, 4))(
        network, params, tuple(array.T for array in data), cost, metrics
    )


def scores_of_rows(network, params, rows, cost, metrics) -> Metrics:
    """Return the scores over rows (m, n_0), (m, n_L), (m,), a block of examples at a time."""
    dtype = params[0].W.dtype
    X, Y, *rest = rows
    weights = rest[0].astype(dtype) if rest else None

    def one_example(row):
        x, y = (array.astype(dtype) for array in row)
        tr = trace(network, params, x)
        return cost_of(network, cost, tr, y), tr.a[-1]

    E, A = jax.lax.map(one_example, (X, Y), batch_size=min(EVALUATION_BLOCK, len(X)))
    A, Y = A.T, Y.astype(dtype).T
    w = shares(len(E), weights, dtype)
    scores = {"loss": jnp.sum(jnp.where(w == 0, 0, w * E))}
    scores |= _accuracy(network, cost, A, Y, weights) or {"r2": _r2(A, Y, w)}
    return scores | {name: metric(A, Y) for name, metric in metrics}


def _accuracy(network, cost, A, Y, weights) -> Metrics:
    """Return {"accuracy": weighted share of examples of the right class}, {} for regression."""
    right = rightly_classified(network, costs.find(cost), A, Y)
    if right is None:
        return {}
    return {"accuracy": jnp.sum(jnp.where(right, shares(A.shape[1], weights, A.dtype), 0))}


def rightly_classified(
    network: Network, cost: Costing, A: jax.Array, Y: jax.Array
) -> jax.Array | None:
    """Return for each example whether its class is right, (m,); None where outputs are no classes.

    Yes-or-no outputs (n_L = 1 after a sigmoid or a step, or binary cross-entropy) are right when
    all of them fall on the same side of ½ as the targets; several outputs after a softmax or a
    sigmoid, or with cross-entropy, when the largest is that of the target.

    >>> from jaxnn.network import mlp
    >>> A, Y = jnp.array([[0.9, 0.2], [0.1, 0.8]]), jnp.array([[1.0, 1.0], [0.0, 0.0]])
    >>> rightly_classified(mlp(3, 2), costs.squared_error, A, Y).tolist()
    [True, False]
    """
    output = network.activations[-1]
    classifies = isinstance(cost, Cost) and cost.classifies
    yes_or_no = (activations.sigmoid, activations.step)
    if cost == costs.binary_cross_entropy or (
        network.sizes[-1] == 1 and (output in yes_or_no or classifies)
    ):
        return jnp.all((A >= 0.5) == (Y >= 0.5), axis=0)
    if network.sizes[-1] > 1 and (classifies or output in (*yes_or_no, activations.softmax)):
        return jnp.argmax(A, axis=0) == jnp.argmax(Y, axis=0)
    return None


def _r2(A: jax.Array, Y: jax.Array, w: jax.Array) -> jax.Array:
    mean = jnp.sum(w[None, :] * Y, axis=1, keepdims=True)
    unexplained = jnp.square(Y - A) @ w  # (n_L, m) @ (m,) -> (n_L,)
    total = jnp.square(Y - mean) @ w
    constant = total == 0
    ratio = unexplained / jnp.where(constant, 1, total)
    return jnp.mean(jnp.where(constant, (unexplained == 0).astype(A.dtype), 1 - ratio))
