"""How a network stands in its training, and scikit-learn's rules for going on."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.comparison.equality import OptimizerKey
from jaxnn.interop.sklearn._plan import Numbers, Plan, optimizer_of
from jaxnn.textbook.descent import check_optimizer, first_state
from jaxnn.textbook.evaluation_point import is_schedule_free
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.network import Params

SMALLEST_RATE = 1e-6
"""The learning rate below which an "adaptive" one is not divided by 5 any more."""


class Progress(NamedTuple):
    """All that changes while one network learns.

    Attributes:
        train: its parameters and its optimiser's state; its key's words, None: nothing is dropped.
        learning_rate: η now.
        examples: on which it was trained, counted once an epoch.
        best_loss: the smallest.
        best_score: the largest of the validation.
        best: the parameters that had it; None: there is no validation.
        stale: epochs in a row without a better loss or score.
        epochs: run in this call of fit.
        stopped: whether patience is at an end, or the loss NaN.
    """

    train: TrainState
    learning_rate: Any
    examples: Any
    best_loss: Any
    best_score: Any
    best: Any
    stale: Any
    epochs: Any
    stopped: Any


def begin(plan: Plan, numbers: Numbers, params: Params, key: Any) -> Progress:
    """Return the progress of a network that has learnt nothing, in arrays of NumPy.

    Args:
        plan: what is compiled.
        numbers: its hyperparameters.
        params: its first parameters.
        key: words of the key of its dropout; None: nothing is dropped.
    """
    dtype = params[0].W.dtype
    zero, rate = np.zeros((), np.int32), numbers.learning_rate_init
    if isinstance(plan.solver, OptimizerKey):
        optimizer = plan.solver.optimizer
        check_optimizer(optimizer, params)
        opt_state = jax.device_get(first_state(optimizer, params))
        if is_schedule_free(opt_state):
            raise ValueError(
                "optimizer of a scikit-learn estimator must train at the point that it is measured "
                "at, and optax.contrib.schedule_free does not: take jaxnn.fit, which returns its "
                "average, or another optimizer"
            )
    else:
        opt_state = _nothing(plan, dtype)
    return Progress(
        train=TrainState(params, opt_state, zero, key),  # pyright: ignore[reportArgumentType]
        learning_rate=rate,
        examples=np.zeros((), dtype),
        best_loss=np.full((), np.inf, dtype),
        best_score=np.full((), -np.inf, dtype),
        best=None if plan.scoring is None else params,
        stale=zero,
        epochs=zero,
        stopped=np.zeros((), bool),
    )


@cache
def _nothing(plan: Plan, dtype: Any) -> Any:
    """Return the state of scikit-learn's optimisers before the first update: zeros."""
    number = jax.ShapeDtypeStruct((), dtype)
    numbers = Numbers(*[number] * len(Numbers._fields))
    step = jax.ShapeDtypeStruct((), np.int32)
    params = jax.eval_shape(partial(init, dtype=dtype), plan.network, jax.random.key(0))

    def state(numbers: Numbers, step: Any, params: Params) -> Any:
        return optimizer_of(plan, numbers, numbers.learning_rate_init, step).init(params)

    shapes = jax.eval_shape(state, numbers, step, params)
    return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)


def resumed(
    plan: Plan, numbers: Numbers, params: Params, key: Any, before: Progress, *, whole: bool
) -> Progress:
    """Return the progress of a network that goes on from an earlier training.

    Args:
        plan: what is compiled.
        numbers: its hyperparameters.
        params: where it goes on.
        key: as in `begin`.
        before: how it stood.
        whole: with its optimiser's state, as `partial_fit` goes on; else with what was best only,
            as `warm_start` does.
    """
    fresh = begin(plan, numbers, params, key)
    if _kinds(fresh) != _kinds(before):  # another solver, no validation, coefficients set by hand
        return fresh
    if whole:
        train = before.train._replace(params=params)
        return before._replace(train=train, epochs=fresh.epochs, stopped=fresh.stopped)
    return before._replace(
        train=fresh.train, learning_rate=fresh.learning_rate, epochs=fresh.epochs,
        stopped=fresh.stopped,
    )  # fmt: skip


def _kinds(progress: Progress) -> Any:
    """Return what two progresses must have in common for the one to go on from the other."""
    leaves, structure = jax.tree.flatten(progress)
    return structure, [(np.shape(leaf), leaf.dtype) for leaf in leaves]


def goes_on(numbers: Numbers, progress: Progress) -> jax.Array:
    """Return whether a network trains on, ()."""
    return ~progress.stopped & (progress.epochs < numbers.max_iter)


def after_epoch(
    plan: Plan, numbers: Numbers, progress: Progress, train: TrainState, loss: Any, score: Any,
    count: Any,
) -> Progress:  # fmt: skip
    """Return the progress after one more epoch, by scikit-learn's rules.

    Args:
        plan: what is compiled.
        numbers: hyperparameters.
        progress: the progress before.
        train: the state after the epoch.
        loss: its mean.
        score: of the validation after it.
        count: examples that it had.
    """
    if plan.scoring is None:
        stalled = loss > progress.best_loss - numbers.tol
    else:
        stalled = score < progress.best_score + numbers.tol
    stale = jnp.where(stalled, progress.stale + 1, 0)
    better = score > progress.best_score
    best = progress.best
    if best is not None:
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), train.params, best)
    examples = progress.examples + count
    learning_rate = progress.learning_rate
    over = stale.astype(loss.dtype) > numbers.n_iter_no_change
    if plan.schedule == "invscaling":
        learning_rate = numbers.learning_rate_init / (examples + 1) ** numbers.power_t
    if plan.schedule == "adaptive":
        slower = over & (learning_rate > np.asarray(SMALLEST_RATE, loss.dtype))
        learning_rate = jnp.where(slower, learning_rate / 5, learning_rate)
        stale = jnp.where(slower, 0, stale)
        over = over & ~slower
    return Progress(
        train=train,
        learning_rate=learning_rate,
        examples=examples,
        best_loss=jnp.where(loss < progress.best_loss, loss, progress.best_loss),
        best_score=jnp.where(better, score, progress.best_score),
        best=best,
        stale=stale,
        epochs=progress.epochs + 1,
        stopped=over | jnp.isnan(loss),
    )
