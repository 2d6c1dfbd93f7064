"""The chain rule by hand: δ^[l] from the last layer to the first, and ∂E/∂W^[l], ∂E/∂b^[l]."""

from __future__ import annotations

from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp

from jaxnn.compilation import one_program
from jaxnn.errors import ShapeError
from jaxnn.textbook import activations, costs
from jaxnn.textbook.checks.arguments import check_given, described
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.values import check_one_array
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.joint_costs import JOINT_COSTS
from jaxnn.textbook.means import normalised_weights, summing_type
from jaxnn.textbook.network import Layer, Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import Trace, promoted, trace


class Sensitivities(NamedTuple):
    """The chain rule's factors for one example, each a tuple over the layers 1, …, L.

    dE_da holds ∂E/∂a^[l], (n_l,).
    delta holds δ^[l] = ∂E/∂z^[l] = ∂E/∂a^[l] · ∂a^[l]/∂z^[l], (n_l,).

    >>> import jax.numpy as jnp
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net, y = mlp(3, 4, 2), jnp.array([1.0, 0.0])
    >>> params = init(net, jax.random.key(0))
    >>> tr = trace(net, params, jnp.ones(3))
    >>> factors = sensitivities(net, params, tr, y, cost="cross_entropy")
    >>> [delta.shape for delta in factors.delta]
    [(4,), (2,)]
    """

    dE_da: tuple[jax.Array, ...]
    delta: tuple[jax.Array, ...]


def sensitivities(
    network: Network, params: Params, tr: Trace, y: jax.Array, *, cost: str | CostFunction
) -> Sensitivities:
    """Return ∂E/∂a^[l] and δ^[l] = ∂E/∂z^[l] of one example for l = 1, …, L, by the chain rule.

    Formula, from the last layer to the first:

        δ^[l]       = ∂E/∂a^[l] · ∂a^[l]/∂z^[l]    (the Jacobian of g^[l]; g^[l]'(z) if elementwise)
        ∂E/∂a^[l-1] = W^[l]ᵀ δ^[l]

    Args:
        network: the network.
        params: its parameters.
        tr: the example's trace.
        y: its target, (n_L,).
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.

    Returns:
        `Sensitivities(dE_da, delta)`.

    Raises:
        TypeError, ValueError: a cost that is none; params, tr or y that are not the network's.

    Source: Rumelhart, Hinton and Williams (1986).

    >>> import jax.numpy as jnp
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 4, 2)
    >>> params, y = init(net, jax.random.key(0)), jnp.array([0.0, 1.0])
    >>> tr = trace(net, params, jnp.ones(3))
    >>> s = sensitivities(net, params, tr, y, cost="cross_entropy")
    >>> bool(jnp.allclose(s.delta[-1], tr.a[-1] - y))
    True
    """
    cost = costs.find(cost)
    check_params(network, params)
    _check_trace(network, tr)
    check_one_array("y", y, 1, f"(n_{network.depth},)")
    if y.shape != (network.sizes[-1],):
        raise ShapeError(
            f"y must have shape (n_{network.depth},) = ({network.sizes[-1]},), got {y.shape}"
        )
    dE_da = costs.derivative(cost, *promoted(tr.a[-1], jnp.asarray(y)))  # (n_L,)
    joint = JOINT_COSTS.get((network.activations[-1], cost))
    dE_das, deltas = [], []
    for l in range(network.depth, 0, -1):
        if l == network.depth and joint is not None:
            delta = joint.delta(*promoted(tr.a[l], y))
        else:
            z, dE_da = promoted(tr.z[l - 1], dE_da)
            delta = activations.pullback(network.activations[l - 1], z, dE_da)
        chex.assert_shape([dE_da, delta], (network.sizes[l],))
        dE_das.append(dE_da)
        deltas.append(delta)
        if l > 1:
            dE_da = _sent_back(params[l - 1].W, delta)
    return Sensitivities(tuple(reversed(dE_das)), tuple(reversed(deltas)))


@one_program
def _sent_back(W: jax.Array, delta: jax.Array) -> jax.Array:
    """Return ∂E/∂a^[l-1] = W^[l]ᵀ δ^[l]."""
    W, delta = promoted(W, delta)
    return W.T @ delta  # (n_{l-1}, n_l) @ (n_l,) -> (n_{l-1},)


def _check_trace(network: Network, tr: Any) -> None:
    """Raise an error unless z^[1] … z^[L] and a^[0] … a^[L] are one example's in this network."""
    if not isinstance(tr, Trace):
        raise TypeError(
            f"tr must be a jaxnn.Trace, what jaxnn.trace(network, params, x) returns, got "
            f"{described(tr)}"
        )
    found = [jnp.shape(array) for array in (*tr.z, *tr.a)]
    wanted = [(n,) for n in (*network.sizes[1:], *network.sizes)]
    if found != wanted:
        raise ShapeError(
            f"tr must be the trace of one example in this network, with z and a of the shapes "
            f"{wanted}, got {found}"
        )


def backward(
    network: Network,
    params: Params,
    X: jax.Array,
    Y: jax.Array,
    *,
    cost: str | CostFunction,
    weights: jax.Array | None = None,
) -> Params:
    """Return ∂E/∂W^[l] and ∂E/∂b^[l] by the chain rule, written out by hand.

    Formula: ∂E/∂w_ij^[l] = ∂E/∂a_i^[l] · ∂a_i^[l]/∂z_i^[l] · ∂z_i^[l]/∂w_ij^[l], with
    ∂z_i^[l]/∂w_ij^[l] = a_j^[l-1] and ∂z_i^[l]/∂b_i^[l] = 1.
    For a batch: ∂E/∂W^[l] = Δ^[l] A^[l-1]ᵀ and ∂E/∂b^[l] = Δ^[l] 1, where column j of Δ^[l] is
    δ^[l] of example j times w_j / Σ w.

    Args:
        network: the network.
        params: its parameters.
        X: examples, (n_0, m).
        Y: targets, (n_L, m).
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        weights: w, (m,); None: all 1.

    Returns:
        Gradients, shaped as params.

    Raises:
        TypeError, ValueError: as `loss`.

    Warns:
        UserWarning: as `loss`.

    Equivalent to `jax.grad(loss, argnums=1)`.  Source: Rumelhart, Hinton and Williams (1986).

    >>> import jaxnn, jax.numpy as jnp
    >>> net = jaxnn.mlp(3, 4, 2)
    >>> params, X, Y = jaxnn.init(net, jax.random.key(0)), jnp.ones((3, 2)), jnp.eye(2)
    >>> by_hand = backward(net, params, X, Y, cost="cross_entropy")
    >>> by_jax = jax.grad(jaxnn.loss, argnums=1)(net, params, X, Y, cost="cross_entropy")
    >>> all(jnp.allclose(g, h) for g, h in zip(by_hand[0], by_jax[0]))
    True
    """
    cost = costs.find(cost)
    check_params(network, params)
    check_given("Y", Y)
    check_examples(network, X, Y, weights)
    check_pairing(network, cost, Y, weights)
    return gradients_by_hand(network, params, X, Y, cost, weights)


def gradients_by_hand(
    network: Network,
    params: Params,
    X: jax.Array,
    Y: jax.Array,
    cost: CostFunction,
    weights: jax.Array | None = None,
) -> Params:
    """Return what `backward` returns, of arguments that have been checked."""

    def one_example(x, y):
        tr = trace(network, params, x)
        return tr.a[:-1], sensitivities(network, params, tr, y, cost=cost).delta

    A, Delta = jax.vmap(one_example, in_axes=1, out_axes=1)(X, Y)  # each (n_l, m)
    wide = summing_type(*(delta.dtype for delta in Delta))
    w = normalised_weights(X.shape[1], weights, wide)[None, :]  # (1, m), sums to 1
    gradients = []
    for l in range(1, network.depth + 1):
        delta, a = Delta[l - 1].astype(wide) * w, A[l - 1].astype(wide)  # (n_l, m), (n_{l-1}, m)
        dE_dW = delta @ a.T  # (n_l, m) @ (m, n_{l-1}) -> (n_l, n_{l-1})
        dE_db = delta.sum(axis=1)  # (n_l, m) -> (n_l,)
        dtype = Delta[l - 1].dtype
        gradients.append(Layer(W=dE_dW.astype(dtype), b=dE_db.astype(dtype)))
    chex.assert_trees_all_equal_shapes(tuple(gradients), params)
    return tuple(gradients)
