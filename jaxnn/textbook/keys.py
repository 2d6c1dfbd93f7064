"""Checks of random keys: public functions take one key, of the new or the old style."""

from __future__ import annotations

from typing import Any, TypeGuard

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.textbook.checks.arguments import described


def single_key(key: Any, *, name: str = "key") -> jax.Array:
    """Return one key of the new style, or raise an error unless a value is one key, of any style.

    >>> bool(single_key(jax.random.PRNGKey(7)) == jax.random.key(7))
    True
    """
    got, hint = described(key), ""
    if isinstance(key, int) and not isinstance(key, bool):
        hint = f": write jax.random.key({key})"
    if isinstance(key, jax.Array | np.ndarray):
        got = f"an array of {key.dtype} of shape {key.shape}"
        found = _wrapped(key) if key.dtype == np.uint32 else key
        if is_key(found) and found.shape == ():
            return found
        if is_key(found):
            hint = f": a batch of {found.size} keys, of which {_first(found)} is one"
    raise TypeError(f"{name} must be one random key, such as jax.random.key(0), got {got}{hint}")


def _first(keys: jax.Array) -> str:
    return f"key[{', '.join('0' * keys.ndim)}]"


def is_key(leaf: Any) -> TypeGuard[jax.Array]:
    """Return whether a leaf is a random key of the new style, or an array of such."""
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _wrapped(words: Any) -> jax.Array | None:
    try:
        return jax.random.wrap_key_data(jnp.asarray(words))
    except (TypeError, ValueError):  # another number of words
        return None
