"""Checks that the output activation, the cost and the targets fit together.

What cannot be meant is refused, what is rarely meant gives a warning, and both messages name the
pair that fits.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.errors import DataError
from jaxnn.textbook import activations, costs
from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import Activation, ActivationFunction, CostFunction
from jaxnn.textbook.network import Network
from jaxnn.textbook.pairs import (
    CLASSES,
    DISTANCES,
    LOG_COSTS,
    QUANTITIES,
    YES_OR_NO,
    Verdict,
    is_one_of,
    judged_pair,
    name_of,
    pair_of_z,
    unwrapped,
)

# the largest difference from 1 of the sum of a distribution: many are rounded to 2 digits
ROUNDED_SUM = 0.01


def check_pairing(
    network: Network,
    cost: CostFunction,
    Y: Any = None,
    weights: Any = None,
    *,
    name: str = "Y",
    stacklevel: int = 3,
) -> None:
    """Raise an error or warn if an output activation, a cost and targets do not fit together.

    Args:
        network: the network.
        cost: the cost.
        Y: checked targets, (n_L, m); None or traced: only the pair is judged.
        weights: of the examples, (m,); an example of weight 0 is not judged.
        name: of the targets.
        stacklevel: 3: the warning points at the line that called the caller.

    Raises:
        ValueError: the output activation and the cost do not fit together.
        DataError: the targets do not fit them.

    Warns:
        UserWarning: they fit, but are rarely meant.
    """
    found = judged_pair(network, cost)
    if found is not None:
        pairs = _pairs_for(network, None if _is_unknown(Y) else np.asarray(Y))
        if found.refused:
            raise ValueError(f"{found.text}; {pairs}")
        warnings.warn(f"{found.text}; {pairs}", UserWarning, stacklevel=stacklevel)
    check_targets(network, cost, Y, weights, name=name, stacklevel=stacklevel + 1)


def check_targets(
    network: Network,
    cost: CostFunction,
    Y: Any,
    weights: Any = None,
    *,
    name: str = "Y",
    stacklevel: int = 3,
    warns: bool = True,
) -> None:
    """Raise an error or warn if targets do not fit the output activation and the cost."""
    found = judged_targets(network, cost, Y, weights, name)
    if found is None:
        return
    if found.refused:
        raise DataError(found.text)
    if warns:
        warnings.warn(found.text, UserWarning, stacklevel=stacklevel)


def judged_targets(
    network: Network, cost: CostFunction, Y: Any, weights: Any, name: str
) -> Verdict | None:
    """Return what is wrong with targets, given the output activation and the cost, or None."""
    g, takes, pair = network.activations[-1], unwrapped(cost), pair_of_z(cost)
    distances = is_one_of(DISTANCES, cost)
    if not distances and not is_one_of(LOG_COSTS, cost) and pair is None:
        return None
    low, high = reach_of(g) if distances else (0.0, 1.0)
    if _is_unknown(Y) or (low, high) == (-math.inf, math.inf):
        return None
    slack = max(1e-5, 2 * float(jnp.finfo(Y.dtype).eps))
    Y = _in_numpy(Y)
    softmax = distances and g == activations.softmax
    sums = softmax or pair == CLASSES or is_one_of((costs.cross_entropy,), cost)
    low, high = low - slack, high + slack
    inside = Y.min() >= low and Y.max() <= high
    if inside and not (sums and _largest_gap(Y) > ROUNDED_SUM):
        return None
    counts = np.ones(Y.shape[1], bool) if _is_unknown(weights) else np.asarray(weights) > 0
    outside = ((low > Y) | (high < Y)) & counts
    if outside.any():
        i, j = (int(k) for k in np.argwhere(outside)[0])
        found = f"got {name}[{i}, {j}] = {Y[i, j]:.6g} (example {j})"
        k = int(outside.any(axis=0).sum())
        if not distances:
            text = f"{name} must hold probabilities in [0, 1] for {name_of(takes)}, {found}"
            return Verdict(True, f"{text}; {_mended(Y)}")
        text = (
            f"{name} should lie where {name_of(g)} can reach, in {_range(g)}, {found}, "
            f"and so for {k:,} of {counts.sum():,} examples"
        )
        return Verdict(bool(2 * k > counts.sum()), f"{text}; {_mended(Y)}")
    gaps = np.abs(_sums(Y) - 1) * counts
    if not sums or gaps.max() <= ROUNDED_SUM:
        return None
    j, k = int(gaps.argmax()), int((gaps > ROUNDED_SUM).sum())
    what = f"{name_of(g)} gives" if distances else f"{name_of(takes)} takes"
    text = (
        f"{what} probabilities that sum to 1, but {name}[:, {j}] (example {j}) sums to "
        f"{_sums(Y)[j]:.4g}, and so {k:,} of {counts.sum():,} columns do not sum to 1"
    )
    return Verdict(False, f"{text}; {YES_OR_NO}; {QUANTITIES}")


def reach_of(g: ActivationFunction) -> tuple[float, float]:
    """Return the infimum and the supremum of an activation; (−∞, ∞) if they are unknown."""
    if not isinstance(g, Activation) or our_name(g) is None:
        return -math.inf, math.inf
    bounds = {
        "step": (0.0, 1.0),
        "sigmoid": (0.0, 1.0),
        "softmax": (0.0, 1.0),
        "tanh": (-1.0, 1.0),
        "arctan": (-math.pi / 2, math.pi / 2),
        "relu": (0.0, math.inf),
        "softplus": (0.0, math.inf),
        "elu": (-max(0.0, dict(g.options).get("alpha", 0.0)), math.inf),
        "gelu": (-0.17, math.inf),
        "silu": (-0.2785, math.inf),
    }
    return bounds.get(g.name, (-math.inf, math.inf))


def advice_for(network: Network, cost: CostFunction) -> str:
    """Return what to try after the loss of a training became NaN or infinite."""
    g = network.activations[-1]
    pairs = _pairs_for(network, None)
    found = judged_pair(network, cost)
    if found is not None:
        return f"The pair may be the cause: {found.text}; {pairs}."
    if is_one_of(LOG_COSTS, cost) and our_name(g) is None:
        return (
            f"The pair may be the cause: {cost!r} takes logarithms of a, which {name_of(g)}, an "
            f"activation of your own, must keep inside (0, 1); {pairs}."
        )
    if cost == costs.total_error:
        return (
            "The cost is the cause: errors of opposite sign cancel in total_error, so that it "
            "falls without end; take squared_error or absolute_error."
        )
    usual = "Try a smaller learning rate, optax.clip_by_global_norm, or standardised inputs"
    if isinstance(cost, costs.Cost):
        return f"{usual}."
    return (
        f"{usual}; or see whether {name_of(unwrapped(cost))}, a cost that is not jaxnn's, is "
        f"finite wherever the outputs of {name_of(g)} can be."
    )


def _pairs_for(network: Network, Y: np.ndarray | None) -> str:
    """Return the pairs that fit targets; those that may, if the targets are unknown."""
    n_L = network.sizes[-1]
    if Y is None:
        return "; ".join([YES_OR_NO, QUANTITIES] if n_L == 1 else [CLASSES, YES_OR_NO, QUANTITIES])
    Y = _in_numpy(Y)
    if Y.min() < 0 or Y.max() > 1:
        return QUANTITIES
    if n_L > 1 and _largest_gap(Y) <= ROUNDED_SUM:
        return CLASSES
    return YES_OR_NO


def _mended(Y: np.ndarray) -> str:
    """Return what to do about targets outside the range that they must have."""
    values = np.unique(Y[:, :1000])
    if len(values) != 2:
        return QUANTITIES
    low, high = values.tolist()
    shifted = f"(Y {'−' if low > 0 else '+'} {abs(low):.6g})" if low else "Y"
    scaled = (Y - low) / (high - low)
    pair = CLASSES if len(Y) > 1 and _largest_gap(scaled) <= ROUNDED_SUM else YES_OR_NO
    return f"for classes give 0 and 1, {shifted} / {high - low:.6g}: {pair}; {QUANTITIES}"


def _sums(Y: np.ndarray) -> np.ndarray:
    # (m,), a fifth of the time of Y.sum(axis=0); np.dot waits for threads of BLAS, which takes
    # milliseconds on a busy machine
    return np.einsum("ij->j", Y)


def _largest_gap(Y: np.ndarray) -> float:
    """Return the largest difference from 1 of the sum of a column."""
    sums = _sums(Y)
    return float(max(sums.max() - 1, 1 - sums.min()))


def _in_numpy(Y: Any) -> np.ndarray:
    Y = np.asarray(Y)
    return Y if Y.dtype.itemsize >= 4 else Y.astype(np.float32)


def _is_unknown(array: Any) -> bool:
    """Return whether the values of an array are not on this host."""
    if array is None or isinstance(array, Tracer):
        return True
    return isinstance(array, jax.Array) and not array.is_fully_addressable


def _range(g: ActivationFunction) -> str:
    return g.range if isinstance(g, Activation) else "(−∞, ∞)"
