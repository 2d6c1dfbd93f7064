"""jaxnn: `fit` continues from a state; all epochs are one compiled program.

jaxnn draws the order of the examples from its key inside the epoch, so this work is timed too,
while the orders of the peers are drawn beforehand. On an accelerator the data are transferred once,
like those of the peers: `fit` would transfer NumPy arrays at every call.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax
from problem import Parameters, Problem

import jaxnn
import peers


class Peer(peers.Peer):
    """See `peers.Peer`."""

    def __init__(self, problem: Problem) -> None:
        """Make network and optimiser, starting from the problem's parameters."""
        s = problem.settings
        one = s.sizes[-1] == 1
        self.settings, self.data = s, (problem.X.T, problem.Y.T)
        if jax.default_backend() != "cpu":
            self.data = jax.device_put(self.data)
        self.network = jaxnn.mlp(
            *s.sizes,
            hidden=s.hidden,
            output="sigmoid" if one else "softmax",
            compute_dtype="bfloat16" if s.products == "bfloat16" else None,
        )
        self.cost = "binary_cross_entropy" if one else "cross_entropy"
        make = optax.adam if s.optimizer == "adam" else optax.sgd
        self.optimizer = make(s.learning_rate)
        self.params = tuple(
            jaxnn.Layer(jax.device_put(W), jax.device_put(b)) for W, b in problem.parameters
        )
        self.start: dict[str, Any] = {"params": self.params, "key": jax.random.key(s.seed)}

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order; only their number is used."""
        result = jaxnn.fit(
            self.network,
            self.data,
            cost=self.cost,
            optimizer=self.optimizer,
            epochs=len(orders),
            batch_size=self.settings.batch_size,
            shuffle=self.settings.shuffle,
            progress=False,
            **self.start,
        )
        self.params, self.start = result.params, {"state": result.state}
        jax.block_until_ready(result.params)

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        return [(np.asarray(layer.W), np.asarray(layer.b)) for layer in self.params]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return np.asarray(jaxnn.predict(self.network, self.params, X.T)).T
