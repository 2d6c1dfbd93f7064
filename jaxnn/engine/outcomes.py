"""The outcome of networks that trained together: parameters, scores and outputs."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxnn.compilation import BoundedJit
from jaxnn.engine.plan import Plan
from jaxnn.engine.scoring import EVALUATION_BLOCK, outputs_of_rows
from jaxnn.engine.variation import Variation
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.means import normalised_weights
from jaxnn.textbook.metrics import Metrics, scores_of_outputs
from jaxnn.textbook.network import Network, Params

SMALLEST_BLOCK = 64  # examples that each of many networks is scored on at a time, at least


def block_of(networks: int) -> int:
    """Return how many examples to score so many networks on at a time.

    >>> block_of(2), block_of(10_000)
    (4096, 64)
    """
    return max(SMALLEST_BLOCK, EVALUATION_BLOCK // networks)


class Outcome(NamedTuple):
    """How each of K networks ended, on the host.

    Attributes:
        params: the parameters to use, stacked.
        epochs: run by each, (K,).
        best_epoch: the epoch that `params` comes from, (K,).
        diverged: those whose loss became NaN or infinite, (K,).
    """

    params: Params
    epochs: np.ndarray
    best_epoch: np.ndarray
    diverged: np.ndarray


def outcome_of(plan: Plan, stack: Any) -> Outcome:
    """Return how the networks ended, by the rules of `fit`.

    Args:
        plan: what stayed the same.
        stack: the networks, a `Stack`.
    """
    params = params_to_evaluate(stack.state, each=True)
    last, good, best = (jax.tree.map(np.asarray, tree) for tree in (params, stack.good, stack.best))
    epochs, diverged = np.asarray(stack.epochs), np.asarray(stack.diverged)
    finite = np.ones(len(epochs), bool)
    for leaf in jax.tree.leaves(last):
        finite &= np.isfinite(leaf.astype(np.float32)).reshape(len(epochs), -1).all(axis=1)
    lost = diverged | ~finite
    before = np.where(diverged, epochs - 2, epochs - 1)
    params = _where(lost, good, last)
    epoch = np.where(lost, np.maximum(0, before), epochs)
    if plan.patience is not None:
        scored = best.is_scored()
        epoch = np.where(scored, best.best_epoch, epoch)
        params = _where(scored, best.params, params)
    return Outcome(params, epochs, epoch, lost)


def _where(chosen: np.ndarray, some: Params, others: Params) -> Params:
    """Return for each network its parameters among some or others."""

    def one(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return jax.tree.map(one, some, others)


@partial(BoundedJit, static_argnums=(0, 3))
def outputs_of_stack(
    network: Network, params: Params, rows: Any, cost: Any, variation: Variation, weights: Any
) -> tuple[Metrics, jax.Array]:
    """Return each network's scores, (K,), and outputs, (K, n_L, m).

    Args:
        network: of all.
        params: stacked.
        rows: (m, n_0), (m, n_L).
        cost: the cost.
        variation: dropout probabilities and units of each.
        weights: of the examples the scores are taken over, (K, m) or None.
    """
    block = block_of(len(params[0].W))

    def one(params, variation, weights):
        dtype = params[0].W.dtype
        E, A = outputs_of_rows(network, params, rows, cost, variation, block)
        Y = variation.targets_in_columns(rows[1].astype(dtype).T)
        return scores_of_outputs(
            network, cost, E, A, Y, normalised_weights(len(E), weights, dtype)
        ), A

    return jax.vmap(one)(params, variation, weights)
