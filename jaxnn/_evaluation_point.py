"""The parameters to measure and to keep, where an optimiser trains at others than these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import optax
from optax.contrib import ScheduleFreeState, schedule_free_eval_params

from jaxnn._compiled import Compiled
from jaxnn.network import Params


def evaluation_params(opt_state: optax.OptState, params: Params) -> Params:
    """Return the parameters to evaluate: those trained, but for schedule-free optimisers.

    Formula: x = (y − (1 − β₁) z) / β₁, where gradients are taken at y and x is the average of the
    z; see `optax.contrib.schedule_free_eval_params`.  Parameters that a schedule-free optimiser
    leaves alone (`optax.partition`) are as they are.

    Args:
        opt_state: the optimiser's state, in which a schedule-free one's is found wherever it lies.
        params: y, those that are trained.

    Raises:
        TypeError: several average the same W^[l] or b^[l], or one sees them in another structure.

    Source: Defazio et al. (2024), The Road Less Scheduled.

    >>> import jax.numpy as jnp
    >>> optimizer, y = optax.contrib.schedule_free_sgd(0.1), {"W": jnp.ones(1)}
    >>> evaluation_params(optimizer.init(y), y)["W"].tolist()
    [1.0]
    """
    leaves, structure = jax.tree.flatten(params)
    evaluated = [False] * len(leaves)
    for state in nodes_of(opt_state, _is_schedule_free):
        z, of_z = jax.tree.flatten(state.z, is_leaf=_is_masked)
        if of_z != structure:
            raise TypeError(
                "optimizer cannot be used: its optax.contrib.schedule_free averages parameters in "
                f"another structure, {of_z}, than W^[l] and b^[l], {structure}: put what changes "
                "it, such as optax.flatten, inside of schedule_free"
            )
        own = [i for i, one in enumerate(z) if not _is_masked(one)]
        if any(evaluated[i] for i in own):
            raise TypeError(
                "optimizer cannot be used: several optax.contrib.schedule_free in it average the "
                "same W^[l] or b^[l], so that it does not say at which point to evaluate them: "
                "leave one"
            )
        with jax.numpy_dtype_promotion("standard"):  # z may be of another type
            at_x = schedule_free_eval_params(
                state._replace(z=[z[i] for i in own]), [leaves[i] for i in own]
            )
        for i, x in zip(own, at_x, strict=True):
            leaves[i], evaluated[i] = x.astype(leaves[i].dtype), True
    return jax.tree.unflatten(structure, leaves) if any(evaluated) else params


def params_to_evaluate(state: Any, *, each: bool = False) -> Params:
    """Return the parameters to evaluate of a `TrainState`, `each` of stacked networks, on the host.

    Those of other optimisers are `state.params`, for which nothing is computed.
    """
    if not any(nodes_of(state.opt_state, _is_schedule_free)):
        return state.params
    return (_of_each if each else _of_one)(state.opt_state, state.params)


_of_one, _of_each = Compiled(evaluation_params), Compiled(jax.vmap(evaluation_params))


def nodes_of(tree: Any, chosen: Callable[[Any], bool]) -> Iterator[Any]:
    """Return the nodes of a tree that are chosen, those within others too."""

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
