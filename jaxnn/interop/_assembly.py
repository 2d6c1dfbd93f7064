"""A jaxnn network from the layers of another library's sequential model, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.textbook import activations
from jaxnn.textbook.functions import ActivationFunction
from jaxnn.textbook.network import Layer, Network, Params, check_is_network, check_params


@dataclass(frozen=True)
class Weights:
    """Weights of a layer: W (n_l, n_{l-1}), b (n_l,) or None; `place` names it in messages."""

    place: str
    W: Any
    b: Any


@dataclass(frozen=True)
class Activate:
    """An activation g."""

    place: str
    g: ActivationFunction


@dataclass(frozen=True)
class Drop:
    """Dropout with probability `rate` of dropping."""

    place: str
    rate: float


Part = Weights | Activate | Drop


def assemble(parts: Iterable[Part], *, caller: str) -> tuple[Network, Params]:
    """Return the network and parameters of layers ([dropout], weights, [activation]), ….

    Weights that no activation follows get the identity; weights without b get b^[l] = 0.
    """
    layers: list[Layer] = []
    functions: list[ActivationFunction | None] = []
    rates = [0.0]
    place = ""
    for part in parts:
        place = part.place
        if isinstance(part, Weights):
            l = len(layers) + 1
            W = in_jax(f"W^[{l}]", part.W)
            b = jnp.zeros(W.shape[0], W.dtype) if part.b is None else in_jax(f"b^[{l}]", part.b)
            layers.append(Layer(W, b))
            functions.append(None)
            rates.append(0.0)
        elif isinstance(part, Activate):
            if not layers:
                raise ValueError(f"{caller}: {place} is an activation before any weights")
            if functions[-1] is not None or rates[-1]:
                raise ValueError(
                    f"{caller}: {place} is an activation after "
                    f"{'dropout' if rates[-1] else 'an activation'}; in jaxnn each layer has "
                    "weights, then one activation, then dropout"
                )
            functions[-1] = part.g
        elif part.rate:
            if rates[-1]:
                raise ValueError(f"{caller}: {place} is dropout after dropout")
            if not 0 <= part.rate < 1:
                raise ValueError(f"{caller}: {place} drops with probability {part.rate}")
            rates[-1] = float(part.rate)
    if not layers:
        raise ValueError(f"{caller}: there is no layer of weights")
    if rates.pop():
        raise ValueError(f"{caller}: {place} is dropout of the outputs, which jaxnn never drops")
    _check_chain(layers, caller)
    sizes = (layers[0].W.shape[1], *(layer.W.shape[0] for layer in layers))
    found = tuple(activations.identity if g is None else g for g in functions)
    even = all(rate == rates[-1] for rate in rates[1:])
    dropout = (rates[-1] if rates[1:] else 0.0) if even and not rates[0] else tuple(rates)
    network, params = Network(sizes, found, dropout), tuple(layers)
    check_params(network, params)
    return network, params


def _check_chain(layers: list[Layer], caller: str) -> None:
    for l, (before, layer) in enumerate(pairwise(layers), start=2):
        if layer.W.shape[1] != before.W.shape[0]:
            raise ValueError(
                f"{caller}: W^[{l}] takes {layer.W.shape[1]} inputs, W^[{l - 1}] gives "
                f"{before.W.shape[0]} outputs"
            )


def in_jax(symbol: str, array: Any) -> jax.Array:
    """Return a copy as a JAX array, bit for bit; float64 is refused while JAX has float32 only."""
    copied = jnp.array(array)
    if copied.dtype != array.dtype:
        raise ValueError(
            f"{symbol} is {array.dtype}, which JAX would cut to {copied.dtype}: enable float64 "
            "with jax.config.update('jax_enable_x64', True), or convert the model to float32 first"
        )
    return copied


def check_no_compute_dtype(network: Network, *, caller: str) -> None:
    """Raise a ValueError if a network has a `compute_dtype`, which rounds the products only.

    Other libraries round sums and activations too, or nothing.
    """
    check_is_network(network)
    if network.compute_dtype is not None:
        raise ValueError(
            f"{caller}: compute_dtype={network.compute_dtype!r} rounds the factors of products and "
            "nothing else, which the other library cannot do: give the network without it, "
            "dataclasses.replace(network, compute_dtype=None)"
        )
