"""The scores of a network on rows: its costs, its outputs, and what is measured of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.engine.blocks import in_blocks
from jaxnn.engine.products import evaluation_matmul, matmul
from jaxnn.engine.variation import ALIKE, Variation
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.textbook.checks.arguments import described, is_number
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.joint_costs import costs_of_batch
from jaxnn.textbook.means import normalised_weights
from jaxnn.textbook.members_propagation import mean_trace_of_members, propagate_members
from jaxnn.textbook.metrics import Metric, Metrics, Moments, scores_of_outputs
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.parameter_trees import dtype_of
from jaxnn.textbook.propagation import as_inputs, propagate
from jaxnn.textbook.shared_members import SharedNetwork

EVALUATION_BLOCK = 8192  # examples whose activations `evaluate` holds at a time


def scores_of_rows(
    network: Network,
    params: Params,
    rows: Any,
    cost: CostFunction,
    metrics: tuple[tuple[str, Metric], ...],
    variation: Variation = ALIKE,
    block: int | None = None,
    layout: MeshLayout = ONE_DEVICE,
) -> Metrics:
    """Return the scores over rows (m, n_0), (m, n_L), (m,), a block of examples at a time."""
    dtype = dtype_of(params)
    X, Y, *rest = rows
    parts, params = layout.parts(len(X)), layout.gathered(network, params)
    E, A = outputs_of_rows(network, params, (X, Y), cost, variation, block, parts)
    Y = variation.targets_in_columns(Y.astype(dtype).T)
    w = normalised_weights(len(E), rest[0] if rest else None, dtype)
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


def outputs_of_rows(
    network: Network,
    params: Params,
    rows: tuple[jax.Array, jax.Array],
    cost: CostFunction,
    variation: Variation = ALIKE,
    block: int | None = None,
    parts: int = 1,
) -> tuple[jax.Array, jax.Array]:
    """Return the cost of each example, (m,), and the outputs, (n_L, m), a block at a time.

    Where devices divide the examples in equal parts, each takes its own a block at a time.
    """
    dtype = dtype_of(params)

    def of_block(rows: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        x, y = rows
        X, Y = as_inputs(x, dtype).astype(dtype).T, y.astype(dtype).T  # (n_0, k), (n_L, k)
        X, Y = variation.columns(X, Y)
        if isinstance(network, SharedNetwork):
            # their columns are many even of a small block: a pass takes half the time of Aᵀ Wᵀ
            tr = propagate_members(network, params, X, matmul=matmul)
            tr = mean_trace_of_members(network, cost, tr)
        else:
            tr = propagate(network, params, X, matmul=evaluation_matmul)
        return costs_of_batch(network, cost, tr, Y), tr.a[-1].T

    if block is None:
        networks = network.members if isinstance(network, SharedNetwork) else 1
        block = max(1, EVALUATION_BLOCK // networks)
    block = min(block, len(rows[0]) // parts)
    of_part = partial(in_blocks, of_block, block)
    if parts == 1:
        E, A = of_part(rows)
        return E, A.T
    E, A = jax.vmap(of_part)(tuple(row.reshape(parts, -1, *row.shape[1:]) for row in rows))
    return E.reshape(-1), A.reshape(-1, A.shape[-1]).T
