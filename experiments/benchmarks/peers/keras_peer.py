"""Keras 3 on JAX: `compile` and `fit`, `predict_on_batch` for predictions.

`fit` shuffles by itself and takes no order of the examples; the number of batches and updates is
the same. `steps_per_execution` is an epoch, as the documentation advises for small models:
callbacks run once an epoch instead of once a batch, and the digits take half the time.
"""

from __future__ import annotations

import os
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import keras  # pyright: ignore[reportMissingImports]
import numpy as np
from problem import Parameters, Problem

import peers


class Peer(peers.Peer):
    """See `peers.Peer`."""

    def __init__(self, problem: Problem) -> None:
        """Make network and optimiser, starting from the problem's parameters."""
        s = self.settings = problem.settings
        self.problem = problem
        one = s.sizes[-1] == 1
        layers = [keras.layers.Dense(n, activation=s.hidden) for n in s.sizes[1:-1]]
        last = keras.layers.Dense(s.sizes[-1], activation="sigmoid" if one else "softmax")
        self.model: Any = keras.Sequential([keras.Input((s.sizes[0],)), *layers, last])
        self.model.set_weights([a for W, b in problem.parameters for a in (W.T, b)])
        if s.optimizer == "adam":
            optimizer = keras.optimizers.Adam(s.learning_rate, epsilon=1e-8)
        else:
            optimizer = keras.optimizers.SGD(s.learning_rate)
        cost = "binary_crossentropy" if one else "categorical_crossentropy"
        steps = -(-len(problem.X) // s.batch_size)
        self.model.compile(optimizer=optimizer, loss=cost, steps_per_execution=steps)

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order; only their number is used."""
        self.model.fit(
            self.problem.X,
            self.problem.Y,
            batch_size=self.settings.batch_size,
            epochs=len(orders),
            shuffle=self.settings.shuffle,
            verbose=0,
        )

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        arrays = self.model.get_weights()
        return [(V.T, b) for V, b in zip(arrays[::2], arrays[1::2], strict=True)]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return np.asarray(self.model.predict_on_batch(X))
