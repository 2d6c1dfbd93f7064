"""Piecewise linear encoding of a number, and its embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.tree_util import register_static

from jaxnn.errors import DataError, ShapeError
from jaxnn.tables.embeddings.arrays import as_scalar, checked
from jaxnn.textbook.checks.arguments import check_floating_type
from jaxnn.textbook.checks.values import as_numbers, check_count
from jaxnn.textbook.keys import single_key


def piecewise_linear(edges: Any, x: Any) -> jax.Array:
    """Return the piecewise linear encoding of a number, (T,).

    Formula: entry t = 1 … T is clip((x − b_{t−1}) / (b_t − b_{t−1}), 0, 1); the first entry has no
    lower clip and the last no upper one.  Pieces left of x are 1, pieces right of x are 0.

    Args:
        edges: b_0 < … < b_T, (T + 1,), T ≥ 1, of `quantile_edges` or `tree_edges`.  Two that the
            type of x does not tell apart are a step from 0 to 1.
        x: one number, of shape (); `jax.vmap` makes the batch.  NaN gives NaN.

    Returns:
        The entries, (T,), of the floating type of x.

    Raises:
        TypeError: edges or x are no numbers.
        ValueError: edges do not increase or are not finite (where they have values, outside of
            `jit`), or a shape is another.

    Source: Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular deep
    learning" (2022, arXiv 2203.05556), equation 1.

    >>> edges = np.array([0.0, 1.0, 3.0, 4.0])
    >>> piecewise_linear(edges, 2.5).tolist(), piecewise_linear(edges, -1.0).tolist()
    ([1.0, 0.75, 0.0], [-1.0, 0.0, 0.0])
    >>> jax.vmap(piecewise_linear, in_axes=(None, 0), out_axes=1)(edges, jnp.arange(5.0)).shape
    (3, 5)
    """
    x = as_scalar(x)
    edges = _as_edges(edges)
    lower, upper = (part.astype(x.dtype) for part in (edges[:-1], edges[1:]))  # (T,)
    width = (edges[1:] - edges[:-1]).astype(x.dtype)
    tells = lower < upper
    entries = (x - lower) / jnp.where(tells, width, jnp.ones_like(width))
    entries = jnp.where(tells, entries, (x >= upper).astype(x.dtype))
    T = len(lower)
    low = np.array([-np.inf, *[0] * (T - 1)], x.dtype)
    high = np.array([*[1] * (T - 1), np.inf], x.dtype)
    return jnp.clip(entries, low, high)


def _as_edges(edges: Any) -> Any:
    """Return the edges, checked; in float64 where they have values, else as they are traced."""
    if isinstance(edges, Tracer):
        found = edges
    else:
        found = as_numbers("edges", edges, "(T + 1,)", axes=None).astype(np.float64)
    if found.ndim != 1 or len(found) < 2:
        raise ShapeError(f"edges must be b_0 < … < b_T, (T + 1,) with T ≥ 1, got {found.shape}")
    if not isinstance(found, Tracer):
        low, high = found[:-1], found[1:]
        wrong = ~((low < high) & (low > -np.inf) & (high < np.inf))  # NaN is neither
        if wrong.any():
            t = int(wrong.argmax())
            raise DataError(
                f"edges must be finite and increase, got b_{t} = {low[t]}, b_{t + 1} = {high[t]}"
            )
    return found


@register_static
@dataclass(frozen=True)
class PiecewiseLinear:
    """The piecewise linear encoding of one column as static data: fitted edges in, vector out.

    It has no leaves, so that `jit` and `vmap` pass it through and no optimiser moves the edges.

    Args:
        edges: b_0 < … < b_T, (T + 1,), as `piecewise_linear` takes them; kept as a tuple of floats.

    Raises:
        TypeError, ValueError: as `piecewise_linear`.

    Source: Gorishniy et al. (2022), arXiv 2203.05556.

    >>> from jaxnn.tables import quantile_edges
    >>> encode = PiecewiseLinear(quantile_edges([1.0, 2.0, 3.0, 5.0, 9.0], bins=2))
    >>> encode.T, encode(jnp.array(6.0)).tolist()
    (2, [1.0, 0.5])
    """

    edges: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check the edges and store them as floats."""
        object.__setattr__(self, "edges", tuple(_as_edges(self.edges).tolist()))

    @property
    def T(self) -> int:
        """The number of pieces."""
        return len(self.edges) - 1

    def __call__(self, x: Any) -> jax.Array:
        """Return `piecewise_linear(edges, x)`, (T,)."""
        return piecewise_linear(self.edges, x)


class Piecewise(NamedTuple):
    """The trained arrays of a piecewise linear embedding of width d.

    Attributes:
        W0: (d,).
        b0: (d,).
        A: (d, T).

    >>> init_piecewise(jax.random.key(0), T=5, width=16).A.shape
    (16, 5)
    """

    W0: jax.Array
    b0: jax.Array
    A: jax.Array


def init_piecewise(
    key: jax.Array, *, T: int, width: int = 16, dtype: Any = jnp.float32
) -> Piecewise:
    """Return the first arrays: W0 and b0 uniform between ±1/√d, and A = 0.

    With A = 0, training starts from a linear function of x, and adds its bends.

    Args:
        key: `jax.random.key(seed)`; `jax.vmap` over keys makes columns of equal T.
        T: the number of pieces, `len(edges) - 1`.
        width: d.
        dtype: a floating type.

    Returns:
        `Piecewise(W0, b0, A)`.

    Raises:
        TypeError, ValueError: key is not one key, T or width is below 1, dtype is not floating.

    Source: Gorishniy, Kotelnikov and Babenko, "TabM" (2024, arXiv 2410.24210), appendix.

    >>> bool((init_piecewise(jax.random.key(0), T=5).A == 0).all())
    True
    """
    T, d = check_count("T", T), check_count("width", width)
    check_floating_type("dtype", dtype, "jnp.float32")
    W0, b0 = jax.random.uniform(single_key(key), (2, d), dtype, -(d**-0.5), d**-0.5)
    return Piecewise(W0, b0, jnp.zeros((d, T), dtype))


def piecewise_embedding(weights: Piecewise, edges: Any, x: Any) -> jax.Array:
    """Return the embedding of a number by its piecewise linear encoding, (d,).

    Formula: e = W0 x + b0 + A PLE(x), PLE being `piecewise_linear`: a function of x whose slope
    changes at the edges.

    Args:
        weights: `Piecewise(W0, b0, A)` of `init_piecewise`; gradients pass to all three.
        edges: b_0 < … < b_T, (T + 1,).
        x: one number, of shape (); `jax.vmap` makes the batch.

    Returns:
        e, (d,), of the type of the weights.

    Raises:
        TypeError, ValueError: as `piecewise_linear`; a weight of another shape.

    Source: version B of Gorishniy et al., "TabM" (2024, arXiv 2410.24210).

    >>> weights = Piecewise(W0=jnp.array([1.0]), b0=jnp.array([0.5]), A=jnp.array([[0.0, 10.0]]))
    >>> [piecewise_embedding(weights, [0.0, 1.0, 2.0], x).tolist() for x in (0.5, 1.5)]
    [[1.0], [7.0]]
    """
    W0, b0, A = checked(weights, Piecewise, "init_piecewise", W0="d", b0="d", A="d T")
    x = as_scalar(x)
    found = piecewise_linear(edges, x).astype(A.dtype)  # (T,)
    if found.shape != A.shape[1:]:
        raise ShapeError(
            f"weights.A must have shape (d, T) with T = {len(found)} of the edges, got {A.shape}"
        )
    return W0 * x.astype(W0.dtype) + b0 + A @ found  # (d, T) @ (T,) -> (d,)
