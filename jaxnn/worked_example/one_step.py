"""`explain`: every number of one step of training on one example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.textbook import costs
from jaxnn.textbook.activations import pullback
from jaxnn.textbook.chain_rule import sensitivities
from jaxnn.textbook.checks.arguments import check_not_traced
from jaxnn.textbook.checks.arrays import check_inputs, check_target
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import check_optimizer, check_state_of
from jaxnn.textbook.functions import Activation, ActivationFunction, CostFunction
from jaxnn.textbook.joint_costs import cost_of
from jaxnn.textbook.network import Layer, Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import as_inputs, promoted, trace
from jaxnn.worked_example.example import WorkedExample
from jaxnn.worked_example.names import checked_names
from jaxnn.worked_example.optimizer_numbers import OptimizerStep
from jaxnn.worked_example.optimizer_step import compiled_first_state, on_host, step_function
from jaxnn.worked_example.recognition import has_moments, recognised

GRADIENT_DESCENT = optax.sgd(0.5)  # w ← w − 0.5 ∂E/∂w, the article's step


def explain(
    network: Network,
    params: Params,
    x: jax.Array | np.ndarray,
    y: jax.Array | np.ndarray,
    *,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation = GRADIENT_DESCENT,
    opt_state: optax.OptState | None = None,
    digits: int = 4,
    input_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
) -> WorkedExample:
    """Return every number of one step of training on one example: forward, cost, backward, update.

    Formulas, for every neuron and every weight: z_i = Σ_j w_ij a_j + b_i, a_i = g(z_i), E(a, y),
    ∂E/∂w_ij = ∂E/∂a_i · ∂a_i/∂z_i · ∂z_i/∂w_ij, w_ij ← w_ij − η ∂E/∂w_ij.

    The numbers are those of `trace`, `sensitivities`, `backward` and the optimiser; nothing is
    dropped out.

    Args:
        network: the network.
        params: its parameters, trained or not.
        x: one example, (n_0,); uint8 pixels 0 … 255 become x / 255.
        y: its target, (n_L,).
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax; `optax.sgd(0.5)` is gradient descent with η = 0.5.  The update is
            laid open for gradient descent, momentum, Adam and AdamW, which are recognised by what
            they do: see `WorkedExample.optimizer_step`.
        opt_state: the optimiser's state before the step; None: that of a first step.
        digits: decimals that `print` writes, at least 1.
        input_names: names of the n_0 inputs, such as those of a table's columns; None: none.
        class_names: names of the n_L outputs; None: none.

    Returns:
        A `WorkedExample`.

    Raises:
        TypeError, ValueError: as `trace`, `loss` and `update`; digits below 1.

    Warns:
        UserWarning: as `loss`.

    Source: Rumelhart, Hinton and Williams (1986).

    >>> from jaxnn.textbook.network import Layer
    >>> net = Network(sizes=(3, 1), activations=("sigmoid",))
    >>> params = (Layer(W=jnp.array([[0.9, 0.8, 0.1]]), b=jnp.zeros(1)),)
    >>> x, y = jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0])
    >>> example = explain(net, params, x, y, cost="squared_error")
    >>> print(example.neuron(1, 1))
    z_1^[1] = 1 × 0.9 + 0 × 0.8 + 1 × 0.1 = 1.0
    a_1^[1] = σ(1.0) = 0.7311
    ∂E/∂a_1^[1] = 0.7311 − 0 = 0.7311
    ∂a_1^[1]/∂z_1^[1] = 0.7311 × (1 − 0.7311) = 0.1966
    δ_1^[1] = ∂E/∂a_1^[1] · ∂a_1^[1]/∂z_1^[1] = 0.7311 × 0.1966 = 0.1437
    >>> print(example.weight(1, 1, 3))
    ∂E/∂w_1,3^[1] = (0.7311 − 0) × 0.1966 × 1 = 0.1437
    w_1,3^[1] ← 0.1 − 0.5 × 0.1437 = 0.0281
    """
    cost = costs.find(cost)
    digits = check_count("digits", digits)
    check_params(network, params)
    input_names = checked_names("input_names", input_names, "n_0", network.sizes[0])
    class_names = checked_names("class_names", class_names, f"n_{network.depth}", network.sizes[-1])
    check_not_traced("explain", params, x, y, opt_state, loop=False)
    check_inputs(network, x, name="x")
    check_target(network, y)
    check_pairing(network, cost, np.asarray(y)[:, None], name="y")
    dtype = params[0].W.dtype
    x, y = as_inputs(jnp.asarray(x), dtype).astype(dtype), jnp.asarray(y).astype(dtype)
    check_optimizer(optimizer, params, opt_state)

    tr = trace(network, params, x)
    E = cost_of(network, cost, tr, y)
    factors = sensitivities(network, params, tr, y, cost=cost)
    before, (z, a), factors = on_host((params, tr, factors))
    gradients = tuple(map(_gradient, factors.delta, a[:-1]))

    def E_at(params: Params) -> jax.Array:
        return cost_of(network, cost, trace(network, params, x), y)

    updates, optimizer_step = _step(optimizer, opt_state, params, before, gradients, E, E_at)
    plain = optimizer_step if optimizer_step and optimizer_step.kind == "sgd" else None
    new_params: Any = optax.apply_updates(before, updates)
    return WorkedExample(
        network=network,
        cost=cost,
        x=np.asarray(x),
        y=np.asarray(y),
        params=before,
        z=z,
        a=a,
        E=float(E) + 0.0,  # −0.0 is 0
        dE_da=factors.dE_da,
        da_dz=tuple(map(_derivative, network.activations, tr.z)),
        delta=factors.delta,
        gradients=gradients,
        updates=updates,
        new_params=on_host(new_params),
        E_after=float(E_at(new_params)) + 0.0,
        learning_rate=plain.learning_rate if plain else None,
        optimizer_step=optimizer_step,
        digits=digits,
        input_names=input_names or (),
        class_names=class_names or (),
        _explain=explain,
    )


def _step(
    optimizer: optax.GradientTransformation,
    opt_state: optax.OptState | None,
    params: Params,
    before: Params,
    gradients: Params,
    E: jax.Array,
    E_at: Callable[[Params], jax.Array],
) -> tuple[Params, OptimizerStep | None]:
    """Return an optimiser's updates, and its formula; None: it is of no known kind."""
    state = check_state_of(optimizer, params, opt_state)
    if opt_state is None and has_moments(state):
        opt_state = compiled_first_state(optimizer, params)
    step = step_function(optimizer, opt_state, params, E, E_at)
    updates, after = step(gradients)
    state = state if opt_state is None else opt_state
    return updates, recognised(step, state, before, gradients, (updates, after))


def _gradient(delta: np.ndarray, a: np.ndarray) -> Layer:
    """Return ∂E/∂W^[l] = δ^[l] (a^[l-1])ᵀ and ∂E/∂b^[l] = δ^[l]."""
    column, row = promoted(delta[:, None], a[None, :])
    W: Any = (column * row).astype(delta.dtype)  # (n_l, 1) × (1, n_{l-1}) -> (n_l, n_{l-1})
    b: Any = delta
    return Layer(W, b)


def _derivative(g: ActivationFunction, z: jax.Array) -> np.ndarray:
    """Return ∂a/∂z at z: g'(z), (n_l,), if a_i depends on z_i alone, else the Jacobian."""
    if isinstance(g, Activation) and g.elementwise:
        return np.asarray(pullback(g, z, jnp.asarray(np.ones(z.shape, z.dtype))))
    units: Any = np.eye(len(z), dtype=z.dtype)  # `jnp.asarray` would compile a program
    rows = jax.vmap(partial(pullback, g, z))(units)
    jacobian = np.asarray(rows)
    diagonal = np.diagonal(jacobian)
    alone = not isinstance(g, Activation) and not (jacobian - np.diag(diagonal)).any()
    return diagonal.copy() if alone else jacobian
