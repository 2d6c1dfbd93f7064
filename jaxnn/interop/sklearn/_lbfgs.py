"""The solver "lbfgs" as one program: optax's L-BFGS, stopped by the rules of SciPy's L-BFGS-B."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from jaxnn.interop.sklearn._epochs import Rows, batch_of, penalised
from jaxnn.interop.sklearn._plan import Numbers, Plan
from jaxnn.network import Params

MEMORY = 10
"""Pairs of steps and changes of gradient that are kept, as by SciPy."""

LINE_SEARCH = 20
"""Steps of a line search at most, as by SciPy."""

RELATIVE = 2.220446049250313e-9
"""SciPy's `ftol`: the relative decrease of E below which it has converged; in float32 there is
none below the rounding of E itself, which stands in."""

REASONS = (
    "CONVERGENCE: NORM OF PROJECTED GRADIENT <= PGTOL",
    "CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH",
    "STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT",
    "STOP: TOTAL NO. OF F,G EVALUATIONS EXCEEDS LIMIT",
)
"""Why it ended, in SciPy's words; from the third on it has not converged."""


class Minimum(NamedTuple):
    """What `minimise` gives back.

    Attributes:
        params: at the minimum.
        loss: there, as scikit-learn reports it, ().
        iterations: of L-BFGS, ().
        reason: why it ended, a place in REASONS, ().
    """

    params: Params
    loss: jax.Array
    iterations: jax.Array
    reason: jax.Array


def minimise(plan: Plan, numbers: Numbers, params: Params, rows: Rows) -> Minimum:
    """Return the minimum of the penalised loss near some parameters; a pure function.

    Ends where no |∂E/∂w| is above `tol`, where E falls by no more than its rounding, after
    `max_iter` iterations or `max_fun` evaluations of E.

    Args:
        plan: what is compiled.
        numbers: hyperparameters.
        params: where to begin.
        rows: the examples; those of weight 0 do not count.

    Source: Liu and Nocedal, "On the limited memory BFGS method" (1989).
    """
    dtype = params[0].W.dtype
    X, Y, w = jnp.asarray(rows.X).T, jnp.asarray(rows.Y).T, jnp.asarray(rows.weights)
    batch = batch_of(w, jnp.arange(len(w)))
    search = optax.scale_by_zoom_linesearch(LINE_SEARCH, initial_guess_strategy="one")
    optimizer = optax.lbfgs(memory_size=MEMORY, linesearch=search)

    def E_of(params: Any) -> jax.Array:
        return penalised(plan, numbers, params, X, Y, batch)[0]

    def steepest(gradient: Any) -> jax.Array:
        return jnp.stack([jnp.max(jnp.abs(g)) for g in jax.tree.leaves(gradient)]).max()

    def body(carry):
        params, state, E, gradient, iterations, evaluations, _ = carry
        with jax.numpy_dtype_promotion("standard"):
            ran: Any = optimizer.update(
                gradient, state, params, value=E, grad=gradient, value_fn=E_of
            )
        updates, state = ran
        params = jax.tree.map(jnp.add, params, updates)
        found = state[-1]  # what the line search saw
        after, gradient = found.value.astype(dtype), found.grad
        iterations = iterations + 1
        evaluations = evaluations + jnp.asarray(found.info.num_linesearch_steps, jnp.int32)
        reasons = (
            steepest(gradient) <= numbers.tol,
            (E - after) / jnp.maximum(1, jnp.maximum(abs(E), abs(after))) <= precision,
            iterations >= numbers.max_iter,
            evaluations >= numbers.max_fun,
        )
        reason = jnp.argmax(jnp.stack([*reasons, jnp.ones((), bool)]))
        return params, state, after, gradient, iterations, evaluations, reason.astype(jnp.int32)

    precision = jnp.asarray(max(RELATIVE, float(jnp.finfo(dtype).eps)), dtype)
    params = jax.tree.map(jnp.asarray, params)
    E, gradient = jax.value_and_grad(E_of)(params)
    zero = jnp.zeros((), jnp.int32)
    reason = jnp.where(steepest(gradient) <= numbers.tol, 0, len(REASONS)).astype(jnp.int32)
    with jax.numpy_dtype_promotion("standard"):
        state = optimizer.init(params)
    start = params, state, E, gradient, zero, zero, reason
    params, _, _, _, iterations, _, reason = jax.lax.while_loop(
        lambda carry: carry[-1] == len(REASONS), body, start
    )
    return Minimum(params, penalised(plan, numbers, params, X, Y, batch)[1], iterations, reason)
