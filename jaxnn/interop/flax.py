"""Flax: a network as an `nnx` module or a Linen module with its variables, and back.

Flax takes one example a row, and its kernel is W^[l]ᵀ, (n_{l-1}, n_l).  jaxnn divides uint8 pixels
by 255; for a Flax module, divide them first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax

from jaxnn.interop._assembly import (
    Activate,
    Drop,
    Part,
    Weights,
    assemble,
    check_no_compute_dtype,
    in_jax,
)
from jaxnn.interop._common import ordered_by_number
from jaxnn.interop._jax_functions import from_jax_function, jax_function
from jaxnn.textbook.network import Layer, Network, Params, check_params


def to_nnx(network: Network, params: Params, *, rngs: Any = None) -> Any:
    """Return an `nnx.Sequential` of Linear layers, activations and Dropout that computes the same.

    Formula: A^[l]ᵀ = g^[l](A^[l-1]ᵀ kernel + b^[l]), kernel = W^[l]ᵀ.

    Its arrays are copies.  `nnx.Optimizer` trains it further; `module.eval()` turns dropout off.
    A user's own activation is kept, and applied to each row.

    Args:
        network: the network.
        params: its parameters.
        rngs: `nnx.Rngs(seed)`, from which dropout draws; needed if the network has dropout.

    Returns:
        The module: (m, n_0) -> (m, n_L), or (n_0,) -> (n_L,).

    Raises:
        TypeError, ValueError: parameters that are not the network's, a `compute_dtype`, dropout
            without rngs.

    Source: https://flax.readthedocs.io/en/stable/nnx_basics.html

    >>> import jax, jax.numpy as jnp, jaxnn
    >>> net = jaxnn.mlp(3, 4, 2)
    >>> module = to_nnx(net, jaxnn.init(net, jax.random.key(0)))
    >>> module(jnp.ones((5, 3))).shape
    (5, 2)
    """
    from flax import nnx

    check_no_compute_dtype(network, caller="to_nnx")
    check_params(network, params)
    if any(network.dropout_rates) and rngs is None:
        raise ValueError("to_nnx: the network has dropout, which draws from rngs=nnx.Rngs(seed)")
    unused, zeros = nnx.Rngs(0), jax.nn.initializers.zeros
    layers = []
    for l, (layer, g) in enumerate(zip(params, network.activations, strict=True), start=1):
        rate = network.dropout_rates[l - 1]
        if rate:
            layers.append(nnx.Dropout(rate, rngs=rngs))
        kernel, bias = in_jax(f"W^[{l}]", layer.W).T, in_jax(f"b^[{l}]", layer.b)
        linear = nnx.Linear(
            *kernel.shape, param_dtype=kernel.dtype, kernel_init=zeros, bias_init=zeros, rngs=unused
        )
        linear.kernel, linear.bias = nnx.Param(kernel), nnx.Param(bias)
        layers += [linear, jax_function(g)]
    return nnx.Sequential(*layers)


def from_nnx(module: Any) -> tuple[Network, Params]:
    """Return the network and the parameters of an `nnx.Sequential`.

    Args:
        module: of Linear, Dropout and functions of `jax.nn`, as `to_nnx` builds it; nested ones
            too.  A Linear without bias gets b^[l] = 0.

    Returns:
        (network, params), with copies of the arrays.

    Raises:
        TypeError: the module is no `nnx.Sequential`.
        ValueError: a layer that jaxnn lacks; the message names it.

    >>> from flax import nnx
    >>> module = nnx.Sequential(nnx.Linear(3, 2, rngs=nnx.Rngs(0)), nnx.sigmoid)
    >>> from_nnx(module)[0].activations
    (sigmoid,)
    """
    from flax import nnx

    if type(module) is not nnx.Sequential:
        raise TypeError(
            "from_nnx reads an nnx.Sequential, whose layers follow one another, "
            f"got {type(module).__name__} as module"
        )
    return assemble(_nnx_parts(nnx, module, ""), caller="from_nnx")


def to_linen(network: Network, params: Params) -> tuple[Any, dict[str, Any]]:
    """Return a Linen module and its variables that compute the same.

    `module.apply(variables, X)` takes one example a row; dropout acts in
    `module.apply(variables, X, train=True, rngs={"dropout": key})`.

    Args:
        network: the network.
        params: its parameters.

    Returns:
        (module, variables): {"params": {"Dense_0": {"kernel": W^[1]ᵀ, "bias": b^[1]}, …}}.

    Raises:
        TypeError, ValueError: parameters that are not the network's, a `compute_dtype`.

    >>> import jax, jax.numpy as jnp, jaxnn
    >>> net = jaxnn.mlp(3, 4, 2)
    >>> module, variables = to_linen(net, jaxnn.init(net, jax.random.key(0)))
    >>> module.apply(variables, jnp.ones((5, 3))).shape
    (5, 2)
    """
    from jaxnn.interop._linen import Perceptron

    check_no_compute_dtype(network, caller="to_linen")
    check_params(network, params)
    module = Perceptron(
        features=network.sizes[1:],
        functions=tuple(jax_function(g) for g in network.activations),
        rates=network.dropout_rates,
    )
    layers = {
        f"Dense_{l - 1}": {
            "kernel": in_jax(f"W^[{l}]", layer.W).T,
            "bias": in_jax(f"b^[{l}]", layer.b),
        }
        for l, layer in enumerate(params, start=1)
    }
    return module, {"params": layers}


def from_linen(module: Any, variables: Mapping[str, Any]) -> tuple[Network, Params]:
    """Return the network and the parameters of a Linen module with its variables.

    Args:
        module: what `to_linen` returned; or a `linen.Sequential` of Dense, Dropout and functions
            of `jax.nn`; or, for any other module, the jaxnn network that it computes.
        variables: {"params": {name: {"kernel": (n_{l-1}, n_l), "bias": (n_l,)}, …}}, one a layer of
            weights.  If `module` is a network, the numbers in the names order the layers, and the
            names must differ in nothing else: Dense_0, …, Dense_10.

    Returns:
        (network, params), with copies of the arrays.

    Raises:
        TypeError: another module.
        ValueError: a layer that jaxnn lacks, or variables that are not the module's.

    >>> import jax, jax.numpy as jnp, jaxnn
    >>> from flax import linen
    >>> module = linen.Sequential([linen.Dense(4), linen.relu, linen.Dense(2)])
    >>> from_linen(module, module.init(jax.random.key(0), jnp.ones(3)))[0].sizes
    (3, 4, 2)
    """
    from flax import linen

    from jaxnn.interop._linen import Perceptron

    layers = variables.get("params", {}) if isinstance(variables, Mapping) else {}
    if isinstance(module, Network):
        return module, _params_in_order(module, layers)
    if type(module) is Perceptron:
        return assemble(_perceptron_parts(module, layers), caller="from_linen")
    if type(module) is linen.Sequential:
        return assemble(_sequential_parts(linen, module, layers), caller="from_linen")
    raise TypeError(
        "from_linen reads what to_linen returned, a linen.Sequential, or a jaxnn.Network in the "
        f"module's place, got {type(module).__name__}"
    )


def _params_in_order(network: Network, layers: Mapping[str, Any]) -> Params:
    names = ordered_by_number(layers)
    if names is None:
        raise ValueError(
            "from_linen: the names of the layers must differ in a number alone, which says their "
            f"order, got {sorted(layers)}"
        )
    params = []
    for l, name in enumerate(names, start=1):
        kernel, bias = _kernel(layers, name)
        W = in_jax(f"W^[{l}]", kernel)
        b = jax.numpy.zeros(W.shape[0], W.dtype) if bias is None else in_jax(f"b^[{l}]", bias)
        params.append(Layer(W, b))
    check_params(network, tuple(params))
    return tuple(params)


def _kernel(layers: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    """Return W and b of a Linen layer; b is None if it has none."""
    layer = layers.get(name)
    if not isinstance(layer, Mapping) or not {"kernel"} <= set(layer) <= {"kernel", "bias"}:
        found = sorted(layer) if isinstance(layer, Mapping) else layer
        raise ValueError(
            f'from_linen: variables["params"][{name!r}] must hold "kernel" and "bias", got {found}'
        )
    return layer["kernel"].T, layer.get("bias")


def _nnx_parts(nnx: Any, sequential: Any, prefix: str) -> Iterator[Part]:
    for i, layer in enumerate(sequential.layers):
        place = f"{prefix}layers[{i}]"
        if type(layer) is nnx.Sequential:
            yield from _nnx_parts(nnx, layer, f"{place}.")
        elif type(layer) is nnx.Linear:
            _check_plain(layer, place, caller="from_nnx")
            bias = None if layer.bias is None else layer.bias[...]
            yield Weights(place, layer.kernel[...].T, bias)
        elif type(layer) is nnx.Dropout:
            yield _drop(layer, place, caller="from_nnx")
        elif isinstance(layer, nnx.Module):
            raise ValueError(
                f"from_nnx: {place} is a {type(layer).__name__}, which no jaxnn network has"
            )
        else:
            yield Activate(place, from_jax_function(layer, f"from_nnx: {place}"))


def _perceptron_parts(module: Any, layers: Mapping[str, Any]) -> Iterator[Part]:
    for l, (g, rate) in enumerate(zip(module.functions, module.rates, strict=True), start=1):
        place = f"Dense_{l - 1}"
        yield Drop(place, rate)
        yield Weights(place, *_kernel(layers, place))
        yield Activate(place, from_jax_function(g, f"from_linen: functions[{l - 1}]"))


def _sequential_parts(linen: Any, module: Any, layers: Mapping[str, Any]) -> Iterator[Part]:
    for i, layer in enumerate(module.layers):
        place = f"layers[{i}]"
        if type(layer) is linen.Dense:
            _check_plain(layer, place, caller="from_linen")
            yield Weights(place, *_kernel(layers, f"layers_{i}"))
        elif type(layer) is linen.Dropout:
            yield _drop(layer, place, caller="from_linen")
        elif isinstance(layer, linen.Module):
            raise ValueError(
                f"from_linen: {place} is a {type(layer).__name__}, which no jaxnn network has"
            )
        else:
            yield Activate(place, from_jax_function(layer, f"from_linen: {place}"))


def _check_plain(layer: Any, place: str, *, caller: str) -> None:
    """Raise a ValueError if a layer multiplies in another type or by another function."""
    dtype = getattr(layer, "dtype", None)
    if dtype is not None and jax.numpy.dtype(dtype) != jax.numpy.dtype(layer.param_dtype):
        raise ValueError(
            f"{caller}: {place} computes in dtype={jax.numpy.dtype(dtype).name}, sums and "
            "activations too, which no jaxnn network does"
        )
    for name, plain in (("dot_general", (None, jax.lax.dot_general)), ("dot_general_cls", (None,))):
        if getattr(layer, name, None) not in plain:
            raise ValueError(f"{caller}: {place} has a {name} of its own")


def _drop(layer: Any, place: str, *, caller: str) -> Drop:
    if layer.broadcast_dims:
        raise ValueError(
            f"{caller}: {place} drops whole slices, broadcast_dims={layer.broadcast_dims}; "
            "jaxnn drops each neuron of each example on its own"
        )
    return Drop(place, layer.rate)
