"""Finds where training diverged: the step, and the first W^[l] or b^[l] that was not finite."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.comparison.equality import OptimizerKey, shapes_of
from jaxnn.engine.epochs import EarlyStopping, EpochRunner
from jaxnn.engine.plan import Plan
from jaxnn.textbook.descent import updates_of
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.pairing import advice_for
from jaxnn.textbook.parameter_trees import dtype_of, named_arrays
from jaxnn.training.results import History


class Watched(NamedTuple):
    """The state of a watched optimiser.

    Attributes:
        inner: the state of the optimiser itself.
        step: updates so far, ().
        since: for each array of the parameters, the first step after which it was not finite; 0:
            it is finite.
    """

    inner: Any
    step: jax.Array
    since: jax.Array


def watched(optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    """Return the same optimiser, which also records when each parameter becomes NaN or infinite.

    >>> sgd, params = watched(optax.sgd(1.0)), {"b": jnp.ones(1), "W": jnp.ones(1)}
    >>> sgd.update({"b": jnp.full(1, jnp.inf), "W": jnp.ones(1)}, sgd.init(params), params)[1].since
    Array([0, 1], dtype=int32)
    """
    update: Any = partial(_update, optimizer)
    return optax.GradientTransformationExtraArgs(partial(_init, optimizer), update)


def _init(optimizer: optax.GradientTransformation, params: Any) -> Watched:
    return Watched(optimizer.init(params), jnp.zeros((), jnp.int32), _nowhere(params))


def _nowhere(params: Any) -> jax.Array:
    return jnp.zeros(len(jax.tree.leaves(params)), jnp.int32)


def _update(
    optimizer: optax.GradientTransformation,
    gradients: Any,
    state: Watched,
    params: Any,
    **extras: Any,
) -> tuple[Any, Watched]:
    updates, inner = updates_of(optimizer, gradients, state.inner, params, extras)
    after = jax.tree.leaves(optax.apply_updates(params, updates))
    finite = jnp.stack([jnp.isfinite(array).all() for array in after])
    step = state.step + 1
    since = jnp.where(finite | (state.since > 0), state.since, step)
    return updates, Watched(inner, step, since)


def found_again(plan: Plan, run: EpochRunner, start: TrainState, epochs: int) -> str:
    """Return where training diverged, in words; runs the epochs from `start` to there again."""
    dtype = dtype_of(start.params)
    optimizer = OptimizerKey(watched(plan.optimizer.optimizer), shapes_of(plan.network, dtype))
    again = replace(plan, optimizer=optimizer, patience=None)
    opt_state: Any = Watched(start.opt_state, start.step, _nowhere(start.params))
    state = start._replace(opt_state=opt_state, key=jax.random.clone(start.key))
    after: Any = run(state, EarlyStopping.create(again, state), epochs, again).state
    since = np.asarray(after.opt_state.since)
    if not since.any():
        last = int(after.step)
        first = last - (last - int(start.step)) // epochs + 1
        return f"in its steps {first} to {last} every W^[l] and b^[l] stayed finite"
    step = since[since > 0].min()
    return f"after step {step} {_named(start.params, since == step)} not finite"


def found_within(start: TrainState, after: TrainState) -> str:
    """Return where training diverged, in words, as far as two of its states tell."""
    first, last = int(start.step) + 1, int(after.step)
    bad = [not bool(jnp.isfinite(array).all()) for array in jax.tree.leaves(after.params)]
    named = f"{_named(after.params, bad)} not finite" if any(bad) else None
    told = named or "every W^[l] and b^[l] is finite"
    return f"it was in one of the steps {first} to {last}, after which {told}"


def _named(params: Any, bad: Sequence[bool] | np.ndarray) -> str:
    """Return the first parameter that is marked, and how many more are.

    >>> import jaxnn
    >>> _named((jaxnn.Layer(1, 2), jaxnn.Layer(3, 4)), [False, True, True, True])
    'b^[1] and 2 more are'
    """
    places = np.flatnonzero(bad)
    first = list(named_arrays(params))[places[0]]
    return f"{first} and {len(places) - 1} more are" if len(places) > 1 else f"{first} is"


def warn_of_divergence(plan: Plan, history: History, where: str) -> None:
    """Warn, at the line that called `fit`, that training diverged and was stopped."""
    losses = history["loss"]
    finite = losses[np.isfinite(losses)]
    last = f"the last finite loss was {finite[-1]:.6g}" if len(finite) else "no loss was finite"
    what = "a parameter" if np.isfinite(losses[-1]) else "the loss"
    warnings.warn(
        f"{what} became NaN or infinite in epoch {history.epochs}: {where}; the loss of that epoch "
        f"was {losses[-1]:.6g}, {last}. Training stopped, and the last good parameters are kept. "
        f"{advice_for(plan.network, plan.cost)}",
        RuntimeWarning,
        stacklevel=6,
    )
