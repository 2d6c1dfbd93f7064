"""Equinox: the low-overhead training loop of its documentation, a donated step over flat lists.

Network and optimiser state are flattened once before the loop and put together again where the step
is traced, so that no call has to walk through modules.  The data lie on the device, and the step
gathers its batch there.
"""

from __future__ import annotations

from functools import partial

import equinox as eqx  # pyright: ignore[reportMissingImports]
import jax
import jax.numpy as jnp
import numpy as np
import optax
from problem import Parameters, Problem, chunks

import peers


def _loss(model, x, y):
    z = jax.vmap(model)(x)
    if y.shape[1] == 1:
        return optax.sigmoid_binary_cross_entropy(z, y).mean()
    return optax.softmax_cross_entropy(z, y).mean()


class Peer(peers.Peer):
    """See `peers.Peer`."""

    def __init__(self, problem: Problem) -> None:
        """Make network and optimiser, starting from the problem's parameters."""
        s = self.settings = problem.settings
        key = jax.random.key(s.seed)
        g = jax.nn.sigmoid if s.hidden == "sigmoid" else jax.nn.relu
        parts = []
        for W, b in problem.parameters:
            layer = eqx.nn.Linear(W.shape[1], W.shape[0], key=key)
            given = (jnp.asarray(W), jnp.asarray(b))
            layer = eqx.tree_at(lambda at: (at.weight, at.bias), layer, given)
            parts += [layer, eqx.nn.Lambda(g)]
        params, static = eqx.partition(eqx.nn.Sequential(parts[:-1]), eqx.is_inexact_array)
        optimizer = (optax.adam if s.optimizer == "adam" else optax.sgd)(s.learning_rate)
        self.data = [jnp.asarray(array) for array in (problem.X, problem.Y)]
        self.flat, structure = jax.tree.flatten((params, optimizer.init(params)))

        def restored(flat):
            params, opt_state = jax.tree.unflatten(structure, flat)
            return eqx.combine(params, static), opt_state

        @partial(jax.jit, donate_argnums=0)
        def step(flat, data, index):
            model, opt_state = restored(flat)
            x, y = data if index is None else [array[index] for array in data]
            gradients = eqx.filter_grad(_loss)(model, x, y)
            params = eqx.filter(model, eqx.is_inexact_array)
            updates, opt_state = optimizer.update(gradients, opt_state, params)
            params = eqx.apply_updates(params, updates)
            return jax.tree.leaves((params, opt_state))

        @jax.jit
        def outputs(flat, x):
            return jax.nn.softmax(jax.vmap(restored(flat)[0])(x))

        self.step, self.outputs, self.restored = step, outputs, restored

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for index in chunks(order, self.settings.batch_size):
                self.flat = self.step(self.flat, self.data, index)
        jax.block_until_ready(self.flat)

    def parameters(self) -> Parameters:
        """Return (W^[l], b^[l]) as they are now."""
        model, _ = self.restored(self.flat)
        layers = [part for part in model.layers if isinstance(part, eqx.nn.Linear)]
        return [(np.asarray(layer.weight), np.asarray(layer.bias)) for layer in layers]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return np.asarray(self.outputs(self.flat, X))
