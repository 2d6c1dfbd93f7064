"""Equinox: `eqx.filter_vmap` over stacked models, as on its page on ensembles.

The step, filter-jitted and donated, is that of its examples; a Python loop runs over the shared
batches, and one Adam updates the stacked parameters.
"""

from __future__ import annotations

from typing import Any, ClassVar

import equinox as eqx  # pyright: ignore[reportMissingImports]
import jax
import jax.numpy as jnp
import numpy as np
import optax
from problem import Parameters, chunks

from sweep_peers import Task, stacked
from sweep_peers.stack import Stacks


class Stack:
    """See `stack.Stack`."""

    def __init__(self, task: Task, numbers: range) -> None:
        """Make one model whose arrays have a first axis for the networks, and its optimiser."""
        p, s = task.problem, task.problem.settings
        n0, *hidden, nL = s.sizes

        @eqx.filter_vmap
        def make(key: jax.Array) -> Any:
            return eqx.nn.MLP(n0, nL, hidden[0], len(hidden), key=key)

        models = make(jax.random.split(jax.random.key(s.seed), len(numbers)))
        given = [jnp.asarray(array) for layer in stacked(task, numbers) for array in layer]
        self.models = eqx.tree_at(_leaves, models, given)
        self.optimizer = optax.adam(s.learning_rate)
        self.opt_state = self.optimizer.init(eqx.filter(self.models, eqx.is_inexact_array))
        self.data = [jnp.asarray(array) for array in (p.X, p.Y)]
        self.batch_size = s.batch_size

        @eqx.filter_jit(donate="all-except-first")
        def step(data_and_index, models, opt_state):
            data, index = data_and_index
            x, y = data if index is None else [array[index] for array in data]
            axes = (eqx.if_array(0), None, None)
            gradients = eqx.filter_vmap(eqx.filter_grad(_loss), in_axes=axes)(models, x, y)
            params = eqx.filter(models, eqx.is_inexact_array)
            updates, opt_state = self.optimizer.update(gradients, opt_state, params)
            return eqx.apply_updates(models, updates), opt_state

        self.step = step

    def train(self, orders: Any) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for index in chunks(order, self.batch_size):
                batch = (self.data, index)
                self.models, self.opt_state = self.step(batch, self.models, self.opt_state)
        jax.block_until_ready(eqx.filter(self.models, eqx.is_array))

    def parameters(self, i: int) -> Parameters:
        """Return (W^[l], b^[l]) of network i of this stack."""
        arrays = [np.asarray(array)[i] for array in _leaves(self.models)]
        return list(zip(arrays[::2], arrays[1::2], strict=True))


class Stacked(Stacks):
    """See `sweep_peers.Contender`."""

    ways: ClassVar = {"filter_vmap": Stack}


def _leaves(models: Any) -> list[Any]:
    return [array for layer in models.layers for array in (layer.weight, layer.bias)]


def _loss(model: Any, x: jax.Array, y: jax.Array) -> jax.Array:
    return optax.softmax_cross_entropy(jax.vmap(model)(x), y).mean()
