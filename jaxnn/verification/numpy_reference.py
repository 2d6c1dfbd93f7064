"""The equations of a network in float64 NumPy, without JAX: the reference for compiled numbers.

A batch has one column per example.  Activations and costs are known by their names in jaxnn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import erf, expit

# (W^[l], b^[l]), (n_l, n_{l-1}) and (n_l,), or the gradients of E with respect to them
Pair = tuple[np.ndarray, np.ndarray]


class Gradients(NamedTuple):
    """Gradients of E, and the size of the terms of each sum: the scale of its rounding error.

    Attributes:
        layers: (∂E/∂W^[l], ∂E/∂b^[l]) for l = 1, …, L.
        scales: for each of them the largest Σ_j |δ_i a_k| of an entry, two numbers a layer.
    """

    layers: list[Pair]
    scales: list[tuple[float, float]]


def _softmax(Z: np.ndarray) -> np.ndarray:
    e = np.exp(Z - Z.max(axis=0))
    return e / e.sum(axis=0)


def _softmax_pullback(Z: np.ndarray, D: np.ndarray) -> np.ndarray:
    A = _softmax(Z)
    return A * (D - (A * D).sum(axis=0))


def _elementwise(derivative: Callable[[np.ndarray], np.ndarray]):
    return lambda Z, D: derivative(Z) * D


def _normal_distribution(Z: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + erf(Z / np.sqrt(2)))


def _normal_density(Z: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * Z**2) / np.sqrt(2 * np.pi)


# name -> (Z -> A, (Z, ∂E/∂A) -> ∂E/∂Z)
ACTIVATIONS: dict[str, tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]] = {
    "identity": (lambda Z: Z, _elementwise(np.ones_like)),
    "sigmoid": (expit, _elementwise(lambda Z: expit(Z) * expit(-Z))),
    "tanh": (np.tanh, _elementwise(lambda Z: 1 - np.tanh(Z) ** 2)),
    "arctan": (np.arctan, _elementwise(lambda Z: 1 / (1 + Z**2))),
    "relu": (lambda Z: np.maximum(Z, 0), _elementwise(lambda Z: np.where(Z > 0, 1.0, 0.0))),
    "leaky_relu": (
        lambda Z: np.where(Z >= 0, Z, 0.01 * Z),
        _elementwise(lambda Z: np.where(Z >= 0, 1.0, 0.01)),
    ),
    "elu": (
        lambda Z: np.where(Z > 0, Z, np.expm1(Z)),
        _elementwise(lambda Z: np.where(Z > 0, 1.0, np.exp(Z))),
    ),
    "softplus": (lambda Z: np.logaddexp(0, Z), _elementwise(expit)),
    "gelu": (
        lambda Z: Z * _normal_distribution(Z),
        _elementwise(lambda Z: _normal_distribution(Z) + Z * _normal_density(Z)),
    ),
    "silu": (
        lambda Z: Z * expit(Z),
        _elementwise(lambda Z: expit(Z) * (1 + Z * expit(-Z))),
    ),
    "softmax": (_softmax, _softmax_pullback),
}

# name -> ((A, Y) -> E of each example, (A, Y) -> ∂E/∂A)
COSTS: dict[str, tuple[Callable[..., np.ndarray], Callable[..., np.ndarray]]] = {
    "squared_error": (lambda A, Y: 0.5 * ((Y - A) ** 2).sum(axis=0), lambda A, Y: A - Y),
    "absolute_error": (lambda A, Y: np.abs(Y - A).sum(axis=0), lambda A, Y: np.sign(A - Y)),
    "cross_entropy": (lambda A, Y: -(Y * np.log(A)).sum(axis=0), lambda A, Y: -Y / A),
    "binary_cross_entropy": (
        lambda A, Y: -(Y * np.log(A) + (1 - Y) * np.log1p(-A)).sum(axis=0),
        lambda A, Y: (1 - Y) / (1 - A) - Y / A,
    ),
}


def forward(
    layers: Sequence[Pair], activations: Sequence[str], X: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return (Z^[1], …, Z^[L]) and (A^[0], …, A^[L])."""
    Zs, As = [], [np.asarray(X, np.float64)]
    for (W, b), g in zip(layers, activations, strict=True):
        Zs.append(np.asarray(W, np.float64) @ As[-1] + np.asarray(b, np.float64)[:, None])
        As.append(ACTIVATIONS[g][0](Zs[-1]))
    return Zs, As


def loss(
    layers: Sequence[Pair], activations: Sequence[str], X: np.ndarray, Y: np.ndarray, cost: str
) -> float:
    """Return E, the mean over the examples of the cost of each."""
    A = forward(layers, activations, X)[1][-1]
    return float(COSTS[cost][0](A, np.asarray(Y, np.float64)).mean())


def gradients(
    layers: Sequence[Pair], activations: Sequence[str], X: np.ndarray, Y: np.ndarray, cost: str
) -> Gradients:
    """Return ∂E/∂W^[l] and ∂E/∂b^[l], by the chain rule."""
    Zs, As = forward(layers, activations, X)
    m = As[0].shape[1]
    dE_dA = COSTS[cost][1](As[-1], np.asarray(Y, np.float64)) / m
    found, scales = [], []
    for l in range(len(layers), 0, -1):
        Delta = ACTIVATIONS[activations[l - 1]][1](Zs[l - 1], dE_dA)  # (n_l, m)
        found.append((Delta @ As[l - 1].T, Delta.sum(axis=1)))
        size = np.abs(Delta)
        scales.append(((size @ np.abs(As[l - 1]).T).max(), size.sum(axis=1).max()))
        dE_dA = np.asarray(layers[l - 1][0], np.float64).T @ Delta
    return Gradients(found[::-1], scales[::-1])


def descended(layers: Sequence[Pair], found: Gradients, learning_rate: float) -> list[Pair]:
    """Return W^[l] − η ∂E/∂W^[l] and b^[l] − η ∂E/∂b^[l]."""
    return [
        (W - learning_rate * dW, b - learning_rate * db)
        for (W, b), (dW, db) in zip(layers, found.layers, strict=True)
    ]
