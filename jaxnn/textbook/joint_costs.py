"""Output activations and costs that are computed together, from z^[L], to stay finite."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.compilation import one_program
from jaxnn.textbook import activations, costs
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.network import Network
from jaxnn.textbook.propagation import Trace, promoted


class JointCost(NamedTuple):
    """An output activation g and a cost computed together, from z^[L].

    Attributes:
        cost: (z^[L], y) -> E, also of a batch, (Z^[L], Y) -> (m,).
        delta: (a^[L], y) -> δ^[L].
        mean_z: z of K networks, (K, n_L) -> a z, (n_L,), of which g(z) is the mean of their g(z_k).
    """

    cost: Callable[[jax.Array, jax.Array], jax.Array]
    delta: Callable[[jax.Array, jax.Array], jax.Array]
    mean_z: Callable[[jax.Array], jax.Array]


def _mean_log(log_a: jax.Array) -> jax.Array:
    """Return the logarithm of the mean of K outputs, (K, n_L) -> (n_L,), from their logarithms."""
    return jax.nn.logsumexp(log_a, axis=0) - np.log(len(log_a)).astype(log_a.dtype)


# the separate forms overflow where a^[L] rounds to 0 or 1; these stay finite
JOINT_COSTS: dict[tuple[Any, Any], JointCost] = {
    (activations.softmax, costs.cross_entropy): JointCost(
        cost=one_program(costs.softmax_cross_entropy),
        delta=one_program(lambda a, y: a * jnp.sum(y) - y),
        mean_z=lambda z: _mean_log(jax.nn.log_softmax(z, axis=1)),
    ),
    (activations.sigmoid, costs.binary_cross_entropy): JointCost(
        cost=one_program(costs.sigmoid_binary_cross_entropy),
        delta=lambda a, y: a - y,
        mean_z=lambda z: _mean_log(jax.nn.log_sigmoid(z)) - _mean_log(jax.nn.log_sigmoid(-z)),
    ),
}


def mean_trace(network: Network, cost: CostFunction, tr: Trace) -> Trace:
    """Return (z^[L], a^[L]) of the mean of K networks' outputs, (n_L,), from theirs, (K, n_L).

    Where `cost_of` takes z^[L], z^[L] is that of the mean: the cross-entropy of averaged
    probabilities that round to 0 would be infinite, though none of the members' is.

    >>> from jaxnn.textbook.network import mlp
    >>> net, z = mlp(2, 2), jnp.array([[500.0, 0.0], [400.0, 0.0]])
    >>> tr = mean_trace(net, costs.cross_entropy, Trace((z,), (net.activations[0](z),)))
    >>> cost_of(net, costs.cross_entropy, tr, jnp.array([0.0, 1.0])).round(2).item()
    400.69000244140625
    """
    joint = JOINT_COSTS.get((network.activations[-1], cost))
    z, a = tr.z[-1], tr.a[-1]
    return Trace((z if joint is None else joint.mean_z(z),), (jnp.mean(a, axis=0),))


def costs_of_batch(network: Network, cost: CostFunction, tr: Trace, Y: jax.Array) -> jax.Array:
    """Return the cost of each example, (m,), from a batch's trace and its targets Y (n_L, m)."""
    return costs_of_outputs(network.activations[-1], cost, tr.z[-1], tr.a[-1], Y)


def costs_of_outputs(g: Any, cost: CostFunction, Z: Any, A: Any, Y: Any) -> jax.Array:
    """Return the cost of each example, (m,), from Z^[L] and A^[L] = g(Z^[L]), (n_L, m)."""
    joint = JOINT_COSTS.get((g, cost))
    if joint is not None:  # `jax.vmap` would transpose Z^[L] and Y
        return joint.cost(*promoted(Z, Y))
    each: Any = jax.vmap(partial(costs.cost_of_one, cost), in_axes=1)
    return each(*promoted(A, Y))


def cost_of(network: Network, cost: CostFunction, tr: Trace, y: jax.Array) -> jax.Array:
    """Return E of one example from its trace: jointly from z^[L] where that is the stable form.

    >>> from jaxnn.textbook.network import mlp
    >>> net, z = mlp(2, 2), jnp.array([1e4, -1e4])
    >>> cost_of(net, costs.cross_entropy, Trace((z,), (z, net.activations[0](z))), jnp.eye(2)[1])
    Array(20000., dtype=float32)
    """
    joint = JOINT_COSTS.get((network.activations[-1], cost))
    if joint is not None:
        return joint.cost(*promoted(tr.z[-1], y))
    return costs.cost_of_one(cost, *promoted(tr.a[-1], y))
