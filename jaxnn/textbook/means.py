"""Weighted means over examples whose sums leave no type, summed in float32 at least."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np


def shares(m: int, weights: jax.Array | None, dtype: Any) -> jax.Array:
    """Return w_j / Σ w, the share of each of m examples in the mean; all 0 where all w_j are 0.

    They are of type `summing_type(dtype)`: in float16 the 1 / m of 70,000 examples has 8 bits.

    >>> shares(3, jnp.array([1.0, 0.0, 3.0]), jnp.float32).tolist()
    [0.25, 0.0, 0.75]
    """
    dtype = summing_type(dtype)
    if weights is None:
        return jnp.full((m,), 1 / m, dtype)
    w = scaled_weights(weights, dtype)
    total = jnp.sum(w)
    return (w / jnp.where(total == 0, 1, total)).astype(dtype)


def scaled_weights(weights: jax.Array, dtype: Any) -> jax.Array:
    """Return the weights times the power of two, mostly 1, with which their sum leaves no type.

    Divided by the largest they would be 0: XLA multiplies by 1 / 1e38, which is subnormal.

    >>> scaled_weights(jnp.array([1.0, 3.0]), jnp.float32).tolist()
    [1.0, 3.0]
    >>> bool(jnp.isfinite(scaled_weights(jnp.full(9, 1e38), jnp.float32).sum()))
    True
    """
    dtype = summing_type(dtype, weights.dtype)
    w, far = weights.astype(dtype), 2.0 ** (np.finfo(dtype).maxexp // 2)
    largest = jnp.max(w)
    factor = jnp.where(largest > far, 1 / far, jnp.where(largest < 1 / far, far, 1.0))
    return w * factor.astype(dtype)


def weighted_mean(w: jax.Array, values: jax.Array) -> jax.Array:
    """Return Σ_j w_j v_j over the examples with w_j > 0, summed in w's type, in that of v.

    >>> weighted_mean(jnp.array([0.25, 0.0, 0.75]), jnp.array([4.0, jnp.nan, 0.0])).item()
    1.0
    """
    dtype = summing_type(w.dtype, values.dtype)
    w, v = w.astype(dtype), values.astype(dtype)
    mean = jnp.sum(jnp.where(w == 0, 0, w * v))
    return mean.astype(values.dtype) if jnp.issubdtype(values.dtype, jnp.floating) else mean


def unit_of_squares(largest: jax.Array) -> jax.Array:
    """Return a power of two near a largest deviation: divided by it, squares leave no type.

    >>> unit_of_squares(jnp.array([0.0, 3.0, 4.0])).tolist()
    [1.0, 4.0, 8.0]
    """
    _, exponent = jnp.frexp(largest)
    most = np.finfo(largest.dtype).maxexp - 2  # 1 / 2^most is a normal number
    return jnp.ldexp(jnp.ones_like(largest), jnp.clip(exponent, -most, most))


def summing_type(*dtypes: Any) -> Any:
    """Return the type in which to sum numbers of some types: the widest, at least float32.

    >>> summing_type(jnp.float16), summing_type(jnp.float32, jnp.float64)
    (dtype('float32'), dtype('float64'))
    """
    return max(map(jnp.dtype, (jnp.float32, *dtypes)), key=lambda dtype: dtype.itemsize)
