"""Products W A of a batch, forward and back, arranged so that XLA computes them fast."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.textbook.propagation import multiply, promoted

# A layer of at most so many weights is a sum of columns, which XLA fuses with its surroundings: a
# call of a product costs more than its arithmetic, and triples the time of an update of 3-3-1.  It
# is written out, not `jnp.sum` over the short side, of which jaxlib 0.10.2 computes wrong numbers
# on a CPU after 32,768 outputs (jax-ml/jax#39103).
SMALL = 64

# Up to so many multiplications ∂E/∂W is a sum that XLA fuses with its surroundings: an update of
# 3-3-1 on eight examples takes 0.45 µs with it, 0.8 µs with a call of a product.
TINY = 512

# Of so many examples W A is computed as in training: predictions of 2 to 128 examples as columns
# take half (2) to 85 % (128) of the time of Aᵀ Wᵀ for 784-512-256-10 where X is in columns.
FEW = 128

# Whether XLA on a CPU multiplies bfloat16 into float32 at full speed: four times that of float32
# where the processor has AMX.  Even then the left factor must be row-major in memory, and XLA folds
# transposes into products unless a barrier keeps them apart.
CPU_MULTIPLIES_NARROW = jax.__version_info__ >= (0, 10)


def matmul(W: jax.Array, A: jax.Array, compute_dtype: str | None) -> jax.Array:
    """Return W A for a batch, one column per example, as the engine computes it.

    Equivalent to `jaxnn.textbook.propagation.multiply`, but that JAX cannot differentiate it
    forwards (`jax.jvp`).

    Args:
        W: (n_l, n_{l-1}).
        A: (n_{l-1}, m).
        compute_dtype: to round both to; None: their own.

    >>> import jax.numpy as jnp
    >>> matmul(jnp.ones((2, 3)), jnp.ones((3, 4)), None).shape
    (2, 4)
    """
    if compute_dtype is None:
        return columns_product(*promoted(W, A))
    rows: Any = rows_product(W, A.T, compute_dtype)
    return rows.T


def evaluation_matmul(W: jax.Array, A: jax.Array, compute_dtype: str | None) -> jax.Array:
    """Return W A for a batch whose gradient is not taken in training, such as that of `predict`.

    On a CPU, XLA divides a product among threads by the rows of its left factor.  A layer has few
    rows and a data set many examples, so Aᵀ Wᵀ takes half the time of W A for 128 neurons and
    12,000 examples; the barrier keeps XLA from turning it into W A.  A few examples are as `FEW`
    says.
    """
    if compute_dtype is not None:
        return multiply(W, A, compute_dtype)
    W, A = promoted(W, A)
    if A.shape[1] <= FEW:
        return _matmul(W, A)
    rows = jax.lax.dot_general(A, W, (((0,), (1,)), ((), ())))  # (m, n_l)
    return _kept(rows).T


@jax.custom_vjp
def columns_product(W: jax.Array, A: jax.Array) -> jax.Array:
    """Return W A for a batch with one example per column; its gradients are in columns too.

    On a CPU, XLA transposes some products of a layer, above all those of many networks at once, and
    then multiplies them at a third of the speed: barriers keep the memory order of W A, δ, W^T and
    W^T δ.  A network of 64-32-10 trains 5 to 10 % faster for it, 64 of them 20 %.
    Elsewhere these are plain products.  JAX cannot differentiate it forwards (`jax.jvp`).

    Args:
        W: (n_l, n_{l-1}).
        A: (n_{l-1}, m).

    Returns:
        (n_l, m).

    Equivalent to `W @ A`.

    >>> import jax.numpy as jnp
    >>> columns_product(jnp.ones((2, 3)), jnp.ones((3, 4))).shape
    (2, 4)
    """
    return _matmul(W, A)  # (n_l, n_{l-1}) @ (n_{l-1}, m) -> (n_l, m)


def _matmul(W: jax.Array, A: jax.Array) -> jax.Array:
    if W.size > SMALL:
        return _kept(W @ A)
    Z = W[:, :1] * A[:1]
    for k in range(1, len(A)):
        Z += W[:, k : k + 1] * A[k : k + 1]  # (n_l, 1) * (1, m) -> (n_l, m)
    return Z


def _columns_forward(W: jax.Array, A: jax.Array) -> tuple[jax.Array, tuple[Any, Any]]:
    return columns_product(W, A), (W, A)


def _columns_backward(saved: tuple[Any, Any], D: jax.Array) -> tuple[jax.Array, jax.Array]:
    W, A = saved
    if W.size * D.shape[1] <= TINY:
        return jnp.sum(D[:, None, :] * A[None, :, :], axis=2), _matmul(W.T, D)
    if W.size <= SMALL:
        return jax.lax.dot_general(D, A, (((1,), (1,)), ((), ()))), _matmul(W.T, D)
    D, W_T = _kept(D), _kept(W.T)
    dE_dW = jax.lax.dot_general(D, A, (((1,), (1,)), ((), ())))
    # (n_l, m) @ (m, n_{l-1}) -> (n_l, n_{l-1})
    return dE_dW, _matmul(W_T, D)  # (n_{l-1}, n_l) @ (n_l, m) -> (n_{l-1}, m)


columns_product.defvjp(_columns_forward, _columns_backward)


def _kept(A: jax.Array) -> jax.Array:
    """Return A, whose memory order XLA on a CPU then leaves as it is."""
    return jax.lax.platform_dependent(A, cpu=jax.lax.optimization_barrier, default=lambda A: A)


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


def _rows_forward(W: jax.Array, A: jax.Array, dtype: str) -> tuple[jax.Array, tuple[Any, Any]]:
    return rows_product(W, A, dtype), (W, A)


def _rows_backward(dtype: str, saved: tuple[Any, Any], D: jax.Array) -> tuple[jax.Array, jax.Array]:
    W, A = saved
    dE_dW = _dot(D.T, A, 0, dtype, W.dtype)  # (n_l, m) @ (m, n_{l-1}) -> (n_l, n_{l-1})
    return dE_dW, _dot(D, W, 0, dtype, A.dtype)  # (m, n_l) @ (n_l, n_{l-1}) -> (m, n_{l-1})


rows_product.defvjp(_rows_forward, _rows_backward)


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
