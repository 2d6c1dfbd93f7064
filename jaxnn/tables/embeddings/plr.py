"""Periodic embeddings of a number: PLR and its light form."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from jaxnn.errors import ShapeError
from jaxnn.tables.embeddings.arrays import as_scalar, as_vector, checked, draw_linear
from jaxnn.textbook.checks.arguments import check_floating_type
from jaxnn.textbook.checks.values import check_count, check_number
from jaxnn.textbook.keys import single_key


class Periodic(NamedTuple):
    """The trained arrays of a periodic embedding with k frequencies and width d.

    Attributes:
        c: frequencies, (k,); of the light form (n, k), one row a column.
        A: (d, 2k).
        b: (d,).

    >>> init_periodic(jax.random.key(0)).A.shape
    (24, 96)
    """

    c: jax.Array
    A: jax.Array
    b: jax.Array


def init_periodic(
    key: jax.Array,
    *,
    frequencies: int = 48,
    width: int = 24,
    sigma: float = 0.01,
    dtype: Any = jnp.float32,
) -> Periodic:
    """Return the first arrays: c ~ N(0, σ²) within ±3σ; A and b uniform between ±1/√(2k).

    Args:
        key: `jax.random.key(seed)`; `jax.vmap` over keys makes several columns.
        frequencies: k.
        width: d.
        sigma: σ, the most important setting: the paper tunes it between 0.01 and 10.
        dtype: a floating type.

    Returns:
        `Periodic(c, A, b)`.

    Raises:
        TypeError, ValueError: key is not one key, a count is below 1, σ is not above 0, dtype is
            not floating.

    Source: Gorishniy et al. (2022), arXiv 2203.05556, section 3.3.

    >>> weights = init_periodic(jax.random.key(0), frequencies=8, width=4, sigma=1.0)
    >>> weights.c.shape, bool((abs(weights.c) <= 3).all())
    ((8,), True)
    """
    return _drawn(key, (), frequencies, width, sigma, dtype)


def init_light_periodic(
    key: jax.Array,
    n: int,
    *,
    frequencies: int = 48,
    width: int = 24,
    sigma: float = 0.01,
    dtype: Any = jnp.float32,
) -> Periodic:
    """Return the first arrays of n columns with frequencies of their own, and one A and b for all.

    Args:
        key: `jax.random.key(seed)`.
        n: the number of columns.
        frequencies: k of each column.
        width: d.
        sigma: as in `init_periodic`.
        dtype: a floating type.

    Returns:
        `Periodic(c, A, b)` of shapes (n, k), (d, 2k), (d,).

    Raises:
        TypeError, ValueError: as `init_periodic`; n is below 1.

    Source: Gorishniy et al., "TabR" (2023, arXiv 2307.14338).

    >>> [array.shape for array in init_light_periodic(jax.random.key(0), 3)]
    [(3, 48), (24, 96), (24,)]
    """
    return _drawn(key, (check_count("n", n),), frequencies, width, sigma, dtype)


def _drawn(key, n, frequencies, width, sigma, dtype) -> Periodic:
    k, d = check_count("frequencies", frequencies), check_count("width", width)
    check_number("sigma", sigma, "above 0 and finite", lambda s: 0 < s < math.inf)
    check_floating_type("dtype", dtype, "jnp.float32")
    c_key, A_key = jax.random.split(single_key(key))
    c = float(sigma) * jax.random.truncated_normal(c_key, -3.0, 3.0, (*n, k), dtype)
    return Periodic(c, *draw_linear(A_key, d, 2 * k, dtype))


def periodic_embedding(weights: Periodic, x: Any) -> jax.Array:
    """Return the periodic embedding of a number, "PLR", (d,).

    Formula: e = ReLU(A [cos v; sin v] + b), v = 2π c x.

    Args:
        weights: `Periodic(c, A, b)` of `init_periodic`; gradients pass to all three.
        x: one number of about unit size, of shape (); `jax.vmap` makes the batch.

    Returns:
        e, (d,), of the type of the weights.

    Raises:
        TypeError, ValueError: a weight or x of another shape, or no number.

    Source: Gorishniy et al. (2022), arXiv 2203.05556, section 3.3.

    >>> weights = Periodic(c=jnp.array([0.25]), A=jnp.array([[1.0, 2.0]]), b=jnp.array([0.5]))
    >>> periodic_embedding(weights, 1.0).round(3).tolist()   # cos(π/2) + 2 sin(π/2) + 0.5
    [2.5]

    n columns, each with weights of its own:

    >>> columns = jax.vmap(init_periodic)(jax.random.split(jax.random.key(0), 3))
    >>> jax.vmap(periodic_embedding)(columns, jnp.ones(3)).shape
    (3, 24)
    """
    weights = checked(weights, Periodic, "init_periodic", c="k", A="d 2k", b="d")
    return _embedded(weights, as_scalar(x))


def light_periodic_embedding(weights: Periodic, x: Any) -> jax.Array:
    """Return the periodic embeddings of n numbers with one A and b for all, "PLR (lite)", (n, d).

    Formula: e_j = ReLU(A [cos v_j; sin v_j] + b), v_j = 2π c_j x_j.

    Args:
        weights: `Periodic(c, A, b)` of `init_light_periodic`; gradients pass to all three.
        x: the quantities of one example, (n,); `jax.vmap` makes the batch.

    Returns:
        (e_1, …, e_n), (n, d), of the type of the weights.

    Raises:
        TypeError, ValueError: a weight or x of another shape, or no number.

    Source: Gorishniy et al., "TabR" (2023, arXiv 2307.14338).

    >>> light_periodic_embedding(init_light_periodic(jax.random.key(0), 3), jnp.ones(3)).shape
    (3, 24)
    """
    weights = checked(weights, Periodic, "init_light_periodic", c="n k", A="d 2k", b="d")
    x = as_vector(x)
    if x.shape != weights.c.shape[:1]:
        n = len(weights.c)
        raise ShapeError(f"x must have shape (n,) = ({n},), one for each row of c, got {x.shape}")
    c, A, b = weights
    return jax.vmap(lambda c_j, x_j: _embedded(Periodic(c_j, A, b), x_j))(c, x)


def _embedded(weights: Periodic, x: jax.Array) -> jax.Array:
    c, A, b = weights
    if A.shape[1] != 2 * len(c):
        raise ShapeError(
            f"weights.A must have shape (d, 2k) = ({len(b)}, {2 * len(c)}), got {A.shape}"
        )
    v = 2 * jnp.pi * c * x.astype(c.dtype)  # (k,)
    return jax.nn.relu(A @ jnp.concatenate([jnp.cos(v), jnp.sin(v)]) + b)  # (d, 2k) @ (2k,) -> (d,)
