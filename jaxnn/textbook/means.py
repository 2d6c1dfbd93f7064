"""Weighted means over examples: sums in float32 or wider that neither overflow nor underflow."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.compilation import one_program


@partial(one_program, static_argnums=(0, 2))
def normalised_weights(m: int, weights: jax.Array | None, dtype: Any) -> jax.Array:
    """Return w_j / Σ w for each of m examples, summing to 1; all 0 if all w_j are 0.

    They are of type `summing_type(dtype)`: in float16, 1 / m for m = 70,000 has only 8 bits.

    >>> normalised_weights(3, jnp.array([1.0, 0.0, 3.0]), jnp.float32).tolist()
    [0.25, 0.0, 0.75]
    """
    dtype = summing_type(dtype)
    if weights is None:
        return jnp.full((m,), 1 / m, dtype)
    w = scaled_weights(weights, dtype)
    total = jnp.sum(w)
    return (w / jnp.where(total == 0, 1, total)).astype(dtype)


def scaled_weights(weights: jax.Array, dtype: Any) -> jax.Array:
    """Return the weights times a power of two, mostly 1, so that their sum stays finite and normal.

    Division by the largest weight would give 0: XLA multiplies by 1 / 1e38, which is subnormal.
    """
    dtype = summing_type(dtype, weights.dtype)
    w, far = weights.astype(dtype), 2.0 ** (np.finfo(dtype).maxexp // 2)
    largest = jnp.max(w)
    factor = jnp.where(largest > far, 1 / far, jnp.where(largest < 1 / far, far, 1.0))
    return w * factor.astype(dtype)


@one_program
def weighted_mean(w: jax.Array, values: jax.Array) -> jax.Array:
    """Return Σ_j w_j v_j over the examples with w_j > 0, summed in the wider type, of v's type."""
    dtype = summing_type(w.dtype, values.dtype)
    w, v = w.astype(dtype), values.astype(dtype)
    mean = jnp.sum(jnp.where(w == 0, 0, w * v))
    return mean.astype(values.dtype) if jnp.issubdtype(values.dtype, jnp.floating) else mean


def unit_of_squares(largest: jax.Array) -> jax.Array:
    """Return a power of two near a largest deviation: squares of what is divided by it stay normal.

    >>> unit_of_squares(jnp.array([0.0, 3.0, 4.0])).tolist()
    [1.0, 4.0, 8.0]
    """
    _, exponent = jnp.frexp(largest)
    most = np.finfo(largest.dtype).maxexp - 2  # 1 / 2^most is a normal number
    return jnp.ldexp(jnp.ones_like(largest), jnp.clip(exponent, -most, most))


def summing_type(*dtypes: Any) -> Any:
    """Return the type in which to sum numbers of some types: the widest, at least float32."""
    return max(map(jnp.dtype, (jnp.float32, *dtypes)), key=lambda dtype: dtype.itemsize)
