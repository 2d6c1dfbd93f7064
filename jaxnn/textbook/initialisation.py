"""The first W^[l] and b^[l] of a network, drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.compilation import BoundedJit
from jaxnn.textbook.checks.arguments import check_floating_type
from jaxnn.textbook.checks.functions import applied, check_function
from jaxnn.textbook.functions import ActivationFunction
from jaxnn.textbook.jax_functions import is_rectifier
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.network import (
    Layer,
    Network,
    Params,
    check_array,
    check_is_network,
    check_params,
)

Initializer = Callable[..., jax.Array]
INITIALISER = "(key, shape, dtype) -> array"
INITIALISATION = "(network, key) -> Params"


def init(
    network: Network,
    key: jax.Array,
    *,
    weights: Initializer | None = None,
    biases: Initializer = jax.nn.initializers.zeros,
    dtype: Any = jnp.float32,
) -> Params:
    """Return random parameters: ((W^[1], b^[1]), …, (W^[L], b^[L])).

    Args:
        network: the network.
        key: `jax.random.key(seed)`.
        weights: any of `jax.nn.initializers`, called with each W^[l]'s key, shape and dtype.  Those
            that scale by fan-in need `in_axis=-1, out_axis=-2`, because W^[l] is (n_l, n_{l-1}).
            None: He's normal where g^[l] is a rectifier (variance 2 / n_{l-1}), Glorot's uniform
            elsewhere (variance 2 / (n_{l-1} + n_l)).  The article draws from [0, 1):
            `weights=jax.nn.initializers.uniform(1.0)`.
        biases: the same for each b^[l].
        dtype: a floating type.

    Returns:
        Params, a tuple of `Layer(W, b)`.

    Raises:
        TypeError: dtype is not floating, or key is not one key.
        ValueError: an initialiser returned another shape.

    Sources: Glorot and Bengio (2010); He, Zhang, Ren and Sun (2015).

    >>> from jaxnn.textbook.network import mlp
    >>> params = init(mlp(3, 4, 2), jax.random.key(0))
    >>> params[0].W.shape, params[1].b.shape
    ((4, 3), (2,))
    """
    check_is_network(network)
    check_floating_type("dtype", dtype, "jnp.float32")
    if weights is not None:
        check_function("weights", INITIALISER, weights)
    check_function("biases", INITIALISER, biases)
    draw = _draw_compiled if weights is None and biases is jax.nn.initializers.zeros else _draw
    params = draw(network, single_key(key), weights, biases, jnp.dtype(dtype).name)
    check_params(network, params)
    return params


def init_in_float64(network: Network, key: jax.Array) -> Params:
    """Return `init` in float64: one function object, so that what is compiled with it is reused."""
    return init(network, key, dtype=jnp.float64)


def parameter_type(dtype: Any) -> str:
    """Return the type of new parameters for X of a type: float64 if that is float64, else float32.

    Not float16, in which Adam's ε = 1e-8 is 0.
    """
    return "float64" if jax.dtypes.canonicalize_dtype(dtype) == jnp.float64 else "float32"


def _draw(network, key, weights, biases, dtype) -> Params:
    layers = []
    for l, layer_key in enumerate(jax.random.split(key, network.depth), start=1):
        n, k = network.sizes[l], network.sizes[l - 1]
        draw = default_initializer(network.activations[l - 1]) if weights is None else weights
        weight_key, bias_key = jax.random.split(layer_key)
        W = applied("weights", INITIALISER, draw, weight_key, (n, k), dtype)  # (n_l, n_{l-1})
        b = applied("biases", INITIALISER, biases, bias_key, (n,), dtype)  # (n_l,)
        check_array(f"W^[{l}], drawn by weights,", W, f"(n_{l}, n_{l - 1})", (n, k))
        check_array(f"b^[{l}], drawn by biases,", b, f"(n_{l},)", (n,))
        layers.append(Layer(W, b))
    return tuple(layers)


_draw_compiled = BoundedJit(_draw, static_argnums=(2, 3, 4))


def default_initializer(activation: ActivationFunction) -> Initializer:
    """Return the initialiser of W^[l] that keeps the variance of a^[l] near that of a^[l-1]."""
    if is_rectifier(activation):
        return jax.nn.initializers.he_normal(in_axis=-1, out_axis=-2)
    return jax.nn.initializers.glorot_uniform(in_axis=-1, out_axis=-2)
