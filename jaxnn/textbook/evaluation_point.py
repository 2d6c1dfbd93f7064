"""The parameters to evaluate and return, if an optimiser takes gradients at other ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import optax
from optax.contrib import ScheduleFreeState, schedule_free_eval_params

from jaxnn.compilation import BoundedJit
from jaxnn.textbook.network import Params


def evaluation_params(opt_state: optax.OptState, params: Params) -> Params:
    """Return the parameters to evaluate: those trained, except for schedule-free optimisers.

    Formula: x = (y − (1 − β₁) z) / β₁, where gradients are taken at y, and x is the average of z;
    see `optax.contrib.schedule_free_eval_params`.  Parameters that no schedule-free optimiser
    averages (`optax.partition`) stay as they are.

    Args:
        opt_state: the optimiser's state; that of a schedule-free one may be nested in it.
        params: y, those that are trained.

    Raises:
        TypeError: several average the same W^[l] or b^[l], or one averages another structure.

    Source: Defazio et al. (2024), The Road Less Scheduled.
    """
    evaluated, seen = params, set()
    for state in nodes_of(opt_state, _is_schedule_free):
        try:
            with jax.numpy_dtype_promotion("standard"):  # z may be of another type
                y = jax.tree.map(_unless_masked, state.z, params, is_leaf=_is_masked)
                x = schedule_free_eval_params(state, y)
            after = jax.tree.map(_or_as_before, x, evaluated, is_leaf=_is_masked)
        except (TypeError, ValueError):
            raise TypeError(
                "optimizer cannot be used: its optax.contrib.schedule_free averages parameters in "
                f"another structure, {jax.tree.structure(state.z)}, than W^[l] and b^[l], "
                f"{jax.tree.structure(params)}: put what changes it, such as optax.flatten, inside "
                "of schedule_free"
            ) from None
        pairs = zip(jax.tree.leaves(evaluated), jax.tree.leaves(after), strict=True)
        own = {i for i, (before, now) in enumerate(pairs) if now is not before}
        if own & seen:
            raise TypeError(
                "optimizer cannot be used: several optax.contrib.schedule_free in it average the "
                "same W^[l] or b^[l], so that it does not say at which point to evaluate them: "
                "leave one"
            )
        evaluated, seen = after, seen | own
    return evaluated


def params_to_evaluate(state: Any, *, each: bool = False) -> Params:
    """Return the parameters to evaluate of a `TrainState`, or of `each` of stacked networks."""
    if not is_schedule_free(state.opt_state):
        return state.params
    return (_of_each if each else _of_one)(state.opt_state, state.params)


_of_one, _of_each = BoundedJit(evaluation_params), BoundedJit(jax.vmap(evaluation_params))


def is_schedule_free(opt_state: optax.OptState) -> bool:
    """Return whether the state of a schedule-free optimiser is in a state."""
    return any(True for _ in nodes_of(opt_state, _is_schedule_free))


def nodes_of(tree: Any, chosen: Callable[[Any], bool]) -> Iterator[Any]:
    """Yield the nodes of a tree that are chosen, also those inside others."""

    def found(node: Any) -> bool:
        return node is not tree and chosen(node)

    if chosen(tree):
        yield tree
    for node in jax.tree.leaves(tree, is_leaf=found):
        if chosen(node):
            yield from nodes_of(node, chosen)


def _is_schedule_free(node: Any) -> bool:
    return isinstance(node, ScheduleFreeState)


def _is_masked(node: Any) -> bool:
    return isinstance(node, optax.MaskedNode)


def _unless_masked(z: Any, y: Any) -> Any:
    return z if _is_masked(z) else y


def _or_as_before(x: Any, before: Any) -> Any:
    return before if _is_masked(x) else x.astype(before.dtype)
