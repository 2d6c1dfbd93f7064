"""The solver "lbfgs": SciPy's L-BFGS-B, as in scikit-learn, over a compiled cost and gradient."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.optimize
from sklearn.utils.parallel import _get_threadpool_controller

from jaxnn.compilation import BoundedJit
from jaxnn.interop.sklearn._arrays import Rows
from jaxnn.interop.sklearn._epochs import batch_of, penalised_cost
from jaxnn.interop.sklearn._state import Hyperparameters, Plan
from jaxnn.textbook.network import Layer, Network, Params

SMALLEST_DECREASE = 2.220446049250313e-9  # SciPy's default `ftol`, relative to E


class Minimum(NamedTuple):
    """The parameters found, in NumPy arrays, the loss to report, and SciPy's result."""

    params: Params
    loss: float
    result: scipy.optimize.OptimizeResult


def minimise(plan: Plan, numbers: Hyperparameters, params: Params, rows: Rows) -> Minimum:
    """Return a minimum of the penalised cost, searched from some parameters (NumPy arrays).

    The search ends when no |∂E/∂w| is above `tol`, when E falls by no more than its rounding, or
    after `max_iter` iterations or `max_fun` evaluations of E: Liu and Nocedal (1989).
    """
    dtype = params[0].W.dtype
    numbers = jax.device_put(numbers)
    start = np.concatenate([array.ravel() for array in jax.tree.leaves(params)])
    of_x = _E_and_gradient.chosen(plan, numbers, start.astype(dtype), rows)

    def E_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
        found = np.asarray(of_x(plan, numbers, x.astype(dtype), rows), np.float64)
        return found[0], found[1:]

    # A decrease below the rounding of E cannot be distinguished from none.
    smallest = max(SMALLEST_DECREASE, float(np.finfo(dtype).eps))
    options = {
        "maxiter": int(numbers.max_iter),
        "maxfun": int(numbers.max_fun),
        "gtol": float(numbers.tol),
        "ftol": smallest,
    }
    # Idle BLAS threads spin on the cores that XLA needs: ten times slower on two cores.
    with _get_threadpool_controller().limit(limits=1, user_api="blas"):
        result = scipy.optimize.minimize(
            E_and_gradient, start.astype(np.float64), method="L-BFGS-B", jac=True, options=options
        )
    found = layers_in(plan.network, result.x.astype(dtype))
    return Minimum(found, float(_reported_loss(plan, numbers, found, rows)), result)


@partial(BoundedJit, static_argnums=0)
def _E_and_gradient(plan: Plan, numbers: Hyperparameters, x: jax.Array, rows: Rows) -> jax.Array:
    """Return E and its gradient in one vector, for a single transfer to the host."""

    def E_of(x: jax.Array) -> jax.Array:
        return _costs(plan, numbers, layers_in(plan.network, x), rows)[0]

    E, gradient = jax.value_and_grad(E_of)(x)
    return jnp.concatenate([E[None], gradient])


@partial(BoundedJit, static_argnums=0)
def _reported_loss(plan: Plan, numbers: Hyperparameters, params: Params, rows: Rows) -> jax.Array:
    return _costs(plan, numbers, params, rows)[1]


def _costs(
    plan: Plan, numbers: Hyperparameters, params: Params, rows: Rows
) -> tuple[jax.Array, jax.Array]:
    X, Y, w = jnp.asarray(rows.X).T, jnp.asarray(rows.Y).T, jnp.asarray(rows.weights)
    return penalised_cost(plan, numbers, params, X, Y, batch_of(w, jnp.arange(len(w))))


def layers_in(network: Network, x: Any) -> Params:
    """Return the parameters in a vector: W^[1], b^[1], W^[2], …, row by row."""
    layers, end = [], 0
    for k, n in pairwise(network.sizes):
        start, middle, end = end, end + n * k, end + n * k + n
        layers.append(Layer(x[start:middle].reshape(n, k), x[middle:end]))
    return tuple(layers)
