"""Equinox: a filter-jitted step whose old network and optimiser state are donated."""

from __future__ import annotations

import equinox as eqx  # pyright: ignore[reportMissingImports]
import jax
import jax.numpy as jnp
import numpy as np
import optax
from problem import Parameters, Problem, batches


def _loss(model, x, y):
    z = jax.vmap(model)(x)
    if y.shape[1] == 1:
        return optax.sigmoid_binary_cross_entropy(z, y).mean()
    return optax.softmax_cross_entropy(z, y).mean()


@eqx.filter_jit
def _outputs(model, x):
    return jax.nn.softmax(jax.vmap(model)(x))


class Peer:
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
        self.model = eqx.nn.Sequential(parts[:-1])
        make = optax.adam if s.optimizer == "adam" else optax.sgd
        optimizer = make(s.learning_rate)
        self.opt_state = optimizer.init(eqx.filter(self.model, eqx.is_inexact_array))
        whole = s.batch_size >= len(problem.X)
        self.data = [jnp.asarray(a) if whole else a for a in (problem.X, problem.Y)]

        @eqx.filter_jit(donate="all-except-first")
        def step(batch, model, opt_state):
            gradients = eqx.filter_grad(_loss)(model, *batch)
            updates, opt_state = optimizer.update(
                gradients, opt_state, eqx.filter(model, eqx.is_inexact_array)
            )
            return eqx.apply_updates(model, updates), opt_state

        self.step = step

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for batch in batches(order, self.settings.batch_size, *self.data):
                self.model, self.opt_state = self.step(batch, self.model, self.opt_state)
        jax.block_until_ready(eqx.filter(self.model, eqx.is_array))

    def parameters(self) -> Parameters:
        """Return (W^[l], b^[l]) as they are now."""
        layers = [part for part in self.model.layers if isinstance(part, eqx.nn.Linear)]
        return [(np.asarray(layer.weight), np.asarray(layer.bias)) for layer in layers]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return np.asarray(_outputs(self.model, X))
