"""Forward propagation of members that share their weights: of one example, and of a batch.

`member_forward` takes one member and one example.  `propagate_members` takes all members and a
batch as the columns of one matrix, so that each W^[l] makes one product and one gradient.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import chex
import jax
import jax.numpy as jnp

from jaxnn.textbook.activations import identity
from jaxnn.textbook.checks.arrays import check_inputs
from jaxnn.textbook.functions import CostFunction, is_ours
from jaxnn.textbook.joint_costs import mean_trace
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.member_parameters import factors_of_inputs
from jaxnn.textbook.objective import BatchMean, mean_of_batch
from jaxnn.textbook.propagation import (
    Matmul,
    Trace,
    activate,
    as_inputs,
    drop,
    multiply,
    promoted,
)
from jaxnn.textbook.shared_members import SharedNetwork, check_member

# More groups of inputs make more small products, and a longer compilation, than they save.
MOST_GROUPS = 64

# Of so few outputs the last layer is a sum that XLA fuses with its surroundings: an epoch of 16
# members of 383-128-128-1 takes 12 % less than with a product for each member; with 10 outputs the
# product is twice as fast.
FEW_OUTPUTS = 4


def member_forward(
    network: SharedNetwork, shared: Any, own: Any, x: jax.Array, *, key: jax.Array | None = None
) -> jax.Array:
    """Return a^[L], the output of one member for one example.

    Formula: a^[0] = x; z^[l] = s^[l] ⊙ (W^[l] (r^[l] ⊙ a^[l-1])) + b^[l] for l < L, z^[L] =
    W^[L] a^[L-1] + b^[L]; a^[l] = g^[l](z^[l]).

    All members are `jax.vmap(member_forward, in_axes=(None, None, 0, None))(network,
    params.shared, params.members, x)`, (K, n_L).

    Args:
        network: the network.
        shared: `params.shared`.
        own: the member's own: `params.members` without the first axis of its arrays.
        x: one example, (n_0,); uint8 pixels 0 … 255 become a^[0] = x / 255.
        key: turns dropout on, see `trace`.

    Returns:
        a^[L], (n_L,).

    Raises:
        TypeError, ValueError: an array of another shape or type, another kind of network.

    Source: Gorishniy, Kotelnikov and Babenko, "TabM" (2024), arXiv:2410.24210.

    >>> from jaxnn.textbook.member_parameters import init_members
    >>> from jaxnn.textbook.network import mlp
    >>> from jaxnn.textbook.shared_members import share_weights
    >>> net = share_weights(mlp(3, 4, 2), members=8)
    >>> params = init_members(net, jax.random.key(0))
    >>> outputs = jax.vmap(member_forward, in_axes=(None, None, 0, None))
    >>> outputs(net, params.shared, params.members, jnp.ones(3)).shape
    (8, 2)
    """
    check_member(network, shared, own)
    check_inputs(network, x, name="x")
    L = network.depth
    keys = [None] * L if key is None else list(jax.random.split(single_key(key), L))
    keep = [1 - p for p in network.dropout_rates]
    a = drop(as_inputs(x, own[-1].W.dtype), keep[0], keys[0])
    gs = network.activations
    for l, ((W, b), (r, s, its_b)) in enumerate(zip(shared, own[:-1], strict=True), start=1):
        a = a if r is None else jnp.multiply(*promoted(factors_of_inputs(network, l, r), a))
        z = multiply(W, a, network.compute_dtype)  # (n_l, n_{l-1}) @ (n_{l-1},) -> (n_l,)
        z = z if s is None else jnp.multiply(*promoted(s, z))
        z = jnp.add(*promoted(z, b if its_b is None else its_b))
        a = drop(activate(gs[l - 1], l, z), keep[l], keys[l])
    W, b = own[-1]
    z = jnp.add(*promoted(multiply(W, a, network.compute_dtype), b))
    return activate(gs[-1], L, z)  # (n_L,)


def propagate_members(
    network: SharedNetwork,
    params: Any,
    X: jax.Array,
    *,
    key: jax.Array | None = None,
    matmul: Matmul = multiply,
    outputs: bool = True,
) -> Trace:
    """Return Z^[L] and A^[L] of all members for a batch, (n_L, K m), one member after another.

    Equivalent to `jax.vmap` of `member_forward` over members and examples, up to the dropout's
    draws, whose gradient in W^[l] would be K products of (n_l, m) and (m, n_{l-1}).

    Args:
        network: the network.
        params: its parameters.
        X: examples, (n_0, m); uint8 pixels 0 … 255 become x / 255.
        key: turns dropout on, with a mask for each member and example.
        matmul: what computes W^[l] A^[l-1], see `multiply`.
        outputs: False: A^[L] is Z^[L], for a cost that takes Z^[L].
    """
    L, K, m, n = network.depth, network.members, X.shape[1], network.sizes
    keys = [None] * L if key is None else list(jax.random.split(key, L))
    keep = [1 - p for p in network.dropout_rates]
    X = as_inputs(X, params.members[-1].W.dtype)
    A = X  # (n_0, m) as long as it is the same for all members
    if keys[0] is not None and keep[0] < 1:
        A = drop(_repeated(X, K), keep[0], keys[0])
    product = partial(_product, matmul, network.compute_dtype)
    for l, ((W, b), own) in enumerate(zip(params.shared, params.members, strict=False), start=1):
        r, s, its_b = own
        if l == 1 and A is X:
            Z = _first_sum(network, product, W, r, X)  # (n_1, K, m)
        else:
            A = A.reshape(n[l - 1], K, m)
            A = A if r is None else _scaled(A, factors_of_inputs(network, l, r))
            Z = product(W, A.reshape(n[l - 1], K * m)).reshape(n[l], K, m)
        Z = Z if s is None else _scaled(Z, s)
        Z = jnp.add(*promoted(Z, b[:, None, None] if its_b is None else its_b.T[:, :, None]))
        A = drop(
            _activated(network.activations[l - 1], l, Z.reshape(n[l], K * m)), keep[l], keys[l]
        )
        chex.assert_shape(A, (n[l], K * m))
    A = _repeated(X, K) if L == 1 and A is X else A
    Z = _last_sum(product, params.members[-1], A.reshape(n[L - 1], K, m), network.compute_dtype)
    Z = Z.reshape(n[L], K * m)
    g = network.activations[-1] if outputs else identity
    return Trace((Z,), (_activated(g, L, Z),))


def _product(matmul: Matmul, compute_dtype: Any, W: jax.Array, A: jax.Array) -> jax.Array:
    return matmul(W, A, compute_dtype)


def _scaled(A: jax.Array, factors: jax.Array) -> jax.Array:
    """Return A, (n, K, m) or (n, 1, m), times each member's own factors, (K, n)."""
    return jnp.multiply(*promoted(A, factors.T[:, :, None]))


def _repeated(X: jax.Array, K: int) -> jax.Array:
    """Return all columns K times, (n_0, m) -> (n_0, K m)."""
    return jnp.tile(X, (1, K))


def _activated(g: Any, l: int, Z: jax.Array) -> jax.Array:
    """Return g(Z) of columns, (n_l, K m)."""
    return g(Z) if is_ours(g) else jax.vmap(partial(activate, g, l), in_axes=1, out_axes=1)(Z)


def _first_sum(
    network: SharedNetwork, product: Any, W: jax.Array, r: jax.Array, X: jax.Array
) -> jax.Array:
    """Return W^[1] (r_i ⊙ x) of all members, (n_1, K, m).

    Where groups are wide, it is Σ_f r_if u_f of u_f = W^[1]_{:,f} X_f, which the members share:
    n_0 + K F multiplications a neuron and example instead of K n_0.
    """
    (n_1, n_0), m, K, F = W.shape, X.shape[1], network.members, network.group_count
    if network.groups is None or MOST_GROUPS < F or n_0 < 2 * F:
        scaled = _scaled(X[:, None], factors_of_inputs(network, 1, r))  # (n_0, K, m)
        return product(W, scaled.reshape(n_0, K * m)).reshape(n_1, K, m)
    ends = [l for l in range(1, n_0) if network.groups[l] != network.groups[l - 1]]
    blocks = zip([0, *ends], [*ends, n_0], strict=True)
    U = jnp.stack([product(W[:, a:b], X[a:b]) for a, b in blocks])  # (F, n_1, m)
    Z = jnp.matmul(*promoted(r, U.reshape(F, n_1 * m)))  # (K, F) @ (F, n_1 m) -> (K, n_1 m)
    return Z.reshape(K, n_1, m).transpose(1, 0, 2)


def _last_sum(product: Any, last: Any, A: jax.Array, compute_dtype: Any) -> jax.Array:
    """Return W_i^[L] A_i + b_i^[L] of all members, (n_{L-1}, K, m) -> (n_L, K, m)."""
    W, b = last
    outputs = W.shape[1]
    if compute_dtype is not None:
        Z = jax.vmap(product, in_axes=(0, 1), out_axes=1)(W, A)
    elif outputs <= FEW_OUTPUTS:
        Z = jnp.stack([jnp.sum(_scaled(A, W[:, o]), axis=0) for o in range(outputs)])
    else:
        Z = jnp.einsum("kon,nkm->okm", *promoted(W, A))
    return jnp.add(*promoted(Z, b.T[:, :, None]))


def of_members(columns: jax.Array, K: int) -> jax.Array:
    """Return columns (n_L, K m) as (K, n_L, m)."""
    return columns.reshape(len(columns), K, -1).swapaxes(0, 1)


def mean_cost_of_members(
    network: SharedNetwork,
    params: Any,
    X: jax.Array,
    Y: jax.Array,
    w: jax.Array,
    *,
    cost: CostFunction,
    key: jax.Array | None = None,
    keep: Any = None,
    matmul: Matmul = multiply,
    batch_mean: BatchMean | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Return what `mean_cost` returns: the mean over the members of their E, and of their A^[L].

    The cost is never that of the mean: each member learns as if it were alone.
    """
    assert keep is None, "members that share their weights have the dropout of their network"
    K = network.members
    tr = propagate_members(network, params, X, key=key, matmul=matmul)
    every = jnp.tile(w / K, K), tr, _repeated(Y, K)
    E, A = (batch_mean or mean_of_batch)(network, cost, *every)
    return E, jnp.mean(A.reshape(len(A), K, -1), axis=1)


def mean_trace_of_members(network: SharedNetwork, cost: CostFunction, tr: Trace) -> Trace:
    """Return (Z^[L], A^[L]) of the mean of the members' outputs, (n_L, m), from (n_L, K m)."""
    each = Trace(*((of_members(columns, network.members),) for (columns,) in tr))
    return jax.vmap(partial(mean_trace, network, cost), in_axes=2, out_axes=1)(each)
