"""What jaxnn computes for a published step: a worked example, and its numbers by name."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxnn

from .descent import descent, trained
from .example import Example, Network


def output(a: jax.Array, y: jax.Array) -> jax.Array:
    """Return the output itself, E = Σ a, so that ∂E/∂a = 1; there is no target."""
    del y
    return jnp.sum(a)


def square(a: jax.Array, y: jax.Array) -> jax.Array:
    """Return E = Σ (y − a)², without the ½ of `jaxnn.squared_error`."""
    return jnp.sum((y - a) ** 2)


def half_square(a: jax.Array, y: jax.Array) -> jax.Array:
    """Return E = ½ Σ (y − a)² for a target that no sigmoid reaches; `squared_error` refuses it."""
    return square(a, y) / 2


COSTS: dict[str, Any] = {"output": output, "square": square, "half square": half_square}


def network_of(given: Network) -> tuple[jaxnn.Network, jaxnn.Params]:
    """Return the network and its parameters; a layer without biases has biases of 0."""
    layers = tuple(
        jaxnn.Layer(
            jnp.array(W, jnp.float64),
            jnp.zeros(len(W)) if b is None else jnp.array(b, jnp.float64),
        )
        for W, b, _ in given.layers
    )
    sizes = (len(given.x), *(len(W) for W, _, _ in given.layers))
    activations: Any = tuple(g for _, _, g in given.layers)
    return jaxnn.Network(sizes, activations), layers


def optimizer_of(given: Network) -> optax.GradientTransformation:
    """Return gradient descent that leaves frozen and missing biases as they are."""
    frozen = [given.frozen_biases or b is None for _, b, _ in given.layers]
    return descent(given.learning_rate, frozen)


def worked_example(given: Network) -> jaxnn.WorkedExample:
    """Return every number of the step, in float64."""
    net, params = network_of(given)
    return jaxnn.explain(
        net,
        params,
        jnp.array(given.x),
        jnp.array(given.y),
        cost=COSTS.get(given.cost, given.cost),
        optimizer=optimizer_of(given),
    )


def numbers_of(found: jaxnn.WorkedExample) -> dict[str, float]:
    """Return all numbers of a step by their names, as the published ones are named."""
    after = jaxnn.trace(found.network, found.new_params, jnp.asarray(found.x))
    error = found.y - found.a[-1]
    numbers = {"E": found.E, "new E": found.E_after, "error": error[0].item()}
    numbers["new error"] = (found.y - np.asarray(after.a[-1]))[0].item()
    for j, slope in enumerate(found.params[0].W.T @ found.delta[0], 1):
        numbers[f"∂E/∂x_{j}"] = slope.item()
    for l, (gradient, new) in enumerate(zip(found.gradients, found.new_params, strict=True), 1):
        vectors = {
            "z_{}": found.z[l - 1],
            "a_{}": found.a[l],
            "∂E/∂a_{}": found.dE_da[l - 1],
            "δ_{}": found.delta[l - 1],
            "−δ_{}": -found.delta[l - 1],
            "∂E/∂b_{}": gradient.b,
            "new b_{}": new.b,
            "new θ_{}": -np.asarray(new.b),
            "new a_{}": after.a[l],
        }
        if found.da_dz[l - 1].ndim == 1:
            vectors["∂a_{}^[l]/∂z_{}"] = found.da_dz[l - 1]
        matrices = {
            "∂E/∂w_{}": gradient.W,
            "−∂E/∂w_{}": -gradient.W,
            "new w_{}": new.W,
        }
        for name, array in (vectors | matrices).items():
            for place, value in np.ndenumerate(np.asarray(array)):
                index = ",".join(str(k + 1) for k in place)
                written = name.replace("[l]", f"[{l}]").format(*[index] * name.count("{}"))
                numbers[f"{written}^[{l}]"] = value.item()
    return numbers


def right_numbers(example: Example) -> dict[str, float]:
    """Return the numbers of an example of one step in full precision."""
    given = example.network
    assert given is not None
    numbers = numbers_of(worked_example(given))
    if example.key == "zhou":
        slope = numbers["∂a_1^[1]/∂z_1^[1]"] * given.x[0]
        numbers["∂a_1^[1]/∂w_1,1^[1]"] = slope
    if example.key == "cs231n-softmax":
        scores = [numbers[f"z_{i}^[1]"] for i in (1, 2, 3)]
        numbers["hinge loss"] = sum(max(0.0, z - scores[2] + 1) for z in scores[:2])
    if example.key == "mazur":
        numbers |= long_training(given)
    return numbers


def long_training(given: Network, steps: int = 10_000) -> dict[str, float]:
    """Return Mazur's cost and outputs after so many steps."""
    net, params = network_of(given)
    batches = jnp.array(given.x)[None, :, None], jnp.array(given.y)[None, :, None]
    params, _ = trained(net, params, given.cost, optimizer_of(given), batches, steps)
    return after_training(given, params)


def after_training(given: Network, params: jaxnn.Params) -> dict[str, float]:
    """Return Mazur's last numbers at these parameters."""
    net, _ = network_of(given)
    a = jaxnn.forward(net, params, jnp.array(given.x))
    E = jaxnn.squared_error(a, jnp.array(given.y)).item()
    return {
        "E after 10,000 steps (earlier edition)": E,
        "E after 10,000 steps (later edition)": E,
        "a_1^[2] after 10,000 steps": a[0].item(),
        "a_2^[2] after 10,000 steps": a[1].item(),
    }
