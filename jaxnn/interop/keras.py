"""Keras 3: a `Sequential` of Dense layers as a network.

Keras takes one example a row, and its kernel is W^[l]ᵀ, (n_{l-1}, n_l).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jaxnn.interop._assembly import Activate, Drop, Part, Weights, assemble
from jaxnn.interop._common import import_library
from jaxnn.textbook import activations
from jaxnn.textbook.functions import Activation
from jaxnn.textbook.network import Network, Params

# Functions of `keras.activations` with the defaults of jaxnn's; the gelu is exact in both.
_SAME = ("sigmoid", "tanh", "relu", "elu", "softplus", "silu", "softmax", "gelu")


def from_keras(model: Any) -> tuple[Network, Params]:
    """Return the network and the parameters of a Keras 3 `Sequential`.

    Args:
        model: of Dense, Dropout, Activation and the layers ReLU, LeakyReLU, ELU and Softmax, built;
            nested ones too, and a first Input and Flatten.  A Dense without bias gets b^[l] = 0.

    Returns:
        (network, params), with copies of the arrays.

    Raises:
        TypeError: the model is no `keras.Sequential`.
        ValueError: it is not built, or has a layer that jaxnn lacks; the message names it.
        ImportError: keras is not installed: the extra [keras].

    Source: https://keras.io/api/layers/core_layers/dense/

    >>> import keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, "softmax")])
    >>> from_keras(model)[0].activations
    (softmax,)
    """
    keras = import_library("keras", caller="from_keras", extra="keras")
    if type(model) is not keras.Sequential:
        raise TypeError(
            "from_keras reads a keras.Sequential, whose layers follow one another, "
            f"got {type(model).__name__} as model"
        )
    return assemble(_parts(keras, model, ""), caller="from_keras")


def _parts(keras: Any, sequential: Any, prefix: str) -> Iterator[Part]:
    layers = keras.layers
    for i, layer in enumerate(sequential.layers):
        place, kind = f"{prefix}layers[{i}]", type(layer)
        policy = layer.dtype_policy
        if kind is keras.Sequential:
            yield from _parts(keras, layer, f"{place}.")
        elif kind is layers.InputLayer or (kind is layers.Flatten and place == "layers[0]"):
            continue  # jaxnn's examples are flat
        elif policy.compute_dtype != policy.variable_dtype or "_from_" in policy.name:
            raise ValueError(
                f"from_keras: {place} has the dtype policy {policy.name!r}, sums and activations "
                "too, which no jaxnn network has"
            )
        elif kind is layers.Dense:
            if not layer.built:
                raise ValueError(
                    f"from_keras: {place} has no weights yet: put keras.Input((n_0,)) first, or "
                    "call model.build((None, n_0))"
                )
            bias = None if layer.bias is None else _numbers(keras, layer.bias)
            yield Weights(place, _numbers(keras, layer.kernel).T, bias)
            if layer.activation is not keras.activations.linear:
                yield Activate(place, _function(keras, layer.activation, place))
        elif kind is layers.Dropout:
            yield _drop(layer, place)
        else:
            yield Activate(place, _layer(keras, layer, place))


def _numbers(keras: Any, variable: Any) -> Any:
    return keras.ops.convert_to_numpy(getattr(variable, "value", variable))


def _drop(layer: Any, place: str) -> Drop:
    if layer.noise_shape is not None:
        raise ValueError(
            f"from_keras: {place} drops whole slices, noise_shape={layer.noise_shape}; "
            "jaxnn drops each neuron of each example on its own"
        )
    return Drop(place, layer.rate)


def _function(keras: Any, function: Any, place: str) -> Activation:
    if function is keras.activations.linear:
        return activations.identity
    if function is keras.activations.leaky_relu:
        return activations.leaky_relu.with_options(negative_slope=0.2)  # Keras's default
    for name in _SAME:
        if function is getattr(keras.activations, name):
            return activations.BY_NAME[name]
    if isinstance(function, keras.layers.Layer):
        return _layer(keras, function, place)
    name = getattr(function, "__name__", repr(function))
    raise ValueError(f"from_keras: {place} has the activation {name}, which jaxnn lacks")


def _layer(keras: Any, layer: Any, place: str) -> Activation:
    layers, kind = keras.layers, type(layer)
    if kind is layers.Activation:
        return _function(keras, layer.activation, place)
    if kind is layers.ReLU and layer.max_value is None and not layer.threshold:
        return _sloped(layer.negative_slope) if layer.negative_slope else activations.relu
    if kind is layers.LeakyReLU:
        return _sloped(layer.negative_slope)
    if kind is layers.ELU:
        alpha = float(layer.alpha)
        return activations.elu if alpha == 1 else activations.elu.with_options(alpha=alpha)
    if kind is layers.Softmax and layer.axis in (-1, 1):
        return activations.softmax
    raise ValueError(
        f"from_keras: {place} is a {kind.__name__}, {layer.get_config()}, "
        "which no jaxnn network has"
    )


def _sloped(slope: float) -> Activation:
    known = activations.leaky_relu
    return known if slope == 0.01 else known.with_options(negative_slope=float(slope))
