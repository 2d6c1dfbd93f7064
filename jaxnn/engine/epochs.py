"""Several epochs as one program: `epoch`, the validation after it, and who was best so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import register_static

from jaxnn.comparison.fingerprint import OptimizerKey
from jaxnn.compilation import BoundedJit
from jaxnn.engine.scoring import Metric, Metrics, scores_of_rows
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.textbook.costs import CostFunction
from jaxnn.textbook.evaluation_point import evaluation_params
from jaxnn.textbook.gradient_descent import Augmentation, TrainState, epoch_of_rows
from jaxnn.textbook.metrics import LARGER_IS_BETTER, is_larger_better
from jaxnn.textbook.network import Network, Params

GROUP = 64
"""Epochs whose metrics are kept in one small table before they go into the large one: XLA on a CPU
spreads the writing of one number into a table of 1,000 over threads, 0.4 µs an epoch."""

GROUPS = 256
"""Groups that one compiled call runs at most."""

Scalar = jax.Array | np.ndarray


@register_static
@dataclass(frozen=True)
class Plan:
    """What stays the same from epoch to epoch; static, so that equal plans share one program."""

    network: Network
    cost: CostFunction
    optimizer: OptimizerKey
    batch_size: int
    shuffle: bool
    augment: Augmentation | None
    metrics: tuple[tuple[str, Metric], ...]
    monitor: str | None
    maximise: bool
    patience: int | None
    layout: MeshLayout = ONE_DEVICE


class EarlyStopping(NamedTuple):
    """Who was best so far, and whether patience is at an end.

    Attributes:
        epoch: epochs run so far, ().
        params: those to evaluate after epoch `best_epoch`, the last ones where none was scored;
            None: nobody asks.
        score: theirs, the smaller the better, (); ∞: the monitor has never been a number.
        best_epoch: from 1, ().
        stopped: whether to end the training, ().
    """

    epoch: Scalar
    params: Params | None
    score: Scalar
    best_epoch: Scalar
    stopped: Scalar

    @classmethod
    def create(cls, plan: Plan, state: TrainState, epoch: int = 0) -> EarlyStopping:
        """Return what is known after some epochs, none of which was scored."""
        return cls(
            epoch=np.asarray(epoch, np.int32),
            params=None if plan.patience is None else state.params,
            score=np.asarray(np.inf, state.params[0].W.dtype),
            best_epoch=np.asarray(epoch, np.int32),
            stopped=np.asarray(False),
        )

    def is_scored(self) -> Any:
        """Return whether the monitor has been a number after any epoch, ()."""
        return self.score < np.inf

    def after(self, plan: Plan, params: Params, metrics: Metrics) -> EarlyStopping:
        """Return what is known after one more epoch; a loss that is not finite ends it all."""
        if plan.patience is None:
            return self
        assert plan.monitor is not None
        count = self.epoch + 1
        good = jnp.isfinite(metrics["loss"])
        score = (metrics[plan.monitor] * (-1 if plan.maximise else 1)).astype(self.score.dtype)
        better = good & (score < self.score)  # NaN is not
        kept = better | (good & ~self.is_scored())
        best_epoch = jnp.where(better, count, self.best_epoch)
        return EarlyStopping(
            epoch=count,
            params=jax.tree.map(lambda a, b: jnp.where(kept, a, b), params, self.params),
            score=jnp.where(better, score, self.score),
            best_epoch=best_epoch,
            stopped=~good | (count - best_epoch >= plan.patience),
        )


class StreamPosition(NamedTuple):
    """How far a pass over a stream has come, where a training stands inside an epoch.

    Attributes:
        chunks: chunks that were trained on.
        weight: of their examples, in all.
        sums: metric -> its sum over them, each example by its weight.
    """

    chunks: int
    weight: float
    sums: Mapping[str, float]


class EpochsResult(NamedTuple):
    """What `run_epochs` gives back.

    Attributes:
        state: the state after the epochs.
        best: who was best so far.
        table: each metric, an array of which the first `epochs` entries are measured.
        epochs: how many were run, ().
        finite: whether the parameters are, ().
        within: how far the next epoch has come, if it was left to be kept; None: it is not begun.
    """

    state: TrainState
    best: EarlyStopping
    table: Mapping[str, Any]
    epochs: Scalar
    finite: Scalar
    within: StreamPosition | None = None


EpochRunner = Callable[..., EpochsResult]
"""`run_epochs`, given all but (state, best, n): what the host's loop over epochs calls.  Where it
can run epochs again, it takes another plan as a fourth argument."""


@BoundedJit
def run_epochs(
    plan: Plan,
    state: TrainState,
    best: EarlyStopping,
    rows: Any,
    validation: Any,
    n: int | jax.Array,
) -> EpochsResult:
    """Run n epochs, fewer if patience ends, as one program that serves every n.

    The state before is not given over: it is what to go back to should the loss diverge.

    Args:
        plan: what stays the same.
        state: the state before.
        best: what is known before.
        rows: (m, n_0), (m, n_L) and, where examples have weights, (m,).
        validation: the same, or None.
        n: epochs, at most GROUPS × GROUP.
    """

    def evaluated(state: TrainState) -> Params:
        return evaluation_params(state.opt_state, state.params)

    def one_epoch(state: TrainState) -> tuple[TrainState, Metrics]:
        state, metrics = epoch_of_rows(
            plan.network,
            plan.cost,
            plan.optimizer.optimizer,
            state,
            rows,
            batch_size=plan.batch_size,
            shuffle=plan.shuffle,
            augment=plan.augment,
            layout=plan.layout,
        )
        if validation is not None:
            scores = scores_of_rows(
                plan.network, evaluated(state), validation, plan.cost, plan.metrics,
                layout=plan.layout,
            )  # fmt: skip
            metrics |= {f"val_{name}": value for name, value in scores.items()}
        return state, metrics

    def table(*shape: int) -> Metrics:
        return {name: jnp.zeros(shape, value.dtype) for name, value in measured.items()}

    def write(table: Metrics, i: jax.Array, values: Metrics) -> Metrics:
        return {
            name: jax.lax.dynamic_update_index_in_dim(table[name], value, i, axis=0)
            for name, value in values.items()
        }

    def before(end: int | jax.Array):
        if plan.patience is None:
            return lambda carry: carry[3] < end
        return lambda carry: (carry[3] < end) & ~carry[1].stopped

    def one_group(carry):
        state, best, large, done = carry
        going_on = before(jnp.minimum(GROUP, n - done))

        def body(carry):
            state, best, small, i = carry
            state, metrics = one_epoch(state)
            best = best.after(plan, evaluated(state), metrics)
            return state, best, write(small, i, metrics), i + 1

        start = state, best, table(GROUP), jnp.zeros((), jnp.int32)
        state, best, small, ran = jax.lax.while_loop(going_on, body, start)
        return state, best, write(large, done // GROUP, small), done + ran

    measured = jax.eval_shape(one_epoch, state)[1]
    check_monitor(plan, measured)
    start = state, best, table(GROUPS, GROUP), jnp.zeros((), jnp.int32)
    state, best, large, ran = jax.lax.while_loop(before(n), one_group, start)
    return EpochsResult(state, best, large, ran, all_finite(state.params))


def is_maximised(monitor: str, maximise: bool | None, own: Iterable[str]) -> bool:
    """Return whether a larger `monitor` is better; one that nobody measures is refused later.

    Raises:
        ValueError: it is one of the user's own metrics, and `maximise` is None.

    >>> is_maximised("val_loss", None, ["f1"]), is_maximised("val_f1", True, ["f1"])
    (False, True)
    """
    name = monitor.removeprefix("val_")
    if maximise is None and name not in LARGER_IS_BETTER and name not in own:
        return False
    return is_larger_better(monitor, maximise)


def check_monitor(plan: Plan, names: Iterable[str]) -> None:
    """Raise an error where patience watches a metric that is not measured."""
    if plan.patience is not None:
        check_measured(plan.monitor, names)


def check_measured(monitor: str | None, names: Iterable[str]) -> None:
    """Raise an error where a metric to go by is not measured."""
    if monitor not in tuple(names):
        raise ValueError(f"monitor {monitor!r} is unknown; known are {', '.join(names)}")


def all_finite(params: Params) -> jax.Array:
    """Return whether no parameter is NaN or infinite, ()."""
    return jnp.stack([jnp.isfinite(array).all() for array in jax.tree.leaves(params)]).all()
