"""Flax NNX: the functional training loop that the performance guide of Flax gives for small models.

`nnx.split` before the loop, a plain `jax.jit` whose old state is donated, `nnx.merge` inside it, so
that no call walks through the graph of modules.  Beyond the guide, the state travels as a flat list
of arrays: JAX flattens an `nnx.State` in Python at every call, which is most of a small update.
The data lie on the device, and the step gathers its batch there.
"""

from __future__ import annotations

from functools import partial
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
        graphdef, state = nnx.split(self.objects)
        self.flat, self.structure = jax.tree.flatten(state)

        def restored(flat):
            return nnx.merge(graphdef, jax.tree.unflatten(self.structure, flat))

        @partial(jax.jit, donate_argnums=0)
        def step(flat, data, index):
            model, optimizer = restored(flat)
            x, y = data if index is None else [array[index] for array in data]
            gradients = nnx.grad(_loss)(model, x, y)
            optimizer.update(model, gradients)
            return jax.tree.leaves(nnx.state((model, optimizer)))

        @jax.jit
        def outputs(flat, x):
            return nnx.softmax(restored(flat)[0](x))

        self.step, self.outputs = step, outputs

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for index in chunks(order, self.settings.batch_size):
                self.flat = self.step(self.flat, self.data, index)
        jax.block_until_ready(self.flat)

    def parameters(self) -> Parameters:
        """Return (W^[l], b^[l]) as they are now."""
        nnx.update(self.objects, jax.tree.unflatten(self.structure, self.flat))
        return [
            (np.asarray(layer.kernel[...]).T, np.asarray(layer.bias[...])) for layer in self.layers
        ]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return np.asarray(self.outputs(self.flat, X))
