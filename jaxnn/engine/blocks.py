"""Functions of rows, computed a block of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def in_blocks(function: Callable[..., Any], block: int, rows: Any) -> Any:
    """Return what a function of rows returns, computed a block of them at a time.

    >>> in_blocks(lambda rows: 2 * rows[0], 2, (jnp.arange(3),)).tolist()
    [0, 2, 4]
    """
    m = len(rows[0])
    whole = m - m % block
    if whole == block == m:
        return function(rows)
    blocks = tuple(row[:whole].reshape(-1, block, *row.shape[1:]) for row in rows)
    found = jax.lax.map(function, blocks)
    found = jax.tree.map(lambda array: array.reshape(whole, *array.shape[2:]), found)
    if whole == m:
        return found
    rest = function(tuple(row[whole:] for row in rows))
    return jax.tree.map(lambda *arrays: jnp.concatenate(arrays), found, rest)
