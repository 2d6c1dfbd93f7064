"""The numbers that a page in a notebook and Python share: parameters, example, optimiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.textbook import costs
from jaxnn.textbook.activations import BY_NAME
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.network import Layer, Network, Params
from jaxnn.worked_example.numbers import StepNumbers
from jaxnn.worked_example.page.data import activation_entry, cost_entry
from jaxnn.worked_example.page.optimizer import optimizer_data

Numbers = dict[str, Any]

STATE = ("count", "m", "v")
PLAIN = {"name": "sgd", "learning_rate": 0.1}  # steps on the page by an optimiser unknown to it
LITTLE = np.dtype("<f8")  # what the page computes in, and the order of the bytes


def as_bytes(array: Any) -> bytes:
    """Return an array's numbers as float64, row by row."""
    return np.ascontiguousarray(array, LITTLE).tobytes()


def as_array(data: Any, dtype: Any) -> np.ndarray:
    """Return such numbers as an array, (n,), of a type.

    >>> as_array(as_bytes([1.0, 0.1]), np.float32).tolist()
    [1.0, 0.10000000149011612]
    """
    return np.frombuffer(data, LITTLE).astype(dtype)


def flat(params: Params) -> bytes:
    """Return all parameters: for l = 1 … L first W^[l], row by row, then b^[l]."""
    return b"".join(as_bytes(array) for layer in params for array in layer)


def layers(network: Network, data: Any, dtype: Any) -> Params:
    """Return the parameters that such bytes hold."""
    theta, found, at = as_array(data, dtype), [], 0
    for before, n in zip(network.sizes[:-1], network.sizes[1:], strict=True):
        end = at + n * before
        W: Any = theta[at:end].reshape(n, before)
        b: Any = theta[end : end + n]
        found.append(Layer(W, b))
        at = end + n
    return tuple(found)


def network_data(network: Network, cost: CostFunction) -> Numbers:
    """Return sizes, activations and cost as the page sends them."""
    functions = map(activation_entry, network.activations)
    return {
        "sizes": list(network.sizes),
        "activations": [{name: g[name] for name in ("name", "options")} for g in functions],
        "cost": cost_entry(cost)["name"],
    }


def shared_by(example: StepNumbers) -> Numbers:
    """Return an example's numbers as the page sends them."""
    known = optimizer_data(example.optimizer_step, flat) or PLAIN
    optimizer = {name: value for name, value in known.items() if name not in STATE}
    opt = {name: known[name] for name in STATE} if "count" in known else None
    return {
        **network_data(example.network, example.cost),
        "theta": flat(example.params),
        "x": as_bytes(example.x),
        "y": as_bytes(example.y),
        "optimizer": optimizer,
        "opt": opt,
    }


def network_of(numbers: Numbers) -> tuple[Network, CostFunction]:
    """Return the network and the cost that the page describes."""
    functions = [
        BY_NAME[g["name"]].with_options(**g["options"]) if g["options"] else BY_NAME[g["name"]]
        for g in numbers["activations"]
    ]
    return Network(tuple(numbers["sizes"]), tuple(functions)), costs.find(numbers["cost"])


def optimizer_of(
    numbers: Numbers, network: Network, params: Params
) -> tuple[optax.GradientTransformation, optax.OptState]:
    """Return the page's optimiser, with its state before the next step."""
    given, opt = numbers["optimizer"], numbers["opt"] or {}
    dtype = params[0].W.dtype
    m, v = (
        _on_device(layers(network, opt[name], dtype)) if opt.get(name) else None for name in "mv"
    )
    optimizer = _NAMED[given["name"]](given)
    state: Any = optimizer.init(_on_device(params))
    if given["name"] == "sgd":
        return optimizer, state
    first, *rest = state
    kept: dict[str, Any] = {"trace": m}
    if given["name"] == "adam":
        count = jnp.asarray(opt.get("count", 0), first.count.dtype)
        kept = {"count": count, "mu": m, "nu": v}
    begun = {name: value for name, value in kept.items() if value is not None}
    return optimizer, (first._replace(**begun), *rest)


_NAMED: dict[str, Callable[[Numbers], optax.GradientTransformation]] = {
    "sgd": lambda o: optax.sgd(o["learning_rate"]),
    "momentum": lambda o: optax.sgd(o["learning_rate"], o["momentum"], o["nesterov"]),
    "adam": lambda o: optax.adam(o["learning_rate"], o["b1"], o["b2"], o["eps"]),
}


def _on_device(params: Params) -> Params:
    return jax.tree.map(jnp.asarray, params)
