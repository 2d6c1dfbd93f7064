"""Equinox: the filter-jitted, donated step of its examples, and its low-overhead training loop.

The loop flattens network and optimiser state once and restores them inside the traced step, so that
no call traverses the modules. The data are on the device, where both steps gather their batches.
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


@eqx.filter_jit
def _outputs(model, x):
    return jax.nn.softmax(jax.vmap(model)(x))


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
            given = (jax.device_put(W), jax.device_put(b))
            layer = eqx.tree_at(lambda at: (at.weight, at.bias), layer, given)
            parts += [layer, eqx.nn.Lambda(g)]
        self.model = eqx.nn.Sequential(parts[:-1])
        self.optimizer = (optax.adam if s.optimizer == "adam" else optax.sgd)(s.learning_rate)
        self.opt_state = self.optimizer.init(eqx.filter(self.model, eqx.is_inexact_array))
        self.data = [jnp.asarray(array) for array in (problem.X, problem.Y)]
        self._compile()

    def _updated(self, model, opt_state, data, index):
        x, y = data if index is None else [array[index] for array in data]
        gradients = eqx.filter_grad(_loss)(model, x, y)
        params = eqx.filter(model, eqx.is_inexact_array)
        updates, opt_state = self.optimizer.update(gradients, opt_state, params)
        return eqx.apply_updates(model, updates), opt_state

    def _compile(self) -> None:
        @eqx.filter_jit(donate="all-except-first")
        def step(data_and_index, model, opt_state):
            return self._updated(model, opt_state, *data_and_index)

        self.step = step

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for index in chunks(order, self.settings.batch_size):
                batch = (self.data, index)
                self.model, self.opt_state = self.step(batch, self.model, self.opt_state)
        jax.block_until_ready(eqx.filter(self.model, eqx.is_array))

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        layers = [part for part in self.model.layers if isinstance(part, eqx.nn.Linear)]
        return [(np.asarray(layer.weight), np.asarray(layer.bias)) for layer in layers]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return np.asarray(_outputs(self.model, X))


class LowOverheadPeer(Peer):
    """See `peers.Peer`; network and optimiser state are a flat list of arrays."""

    def _compile(self) -> None:
        params, static = eqx.partition(self.model, eqx.is_inexact_array)
        self.flat, structure = jax.tree.flatten((params, self.opt_state))

        def restored(flat):
            params, opt_state = jax.tree.unflatten(structure, flat)
            return eqx.combine(params, static), opt_state

        @partial(jax.jit, donate_argnums=0)
        def step(flat, data, index):
            model, opt_state = self._updated(*restored(flat), data, index)
            return jax.tree.leaves((eqx.filter(model, eqx.is_inexact_array), opt_state))

        self.step, self.restored = step, restored

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for index in chunks(order, self.settings.batch_size):
                self.flat = self.step(self.flat, self.data, index)
        jax.block_until_ready(self.flat)
        self.model, self.opt_state = self.restored(self.flat)
