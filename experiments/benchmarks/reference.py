"""The reference: outputs and loss in NumPy, and the number of operations of an epoch."""

from __future__ import annotations

import itertools

import numpy as np
from problem import Parameters, Settings

BLOCK = 4096


def outputs(settings: Settings, parameters: Parameters, X: np.ndarray) -> np.ndarray:
    """Return a^[L] of every row of X, (m, n_L): probabilities, computed in float64."""
    return np.concatenate(
        [_outputs(settings, parameters, X[i : i + BLOCK]) for i in range(0, len(X), BLOCK)]
    )


def _outputs(settings: Settings, parameters: Parameters, X: np.ndarray) -> np.ndarray:
    a = X.astype(np.float64)
    for layer, (W, b) in enumerate(parameters, 1):
        z = a @ W.T.astype(np.float64) + b
        if layer < len(parameters):
            a = np.maximum(z, 0) if settings.hidden == "relu" else 1 / (1 + np.exp(-z))
        elif settings.sizes[-1] == 1:
            a = 1 / (1 + np.exp(-z))
        else:
            e = np.exp(z - z.max(1, keepdims=True))
            a = e / e.sum(1, keepdims=True)
    return a


def loss(A: np.ndarray, Y: np.ndarray) -> float:
    """Return E = −mean Σ_i y_i ln a_i, or its binary form if there is one output."""
    A = np.clip(A, 1e-12, 1)
    if Y.shape[1] > 1:
        return float(-np.mean(np.sum(Y * np.log(A), axis=1)))
    other = np.clip(1 - A, 1e-12, 1)
    return float(-np.mean(Y * np.log(A) + (1 - Y) * np.log(other)))


def training_flops(sizes: tuple[int, ...], m: int) -> int:
    """Return the floating-point operations of the matrix products of one epoch over m examples.

    For each layer and example 2 n_l n_{l-1} forward (Z = W A), as many for the gradient of W
    (δ Aᵀ) and, except in layer 1, for that of the layer's input (Wᵀ δ):

        m (6 Σ_l n_l n_{l-1} − 2 n_1 n_0)

    >>> training_flops((3, 2, 1), 10)
    360
    """
    products = [before * after for before, after in itertools.pairwise(sizes)]
    return m * (6 * sum(products) - 2 * products[0])


def prediction_flops(sizes: tuple[int, ...], m: int) -> int:
    """Return the floating-point operations of m predictions' matrix products, 2m Σ n_l n_{l-1}.

    >>> prediction_flops((3, 2, 1), 10)
    160
    """
    return 2 * m * sum(before * after for before, after in itertools.pairwise(sizes))
