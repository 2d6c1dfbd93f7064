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
from jaxnn.interop.sklearn._epochs import Rows, batch_of, penalised
from jaxnn.interop.sklearn._plan import Numbers, Plan
from jaxnn.textbook.network import Layer, Network, Params

SMALLEST_DECREASE = 2.220446049250313e-9
"""SciPy's `ftol`: the relative decrease of E below which it has converged."""


class Minimum(NamedTuple):
    """What `minimise` gives back.

    Attributes:
        params: at the minimum, arrays of NumPy.
        loss: there, as scikit-learn reports it.
        result: SciPy's, which says why it ended.
    """

    params: Params
    loss: float
    result: scipy.optimize.OptimizeResult


def minimise(plan: Plan, numbers: Numbers, params: Params, rows: Rows) -> Minimum:
    """Return the minimum of the penalised loss near some parameters.

    Ends where no |∂E/∂w| is above `tol`, where E falls by no more than its rounding, after
    `max_iter` iterations or `max_fun` evaluations of E.

    Args:
        plan: what is compiled.
        numbers: hyperparameters.
        params: where to begin, arrays of NumPy.
        rows: the examples, on the device; those of weight 0 do not count.

    Source: Liu and Nocedal, "On the limited memory BFGS method" (1989).
    """
    dtype = params[0].W.dtype
    numbers = jax.device_put(numbers)
    start = np.concatenate([array.ravel() for array in jax.tree.leaves(params)])
    of_x = _E_and_gradient.chosen(plan, numbers, start.astype(dtype), rows)

    def E_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
        found = np.asarray(of_x(plan, numbers, x.astype(dtype), rows), np.float64)
        return found[0], found[1:]

    # In float32 no decrease below the rounding of E can be told from none.
    smallest = max(SMALLEST_DECREASE, float(np.finfo(dtype).eps))
    options = {
        "maxiter": int(numbers.max_iter), "maxfun": int(numbers.max_fun),
        "gtol": float(numbers.tol), "ftol": smallest,
    }  # fmt: skip
    # Idle threads of BLAS wait in loops, on the cores that XLA wants: ten times slower on two.
    with _get_threadpool_controller().limit(limits=1, user_api="blas"):
        result = scipy.optimize.minimize(
            E_and_gradient, start.astype(np.float64), method="L-BFGS-B", jac=True, options=options
        )
    found = layers_in(plan.network, result.x.astype(dtype))
    return Minimum(found, float(_reported(plan, numbers, found, rows)), result)


@partial(BoundedJit, static_argnums=0)
def _E_and_gradient(plan: Plan, numbers: Numbers, x: jax.Array, rows: Rows) -> jax.Array:
    """Return E and its gradient in one vector: one transfer to the host."""

    def E_of(x: jax.Array) -> jax.Array:
        return _loss(plan, numbers, layers_in(plan.network, x), rows)[0]

    E, gradient = jax.value_and_grad(E_of)(x)
    return jnp.concatenate([E[None], gradient])


@partial(BoundedJit, static_argnums=0)
def _reported(plan: Plan, numbers: Numbers, params: Params, rows: Rows) -> jax.Array:
    return _loss(plan, numbers, params, rows)[1]


def _loss(plan: Plan, numbers: Numbers, params: Params, rows: Rows) -> tuple[jax.Array, jax.Array]:
    X, Y, w = jnp.asarray(rows.X).T, jnp.asarray(rows.Y).T, jnp.asarray(rows.weights)
    return penalised(plan, numbers, params, X, Y, batch_of(w, jnp.arange(len(w))))


def layers_in(network: Network, x: Any) -> Params:
    """Return the parameters whose numbers stand in a vector, W^[1] first, then b^[1], and so on.

    >>> from jaxnn.textbook.network import mlp
    >>> layers_in(mlp(1, 2, 1, output="identity"), np.arange(7.0))[1].W.tolist()
    [[4.0, 5.0]]
    """
    layers, end = [], 0
    for k, n in pairwise(network.sizes):
        start, middle, end = end, end + n * k, end + n * k + n
        layers.append(Layer(x[start:middle].reshape(n, k), x[middle:end]))
    return tuple(layers)
