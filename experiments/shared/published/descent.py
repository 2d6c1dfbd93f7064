"""Gradient descent as the sources run it: frozen biases, many passes over given batches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import optax

import jaxnn


def descent(learning_rate: float, frozen: Sequence[bool]) -> optax.GradientTransformation:
    """Return gradient descent that leaves the biases of the frozen layers as they are."""
    plain = optax.sgd(learning_rate)
    if not any(frozen):
        return plain
    mask: Any = tuple(jaxnn.Layer(False, biases) for biases in frozen)  # type: ignore[arg-type]
    return optax.chain(plain, optax.masked(optax.set_to_zero(), mask))


def trained(
    net: jaxnn.Network,
    params: jaxnn.Params,
    cost: Any,
    optimizer: optax.GradientTransformation,
    batches: Any,
    passes: int,
) -> tuple[jaxnn.Params, jax.Array]:
    """Return the parameters after the passes over all batches, and the cost before every update.

    `batches` is (X, Y) of shapes (k, n_0, m) and (k, n_L, m): k updates a pass.
    """

    def step(state: jaxnn.TrainState, batch: Any) -> tuple[jaxnn.TrainState, jax.Array]:
        state, metrics = jaxnn.update(net, cost, optimizer, state, batch)
        return state, metrics["loss"]

    def one_pass(state: jaxnn.TrainState, _: None) -> tuple[jaxnn.TrainState, jax.Array]:
        return jax.lax.scan(step, state, batches)

    start = jaxnn.TrainState.create(params, optimizer, jax.random.key(0))
    state, costs = jax.lax.scan(one_pass, start, length=passes)
    return state.params, costs
