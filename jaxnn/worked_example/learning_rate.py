"""The learning rate η of an optimiser that is plain gradient descent, w ← w − η ∂E/∂w."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.textbook.network import Params


def plain_learning_rate(
    update: Callable[[Params], Any],
    opt_state: optax.OptState,
    params: Params,
    gradients: Params,
    updates: Any,
) -> float | None:
    """Return η where the optimiser's updates are −η times any gradients; None where they are not.

    An optimiser does not say what it computes, so it is tried: its state holds no numbers but
    counts, and its updates for these gradients, for all ones and for all thousands are −η times
    each.  `update` is gradients -> updates, at this state and these parameters.

    >>> from jaxnn.textbook.network import Layer
    >>> params = (Layer(jnp.ones((1, 2)), jnp.ones(1)),)
    >>> def learning_rate_of(optimizer):
    ...     state = optimizer.init(params)
    ...     update = lambda gradients: optimizer.update(gradients, state, params)[0]
    ...     return plain_learning_rate(update, state, params, params, update(params))
    >>> learning_rate_of(optax.sgd(0.1)), learning_rate_of(optax.sgd(0.1, momentum=0.9))
    (0.1, None)
    """
    keeps = [leaf for leaf in jax.tree.leaves(opt_state) if _is_no_count(leaf)]
    if keeps:
        return None
    ones: Any = jax.tree.map(lambda array: np.full(array.shape, 1, array.dtype), params)
    thousands: Any = jax.tree.map(lambda array: np.full(array.shape, 1000, array.dtype), params)
    of_ones, of_thousands = update(ones), update(thousands)
    first = np.asarray(jax.tree.leaves(of_ones)[0]).flat[0]
    pairs = ((gradients, updates), (ones, of_ones), (thousands, of_thousands))
    if not all(_is_multiple(g, u, -first) for g, u in pairs):
        return None
    return float(str(-first))  # 0.1, not the float32 next to it


def _is_no_count(leaf: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(leaf), jnp.inexact)


def _is_multiple(gradients: Any, updates: Any, learning_rate: Any) -> bool:
    """Return whether updates are −learning_rate × gradients, as near as rounding allows."""
    for g, u in zip(jax.tree.leaves(gradients), jax.tree.leaves(updates), strict=True):
        g, u = np.asarray(g), np.asarray(u)
        bound = 4 * float(jnp.finfo(u.dtype).eps)
        if not np.allclose(
            u.astype(float), -float(learning_rate) * g.astype(float), rtol=bound, atol=0
        ):
            return False
    return True
