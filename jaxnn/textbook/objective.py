"""The cost E of a batch: the weighted mean over its examples of the cost of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import chex
import jax

from jaxnn.compilation import one_program
from jaxnn.textbook import costs
from jaxnn.textbook.checks.arguments import check_given
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.functions import CostFunction, is_ours
from jaxnn.textbook.joint_costs import JOINT_COSTS, costs_of_outputs
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.means import normalised_weights, weighted_mean
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import Matmul, Trace, multiply, propagate

BatchMean = Callable[
    [Network, CostFunction, jax.Array, Trace, jax.Array], tuple[jax.Array, jax.Array]
]
"""(network, cost, w, trace of a batch, Y) -> (Σ_j w_j E(a_j, y_j), A^[L])."""


def loss(
    network: Network,
    params: Params,
    X: jax.Array,
    Y: jax.Array,
    *,
    cost: str | CostFunction,
    weights: jax.Array | None = None,
    key: jax.Array | None = None,
) -> jax.Array:
    """Return E, the weighted mean over the examples of the cost of each.

    Formula: E = Σ_j w_j E(a_j, y_j) / Σ_j w_j.  Softmax with cross-entropy and sigmoid with binary
    cross-entropy are computed jointly from z^[L]: finite, with the right gradient, at |z| = 1e4.

    Its gradient is `jax.grad(loss, argnums=1)(network, params, X, Y, cost=…)`, which is what
    `backward` computes by hand: argument 0, by which `jax.grad` differentiates unless it is told,
    is the network, which has no numbers, so that without `argnums=1` it gives the network back.

    Under a `jax.jit` of one's own, values that a cost captures stay those of the first call, by
    JAX's rule: jit a function that takes what changes as an argument.

    Args:
        network: the network.
        params: its parameters.
        X: examples, (n_0, m).
        Y: targets, (n_L, m).
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        weights: w, (m,), each at least 0; None: all 1.  An example of weight 0 does not count.
            Only their ratio counts: all 1e38, or all 1e-30, is all 1.
        key: turns dropout on, with its own key for each example; None: nothing is dropped.

    Returns:
        E, ().  Where all weights are 0 it is 0.

    Raises:
        TypeError, ValueError: a shape, type or value that breaks these rules; an output activation,
            a cost and targets that cannot be meant together.

    Warns:
        UserWarning: they go together, but that is rarely meant; the message names what fits.

    Source: Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.2.

    >>> import jax.numpy as jnp
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 2, 4)
    >>> params = jax.tree.map(jnp.zeros_like, init(net, jax.random.key(0)))
    >>> round(loss(net, params, jnp.ones((3, 4)), jnp.eye(4), cost="cross_entropy").item(), 4)
    1.3863
    >>> gradients = jax.grad(loss, argnums=1)(net, params, jnp.ones((3, 4)), jnp.eye(4),
    ...                                       cost="cross_entropy")
    >>> gradients[0].W.shape
    (2, 3)
    """
    cost = costs.find(cost)
    check_params(network, params)
    check_given("Y", Y)
    check_examples(network, X, Y, weights)
    check_pairing(network, cost, Y, weights)
    key = None if key is None else single_key(key)
    w = normalised_weights(X.shape[1], weights, params[-1].b.dtype)
    outputs = (network.activations[-1], cost) not in JOINT_COSTS  # a joint cost takes Z^[L]
    return mean_cost(network, params, X, Y, w, cost=cost, key=key, outputs=outputs)[0]


def mean_cost(
    network: Network,
    params: Params,
    X: jax.Array,
    Y: jax.Array,
    w: jax.Array,
    *,
    cost: CostFunction,
    key: jax.Array | None = None,
    keep: Any = None,
    matmul: Matmul = multiply,
    outputs: bool = True,
    batch_mean: BatchMean | None = None,
) -> tuple[jax.Array, jax.Array]:
    """Return (E, A^[L]): E = Σ_j w_j E(a_j, y_j), where w (m,) sums to 1, and A^[L] (n_L, m).

    `keep`, `matmul` and `outputs` are those of `propagate`; `key` is split into one key an example;
    `batch_mean` computes the result from the trace; the engine has a faster one.
    """
    keys = None if key is None else jax.random.split(key, X.shape[1])
    tr = propagate(network, params, X, keys=keys, keep=keep, matmul=matmul, outputs=outputs)
    chex.assert_shape(w, (X.shape[1],))
    return (batch_mean or mean_of_batch)(network, cost, w, tr, Y)


def mean_of_batch(
    network: Network, cost: CostFunction, w: jax.Array, tr: Trace, Y: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return what `mean_cost` returns, from a batch's trace: Z^[L] and A^[L], (n_L, m)."""
    g = network.activations[-1]
    mean = _mean_program if is_ours(g) and is_ours(cost) else _mean  # a user's own gets values
    return mean(g, cost, w, tr.z[-1], tr.a[-1], Y), tr.a[-1]


def _mean(g: Any, cost: Any, w: Any, Z: Any, A: Any, Y: Any) -> jax.Array:
    """Return Σ_j w_j E(a_j, y_j)."""
    E = costs_of_outputs(g, cost, Z, A, Y)
    chex.assert_shape(E, (Y.shape[1],))
    return weighted_mean(w, E)


_mean_program = one_program(_mean, static_argnums=(0, 1))
