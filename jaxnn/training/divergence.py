"""Where a training diverged: in which step, and which W^[l] or b^[l] was the first to go."""

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
from jaxnn.training.history import History


class Watched(NamedTuple):
    """The state of an optimiser that is watched.

    Attributes:
        inner: its own.
        step: updates made so far, ().
        since: for each array of the parameters, the step from which on it was not finite, 0: none.
    """

    inner: Any
    step: jax.Array
    since: jax.Array


def watched(optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    """Return an optimiser that does the same, and writes down what it makes NaN or infinite.

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
    """Return where a training diverged, in words, after running some epochs of it again.

    Args:
        plan: what stays the same.
        run: runs epochs.
        start: the state before those epochs.
        epochs: how many, up to the one whose loss or parameters are not finite.
    """
    dtype = start.params[0].W.dtype
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
    return f"after step {step} {_named(since == step)} not finite"


def found_within(start: TrainState, after: TrainState) -> str:
    """Return where a training diverged, in words, as far as two states of it say."""
    first, last = int(start.step) + 1, int(after.step)
    bad = [not bool(jnp.isfinite(array).all()) for array in jax.tree.leaves(after.params)]
    told = f"{_named(bad)} not finite" if any(bad) else "every W^[l] and b^[l] is finite"
    return f"it was in one of the steps {first} to {last}, after which {told}"


def _named(bad: Sequence[bool] | np.ndarray) -> str:
    """Return the first of some parameters.

    >>> _named([False, True, True, True])
    'b^[1] and 2 more are'
    """
    places = np.flatnonzero(bad)
    first = f"{'Wb'[places[0] % 2]}^[{places[0] // 2 + 1}]"
    return f"{first} and {len(places) - 1} more are" if len(places) > 1 else f"{first} is"


def warn_of_divergence(plan: Plan, history: History, where: str) -> None:
    """Warn the one who called `fit`."""
    losses = history["loss"]
    finite = losses[np.isfinite(losses)]
    last = f"the last finite loss was {finite[-1]:.6g}" if len(finite) else "no loss was finite"
    what = "a parameter" if np.isfinite(losses[-1]) else "the loss"
    warnings.warn(
        f"{what} became NaN or infinite in epoch {history.epochs}: {where}; the loss of that epoch "
        f"was {losses[-1]:.6g}, {last}. Training stopped, and the last good parameters are kept. "
        f"{advice_for(plan.network, plan.cost)}",
        RuntimeWarning,
        stacklevel=5,
    )
