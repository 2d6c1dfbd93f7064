"""`evaluate`: the scores of a network on arrays or on a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Never

from jax.core import Tracer

from jaxnn.comparison.equality import same_cost, same_metrics, same_network
from jaxnn.compilation import BoundedJit, transposed
from jaxnn.data.labels import with_targets
from jaxnn.data.preparation import Data
from jaxnn.engine.scoring import scores_of_rows
from jaxnn.engine.variation import ALIKE
from jaxnn.parallel.sharding import layout_of_columns
from jaxnn.streams.stream import Stream
from jaxnn.textbook.checks.arguments import as_data, check_one_pair
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.functions import check_metrics
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.pairs import cost_for
from jaxnn.textbook.trained import Trained, unpacked
from jaxnn.training.stream_scores import check_no_metrics, check_stream, score_stream


def evaluate(
    network: Network | Trained,
    params: Params | Data | Stream | None = None,
    data: Data | Stream | None = None,
    *_more: Never,
    cost: str | CostFunction | None = None,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, Any]:
    """Return how good the network is on some data: loss, accuracy, and metrics of one's own.

    Values that a cost, a metric or an activation of one's own captures are read in every call.

    Args:
        network: the network; or the result of `fit`, then without params: `evaluate(result, data)`.
            Nothing is dropped.
        params: its parameters.
        data: (X, Y) or (X, Y, weights), one column per example, uint8 X: pixels, x = X / 255;
            or a `Stream`.  Where the axis `data` of a mesh divides the examples, each device
            evaluates its own.  Y may be labels, (m,), as in `fit`; a result numbers them as in its
            training.
        cost: as `fit`; None: that of the result, else that of the output activation.
        metrics: name -> function of (A^[L], Y), both (n_L, m), to a scalar.

    Returns:
        {"loss": E}, with "accuracy" where the network classifies, else "r2", the coefficient of
        determination 1 − Σ(y − a)² / Σ(y − ȳ)² averaged over the outputs; then the metrics.
        Numbers, or traced scalars inside `jit`.

    Raises:
        TypeError, ValueError: as `jaxnn.loss`; a label that is none of the result's classes, or
            texts whose numbers are not known; metrics for a stream, whose examples are never
            together.

    Warns:
        UserWarning: as `jaxnn.loss`.

    Equivalent to `accuracy_score` and `r2_score` of scikit-learn with `sample_weight`.

    >>> import jax, jax.numpy as jnp
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 2)
    >>> params = jax.tree.map(jnp.zeros_like, init(net, jax.random.key(0)))
    >>> scores = evaluate(net, params, (jnp.ones((3, 2)), jnp.eye(2)), cost="squared_error")
    >>> sorted(scores)
    ['accuracy', 'loss']
    """
    check_one_pair("evaluate", "evaluate(network, params, (X, Y), cost=…)", _more)
    net, layers, some, result_cost, names = unpacked("evaluate", "(X, Y)", network, params, data)
    check_params(net, layers)
    chosen = cost_for(net, result_cost if cost is None else cost)
    check_metrics(metrics)
    dtype = layers[0].W.dtype
    seen, now = same_network(net, dtype), same_cost(chosen, net, dtype)
    if isinstance(some, Stream):
        check_stream("data", net, some)
        check_no_metrics(metrics)
        check_pairing(net, chosen)
        return score_stream(seen, layers, some, now, judges=True)
    columns, _ = with_targets(net, chosen, as_data("data", some), names)
    check_examples(net, *columns)
    check_pairing(net, chosen, *columns[1:])
    layout = layout_of_columns(columns[0])
    rows = tuple(transposed(array) for array in columns)
    named = same_metrics(metrics, net, len(rows[0]), dtype)
    scores = _scores_compiled(seen, layers, rows, now, named, ALIKE, None, layout)
    traced = any(isinstance(value, Tracer) for value in scores.values())
    return scores if traced else {name: value.item() for name, value in scores.items()}


_scores_compiled = BoundedJit(scores_of_rows, static_argnums=(0, 3, 4, 6))
