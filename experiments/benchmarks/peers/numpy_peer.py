"""NumPy: the same arithmetic by hand, the reference for the losses of all peers."""

from __future__ import annotations

import numpy as np
from problem import Parameters, Problem, chunks

import peers


class Peer(peers.Peer):
    """See `peers.Peer`."""

    def __init__(self, problem: Problem) -> None:
        """Copy the parameters; Adam's two moments start at 0."""
        self.problem, self.settings = problem, problem.settings
        self.arrays = [array.copy() for layer in problem.parameters for array in layer]
        self.moments = [(np.zeros_like(array), np.zeros_like(array)) for array in self.arrays]
        self.steps = 0

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        s, X, Y = self.settings, self.problem.X, self.problem.Y
        if s.hidden == "sigmoid" and len(s.sizes) == 3 and s.optimizer == "sgd":
            train_two_sigmoid_layers(self.arrays, X, Y, s.learning_rate, len(orders))
            return
        for order in orders:
            for index in chunks(order, s.batch_size):
                x, y = (X, Y) if index is None else (X[index], Y[index])
                self._adam(self._gradients(x, y))

    def _gradients(self, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """Return ∂E/∂W^[l], ∂E/∂b^[l] in the order of `self.arrays`, by the chain rule."""
        weights, biases = self.arrays[::2], self.arrays[1::2]
        a = [x]  # rows: (m, n_l)
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            a.append(np.maximum(a[-1] @ W.T + b, 0))
        z = a[-1] @ weights[-1].T + biases[-1]
        e = np.exp(z - z.max(1, keepdims=True))
        delta = (e / e.sum(1, keepdims=True) - y) / np.float32(len(x))
        gradients = []
        for layer in range(len(weights) - 1, -1, -1):
            gradients = [delta.T @ a[layer], delta.sum(0), *gradients]
            if layer:
                delta = (delta @ weights[layer]) * (a[layer] > 0)
        return gradients

    def _adam(self, gradients: list[np.ndarray], b1: float = 0.9, b2: float = 0.999) -> None:
        self.steps += 1
        rate = self.settings.learning_rate / (1 - b1**self.steps)
        root = (1 - b2**self.steps) ** 0.5
        for array, (mean, square), gradient in zip(
            self.arrays, self.moments, gradients, strict=True
        ):
            mean += (1 - b1) * (gradient - mean)
            square += (1 - b2) * (gradient * gradient - square)
            array -= rate * mean / (np.sqrt(square) / root + 1e-8)

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        return list(zip(self.arrays[::2], self.arrays[1::2], strict=True))

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        *hidden, (W, b) = self.parameters()
        a = X
        for V, c in hidden:
            a = np.maximum(a @ V.T + c, 0)
        z = a @ W.T + b
        e = np.exp(z - z.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)


def train_two_sigmoid_layers(
    arrays: list[np.ndarray], X: np.ndarray, Y: np.ndarray, learning_rate: float, updates: int
) -> None:
    """Train two sigmoid layers by gradient descent on the binary cross-entropy of all examples."""
    W1, b1, W2, b2 = arrays
    step = np.float32(learning_rate / len(X))
    for _ in range(updates):
        A1 = 1 / (1 + np.exp(-(X @ W1.T + b1)))
        A2 = 1 / (1 + np.exp(-(A1 @ W2.T + b2)))
        D2 = A2 - Y
        D1 = (D2 @ W2) * A1 * (1 - A1)
        W2 -= step * (D2.T @ A1)
        b2 -= step * D2.sum(0)
        W1 -= step * (D1.T @ X)
        b1 -= step * D1.sum(0)
