"""RealMLP's embedding of a number, PBLD: the number itself, and a linear map of shifted cosines."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxnn.tables.embeddings.arrays import as_scalar, checked, draw_linear
from jaxnn.textbook.checks.arguments import check_floating_type
from jaxnn.textbook.checks.values import check_count, check_number
from jaxnn.textbook.keys import single_key


class PBLD(NamedTuple):
    """The trained arrays of RealMLP's embedding with k frequencies and width d.

    Attributes:
        c: frequencies, (k,).
        phase: φ, (k,).
        A: (d − 1, k).
        b: (d − 1,).

    >>> init_pbld(jax.random.key(0)).A.shape
    (3, 16)
    """

    c: jax.Array
    phase: jax.Array
    A: jax.Array
    b: jax.Array


def init_pbld(
    key: jax.Array,
    *,
    frequencies: int = 16,
    width: int = 4,
    sigma: float = 0.1,
    dtype: Any = jnp.float32,
) -> PBLD:
    """Return the first arrays: c ~ N(0, σ²), φ uniform in ±π; A and b uniform between ±1/√k.

    Args:
        key: `jax.random.key(seed)`; `jax.vmap` over keys makes several columns.
        frequencies: k.
        width: d, at least 2, with x itself.
        sigma: σ.
        dtype: a floating type.

    Returns:
        `PBLD(c, phase, A, b)`.

    Raises:
        TypeError, ValueError: key is not one key, a count is too small, σ is not above 0, dtype is
            not floating.

    Source: Holzmüller, Grinsztajn and Steinwart, RealMLP (2024, arXiv 2407.04491).

    >>> [array.shape for array in init_pbld(jax.random.key(0), width=8)]
    [(16,), (16,), (7, 16), (7,)]
    """
    k, d = check_count("frequencies", frequencies), check_count("width", width, least=2)
    check_number("sigma", sigma, "above 0 and finite", lambda s: 0 < s < math.inf)
    check_floating_type("dtype", dtype, "jnp.float32")
    c_key, phase_key, A_key = jax.random.split(single_key(key), 3)
    c = float(sigma) * jax.random.normal(c_key, (k,), dtype)
    phase = jax.random.uniform(phase_key, (k,), dtype, -math.pi, math.pi)
    return PBLD(c, phase, *draw_linear(A_key, d - 1, k, dtype))


def pbld_embedding(weights: PBLD, x: Any) -> jax.Array:
    """Return RealMLP's embedding of a number, "PBLD", (d,).

    Formula: e = [x; A cos(2π c x + φ) + b].

    Args:
        weights: `PBLD(c, phase, A, b)` of `init_pbld`; gradients pass to all four.
        x: one number of about unit size, of shape (); `jax.vmap` makes the batch.

    Returns:
        e, (d,), of the type of the weights; its first entry is x.

    Raises:
        TypeError, ValueError: a weight or x of another shape, or no number.

    Source: Holzmüller, Grinsztajn and Steinwart, RealMLP (2024, arXiv 2407.04491).

    >>> one = jnp.ones(1)
    >>> weights = PBLD(c=0.5 * one, phase=0 * one, A=jnp.array([[2.0]]), b=0.25 * one)
    >>> pbld_embedding(weights, 1.0).tolist()   # 1, and 2 cos(π) + 0.25
    [1.0, -1.75]
    """
    c, phase, A, b = checked(weights, PBLD, "init_pbld", c="k", phase="k", A="d-1 k", b="d-1")
    x = as_scalar(x).astype(c.dtype)
    e = A @ jnp.cos(2 * jnp.pi * c * x + phase) + b  # (d-1, k) @ (k,) -> (d-1,)
    return jnp.concatenate([x[None], e])
