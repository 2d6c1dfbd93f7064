"""Products in a narrow type, such as bfloat16, that are summed in a wider one, forward and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax

CPU_MULTIPLIES_NARROW = jax.__version_info__ >= (0, 10)
"""Whether XLA on a CPU multiplies bfloat16 into float32 at full speed: four times that of float32
where the processor has AMX.  Even then it can do so only where the left factor lies row by row in
memory, and it folds transposes into products unless a barrier keeps them apart."""


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def rows_product(W: jax.Array, A: jax.Array, dtype: str) -> jax.Array:
    """Return the products W a of some examples: factors in `dtype`, sums in W's own type.

    Its gradients are products of the same kind.  JAX's own rule would multiply W by the wide δ.

    Args:
        W: (n_l, n_{l-1}).
        A: one example per row, (m, n_{l-1}).
        dtype: such as "bfloat16".

    Returns:
        One example per row, (m, n_l), of W's type.

    Source: Micikevicius et al., "Mixed precision training" (2018).

    >>> import jax.numpy as jnp
    >>> rows_product(jnp.ones((2, 3)), jnp.ones((4, 3)), "bfloat16").shape
    (4, 2)
    """
    return _dot(A, W, 1, dtype, W.dtype)  # (m, n_{l-1}) @ (n_{l-1}, n_l) -> (m, n_l)


def _forward(W: jax.Array, A: jax.Array, dtype: str) -> tuple[jax.Array, tuple[Any, Any]]:
    return rows_product(W, A, dtype), (W, A)


def _backward(dtype: str, saved: tuple[Any, Any], D: jax.Array) -> tuple[jax.Array, jax.Array]:
    W, A = saved
    dE_dW = _dot(D.T, A, 0, dtype, W.dtype)  # (n_l, m) @ (m, n_{l-1}) -> (n_l, n_{l-1})
    return dE_dW, _dot(D, W, 0, dtype, A.dtype)  # (m, n_l) @ (n_l, n_{l-1}) -> (m, n_{l-1})


rows_product.defvjp(_forward, _backward)


def _dot(A: jax.Array, B: jax.Array, axis: int, dtype: str, wide: Any) -> jax.Array:
    """Return the sum over A's last axis and `axis` of B."""

    def product(A: jax.Array, B: jax.Array) -> jax.Array:
        contracted = (((A.ndim - 1,), (axis,)), ((), ()))
        return jax.lax.dot_general(A, B, contracted, preferred_element_type=wide)

    def on_cpu(A: jax.Array, B: jax.Array) -> jax.Array:
        if not CPU_MULTIPLIES_NARROW:
            return product(A.astype(wide), B.astype(wide))
        return jax.lax.optimization_barrier(product(jax.lax.optimization_barrier(A), B))

    A, B = A.astype(dtype), B.astype(dtype)
    return jax.lax.platform_dependent(A, B, cpu=on_cpu, default=product)


def narrow_product(dtype: str) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Return (W, a) -> W a with both rounded to `dtype`, for one example on its own.

    >>> import jax.numpy as jnp
    >>> narrow_product("bfloat16")(jnp.ones((2, 3)), jnp.ones(3)).dtype
    dtype('float32')
    """
    return lambda W, a: (W.astype(dtype) @ a.astype(dtype)).astype(W.dtype)


def product_of_each(dtype: str) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Return (W, a) -> W a for one example, which under `jax.vmap` is `rows_product`.

    Without `jax.vmap` JAX cannot differentiate it.

    >>> import jax.numpy as jnp
    >>> W, A = jnp.ones((2, 3)), jnp.ones((4, 3))
    >>> jax.vmap(product_of_each("bfloat16"), in_axes=(None, 0))(W, A).shape
    (4, 2)
    """

    def one(W: jax.Array, a: jax.Array) -> jax.Array:
        rows: Any = rows_product(W, a[None, :], dtype)  # (1, n_l)
        return rows[0]

    def of_many(_: int, batched: list[bool], W: jax.Array, a: jax.Array):
        if batched == [False, True]:
            return rows_product(W, a, dtype), True
        return jax.vmap(one, in_axes=tuple(0 if b else None for b in batched))(W, a), True

    product = jax.custom_batching.custom_vmap(one)
    product.def_vmap(of_many)

    return product
