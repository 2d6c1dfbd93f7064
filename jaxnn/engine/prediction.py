"""`predict`: the outputs of a batch, as one compiled function."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import jax
import numpy as np

from jaxnn.comparison.equality import same_network
from jaxnn.engine.blocks import in_blocks
from jaxnn.engine.products import evaluation_matmul
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.finite import check_finite
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.propagation import propagate
from jaxnn.textbook.trained import Trained, unpacked

MOST_SIZES = 128
"""Compiled functions that `predict` keeps, of some 2 MB each.  To fill X up to a few sizes instead
costs 20 to 40 µs a call, where the call takes 30, and changes the last bits on some releases."""

BLOCK = 1024
"""Rows that a CPU propagates at a time, so that A^[l] stays in its cache: 10,000 examples take 15 %
less time for 784-512-256-10."""


def predict(
    network: Network | Trained,
    params: Params | jax.Array | np.ndarray | None = None,
    X: jax.Array | np.ndarray | None = None,
) -> jax.Array:
    """Return A^[L], the network's outputs for a batch, one column per example.

    Compiled once for each m; of networks and m, the functions of the last 128 pairs are kept, so
    that batches of ever other sizes fill no memory.  Where there are more sizes than that, fill X
    up with columns of zeros to one of a few.

    Values that an activation of one's own captures are read in every call.

    Args:
        network: the network; or the result of `fit`, then without params: `predict(result, X)`.
        params: its parameters.
        X: examples, (n_0, m), finite; uint8 pixels 0 … 255 become x = X / 255.

    Returns:
        A^[L], (n_L, m).

    Raises:
        TypeError, ValueError: a shape or type that differs, no example, NaN or infinite input.

    Equivalent to `jax.vmap(forward, in_axes=(None, None, 1), out_axes=1)(network, params, X)`.

    >>> import jax.numpy as jnp
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 4, 2)
    >>> predict(net, init(net, jax.random.key(0)), jnp.ones((3, 5))).shape
    (2, 5)
    """
    net: Any = network
    layers: Any = params
    columns: Any = X
    if not isinstance(network, Network):
        net, layers, columns, *_ = unpacked("predict", "X", network, params, X)
    if not _is_read_as_it_is(columns):
        check_params(net, layers)
        check_examples(net, columns)
        return _launched(net, layers, columns)
    try:
        # nothing before it that can wait: XLA's thread falls asleep after some 2 µs without work
        A = _launched(net, layers, columns)
    except Exception:
        _check_untraced(net, layers, columns)
        raise
    check_finite("X", columns)  # while XLA's thread computes: so it costs one example nothing
    return A


def _is_read_as_it_is(X: Any) -> bool:
    """Return whether `jax.jit` reads X without a mask that is lost or numbers that are rounded."""
    if type(X) is np.ndarray:
        return X.dtype in (np.float32, np.uint8)
    return isinstance(X, jax.Array)


def _launched(network: Any, params: Any, X: Any) -> jax.Array:
    """Return A^[L], which JAX may still be computing."""
    network = same_network(network, params[0].W.dtype)
    if isinstance(X, np.ndarray) and X.T.flags.c_contiguous:
        return _outputs(network, X.shape[1], True)(params, X.T)  # X as rows needs no turn
    return _outputs(network, X.shape[1], False)(params, X)


def _check_untraced(network: Any, params: Any, X: Any) -> None:
    """Raise the error of the user's own arrays, where a check has refused the traced ones."""
    try:
        check_params(network, params)
        check_examples(network, X)
    except Exception as error:
        raise error from None


@lru_cache(MOST_SIZES)
def _outputs(network: Network, m: int, rows: bool) -> Any:
    """Return (params, X) -> A^[L], compiled for m examples, the columns or the rows of X."""

    def whole(params: Params, X: jax.Array) -> jax.Array:
        return propagate(network, params, X, matmul=evaluation_matmul).a[-1]

    def blocks(params: Params, X: jax.Array) -> jax.Array:
        block = -(-m // -(-m // BLOCK))  # as long as the others, but for the last
        return in_blocks(lambda some: whole(params, some[0].T).T, block, (X.T,)).T

    def outputs(params: Params, X: jax.Array) -> jax.Array:
        X = X.T if rows else X
        check_params(network, params)  # once for each shape and type, so that a call pays nothing
        check_examples(network, X)
        if not rows or m <= 2 * BLOCK:
            return whole(params, X)
        return jax.lax.platform_dependent(params, X, cpu=blocks, default=whole)

    return jax.jit(outputs)
