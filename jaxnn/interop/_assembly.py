"""A network put together from the layers of another house, one after another."""

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
    """A layer of weights: W (n_l, n_{l-1}), b (n_l,) or None, found at `place`."""

    place: str
    W: Any
    b: Any


@dataclass(frozen=True)
class Activate:
    """An activation g, found at `place`."""

    place: str
    g: ActivationFunction


@dataclass(frozen=True)
class Drop:
    """Dropout with the probability `rate` of dropping, found at `place`."""

    place: str
    rate: float


Part = Weights | Activate | Drop


def assembled(parts: Iterable[Part], *, door: str) -> tuple[Network, Params]:
    """Return the network that parts make: [dropout], weights, [activation], and so on.

    Args:
        parts: in their order; weights that no activation follows have the identity's, weights
            without b have b = 0.
        door: the function that asks, for messages.

    Raises:
        ValueError: no weights, or parts in an order that a network has not.

    >>> part = Weights("layer 0", jnp.ones((2, 3)), None)
    >>> assembled([part, Activate("layer 1", activations.relu)], door="from_nothing")[0].activations
    (relu,)
    """
    layers: list[Layer] = []
    functions: list[ActivationFunction | None] = []
    rates = [0.0]
    last = ""
    for part in parts:
        last = part.place
        if isinstance(part, Weights):
            l = len(layers) + 1
            W = in_jax(f"W^[{l}]", part.W)
            b = jnp.zeros(W.shape[0], W.dtype) if part.b is None else in_jax(f"b^[{l}]", part.b)
            layers.append(Layer(W, b))
            functions.append(None)
            rates.append(0.0)
        elif isinstance(part, Activate):
            if not layers:
                raise ValueError(f"{door}: {part.place} is an activation before any weights")
            if functions[-1] is not None or rates[-1]:
                raise ValueError(
                    f"{door}: {part.place} is an activation after "
                    f"{'dropout' if rates[-1] else 'an activation'}; in jaxnn each layer has "
                    "weights, then one activation, then dropout"
                )
            functions[-1] = part.g
        elif part.rate:
            if rates[-1]:
                raise ValueError(f"{door}: {part.place} is dropout after dropout")
            if not 0 <= part.rate < 1:
                raise ValueError(f"{door}: {part.place} drops with probability {part.rate}")
            rates[-1] = float(part.rate)
    if not layers:
        raise ValueError(f"{door}: there is no layer of weights")
    if rates.pop():
        raise ValueError(f"{door}: {last} is dropout of the outputs, which jaxnn never drops")
    _check_chain(layers, door)
    sizes = (layers[0].W.shape[1], *(layer.W.shape[0] for layer in layers))
    found = tuple(activations.identity if g is None else g for g in functions)
    even = all(rate == rates[-1] for rate in rates[1:])
    dropout = (rates[-1] if rates[1:] else 0.0) if even and not rates[0] else tuple(rates)
    network, params = Network(sizes, found, dropout), tuple(layers)
    check_params(network, params)
    return network, params


def _check_chain(layers: list[Layer], door: str) -> None:
    for l, (before, layer) in enumerate(pairwise(layers), start=2):
        if layer.W.shape[1] != before.W.shape[0]:
            raise ValueError(
                f"{door}: W^[{l}] takes {layer.W.shape[1]} inputs, W^[{l - 1}] gives "
                f"{before.W.shape[0]} outputs"
            )


def in_jax(symbol: str, array: Any) -> jax.Array:
    """Return a copy of an array as JAX's, bit for bit.

    Raises:
        ValueError: it is float64, and JAX has only float32 now.

    >>> in_jax("W^[1]", jnp.ones(2)).dtype
    dtype('float32')
    """
    copied = jnp.array(array)
    if copied.dtype != array.dtype:
        raise ValueError(
            f"{symbol} is {array.dtype}, which JAX would cut to {copied.dtype}: enable float64 "
            "with jax.config.update('jax_enable_x64', True), or convert the model to float32 first"
        )
    return copied


def check_products(network: Network, *, door: str) -> None:
    """Raise an error unless a network's products are in the parameters' own type.

    Raises:
        ValueError: it has a `compute_dtype`: other houses round everything, sums and activations
            too, or nothing.
    """
    check_is_network(network)
    if network.compute_dtype is not None:
        raise ValueError(
            f"{door}: compute_dtype={network.compute_dtype!r} rounds the factors of products and "
            "nothing else, which cannot be said there: give the network without it, "
            "dataclasses.replace(network, compute_dtype=None)"
        )
