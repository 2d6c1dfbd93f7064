"""Flax NNX: a jitted step of `nnx.Optimizer`; `nnx.cached_partial` traverses its graph once.

The performance guide of Flax advises this for small and medium networks. The data are on the
device, where the step gathers its batches.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from problem import Parameters, Problem, chunks

import peers


def _loss(model, x, y):
    z = model(x)
    if y.shape[1] == 1:
        return optax.sigmoid_binary_cross_entropy(z, y).mean()
    return optax.softmax_cross_entropy(z, y).mean()


@nnx.jit(donate_argnums=(0, 1))
def _train_step(model, optimizer, data, index):
    x, y = data if index is None else [array[index] for array in data]
    gradients = nnx.grad(_loss)(model, x, y)
    optimizer.update(model, gradients)


@nnx.jit
def _outputs(model, x):
    return nnx.softmax(model(x))


class Peer(peers.Peer):
    """See `peers.Peer`."""

    def __init__(self, problem: Problem) -> None:
        """Make network and optimiser, starting from the problem's parameters."""
        s = self.settings = problem.settings
        rngs = nnx.Rngs(s.seed)
        self.layers: list[Any] = [
            nnx.Linear(W.shape[1], W.shape[0], rngs=rngs) for W, _ in problem.parameters
        ]
        for layer, (W, b) in zip(self.layers, problem.parameters, strict=True):
            layer.kernel[...] = jnp.asarray(W.T)
            layer.bias[...] = jnp.asarray(b)
        g = nnx.sigmoid if s.hidden == "sigmoid" else nnx.relu
        model = nnx.Sequential(*[f for layer in self.layers for f in (layer, g)][:-1])
        make = optax.adam if s.optimizer == "adam" else optax.sgd
        self.objects = (model, nnx.Optimizer(model, make(s.learning_rate), wrt=nnx.Param))
        self.data = [jnp.asarray(array) for array in (problem.X, problem.Y)]
        self.step = nnx.cached_partial(_train_step, *self.objects)
        self.outputs = nnx.cached_partial(_outputs, model)

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for index in chunks(order, self.settings.batch_size):
                self.step(self.data, index)
        jax.block_until_ready(nnx.state(self.objects[0]))

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        return [
            (np.asarray(layer.kernel[...]).T, np.asarray(layer.bias[...])) for layer in self.layers
        ]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return np.asarray(self.outputs(X))
