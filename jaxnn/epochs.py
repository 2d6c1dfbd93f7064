"""Several epochs as one program: `epoch`, the validation after it, and who was best so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.tree_util import register_static

from jaxnn._fingerprint import SameOptimizer
from jaxnn.costs import Costing
from jaxnn.network import Network, Params
from jaxnn.training import Metric, Metrics, TrainState, epoch, scores_of_rows


@register_static
@dataclass(frozen=True)
class Plan:
    """What stays the same from epoch to epoch; static, so that equal plans share one program."""

    network: Network
    cost: Costing
    optimizer: SameOptimizer
    batch_size: int
    shuffle: bool
    metrics: tuple[tuple[str, Metric], ...]
    monitor: str | None
    maximise: bool
    patience: int | None
    buffer: int


class Tracker(NamedTuple):
    """Who was best so far, whether to go on, and where to go back to.

    `safe` is the last (params, opt_state, step) from which a whole epoch ran with a finite loss,
    those after epoch `safe_epoch`; later parameters may be finite but already beyond use.  Its key
    is not kept: that epoch has used it.
    """

    epoch: jax.Array
    safe: tuple[Params, optax.OptState, jax.Array]
    safe_epoch: jax.Array
    best_params: Params | None
    best_score: jax.Array
    best_epoch: jax.Array
    stopped: jax.Array
    diverged: jax.Array

    @classmethod
    def create(cls, plan: Plan, state: TrainState) -> Tracker:
        """Return the tracker before the first epoch."""
        dtype = state.params[0].W.dtype
        best_params = None if plan.patience is None else jax.tree.map(jnp.copy, state.params)
        no, zero = jnp.zeros((), bool), jnp.zeros((), jnp.int32)
        return cls(
            epoch=zero,
            safe=jax.tree.map(jnp.copy, state[:3]),
            safe_epoch=zero.copy(),
            best_params=best_params,
            best_score=jnp.array(jnp.inf, dtype),
            best_epoch=zero.copy(),
            stopped=no,
            diverged=no.copy(),
        )

    def after(self, plan: Plan, before: TrainState, params: Params, metrics: Metrics) -> Tracker:
        """Return the tracker after one more epoch; a loss that is not finite stops the training."""
        good = jnp.isfinite(metrics["loss"])
        count = self.epoch + 1
        tracker = self._replace(
            epoch=count,
            safe=_choose(good, before[:3], self.safe),
            safe_epoch=jnp.where(good, self.epoch, self.safe_epoch),
            stopped=~good,
            diverged=~good,
        )
        if plan.patience is None:
            return tracker
        assert plan.monitor is not None
        score = metrics[plan.monitor] * (-1 if plan.maximise else 1)
        better = good & (score < self.best_score)
        best_epoch = jnp.where(better, count, self.best_epoch)
        return tracker._replace(
            best_params=_choose(better, params, self.best_params),
            best_score=jnp.where(better, score, self.best_score),
            best_epoch=best_epoch,
            stopped=~good | (count - best_epoch >= plan.patience),
        )

    def stopped_if_broken(self, params: Params) -> Tracker:
        """Return the tracker, diverged where the parameters to go on from are not finite."""
        finite = [jnp.isfinite(array).all() for array in jax.tree.leaves(params)]
        broken = ~jnp.stack(finite).all()
        return self._replace(stopped=self.stopped | broken, diverged=self.diverged | broken)


EpochRunner = Callable[
    [TrainState, Tracker, int], tuple[TrainState, Tracker, Mapping[str, Any], int | jax.Array]
]
"""`run_epochs`, given all but (state, tracker, n): what the host's loop over epochs calls."""


@partial(jax.jit, donate_argnums=(1, 2))
def run_epochs(
    plan: Plan, state: TrainState, tracker: Tracker, data: Any, validation: Any, n: int | jax.Array
) -> tuple[TrainState, Tracker, Metrics, jax.Array]:
    """Run n epochs, fewer if the tracker says stop, as one program that serves every n.

    Args:
        plan: what stays the same.
        state: the state before; its memory is given over.
        tracker: the tracker before; its memory too.
        data: rows (m, n_0), (m, n_L) and, where examples have weights, (m,).
        validation: the same, or None.
        n: epochs, at most `plan.buffer`.

    Returns:
        (state, tracker, table, ran): table holds each metric in an array of `plan.buffer`, of which
        the first `ran` entries are measured.  Where the tracker has diverged, all of the state but
        its key is to be taken from `tracker.safe`.
    """

    def one_epoch(state: TrainState) -> tuple[TrainState, Metrics]:
        columns = tuple(rows.T for rows in data)
        state, metrics = epoch(
            plan.network,
            plan.cost,
            plan.optimizer.optimizer,
            state,
            columns,
            batch_size=plan.batch_size,
            shuffle=plan.shuffle,
        )
        if validation is not None:
            scores = scores_of_rows(plan.network, state.params, validation, plan.cost, plan.metrics)
            metrics |= {f"val_{name}": value for name, value in scores.items()}
        return state, metrics

    def body(carry):
        state, tracker, table, i = carry
        new, metrics = one_epoch(state)
        tracker = tracker.after(plan, state, new.params, metrics)
        table = {name: table[name].at[i].set(value) for name, value in metrics.items()}
        return new, tracker, table, i + 1

    def going_on(carry):
        _, tracker, _, i = carry
        return (i < n) & ~tracker.stopped

    names = jax.eval_shape(one_epoch, state)[1]
    check_monitor(plan, names)
    table = {name: jnp.zeros(plan.buffer, value.dtype) for name, value in names.items()}
    start = (state, tracker, table, jnp.zeros((), jnp.int32))
    state, tracker, table, ran = jax.lax.while_loop(going_on, body, start)
    return state, tracker.stopped_if_broken(state.params), table, ran


def check_monitor(plan: Plan, names: Iterable[str]) -> None:
    """Raise an error where patience watches a metric that is not measured."""
    if plan.monitor is not None and plan.patience is not None and plan.monitor not in names:
        raise ValueError(f"monitor {plan.monitor!r} is unknown; known are {', '.join(names)}")


def _choose(condition: jax.Array, yes: Any, no: Any) -> Any:
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), yes, no)
