"""The tables of laws: a new activation, cost, optimiser or network is one new row."""

import jax.numpy as jnp
import optax
import pytest

import jaxnn
from jaxnn.textbook import activations, costs

ACTIVATIONS = [
    *activations.BY_NAME.values(),
    jaxnn.leaky_relu.with_options(negative_slope=0.3),
    jaxnn.elu.with_options(alpha=0.7),
]
SMOOTH = [g for g in ACTIVATIONS if g.name != "step"]
ELEMENTWISE = [g for g in ACTIVATIONS if g.elementwise]
COSTS = list(costs.BY_NAME.values())


def own_activation(z):
    return jnp.sin(z)


def own_cost(a, y):
    return jnp.sum(jnp.abs(a - y) ** 3)


def outputs_of(cost):
    """Return the output activations that go with a cost, a user's own among them."""
    if cost == jaxnn.cross_entropy:
        return [jaxnn.softmax, own_activation]
    if cost == jaxnn.binary_cross_entropy:
        return [jaxnn.sigmoid, own_activation]
    return [*SMOOTH, own_activation]


OPTIMIZERS = {
    "sgd": optax.sgd(0.05),
    "momentum": optax.sgd(0.02, momentum=0.9),
    "nesterov": optax.sgd(0.02, momentum=0.9, nesterov=True),
    "adam": optax.adam(0.01),
    "adamw": optax.adamw(0.01),
    "nadam": optax.nadam(0.01),
    "amsgrad": optax.amsgrad(0.01),
    "adabelief": optax.adabelief(0.01),
    "adagrad": optax.adagrad(0.05),
    "rmsprop": optax.rmsprop(0.005),
    "lion": optax.lion(0.002),
    "lamb": optax.lamb(0.02),
    "schedule": optax.adam(optax.cosine_decay_schedule(0.02, 100)),
    "clipped": optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.05)),
}
"""Any of optax's; each must lower the loss of every network below."""

NETWORKS = {
    "neuron": jaxnn.mlp(4, 1, output="sigmoid"),
    "regression": jaxnn.mlp(4, 5, 2, hidden="tanh", output="identity"),
    "classes": jaxnn.mlp(4, 6, 5, 3, hidden="relu"),
    "dropout": jaxnn.mlp(4, 8, 3, hidden="gelu", dropout=0.1),
}
COST_OF_NETWORK = {
    "neuron": "binary_cross_entropy",
    "regression": "squared_error",
    "classes": "cross_entropy",
    "dropout": "cross_entropy",
}


def quick(names, chosen):
    """Return parameters of a test of which those not chosen are slow."""
    return [n if n in chosen else pytest.param(n, marks=pytest.mark.slow) for n in names]


def name_of(row):
    return getattr(row, "__name__", None) if not hasattr(row, "name") else repr(row)
