"""Between scikit-learn's tables and jaxnn's arrays: rows, types, weights, coefficients, outputs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import jax
import numpy as np
from scipy import sparse
from sklearn.utils import compute_class_weight, compute_sample_weight
from sklearn.utils.validation import _check_sample_weight

from jaxnn.compilation import BoundedJit
from jaxnn.engine.prediction import predict
from jaxnn.textbook.checks.finite import check_weight_sizes
from jaxnn.textbook.network import Layer, Network, Params
from jaxnn.textbook.propagation import propagate


class Rows(NamedTuple):
    """Examples, one a row: X (m, n_0), Y (m, n_L), weights (m,); None: not given yet."""

    X: Any
    Y: Any
    weights: Any = None


def dtype_of(asked: Any, X_dtype: Any) -> np.dtype:
    """Return the type of the parameters for an estimator's `dtype`; None: that of X.

    >>> dtype_of(None, np.float64), dtype_of("bfloat16", np.float64)
    (dtype('float64'), dtype('float32'))
    """
    if asked is None:
        return np.dtype(X_dtype)
    if is_bfloat16(asked):
        return np.dtype(np.float32)
    try:
        found = np.dtype(asked)
    except TypeError:
        found = None
    if found not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32, bfloat16, float64 or None, got {asked!r}")
    return found


def is_bfloat16(asked: Any) -> bool:
    """Return whether an estimator's `dtype` asks for products in bfloat16."""
    return (asked if isinstance(asked, str) else getattr(asked, "__name__", "")) == "bfloat16"


def with_dtype_enabled(dtype: Any) -> AbstractContextManager:
    """Return a context in which JAX has float64 if `dtype` is that; it holds for this thread."""
    if np.dtype(dtype) != np.float64 or jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        return nullcontext()
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(True)
    from jax.experimental import enable_x64  # pyright: ignore[reportAttributeAccessIssue]

    return enable_x64(True)


def padded_length(m: int) -> int:
    """Return m rounded up to 3 or 4 leading bits.

    The folds of a cross-validation differ by one row, and so share a compiled function.

    >>> padded_length(3), padded_length(150), padded_length(1437), padded_length(1438)
    (16, 160, 1536, 1536)
    """
    step = max(16, 2 ** ((m - 1).bit_length() - 4))
    return -(-m // step) * step


def padded(array: np.ndarray | None, m: int) -> Any:
    """Return an array with rows of zeros appended, m in all; None stays None."""
    if array is None or len(array) == m:
        return array
    table = np.zeros((m, *array.shape[1:]), array.dtype)
    table[: len(array)] = array
    return table


def dense_rows(X: Any, dtype: Any) -> np.ndarray:
    """Return a table as a dense array (m, n_0) of a type; a value that overflows is refused."""
    with np.errstate(over="ignore"):
        rows = X.astype(dtype, copy=False)
        rows = rows.toarray(order="C") if sparse.issparse(rows) else np.ascontiguousarray(rows)
    if X.dtype != dtype and not np.isfinite(rows).all():
        raise ValueError(f"Input X contains infinity or a value too large for dtype('{dtype}').")
    return rows


def training_rows(rows: Rows, dtype: Any) -> Rows:
    """Return examples as dense arrays of a type, padded with rows that no batch contains."""
    m = padded_length(rows.X.shape[0])
    weights = rows.weights
    if weights is not None:
        check_weight_sizes(weights, dtype, name="sample_weight")
        weights = weights.astype(dtype)
    X, Y = dense_rows(rows.X, dtype), rows.Y.astype(dtype)
    return Rows(padded(X, m), padded(Y, m), padded(weights, m))


def checked_weights(sample_weight: Any, X: Any) -> np.ndarray | None:
    """Return the weights of the examples, (m,): finite, at least 0, not all 0; None stays None."""
    if sample_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X)
    if (weights < 0).any():
        j = int(np.argmax(weights < 0))
        raise ValueError(f"sample_weight must be at least 0, got sample_weight[{j}] = {weights[j]}")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def weights_by_class(class_weight: Any, y: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the weight of each example, (m,), for an estimator's `class_weight`.

    A dict has a weight for every class, also for one that a batch of `partial_fit` lacks, which
    `compute_sample_weight` refuses.
    """
    if y.ndim == 1 and isinstance(class_weight, dict):
        weights = compute_class_weight(class_weight, classes=classes, y=y)
        return weights[np.searchsorted(classes, y)]
    return compute_sample_weight(class_weight, y)


def coefficients(params: Params) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return writable copies: `coefs_`, W^[l]ᵀ (n_{l-1}, n_l), and `intercepts_`, b^[l] (n_l,)."""
    return [np.array(p.W).swapaxes(-1, -2) for p in params], [np.array(p.b) for p in params]


def params_of(coefs: Any, intercepts: Any) -> Params:
    """Return W^[l], (n_l, n_{l-1}), and b^[l], (n_l,), from `coefs_` and `intercepts_`.

    These may be set by hand, so all are converted to float32 if they have it, else to float64.
    """
    if len(coefs) != len(intercepts):
        raise ValueError(
            "coefs_ and intercepts_ must have one array for each layer, "
            f"got {len(coefs)} and {len(intercepts)}"
        )
    arrays = [np.asarray(array) for array in (*coefs, *intercepts)]
    narrow = all(array.dtype == np.float32 for array in arrays)
    dtype = np.dtype(np.float32 if narrow else np.float64)
    weights = [W.astype(dtype, copy=False).swapaxes(-1, -2) for W in arrays[: len(coefs)]]
    biases = [b.astype(dtype, copy=False) for b in arrays[len(coefs) :]]
    return tuple(Layer(W, b) for W, b in zip(weights, biases, strict=True))  # pyright: ignore[reportArgumentType]


def output_rows(
    network: Network, params: Params, rows: np.ndarray, *, ensemble: bool
) -> np.ndarray:
    """Return a^[L] of each row, (m, n_L); of an ensemble the mean over its members."""
    m = len(rows)
    rows = padded(rows, padded_length(m))
    with with_dtype_enabled(rows.dtype):
        if not ensemble:
            return np.asarray(predict(network, params, rows.T)).T[:m]
        return np.asarray(_mean_outputs(network, params, rows))[:m]


@BoundedJit
def _mean_outputs(network: Network, params: Params, rows: Any) -> jax.Array:
    each = jax.vmap(lambda params: _layers(network, params, rows)[-1])(params)
    return each.mean(axis=0)  # (members, m, n_L) -> (m, n_L)


def layer_rows(
    network: Network, params: Params, rows: np.ndarray, *, ensemble: bool
) -> list[np.ndarray]:
    """Return a^[0] to a^[L] of each row, (m, n_l); from a^[1] (members, m, n_l) of an ensemble."""
    layers = _layers_of_members if ensemble else _layers_of_one
    with with_dtype_enabled(rows.dtype):
        return [rows, *(np.asarray(a) for a in layers(network, params, rows))]


def _layers(network: Network, params: Params, rows: Any) -> tuple[jax.Array, ...]:
    return tuple(A.T for A in propagate(network, params, rows.T).a[1:])


_layers_of_one = BoundedJit(_layers)
_layers_of_members = BoundedJit(jax.vmap(_layers, in_axes=(None, 0, None)))
