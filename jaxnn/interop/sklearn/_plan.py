"""What a training is: what is compiled into its program, and the numbers that go in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
import optax
from jax.tree_util import register_static

from jaxnn.comparison.equality import OptimizerKey
from jaxnn.textbook.functions import Cost, CostFunction
from jaxnn.textbook.network import Layer, Network, Params

MOST = 2**31 - 1
"""The largest count: that of int32."""


class Numbers(NamedTuple):
    """Hyperparameters that are traced, so that others of them compile nothing anew; each ()."""

    alpha: Any
    learning_rate_init: Any
    power_t: Any
    momentum: Any
    beta_1: Any
    beta_2: Any
    epsilon: Any
    tol: Any
    n_iter_no_change: Any
    max_iter: Any
    max_fun: Any

    @classmethod
    def of(cls, estimator: Any, dtype: Any) -> Numbers:
        """Return an estimator's, in the type of its parameters; counts are whole."""
        values = {name: getattr(estimator, name) for name in cls._fields}
        counts = {name: min(values[name], MOST) for name in ("max_iter", "max_fun")}
        return cls(
            **{name: np.asarray(value, dtype) for name, value in values.items()}
            | {name: np.asarray(count, np.int32) for name, count in counts.items()}
        )


@register_static
@dataclass(frozen=True)
class Plan:
    """What is the same for all networks that share a program; equal plans compile once.

    Attributes:
        network: the network.
        cost: E.
        solver: "adam", "sgd", "lbfgs", or an optimiser.
        schedule: of the learning rate of "sgd": "constant", "invscaling" or "adaptive".
        nesterov: whether the momentum of "sgd" is Nesterov's.
        batch_size: examples an update.
        steps: updates an epoch.
        gaps: whether some network has fewer batches than that.
        scoring: the cost by whose kind a validation is scored, accuracy or r²; None: there is none.
        outputs_averaged: whether the loss that is reported is a mean over the outputs, which
            scikit-learn's squared error is, though not its gradient.
    """

    network: Network
    cost: CostFunction
    solver: str | OptimizerKey
    schedule: str
    nesterov: bool
    batch_size: int
    steps: int
    gaps: bool
    scoring: Cost | None
    outputs_averaged: bool


def optimizer_of(
    plan: Plan, numbers: Numbers, learning_rate: Any, step: Any
) -> optax.GradientTransformation:
    """Return optax's form of scikit-learn's optimiser, for one update.

    Its Adam divides by √v + ε where Kingma and Ba's algorithm 1, and optax, divide by √v̂ + ε,
    v̂ = v / (1 − β₂^t): the same with ε / √(1 − β₂^t) for ε.  Its momentum is of steps, η g, and
    not of gradients, which differs where η changes.

    Args:
        plan: says which.
        numbers: its hyperparameters.
        learning_rate: η now.
        step: updates made so far, ().
    """
    if isinstance(plan.solver, OptimizerKey):
        return plan.solver.optimizer
    scale = optax.scale_by_learning_rate(learning_rate)
    if plan.solver == "sgd":
        return optax.chain(scale, optax.trace(numbers.momentum, nesterov=plan.nesterov))
    t = jnp.asarray(step + 1, learning_rate.dtype)
    eps = numbers.epsilon / jnp.sqrt(1 - numbers.beta_2**t)
    return optax.chain(optax.scale_by_adam(numbers.beta_1, numbers.beta_2, eps), scale)


def first_params(network: Network, random: np.random.RandomState, factor: float, dtype: Any) -> Any:
    """Return the parameters that scikit-learn begins with, from the same random numbers.

    Uniform in ±√(factor / (n_{l-1} + n_l)), the biases too; see Glorot and Bengio (2010).

    >>> from jaxnn.textbook.network import mlp
    >>> params = first_params(mlp(3, 4, 2), np.random.RandomState(0), 6.0, np.float32)
    >>> params[0].W.shape, params[1].b.shape
    ((4, 3), (2,))
    """
    layers: Any = []
    for k, n in zip(network.sizes, network.sizes[1:], strict=False):
        bound = np.sqrt(factor / (k + n))
        W: Any = random.uniform(-bound, bound, (k, n)).astype(dtype).T
        b: Any = random.uniform(-bound, bound, n).astype(dtype)
        layers.append(Layer(W, b))
    return tuple(layers)


def coefficients(params: Params) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return copies that may be written to: `coefs_`, (n_{l-1}, n_l), and `intercepts_`, (n_l,)."""
    return [np.array(p.W).swapaxes(-1, -2) for p in params], [np.array(p.b) for p in params]


def params_of(coefs: Any, intercepts: Any) -> Params:
    """Return W^[l], (n_l, n_{l-1}), and b^[l] from scikit-learn's `coefs_` and `intercepts_`.

    All get the type that they have in common, float32 or float64, for they may be set by hand.

    Raises:
        ValueError: not as many of the ones as of the others.

    >>> params_of([np.ones((3, 2), int)], [np.ones(2)])[0].W.shape
    (2, 3)
    """
    if len(coefs) != len(intercepts):
        raise ValueError(
            "coefs_ and intercepts_ must have one array for each layer, "
            f"got {len(coefs)} and {len(intercepts)}"
        )
    arrays = [np.asarray(array) for array in (*coefs, *intercepts)]
    narrow = all(array.dtype == np.float32 for array in arrays)
    dtype = np.dtype(np.float32 if narrow else np.float64)
    weights = [W.astype(dtype, copy=False).swapaxes(-1, -2) for W in arrays[: len(coefs)]]
    biases = [b.astype(dtype, copy=False) for b in arrays[len(coefs) :]]
    return tuple(Layer(W, b) for W, b in zip(weights, biases, strict=True))  # pyright: ignore[reportArgumentType]
