"""The arithmetic of the sources where they slip, so that their printed digits come out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

import jaxnn

from .example import Example, Network
from .runs import optimiser_step, parameters, spencer_harper, trask
from .steps import after_training, long_training, network_of


def slipped_numbers(example: Example) -> dict[str, float]:
    """Return the numbers that slips concern, computed as the source does.

    A number that no arithmetic explains is missing.
    """
    compute = SLIPS.get(example.key)
    return {} if compute is None else compute(example.network)


def new_output_weights_too_early(given: Network, params: jaxnn.Params) -> jaxnn.Params:
    """Return the parameters after a step whose hidden δ are computed with the new output weights.

    This is the slip of MacLeod, and of the program behind Mazur's last numbers.
    """
    net, _ = network_of(given)
    x, y, eta = jnp.array(given.x), jnp.array(given.y), given.learning_rate
    tr = jaxnn.trace(net, params, x)
    right = jaxnn.sensitivities(net, params, tr, y, cost=given.cost).delta
    output = params[1]._replace(W=params[1].W - eta * jnp.outer(right[1], tr.a[1]))
    wrong = jaxnn.sensitivities(net, (params[0], output), tr, y, cost=given.cost).delta
    return params[0]._replace(W=params[0].W - eta * jnp.outer(wrong[0], tr.a[0])), output


def han(_: Any) -> dict[str, float]:
    """Return the error of an output rounded to 0.474."""
    return {"−δ_1^[2]": 0.474 * (1 - 0.474) * (1 - 0.474)}


def macleod(_: Any) -> dict[str, float]:
    """Return MacLeod's chain of rounded numbers, with the new output weights in the hidden δ."""
    x, hidden, out, delta = (0.35, 0.9), (0.68, 0.6637), 0.69, -0.0406
    W2 = [0.3 + delta * hidden[0], 0.9 + delta * hidden[1]]
    deltas = (-2.406e-3, -7.916e-3)
    W1 = [[w + d * a for w, a in zip(row, x, strict=True)] for row, d in
          zip(((0.1, 0.8), (0.4, 0.6)), deltas, strict=True)]  # fmt: skip
    layers = (
        jaxnn.Layer(jnp.array([[0.09916, 0.7978], [0.3972, 0.5928]]), jnp.zeros(2)),
        jaxnn.Layer(jnp.array([[0.272392, 0.87305]]), jnp.zeros(1)),
    )
    net = jaxnn.mlp(2, 2, 1, hidden="sigmoid", output="sigmoid")
    return {
        "z_1^[2]": 0.3 * hidden[0] + 0.9 * hidden[1],
        "−δ_1^[2]": (0.5 - out) * (1 - out) * out,
        "new w_1,1^[2]": W2[0],
        "new w_1,2^[2]": W2[1],
        "−δ_1^[1]": delta * 0.272392 * (1 - hidden[0]) * hidden[0],
        **{f"new w_{i + 1},{j + 1}^[1]": W1[i][j] for i in (0, 1) for j in (0, 1)},
        "new error": 0.5 - jaxnn.forward(net, layers, jnp.array(x))[0].item(),
    }


def nguyen(_: Any) -> dict[str, float]:
    """Return the error signal with 1 − 0.9997."""
    return {"δ_1^[1]": 0.9997 * (1 - 0.9997) * -0.0170 * 1}


def mazur(given: Network) -> dict[str, float]:
    """Return Mazur's last numbers: hidden δ with the new output weights, and 9,999 right steps."""
    net, start = network_of(given)
    first = new_output_weights_too_early(given, start)
    a = jaxnn.forward(net, first, jnp.array(given.x))
    step = partial(new_output_weights_too_early, given)
    last = jax.lax.fori_loop(0, 10_000, lambda _, params: step(params), start)
    later = "E after 10,000 steps (later edition)"
    return {
        "new E": jaxnn.squared_error(a, jnp.array(given.y)).item(),
        **after_training(given, last),
        later: long_training(given, 9_999)[later],
    }


def cs231n_softmax(_: Any) -> dict[str, float]:
    """Return the probability of rounded exponentials."""
    return {"a_1^[1]": 0.058 / (0.058 + 2.36 + 1.32)}


def zhou(_: Any) -> dict[str, float]:
    """Return Zhou's product of rounded factors."""
    slope = -2 * (1 - 0.524)
    return {"∂E/∂a_1^[2]": slope, "∂E/∂w_1,1^[1]": -0.952 * 0.249 * -0.0904}


def brownlee(given: Network) -> dict[str, float]:
    """Return the errors of outputs σ(b), which are not those of the forward pass."""
    net, params = network_of(given)
    tr = jaxnn.trace(net, params, jnp.array(given.x))
    b = params[1].b
    tr = tr._replace(z=(tr.z[0], b), a=(*tr.a[:2], jaxnn.sigmoid(b)))
    delta = jaxnn.sensitivities(net, params, tr, jnp.array(given.y), cost=given.cost).delta
    return {
        "−δ_1^[2]": -delta[1][0].item(),
        "−δ_2^[2]": -delta[1][1].item(),
        "−δ_1^[1]": -delta[0][0].item(),
    }


def last_pass(compute: Callable[[int], dict[str, float]], _: Any) -> dict[str, float]:
    """Return the outputs of the last forward pass, before the last of 10,000 updates."""
    return {name: a for name, a in compute(9_999).items() if name.startswith("a of")}


def optimisers(_: Any) -> dict[str, float]:
    """Return Adam's parameters with ε under the root."""
    params, _ = optimiser_step(optax.adam(0.01, eps=0.0, eps_root=1e-8), count=1)
    return {f"Adam, first edition: {name}": value for name, value in parameters(params).items()}


SLIPS: dict[str, Callable[[Any], dict[str, float]]] = {
    "han": han,
    "macleod": macleod,
    "nguyen": nguyen,
    "mazur": mazur,
    "cs231n-softmax": cs231n_softmax,
    "zhou": zhou,
    "brownlee": brownlee,
    "trask": partial(last_pass, trask),
    "spencer-harper": partial(last_pass, spencer_harper),
    "optimisers": optimisers,
}
