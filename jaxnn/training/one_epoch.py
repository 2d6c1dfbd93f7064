"""`epoch`: one pass over data in memory, as one scan over its batches."""

from __future__ import annotations

from typing import Never

import jax.numpy as jnp
import optax

from jaxnn.data.preparation import Data
from jaxnn.engine.plan import EpochPlan
from jaxnn.engine.steps import epoch_of_rows
from jaxnn.textbook import costs
from jaxnn.textbook.checks.arguments import as_data, as_flag, check_one_pair
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import check_optimizer
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import (
    Augmentation,
    TrainState,
    check_augmentation,
    check_is_state,
)
from jaxnn.textbook.metrics import Metrics
from jaxnn.textbook.network import Network, check_params, check_trainable
from jaxnn.textbook.pairing import check_pairing


def epoch(
    network: Network,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    data: Data,
    *_more: Never,
    batch_size: int,
    shuffle: bool = True,
    augment: Augmentation | None = None,
) -> tuple[TrainState, Metrics]:
    """Return the state after one pass over the data, and the mean of the metrics along the way.

    One `lax.scan` of the step that `update` makes, over shuffled batches: jit it, and the whole
    pass is one program with data and state on the device.  The last, shorter batch is filled up
    with examples of weight 0, so every example counts once.

    Under a `jax.jit` of one's own, values that a cost or a schedule captures stay those of the
    first call, by JAX's rule: jit a function that takes what changes as an argument.

    Args:
        network: the network.
        cost: as `update`.
        optimizer: any of optax.
        state: the state before; its key drives the shuffle.
        data: (X, Y) or (X, Y, weights), one column per example; uint8 X: pixels, x = X / 255.
        batch_size: examples an update, at least 1.
        shuffle: draw a new order; False: the order in which they come.
        augment: as `update`.

    Returns:
        (state, metrics), metrics averaged over the examples, each as it was before its update.

    Raises:
        TypeError, ValueError: as `update`; batch_size below 1.

    Warns:
        UserWarning: as `update`.

    Source: Robbins and Monro (1951), stochastic gradient descent.

    >>> import jax
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net, sgd = mlp(3, 1, output="sigmoid"), optax.sgd(0.5)
    >>> init_key, train_key = jax.random.split(jax.random.key(0))
    >>> state = TrainState.create(init(net, init_key), sgd, train_key)
    >>> data = jnp.ones((3, 5)), jnp.ones((1, 5))
    >>> state, metrics = epoch(net, "squared_error", sgd, state, data, batch_size=2)
    >>> state.step.item()
    3
    """
    check_one_pair("epoch", "epoch(network, cost, optimizer, state, (X, Y), …)", _more)
    batch_size, data = check_count("batch_size", batch_size), as_data("data", data)
    shuffle = as_flag("shuffle", shuffle)
    check_augmentation(augment)
    cost = costs.find(cost)
    check_trainable(network)
    check_is_state(state)
    check_params(network, state.params)
    check_optimizer(optimizer, state.params, state.opt_state)
    check_examples(network, *data)
    check_pairing(network, cost, *data[1:])
    # one example per row, so that a batch is gathered in one go
    rows = tuple(jnp.asarray(array.T) for array in data)
    plan = EpochPlan(
        network=network, cost=cost, batch_size=batch_size, shuffle=shuffle, augment=augment
    )
    return epoch_of_rows(plan, optimizer, state, rows)
