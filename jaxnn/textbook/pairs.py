"""Which output activations and costs fit together, and which pairs are refused or warned of.

A user's own activation or cost is not judged.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import optax

from jaxnn.textbook import activations, costs
from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import Activation, CostFunction
from jaxnn.textbook.network import Network

CLASSES = "for classes take output='softmax' with cost='cross_entropy'"
YES_OR_NO = "for yes-or-no outputs take output='sigmoid' with cost='binary_cross_entropy'"
QUANTITIES = "for quantities take output='identity' with cost='squared_error'"

PROBABILITIES = (activations.softmax, activations.sigmoid)
LOG_COSTS = (costs.cross_entropy, costs.binary_cross_entropy)
DISTANCES = (costs.squared_error, costs.absolute_error, costs.total_error)

# costs of z^[L] (optax: logits), and the pair with which jaxnn computes them
COSTS_OF_Z: tuple[tuple[Any, str], ...] = (
    (costs.softmax_cross_entropy, CLASSES),
    (optax.losses.softmax_cross_entropy, CLASSES),
    (optax.losses.safe_softmax_cross_entropy, CLASSES),
    (optax.losses.poly_loss_cross_entropy, CLASSES),
    (costs.sigmoid_binary_cross_entropy, YES_OR_NO),
    (optax.losses.sigmoid_binary_cross_entropy, YES_OR_NO),
    (optax.losses.sigmoid_focal_loss, YES_OR_NO),
)

# costs of ln a
COSTS_OF_LOGARITHMS = (
    optax.losses.kl_divergence,
    optax.losses.kl_divergence_with_log_targets,
    optax.losses.convex_kl_divergence,
)

# activations of JAX, not of jaxnn, whose outputs are negative and have no logarithm
NEGATIVE = (jax.nn.log_softmax, jax.nn.log_sigmoid)


class Verdict(NamedTuple):
    """What is wrong with a pair, or with its targets."""

    refused: bool
    text: str


def default_cost(network: Network) -> CostFunction:
    """Return the cost that belongs to the output activation.

    >>> from jaxnn.textbook.network import mlp
    >>> default_cost(mlp(3, 2)), default_cost(mlp(3, 1, output="identity"))
    (cross_entropy, squared_error)
    """
    g = network.activations[-1]
    if g == activations.softmax:
        return costs.cross_entropy
    return costs.binary_cross_entropy if g == activations.sigmoid else costs.squared_error


def cost_for(network: Network, cost: str | CostFunction | None) -> CostFunction:
    """Return a cost that was given by name or as a function; None: the network's default."""
    return default_cost(network) if cost is None else costs.find(cost)


def judged_pair(network: Network, cost: CostFunction) -> Verdict | None:
    """Return what is wrong with the output activation and the cost, for any targets, or None."""
    g, name = network.activations[-1], name_of(network.activations[-1])
    takes = unwrapped(cost)
    if pair_of_z(cost) is not None and our_name(g) is not None and g != activations.identity:
        text = (
            f"{name_of(takes)} takes the weighted sums z^[{network.depth}], not the outputs of "
            f"{name}, and belongs to output='identity'"
        )
        return Verdict(g in PROBABILITIES, text)
    if any(takes is known for known in COSTS_OF_LOGARITHMS) and g in PROBABILITIES:
        return Verdict(True, f"{name_of(takes)} takes ln a, and {name} gives a itself")
    if not is_one_of(LOG_COSTS, cost):
        return None
    if any(g is known for known in NEGATIVE):
        return Verdict(True, f"{cost!r} takes ln a, and {name} gives a ≤ 0, where it is NaN")
    if our_name(g) is None or not isinstance(g, Activation):
        return None
    if cost == costs.cross_entropy:
        return _of_cross_entropy(g, network.sizes[-1])
    if g == activations.softmax:
        text = (
            "binary_cross_entropy takes each output as a yes-or-no of its own, and softmax gives "
            "probabilities that sum to 1"
        )
        return Verdict(False, text)
    return None if g == activations.sigmoid else _no_logarithm(cost, g)


def _of_cross_entropy(g: Activation, n_L: int) -> Verdict | None:
    if g == activations.softmax:
        return None
    if g == activations.sigmoid:
        what = "the output" if n_L == 1 else "every output"
        text = (
            f"cross_entropy is −Σ y_i ln a_i, in which a target of 0 costs nothing: after sigmoid "
            f"{what} grows to 1, whatever the examples are"
        )
        return Verdict(True, text)
    return _no_logarithm(costs.cross_entropy, g)


def _no_logarithm(cost: Any, g: Activation) -> Verdict:
    logarithms = "ln a" if cost == costs.cross_entropy else "ln a and ln(1 − a)"
    unbounded = g == activations.softplus and cost == costs.cross_entropy
    where = "where it falls without end" if unbounded else "where it is NaN or infinite"
    return Verdict(True, f"{cost!r} takes {logarithms}, and {g!r} gives a in {g.range}, {where}")


def pair_of_z(cost: Any) -> str | None:
    """Return the pair to use instead of a cost of z^[L]; None for a cost of a^[L]."""
    takes = unwrapped(cost)
    return next((pair for known, pair in COSTS_OF_Z if takes is known), None)


def is_one_of(some: tuple[costs.Cost, ...], cost: Any) -> bool:
    """Return whether a cost, any callable, is one of some of jaxnn's."""
    return isinstance(cost, costs.Cost) and cost in some


def unwrapped(cost: Any) -> Any:
    """Return the function inside a `functools.partial`, or the cost itself."""
    while isinstance(cost, partial):
        cost = cost.func
    return cost


def name_of(function: Any) -> str:
    """Return what an error message calls an activation or a cost."""
    if our_name(function) is not None:
        return repr(function)
    return getattr(function, "__name__", repr(function))
