"""Several epochs as one compiled function: training, validation and early stopping."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.compilation import BoundedJit
from jaxnn.engine.plan import Plan
from jaxnn.engine.scoring import scores_of_rows
from jaxnn.engine.steps import epoch_of_rows
from jaxnn.engine.variation import ALIKE, Variation
from jaxnn.textbook.evaluation_point import evaluation_params
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.metrics import LARGER_IS_BETTER, Metrics, is_larger_better
from jaxnn.textbook.network import Params
from jaxnn.textbook.parameter_trees import dtype_of

# Epochs whose metrics are kept in one small table before they go into the large one: XLA on a CPU
# spreads the writing of one number into a table of 1,000 over threads, 0.4 µs an epoch.
GROUP = 64

GROUPS = 256  # that one compiled call runs at most

Scalar = jax.Array | np.ndarray


class EarlyStopping(NamedTuple):
    """The best parameters so far, and whether patience has run out.

    Attributes:
        epoch: epochs run so far, ().
        params: those to evaluate after epoch `best_epoch`, the last ones where none was scored;
            None: there is no early stopping.
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
        """Return the value after `epoch` epochs, none of which was scored."""
        return cls(
            epoch=np.asarray(epoch, np.int32),
            params=None if plan.patience is None else state.params,
            score=np.asarray(np.inf, dtype_of(state.params)),
            best_epoch=np.asarray(epoch, np.int32),
            stopped=np.asarray(False),
        )

    def is_scored(self) -> Any:
        """Return whether the monitor has been a number after any epoch, ()."""
        return self.score < np.inf

    def after(self, plan: Plan, params: Params, metrics: Metrics) -> EarlyStopping:
        """Return the value after one more epoch; a loss that is not finite stops the training."""
        if plan.patience is None:
            return self
        assert plan.monitor is not None
        count = self.epoch + 1
        good = jnp.isfinite(metrics["loss"])
        score = (metrics[plan.monitor] * (-1 if plan.maximise else 1)).astype(self.score.dtype)
        better = good & (score < self.score)  # NaN is not
        replaces = better | (good & ~self.is_scored())
        best_epoch = jnp.where(better, count, self.best_epoch)
        return EarlyStopping(
            epoch=count,
            params=jax.tree.map(lambda a, b: jnp.where(replaces, a, b), params, self.params),
            score=jnp.where(better, score, self.score),
            best_epoch=best_epoch,
            stopped=~good | (count - best_epoch >= plan.patience),
        )


class StreamPosition(NamedTuple):
    """Where a training stands inside a pass over a stream.

    Attributes:
        chunks: chunks trained on in this pass.
        weight: the total weight of their examples.
        sums: metric -> its weighted sum over them.
    """

    chunks: int
    weight: float
    sums: Mapping[str, float]


class EpochsResult(NamedTuple):
    """What `run_epochs` returns.

    Attributes:
        state: the state after the epochs.
        best: the best parameters so far.
        table: each metric, an array of which the first `epochs` entries are measured.
        epochs: how many were run, ().
        finite: whether the parameters are, ().
        within: the position inside the next epoch, where a checkpoint is due in the middle of it;
            None: it has not begun.
    """

    state: TrainState
    best: EarlyStopping
    table: Mapping[str, Any]
    epochs: Scalar
    finite: Scalar
    within: StreamPosition | None = None


# `run_epochs`, given all but (state, best, n): what the host's loop over epochs calls.  Where it
# can run epochs again, it takes another plan as a fourth argument.
EpochRunner = Callable[..., EpochsResult]


class _Carry(NamedTuple):
    """What the loops of `run_epochs` carry: `table` holds the metrics of epochs 0 … epochs − 1."""

    state: TrainState
    best: EarlyStopping
    table: Metrics
    epochs: jax.Array


@BoundedJit
def run_epochs(
    plan: Plan,
    state: TrainState,
    best: EarlyStopping,
    rows: Any,
    validation: Any,
    n: int | jax.Array,
) -> EpochsResult:
    """Run n epochs, fewer if patience runs out, as one program that serves every n.

    The input state is not donated; training rolls back to it if the loss diverges.

    Args:
        plan: what stays the same.
        state: the state before.
        best: the best parameters before.
        rows: (m, n_0), (m, n_L) and, where examples have weights, (m,).
        validation: the same, or None.
        n: epochs, at most GROUPS × GROUP.
    """

    @partial(jax.jit, inline=True)  # traced once for the names of the metrics and for the loop
    def one_epoch(state: TrainState, rows: Any, validation: Any) -> tuple[TrainState, Metrics]:
        return scored_epoch(plan, plan.optimizer.optimizer, state, rows, validation)

    measured = jax.eval_shape(one_epoch, state, rows, validation)[1]
    check_monitor(plan, measured)
    count = jnp.zeros((), jnp.int32)

    def goes_on(end: int | jax.Array, carry: _Carry) -> jax.Array:
        more = carry.epochs < end
        return more if plan.patience is None else more & ~carry.best.stopped

    def epoch_of_group(carry: _Carry) -> _Carry:
        state, metrics = one_epoch(carry.state, rows, validation)
        best = carry.best.after(plan, _evaluated(state), metrics)
        table = _written(carry.table, carry.epochs, metrics)
        return _Carry(state, best, table, carry.epochs + 1)

    def group(carry: _Carry) -> _Carry:
        start = _Carry(carry.state, carry.best, _table(measured, GROUP), count)
        end = jnp.minimum(GROUP, n - carry.epochs)
        ran = jax.lax.while_loop(partial(goes_on, end), epoch_of_group, start)
        table = _written(carry.table, carry.epochs // GROUP, ran.table)
        return _Carry(ran.state, ran.best, table, carry.epochs + ran.epochs)

    start = _Carry(state, best, _table(measured, GROUPS, GROUP), count)
    end = jax.lax.while_loop(partial(goes_on, n), group, start)
    return EpochsResult(end.state, end.best, end.table, end.epochs, all_finite(end.state.params))


def scored_epoch(
    plan: Plan,
    optimizer: Any,
    state: TrainState,
    rows: Any,
    validation: Any,
    variation: Variation = ALIKE,
    block: int | None = None,
) -> tuple[TrainState, Metrics]:
    """Return the state after an epoch, and its metrics, those of the validation as `val_…`."""
    state, metrics = epoch_of_rows(plan, optimizer, state, rows, variation)
    if validation is not None:
        params, layout = _evaluated(state), plan.layout
        scores = scores_of_rows(
            plan.network, params, validation, plan.cost, plan.metrics, variation, block, layout
        )
        metrics |= {f"val_{name}": value for name, value in scores.items()}
    return state, metrics


def _evaluated(state: TrainState) -> Params:
    return evaluation_params(state.opt_state, state.params)


def _table(measured: Mapping[str, Any], *shape: int) -> Metrics:
    return {name: jnp.zeros(shape, value.dtype) for name, value in measured.items()}


def _written(table: Metrics, i: jax.Array, values: Metrics) -> Metrics:
    """Return a table with the values of row i written into it."""
    return {
        name: jax.lax.dynamic_update_index_in_dim(table[name], value, i, axis=0)
        for name, value in values.items()
    }


def is_maximised(monitor: str, maximise: bool | None, own: Iterable[str]) -> bool:
    """Return whether a larger `monitor` is better; a monitor that is not measured is refused later.

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
