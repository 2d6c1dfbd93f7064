"""What a training consists of: its plan, its hyperparameters, its state, and when it stops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.tree_util import register_static

from jaxnn.comparison.equality import OptimizerKey
from jaxnn.textbook.descent import check_optimizer, first_state
from jaxnn.textbook.evaluation_point import is_schedule_free
from jaxnn.textbook.functions import Cost, CostFunction
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.network import Network, Params

LARGEST_INT32 = 2**31 - 1
SMALLEST_RATE = 1e-6  # the learning rate below which "adaptive" stops instead of dividing by 5


@register_static
@dataclass(frozen=True)
class Plan:
    """The static part of a training: equal plans share one compiled function.

    Attributes:
        network: the network.
        cost: E.
        solver: "adam", "sgd", "lbfgs", or an optimiser.
        schedule: of the learning rate of "sgd": "constant", "invscaling" or "adaptive".
        nesterov: whether the momentum of "sgd" is Nesterov's.
        batch_size: examples per update.
        steps: updates per epoch.
        has_empty_batches: whether some network has fewer batches than `steps`.
        scoring: the cost that decides the validation score: r² for squared error, else accuracy;
            None: no validation.
        outputs_averaged: whether the reported loss is a mean over the outputs, as scikit-learn's
            squared error is, though its gradient is not.
    """

    network: Network
    cost: CostFunction
    solver: str | OptimizerKey
    schedule: str
    nesterov: bool
    batch_size: int
    steps: int
    has_empty_batches: bool
    scoring: Cost | None
    outputs_averaged: bool


class Hyperparameters(NamedTuple):
    """The traced part of a training: other values compile nothing anew; each ()."""

    alpha: Any
    learning_rate_init: Any
    power_t: Any
    momentum: Any
    beta_1: Any
    beta_2: Any
    epsilon: Any
    tol: Any
    n_iter_no_change: Any
    max_iter: Any
    max_fun: Any

    @classmethod
    def of(cls, estimator: Any, dtype: Any) -> Hyperparameters:
        """Return those of an estimator in a type, the counts as int32."""
        values = {name: getattr(estimator, name) for name in cls._fields}
        counts = {name: min(values[name], LARGEST_INT32) for name in ("max_iter", "max_fun")}
        return cls(
            **{name: np.asarray(value, dtype) for name, value in values.items()}
            | {name: np.asarray(count, np.int32) for name, count in counts.items()}
        )


class SolverState(NamedTuple):
    """All that changes while a stochastic solver trains one network.

    Attributes:
        train: its parameters, optimiser state, step, and the words of the key of its dropout; None:
            no dropout.
        learning_rate: η now.
        examples: trained on, summed over the epochs.
        best_loss: the smallest so far.
        best_score: the largest so far, on the validation examples.
        best_params: those with `best_score`; None: no validation.
        stale: successive epochs without a better loss or score.
        epochs: run in this call of fit.
        stopped: whether patience has run out, or the loss is NaN.
    """

    train: TrainState
    learning_rate: Any
    examples: Any
    best_loss: Any
    best_score: Any
    best_params: Any
    stale: Any
    epochs: Any
    stopped: Any


def optimizer_of(
    plan: Plan, numbers: Hyperparameters, learning_rate: Any, step: Any
) -> optax.GradientTransformation:
    """Return optax's form of scikit-learn's optimiser, for the update after `step` others.

    scikit-learn's Adam divides by √v + ε, Kingma and Ba's algorithm 1 and optax by √v̂ + ε with
    v̂ = v / (1 − β₂^t): the same if ε is replaced by ε / √(1 − β₂^t).  Its momentum sums steps η g,
    not gradients g, which differs where η changes.
    """
    if isinstance(plan.solver, OptimizerKey):
        return plan.solver.optimizer
    scale = optax.scale_by_learning_rate(learning_rate)
    if plan.solver == "sgd":
        return optax.chain(scale, optax.trace(numbers.momentum, nesterov=plan.nesterov))
    t = jnp.asarray(step + 1, learning_rate.dtype)
    eps = numbers.epsilon / jnp.sqrt(1 - numbers.beta_2**t)
    return optax.chain(optax.scale_by_adam(numbers.beta_1, numbers.beta_2, eps), scale)


def initial_state(plan: Plan, numbers: Hyperparameters, params: Params, key: Any) -> SolverState:
    """Return the state before the first epoch, in NumPy arrays; `key`: words of the dropout's."""
    dtype = params[0].W.dtype
    zero = np.zeros((), np.int32)
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
        opt_state = _zero_opt_state(plan, dtype)
    return SolverState(
        train=TrainState(params, opt_state, zero, key),  # pyright: ignore[reportArgumentType]
        learning_rate=numbers.learning_rate_init,
        examples=np.zeros((), dtype),
        best_loss=np.full((), np.inf, dtype),
        best_score=np.full((), -np.inf, dtype),
        best_params=None if plan.scoring is None else params,
        stale=zero,
        epochs=zero,
        stopped=np.zeros((), bool),
    )


@cache
def _zero_opt_state(plan: Plan, dtype: Any) -> Any:
    """Return the optimiser state of "adam" or "sgd" before the first update: zeros."""
    number = jax.ShapeDtypeStruct((), dtype)
    numbers = Hyperparameters(*[number] * len(Hyperparameters._fields))
    step = jax.ShapeDtypeStruct((), np.int32)
    params = jax.eval_shape(partial(init, dtype=dtype), plan.network, jax.random.key(0))

    def opt_state(numbers: Hyperparameters, step: Any, params: Params) -> Any:
        return optimizer_of(plan, numbers, numbers.learning_rate_init, step).init(params)

    shapes = jax.eval_shape(opt_state, numbers, step, params)
    return jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), shapes)


def resumed_state(fresh: SolverState, before: SolverState, *, with_optimizer: bool) -> SolverState:
    """Return the state from which training goes on after an earlier fit.

    `partial_fit` keeps the optimiser state, `warm_start` only what was best and the learning rate's
    count of examples.  If the two states differ in structure, shapes or types (another solver, no
    validation, coefficients set by hand), it is the fresh one.
    """
    if _structure(fresh) != _structure(before):
        return fresh
    kept = before._replace(epochs=fresh.epochs, stopped=fresh.stopped)
    if with_optimizer:
        return kept._replace(train=before.train._replace(params=fresh.train.params))
    return kept._replace(train=fresh.train, learning_rate=fresh.learning_rate)


def _structure(state: SolverState) -> Any:
    leaves, treedef = jax.tree.flatten(state)
    return treedef, [(np.shape(leaf), leaf.dtype) for leaf in leaves]


def is_training(numbers: Hyperparameters, state: SolverState) -> jax.Array:
    """Return whether a network is trained for another epoch, ()."""
    return ~state.stopped & (state.epochs < numbers.max_iter)


def state_after_epoch(
    plan: Plan,
    numbers: Hyperparameters,
    before: SolverState,
    train: TrainState,
    loss: Any,
    score: Any,
    count: Any,
) -> SolverState:
    """Return the state after an epoch of `count` examples, by scikit-learn's rules for stopping."""
    if plan.scoring is None:
        stalled = loss > before.best_loss - numbers.tol
    else:
        stalled = score < before.best_score + numbers.tol
    stale = jnp.where(stalled, before.stale + 1, 0)
    better = score > before.best_score
    best = before.best_params
    if best is not None:
        best = jax.tree.map(lambda new, old: jnp.where(better, new, old), train.params, best)
    examples = before.examples + count
    learning_rate = before.learning_rate
    over = stale.astype(loss.dtype) > numbers.n_iter_no_change
    if plan.schedule == "invscaling":
        learning_rate = numbers.learning_rate_init / (examples + 1) ** numbers.power_t
    if plan.schedule == "adaptive":
        slower = over & (learning_rate > np.asarray(SMALLEST_RATE, loss.dtype))
        learning_rate = jnp.where(slower, learning_rate / 5, learning_rate)
        stale = jnp.where(slower, 0, stale)
        over = over & ~slower
    return SolverState(
        train=train,
        learning_rate=learning_rate,
        examples=examples,
        best_loss=jnp.where(loss < before.best_loss, loss, before.best_loss),
        best_score=jnp.where(better, score, before.best_score),
        best_params=best,
        stale=stale,
        epochs=before.epochs + 1,
        stopped=over | jnp.isnan(loss),
    )
