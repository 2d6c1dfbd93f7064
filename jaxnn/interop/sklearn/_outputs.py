"""From rows to columns and back: what a fitted network says of scikit-learn's tables."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from scipy import sparse

from jaxnn.compilation import BoundedJit
from jaxnn.engine.prediction import predict
from jaxnn.interop.sklearn._epochs import Rows
from jaxnn.interop.sklearn._precision import filled, filled_up, in_type
from jaxnn.textbook.checks.finite import check_weight_sizes
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.propagation import propagate


def rows_of(X: Any, dtype: Any) -> np.ndarray:
    """Return a table, (m, n_0), dense and of a type; its transpose has a column per example.

    Args:
        X: an array or a sparse matrix of floating type, finite.
        dtype: of the parameters.

    Raises:
        ValueError: a value is too large for the type.

    >>> rows_of(np.ones((2, 3)), np.float32).dtype
    dtype('float32')
    """
    with np.errstate(over="ignore"):
        rows = X.astype(dtype, copy=False)
        rows = rows.toarray(order="C") if sparse.issparse(rows) else np.ascontiguousarray(rows)
    if X.dtype != dtype and not np.isfinite(rows).all():
        raise ValueError(f"Input X contains infinity or a value too large for dtype('{dtype}').")
    return rows


def rows_in(rows: Rows, dtype: Any) -> Rows:
    """Return examples dense, in a type, and filled up with rows that no training refers to.

    >>> rows_in(Rows(np.ones((2, 3)), np.ones((2, 1))), np.float32).X.shape
    (16, 3)
    """
    m = filled_up(rows.X.shape[0])
    weights = rows.weights
    if weights is not None:
        check_weight_sizes(weights, dtype, name="sample_weight")
        weights = weights.astype(dtype)
    X, Y = rows_of(rows.X, dtype), rows.Y.astype(dtype)
    return Rows(filled(X, m), filled(Y, m), filled(weights, m))


def outputs_of_rows(
    network: Network, params: Params, rows: np.ndarray, *, members: bool
) -> np.ndarray:
    """Return a^[L] of each row, (m, n_L); the mean over the members of an ensemble.

    Args:
        network: the network.
        params: its parameters; of an ensemble the first axis counts the members.
        rows: (m, n_0).
        members: whether it is an ensemble.
    """
    m = len(rows)
    rows = filled(rows, filled_up(m))
    with in_type(rows.dtype):
        if not members:
            return np.asarray(predict(network, params, rows.T)).T[:m]
        return np.asarray(_mean_outputs(network, params, rows))[:m]


@BoundedJit
def _mean_outputs(network: Network, params: Params, rows: Any) -> jax.Array:
    each = jax.vmap(lambda params: propagate(network, params, rows.T).a[-1].T)(params)
    return each.mean(axis=0)  # (members, m, n_L) -> (m, n_L)


def layers_of_rows(
    network: Network, params: Params, rows: np.ndarray, *, members: bool
) -> list[np.ndarray]:
    """Return a^[0], …, a^[L] of each row, (m, n_l), or (members, m, n_l); see `outputs_of_rows`."""
    layers = _layers_of_members if members else _layers_of_one
    with in_type(rows.dtype):
        return [rows, *(np.asarray(a) for a in layers(network, params, rows))]


def _layers(network: Network, params: Params, rows: Any) -> tuple[jax.Array, ...]:
    return tuple(A.T for A in propagate(network, params, rows.T).a[1:])


_layers_of_one = BoundedJit(_layers)
_layers_of_members = BoundedJit(jax.vmap(_layers, in_axes=(None, 0, None)))
