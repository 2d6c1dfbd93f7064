"""How good a network's outputs are: the loss, accuracy for classes, r² for quantities."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.textbook import activations, costs
from jaxnn.textbook.functions import Cost, CostFunction
from jaxnn.textbook.means import summing_type, unit_of_squares, weighted_mean
from jaxnn.textbook.network import Network

Metrics = dict[str, jax.Array]
Metric = Callable[[jax.Array, jax.Array], jax.Array]

# of the metrics that are always measured; of one of the user's own it is not known
LARGER_IS_BETTER = {"loss": False, "accuracy": True, "r2": True}


def is_larger_better(metric: str, maximise: bool | None = None) -> bool:
    """Return `maximise`; where it is None, the known direction of loss, accuracy and r2.

    Raises:
        ValueError: the metric is a user's own, and `maximise` is None.

    >>> is_larger_better("val_accuracy"), is_larger_better("val_loss"), is_larger_better("f1", True)
    (True, False, True)
    """
    if maximise is not None:
        return maximise
    name = metric.removeprefix("val_")
    if name not in LARGER_IS_BETTER:
        raise ValueError(
            f"whether a larger {metric!r} is better is known of loss, accuracy and r2 only (and of "
            "val_loss …): give maximise=True, or maximise=False where a smaller one is better"
        )
    return LARGER_IS_BETTER[name]


def scores_of_outputs(
    network: Network, cost: CostFunction, E: jax.Array, A: jax.Array, Y: jax.Array, w: jax.Array
) -> Metrics:
    """Return loss, and accuracy or r2, from the cost of each example, the outputs and the targets.

    >>> from jaxnn.textbook.network import mlp
    >>> net, A = mlp(1, 1, output="identity"), jnp.array([[1.0, 2.0]])
    >>> E = w = jnp.array([0.5, 0.5])
    >>> scores_of_outputs(net, costs.squared_error, E, A, A, w)["r2"].item()
    1.0
    """
    scores = {"loss": weighted_mean(w, E)}
    return scores | (accuracy_of(network, cost, A, Y, w) or {"r2": _r2(A, Y, w)})


def accuracy_of(
    network: Network, cost: CostFunction, A: jax.Array, Y: jax.Array, w: jax.Array
) -> Metrics:
    """Return {"accuracy": Σ w_j over the examples of the right class}, {} for regression.

    >>> from jaxnn.textbook.network import mlp
    >>> A, w = jnp.array([[0.9, 0.2]]), jnp.array([0.25, 0.75])
    >>> accuracy_of(mlp(3, 1, output="sigmoid"), costs.squared_error, A, jnp.ones((1, 2)), w)
    {'accuracy': Array(0.25, dtype=float32)}
    """
    right = rightly_classified(network, cost, A, Y)
    if right is None:
        return {}
    accuracy = weighted_mean(w, right.astype(A.dtype))
    return {"accuracy": jnp.minimum(accuracy, 1)}  # w sums to 1 up to rounding


def rightly_classified(
    network: Network, cost: CostFunction, A: jax.Array, Y: jax.Array
) -> jax.Array | None:
    """Return for each example whether its class is right, (m,); None where outputs are no classes.

    Yes-or-no outputs (n_L = 1 after a sigmoid or a step, or binary cross-entropy) are right when
    all of them fall on the same side of ½ as the targets; several outputs after a softmax or a
    sigmoid, or with cross-entropy, when the largest is that of the target.

    >>> from jaxnn.textbook.network import mlp
    >>> A, Y = jnp.array([[0.9, 0.2], [0.1, 0.8]]), jnp.array([[1.0, 1.0], [0.0, 0.0]])
    >>> rightly_classified(mlp(3, 2), costs.squared_error, A, Y).tolist()
    [True, False]
    """
    kind = _kind_of_outputs(network, cost)
    if kind == "yes or no":
        return jnp.all((A >= 0.5) == (Y >= 0.5), axis=0)
    return _largest(A) == _largest(Y) if kind == "classes" else None


def _largest(A: jax.Array) -> jax.Array:
    """Return `jnp.argmax(A, axis=0)`, as two reductions that XLA fuses with their surroundings."""
    i = jnp.arange(len(A), dtype=jnp.int32)[:, None]
    largest = (jnp.max(A, axis=0, keepdims=True) == A) | jnp.isnan(A)
    return jnp.min(jnp.where(largest, i, len(A)), axis=0)


def classifies_singly(network: Network, cost: CostFunction) -> bool:
    """Return whether each example is of one class, `jaxnn.class_of(Y)`.

    >>> from jaxnn.textbook.network import mlp
    >>> classifies_singly(mlp(3, 2), costs.squared_error)
    True
    """
    kind = _kind_of_outputs(network, cost)
    return kind == "classes" or (kind == "yes or no" and network.sizes[-1] == 1)


def _kind_of_outputs(network: Network, cost: CostFunction) -> str | None:
    output = network.activations[-1]
    classifies = isinstance(cost, Cost) and cost.classifies
    yes_or_no = (activations.sigmoid, activations.step)
    if cost == costs.binary_cross_entropy or (
        network.sizes[-1] == 1 and (output in yes_or_no or classifies)
    ):
        return "yes or no"
    if network.sizes[-1] > 1 and (classifies or output in (*yes_or_no, activations.softmax)):
        return "classes"
    return None


class Moments(NamedTuple):
    """What r² is made of, for each output y_i, (n_L,) each; w_j are shares, which sum to 1.

    Deviations are divided by a number like the largest before they are squared: the squares of 1e20
    and of 1e-25 leave float32.

    Attributes:
        centre: one of the y_i, from which its mean is counted: the mean of 515,345 years, summed in
            float32, is half a year off.
        offset: Σ w (y − centre); the mean ȳ is centre + offset.
        spread: a power of two near max |y − ȳ|; 0: the targets are constant.
        total: Σ w ((y − ȳ) / spread)².
        error: a power of two near max |y − a|; 0: all are 0.
        unexplained: Σ w ((y − a) / error)².
    """

    centre: jax.Array | np.ndarray
    offset: jax.Array | np.ndarray
    spread: jax.Array | np.ndarray
    total: jax.Array | np.ndarray
    error: jax.Array | np.ndarray
    unexplained: jax.Array | np.ndarray


def moments_of(A: jax.Array, Y: jax.Array, w: jax.Array) -> Moments:
    """Return the moments of targets and errors, (n_L, m), over examples of shares w, (m,).

    >>> found = moments_of(jnp.array([[1.0, 2.0]]), jnp.array([[1.0, 4.0]]), jnp.array([0.5, 0.5]))
    >>> (found.centre + found.offset).tolist(), found.spread.tolist(), found.error.tolist()
    ([2.5], [2.0], [4.0])
    """
    dtype = summing_type(A.dtype, Y.dtype, w.dtype)
    A, Y, w = A.astype(dtype), Y.astype(dtype), w.astype(dtype)[None, :]
    counts = w > 0

    def mean_square(D: jax.Array) -> tuple[jax.Array, jax.Array]:
        largest = jnp.max(jnp.abs(D), axis=1)
        unit = unit_of_squares(largest)
        mean = jnp.sum(w * jnp.square(D / unit[:, None]), axis=1)
        return jnp.where(largest == 0, 0, unit), mean

    centre = jnp.max(jnp.where(counts, Y, -jnp.inf), axis=1)
    D = jnp.where(counts, Y - centre[:, None], 0)  # all 0 where the targets are constant
    offset = jnp.sum(w * D, axis=1)
    return Moments(
        centre,
        offset,
        *mean_square(jnp.where(counts, D - offset[:, None], 0)),
        *mean_square(jnp.where(counts, Y - A, 0)),
    )


def _r2(A: jax.Array, Y: jax.Array, w: jax.Array) -> jax.Array:
    of = moments_of(A, Y, w)
    constant = of.spread == 0
    spread, total = jnp.where(constant, 1, of.spread), jnp.where(constant, 1, of.total)
    ratio = jnp.square(of.error / spread) * (of.unexplained / total)
    r2 = jnp.where(constant, (of.error == 0).astype(ratio.dtype), 1 - ratio)
    return jnp.mean(r2).astype(A.dtype)
