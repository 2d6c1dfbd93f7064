"""How good a network is on some data: loss, accuracy or r², and metrics of one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Never

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.comparison.fingerprint import same_cost, same_metrics, same_network
from jaxnn.compilation import BoundedJit, transposed
from jaxnn.data.preparation import Data
from jaxnn.engine.variation import ALIKE, Variation
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.streams.stream import Stream
from jaxnn.textbook import activations, costs
from jaxnn.textbook.checks.arguments import as_data, check_one_pair, described, is_number
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.functions import applied, check_metrics
from jaxnn.textbook.costs import Cost, CostFunction
from jaxnn.textbook.means import shares, summing_type, unit_of_squares, weighted_mean
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import as_inputs, cost_of, trace_of_each

Metrics = dict[str, jax.Array]
Metric = Callable[[jax.Array, jax.Array], jax.Array]

EVALUATION_BLOCK = 8192
"""Examples that `evaluate` holds the activations of at a time."""


def evaluate(
    network: Network,
    params: Params,
    data: Data | Stream,
    *_more: Never,
    cost: str | CostFunction,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, Any]:
    """Return how good the network is on some data: loss, accuracy, and metrics of one's own.

    Values that a cost, a metric or an activation of one's own captures are read in every call.

    Args:
        network: the network; nothing is dropped.
        params: its parameters.
        data: (X, Y) or (X, Y, weights), one column per example, uint8 X: pixels, x = X / 255;
            or a `Stream`.
        cost: as `update`.
        metrics: name -> function of (A^[L], Y), both (n_L, m), to a scalar.

    Returns:
        {"loss": E}, with "accuracy" where the network classifies, else "r2", the coefficient of
        determination 1 − Σ(y − a)² / Σ(y − ȳ)² averaged over the outputs; then the metrics.
        Numbers, or traced scalars inside `jit`.

    Raises:
        TypeError, ValueError: as `jaxnn.loss`; metrics for a stream, whose examples are never
            together.

    Warns:
        UserWarning: as `jaxnn.loss`.

    Equivalent to `accuracy_score` and `r2_score` of scikit-learn with `sample_weight`.

    >>> from jaxnn.textbook.network import init, mlp
    >>> net = mlp(3, 2)
    >>> params = jax.tree.map(jnp.zeros_like, init(net, jax.random.key(0)))
    >>> scores = evaluate(net, params, (jnp.ones((3, 2)), jnp.eye(2)), cost="squared_error")
    >>> sorted(scores)
    ['accuracy', 'loss']
    """
    check_one_pair("evaluate", "evaluate(network, params, (X, Y), cost=…)", _more)
    cost = costs.find(cost)
    check_params(network, params)
    check_metrics(metrics)
    dtype = params[0].W.dtype
    seen, now = same_network(network, dtype), same_cost(cost, network, dtype)
    if isinstance(data, Stream):
        from jaxnn.training.stream_scores import check_no_metrics, check_stream, score_stream

        check_stream("data", network, data)
        check_no_metrics(metrics)
        check_pairing(network, cost)
        return score_stream(seen, params, data, now, judges=True)
    data = as_data("data", data)
    check_examples(network, *data)
    check_pairing(network, cost, *data[1:])
    rows = tuple(transposed(array) for array in data)
    named = same_metrics(metrics, network, len(rows[0]), dtype)
    scores = _scores_compiled(seen, params, rows, now, named)
    traced = any(isinstance(value, Tracer) for value in scores.values())
    return scores if traced else {name: value.item() for name, value in scores.items()}


def scores_of_rows(
    network: Network,
    params: Params,
    rows: Any,
    cost: CostFunction,
    metrics: tuple[tuple[str, Metric], ...],
    member: Variation = ALIKE,
    block: int | None = None,
    layout: MeshLayout = ONE_DEVICE,
) -> Metrics:
    """Return the scores over rows (m, n_0), (m, n_L), (m,), a block of examples at a time."""
    dtype = params[0].W.dtype
    X, Y, *rest = rows
    parts, params = layout.parts(len(X)), layout.gathered(network, params)
    E, A = outputs_of_rows(network, params, (X, Y), cost, member, block, parts)
    Y = member.targets_in_columns(Y.astype(dtype).T)
    w = shares(len(E), rest[0] if rest else None, dtype)
    return scores_of_outputs(network, cost, E, A, Y, w) | {
        name: measured(name, metric, A, Y) for name, metric in metrics
    }


def measured(name: str, metric: Metric, A: jax.Array, Y: jax.Array) -> jax.Array:
    """Return a metric of outputs and targets, (n_L, m) both, or raise an error: it is no number.

    >>> measured("largest", lambda A, Y: jnp.max(A), jnp.ones((1, 2)), jnp.ones((1, 2))).item()
    1.0
    """
    value: Any = applied(f"metrics[{name!r}]", "(A, Y) -> scalar", metric, A, Y)
    if isinstance(value, Moments):  # of which a stream makes its r²
        return value  # pyright: ignore[reportReturnType]
    if not is_number(value) or jnp.shape(value) != ():
        raise TypeError(
            f"metrics[{name!r}] must return a number, (A, Y) -> (), got {described(value)}"
        )
    return value


_scores_compiled = BoundedJit(scores_of_rows, static_argnums=(0, 3, 4))


def scores_of_outputs(
    network: Network, cost: CostFunction, E: jax.Array, A: jax.Array, Y: jax.Array, w: jax.Array
) -> Metrics:
    """Return loss, and accuracy or r2, from the cost of each example, the outputs and the targets.

    >>> from jaxnn.textbook.network import mlp
    >>> net, A = mlp(1, 1, output="identity"), jnp.array([[1.0, 2.0]])
    >>> E = w = jnp.array([0.5, 0.5])
    >>> scores_of_outputs(net, costs.squared_error, E, A, A, w)["r2"].item()
    1.0
    """
    scores = {"loss": weighted_mean(w, E)}
    return scores | (accuracy_of(network, cost, A, Y, w) or {"r2": _r2(A, Y, w)})


def outputs_of_rows(
    network: Network,
    params: Params,
    rows: tuple[jax.Array, jax.Array],
    cost: CostFunction,
    member: Variation = ALIKE,
    block: int | None = None,
    parts: int = 1,
) -> tuple[jax.Array, jax.Array]:
    """Return the cost of each example, (m,), and the outputs, (n_L, m), a block at a time.

    Where devices divide the examples in equal parts, each takes its own a block at a time.
    """
    dtype = params[0].W.dtype

    def one_example(row):
        x, y = row
        x, y = member.one(as_inputs(x, dtype).astype(dtype), y.astype(dtype))
        tr = trace_of_each(network, params, x)
        return cost_of(network, cost, tr, y), tr.a[-1]

    block = min(EVALUATION_BLOCK if block is None else block, len(rows[0]) // parts)

    def of_part(rows):
        return jax.lax.map(one_example, rows, batch_size=block)

    if parts == 1:
        E, A = of_part(rows)
        return E, A.T
    E, A = jax.vmap(of_part)(tuple(row.reshape(parts, -1, *row.shape[1:]) for row in rows))
    return E.reshape(-1), A.reshape(-1, A.shape[-1]).T


def accuracy_of(
    network: Network, cost: CostFunction, A: jax.Array, Y: jax.Array, w: jax.Array
) -> Metrics:
    """Return {"accuracy": Σ w_j over the examples of the right class}, {} for regression.

    >>> from jaxnn.textbook.network import mlp
    >>> A, w = jnp.array([[0.9, 0.2]]), jnp.array([0.25, 0.75])
    >>> accuracy_of(mlp(3, 1, output="sigmoid"), costs.squared_error, A, jnp.ones((1, 2)), w)
    {'accuracy': Array(0.25, dtype=float32)}
    """
    right = rightly_classified(network, cost, A, Y)
    return {} if right is None else {"accuracy": weighted_mean(w, right.astype(A.dtype))}


def rightly_classified(
    network: Network, cost: CostFunction, A: jax.Array, Y: jax.Array
) -> jax.Array | None:
    """Return for each example whether its class is right, (m,); None where outputs are no classes.

    Yes-or-no outputs (n_L = 1 after a sigmoid or a step, or binary cross-entropy) are right when
    all of them fall on the same side of ½ as the targets; several outputs after a softmax or a
    sigmoid, or with cross-entropy, when the largest is that of the target.

    >>> from jaxnn.textbook.network import mlp
    >>> A, Y = jnp.array([[0.9, 0.2], [0.1, 0.8]]), jnp.array([[1.0, 1.0], [0.0, 0.0]])
    >>> rightly_classified(mlp(3, 2), costs.squared_error, A, Y).tolist()
    [True, False]
    """
    kind = _kind_of_outputs(network, cost)
    if kind == "yes or no":
        return jnp.all((A >= 0.5) == (Y >= 0.5), axis=0)
    return jnp.argmax(A, axis=0) == jnp.argmax(Y, axis=0) if kind == "classes" else None


def classifies_singly(network: Network, cost: CostFunction) -> bool:
    """Return whether each example is of one class, `jaxnn.class_of(Y)`.

    >>> from jaxnn.textbook.network import mlp
    >>> classifies_singly(mlp(3, 2), costs.squared_error)
    True
    """
    kind = _kind_of_outputs(network, cost)
    return kind == "classes" or (kind == "yes or no" and network.sizes[-1] == 1)


def _kind_of_outputs(network: Network, cost: CostFunction) -> str | None:
    output = network.activations[-1]
    classifies = isinstance(cost, Cost) and cost.classifies
    yes_or_no = (activations.sigmoid, activations.step)
    if cost == costs.binary_cross_entropy or (
        network.sizes[-1] == 1 and (output in yes_or_no or classifies)
    ):
        return "yes or no"
    if network.sizes[-1] > 1 and (classifies or output in (*yes_or_no, activations.softmax)):
        return "classes"
    return None


class Moments(NamedTuple):
    """What r² is made of, for each output y_i, (n_L,) each; w_j are shares, which sum to 1.

    Deviations are divided by a number like the largest before they are squared: the squares of 1e20
    and of 1e-25 leave float32.

    Attributes:
        centre: one of the y_i, from which its mean is counted: the mean of 515,345 years, summed in
            float32, is half a year off.
        offset: Σ w (y − centre); the mean ȳ is centre + offset.
        spread: a power of two near max |y − ȳ|; 0: the targets are constant.
        total: Σ w ((y − ȳ) / spread)².
        error: a power of two near max |y − a|; 0: all are 0.
        unexplained: Σ w ((y − a) / error)².
    """

    centre: jax.Array | np.ndarray
    offset: jax.Array | np.ndarray
    spread: jax.Array | np.ndarray
    total: jax.Array | np.ndarray
    error: jax.Array | np.ndarray
    unexplained: jax.Array | np.ndarray


def moments_of(A: jax.Array, Y: jax.Array, w: jax.Array) -> Moments:
    """Return the moments of targets and errors, (n_L, m), over examples of shares w, (m,).

    >>> found = moments_of(jnp.array([[1.0, 2.0]]), jnp.array([[1.0, 4.0]]), jnp.array([0.5, 0.5]))
    >>> (found.centre + found.offset).tolist(), found.spread.tolist(), found.error.tolist()
    ([2.5], [2.0], [4.0])
    """
    dtype = summing_type(A.dtype, Y.dtype, w.dtype)
    A, Y, w = A.astype(dtype), Y.astype(dtype), w.astype(dtype)[None, :]
    counts = w > 0

    def mean_square(D: jax.Array) -> tuple[jax.Array, jax.Array]:
        largest = jnp.max(jnp.abs(D), axis=1)
        unit = unit_of_squares(largest)
        mean = jnp.sum(w * jnp.square(D / unit[:, None]), axis=1)
        return jnp.where(largest == 0, 0, unit), mean

    centre = jnp.max(jnp.where(counts, Y, -jnp.inf), axis=1)
    D = jnp.where(counts, Y - centre[:, None], 0)  # all 0 where the targets are constant
    offset = jnp.sum(w * D, axis=1)
    return Moments(
        centre,
        offset,
        *mean_square(jnp.where(counts, D - offset[:, None], 0)),
        *mean_square(jnp.where(counts, Y - A, 0)),
    )


def _r2(A: jax.Array, Y: jax.Array, w: jax.Array) -> jax.Array:
    of = moments_of(A, Y, w)
    constant = of.spread == 0
    spread, total = jnp.where(constant, 1, of.spread), jnp.where(constant, 1, of.total)
    ratio = jnp.square(of.error / spread) * (of.unexplained / total)
    r2 = jnp.where(constant, (of.error == 0).astype(ratio.dtype), 1 - ratio)
    return jnp.mean(r2).astype(A.dtype)
