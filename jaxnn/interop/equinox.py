"""Equinox: a network as an `eqx.nn.MLP`, and back.

An MLP has hidden layers of one width and one activation, a function of a number applied to each
neuron; its `weight` is W^[l] unchanged, (n_l, n_{l-1}).  As in jaxnn it is a function of one
example, and `jax.vmap` makes the batch.
"""

from __future__ import annotations

import inspect
from typing import Any

import jax

from jaxnn.interop._assembly import Activate, Weights, assemble, check_no_compute_dtype, in_jax
from jaxnn.interop._common import import_library, name_of
from jaxnn.interop._jax_functions import from_jax_function, jax_function
from jaxnn.textbook import activations
from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import Activation, ActivationFunction
from jaxnn.textbook.network import Network, Params, check_params


def to_equinox(network: Network, params: Params) -> Any:
    """Return an `eqx.nn.MLP` that computes the same.  Its arrays are copies.

    Args:
        network: with n_1 = … = n_{L-1}, g^[1] = … = g^[L-1], elementwise activations of jaxnn's,
            no dropout; if L = 1, g^[1] = identity, since Equinox then applies none.
        params: its parameters, all of one type.

    Returns:
        The module: (n_0,) -> (n_L,).

    Raises:
        TypeError: parameters that are not the network's.
        ValueError: a network that no MLP is; the message says why.
        ImportError: equinox is not installed: the extra [equinox].

    Source: https://docs.kidger.site/equinox/api/nn/mlp/

    >>> import jax, jax.numpy as jnp, jaxnn
    >>> net = jaxnn.mlp(3, 4, 4, 2, output="identity")
    >>> to_equinox(net, jaxnn.init(net, jax.random.key(0)))(jnp.ones(3)).shape
    (2,)
    """
    eqx = import_library("equinox", caller="to_equinox", extra="equinox")
    check_no_compute_dtype(network, caller="to_equinox")
    check_params(network, params)
    _check_is_mlp(network)
    types = sorted({array.dtype.name for layer in params for array in layer})
    if len(types) > 1:
        raise ValueError(f"to_equinox: the parameters of an MLP have one type, got {types}")
    module = eqx.nn.MLP(
        in_size=network.sizes[0],
        out_size=network.sizes[-1],
        width_size=network.sizes[1] if network.depth > 1 else 0,
        depth=network.depth - 1,
        activation=jax_function(network.activations[0]),
        final_activation=jax_function(network.activations[-1]),
        dtype=types[0],
        key=jax.random.key(0),  # of weights that are replaced below
    )
    arrays = [
        in_jax(f"{letter}^[{l}]", array)
        for l, layer in enumerate(params, start=1)
        for letter, array in zip("Wb", layer, strict=True)
    ]
    return eqx.tree_at(_arrays_of, module, arrays)


def from_equinox(module: Any) -> tuple[Network, Params]:
    """Return the network and the parameters of an `eqx.nn.MLP`.

    Args:
        module: an MLP whose activations are functions of `jax.nn`, or jaxnn's.  Layers without
            bias get b^[l] = 0.

    Returns:
        (network, params), with copies of the arrays.

    Raises:
        TypeError: the module is no `eqx.nn.MLP`.
        ValueError: an activation that jaxnn lacks, a size "scalar", scan=True.
        ImportError: equinox is not installed: the extra [equinox].

    >>> import equinox as eqx, jax
    >>> from_equinox(eqx.nn.MLP(3, 2, width_size=4, depth=2, key=jax.random.key(0)))[0].sizes
    (3, 4, 4, 2)
    """
    eqx = import_library("equinox", caller="from_equinox", extra="equinox")
    if type(module) is not eqx.nn.MLP:
        raise TypeError(f"from_equinox reads an eqx.nn.MLP, got {type(module).__name__} as module")
    if "scalar" in (module.in_size, module.out_size):
        raise ValueError(
            'from_equinox: the MLP has in_size or out_size "scalar"; build it with 1 in its place'
        )
    if getattr(module, "scan", False):
        raise ValueError("from_equinox: the MLP scans over its layers; build it with scan=False")
    parts = []
    for l, layer in enumerate(module.layers, start=1):
        place = f"layers[{l - 1}]"
        if type(layer) is not eqx.nn.Linear:
            raise ValueError(f"from_equinox: {place} is a {type(layer).__name__}, not a Linear")
        parts.append(Weights(place, layer.weight, layer.bias))
        last = l == len(module.layers)
        if not (last and l == 1):  # with a single layer Equinox applies no activation
            g = module.final_activation if last else module.activation
            name = "final_activation" if last else "activation"
            parts.append(Activate(name, _elementwise(g, f"from_equinox: {name}")))
    return assemble(parts, caller="from_equinox")


def _arrays_of(module: Any) -> list[Any]:
    return [array for layer in module.layers for array in (layer.weight, layer.bias)]


def _elementwise(function: Any, place: str) -> ActivationFunction:
    if function is _usual_last_activation():
        return activations.identity
    g = from_jax_function(function, place)
    if isinstance(g, Activation) and not g.elementwise:
        raise ValueError(f"{place} is {g.name}, which an MLP applies to each neuron alone")
    return g


def _usual_last_activation() -> Any:
    """Return Equinox's default `lambda x: x`, which can only be recognised by identity."""
    eqx = import_library("equinox", caller="from_equinox", extra="equinox")
    return inspect.signature(eqx.nn.MLP).parameters["final_activation"].default


def _check_is_mlp(network: Network) -> None:
    hidden = network.sizes[1:-1]
    if len(set(hidden)) > 1:
        raise ValueError(f"to_equinox: hidden layers of an MLP have one width, got {hidden}")
    if len(set(network.activations[:-1])) > 1:
        raise ValueError(
            f"to_equinox: hidden layers of an MLP have one activation, got "
            f"{network.activations[:-1]}"
        )
    if any(network.dropout_rates):
        raise ValueError(f"to_equinox: an MLP has no dropout, got dropout={network.dropout}")
    for l, g in enumerate(network.activations, start=1):
        if not isinstance(g, Activation) or our_name(g) is None:
            raise ValueError(
                f"to_equinox: g^[{l}] = {name_of(g)} is a function of a layer; an MLP applies one "
                "of a single number"
            )
        if not g.elementwise:
            raise ValueError(
                f"to_equinox: g^[{l}] = {g.name} needs all neurons of the layer; an MLP applies "
                "its activations to each alone"
            )
    if network.depth == 1 and network.activations[0] != activations.identity:
        raise ValueError(
            f"to_equinox: an MLP of one layer applies no activation, got g^[1] = "
            f"{network.activations[0]}"
        )
