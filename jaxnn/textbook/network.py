"""What a network is: its sizes and activations (static), its W^[l] and b^[l] (a plain pytree)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import register_static

from jaxnn.compilation import BoundedJit
from jaxnn.errors import ShapeError
from jaxnn.textbook import activations
from jaxnn.textbook.activations import Activation, ActivationFunction
from jaxnn.textbook.checks.arguments import check_floating_type, described
from jaxnn.textbook.checks.functions import applied, check_function
from jaxnn.textbook.keys import single_key

Initializer = Callable[..., jax.Array]
INITIALISER = "(key, shape, dtype) -> array"
INITIALISATION = "(network, key) -> Params"


class Layer(NamedTuple):
    """The parameters into layer l: W^[l] of shape (n_l, n_{l-1}) and b^[l] of shape (n_l,).

    >>> Layer(W=jnp.ones((2, 3)), b=jnp.zeros(2)).W.shape
    (2, 3)
    """

    W: jax.Array
    b: jax.Array


Params = tuple[Layer, ...]
"""The parameters of a network, ((W^[1], b^[1]), …, (W^[L], b^[L])): a plain pytree of arrays.

>>> params: Params = init(mlp(3, 4, 2), jax.random.key(0))
>>> [layer.W.shape for layer in params]
[(4, 3), (2, 4)]
"""


@register_static
@dataclass(frozen=True)
class Network:
    """A fully connected network as static data: no leaves, so `jit` and `vmap` pass it through.

    Args:
        sizes: (n_0, …, n_L), neurons in each layer; layer 0 is the input.
        activations: (g^[1], …, g^[L]), one a layer of weights: names or callables; `jax.nn.relu`
            is `jaxnn.relu`, and so are the other functions of `jax.nn` that jaxnn has.
        dropout: probability of dropping a neuron in training, in [0, 1): one number for every
            hidden layer, or a tuple (p_0, …, p_{L-1}) for a^[0] (the input) to a^[L-1].
        compute_dtype: type of the products, such as `"bfloat16"`; parameters, sums, gradients and
            cost stay in the parameters' own type.  None: the parameters' type.

    Raises:
        ValueError, TypeError: fewer than two layers, a size below 1 or not whole, another number
            of activations than layers of weights, an unknown name, a dropout outside [0, 1).

    >>> net = Network(sizes=(3, 3, 1), activations=("sigmoid", "sigmoid"))
    >>> net.depth, net.activations
    (2, (sigmoid, sigmoid))

    A neuron is a layer with n_l = 1; with `step` it is the threshold neuron:

    >>> Network(sizes=(2, 1), activations=(activations.step,)).depth
    1
    """

    sizes: tuple[int, ...]
    activations: tuple[ActivationFunction, ...]
    dropout: float | tuple[float, ...] = 0.0
    compute_dtype: str | None = None

    def __post_init__(self) -> None:
        """Check the description and bring it to its one canonical form."""
        sizes = _checked_sizes(self.sizes)
        depth = len(sizes) - 1
        functions = self.activations
        if isinstance(functions, str) or not isinstance(functions, Sequence):
            raise TypeError(
                f"activations must be a tuple (g^[1], …, g^[{depth}]), got {functions!r}"
            )
        if len(functions) != depth:
            raise ValueError(
                f"activations must have one entry for each of the L = {depth} layers of weights, "
                f"got {len(functions)}"
            )
        functions = tuple(activations.find(g) for g in functions)
        if sizes[-1] == 1 and functions[-1] == activations.softmax:
            raise ValueError(
                "softmax over n_L = 1 neuron is always 1; take sigmoid (yes or no), "
                "identity (a real number) or two outputs"
            )
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "activations", functions)
        object.__setattr__(self, "dropout", _checked_dropout(self.dropout, depth))
        if self.compute_dtype is not None:
            object.__setattr__(self, "compute_dtype", _checked_dtype(self.compute_dtype))

    @property
    def depth(self) -> int:
        """L, the number of layers that have weights."""
        return len(self.sizes) - 1

    @property
    def dropout_rates(self) -> tuple[float, ...]:
        """(p_0, …, p_{L-1}), the probability of dropping a neuron of a^[0] to a^[L-1]."""
        if isinstance(self.dropout, tuple):
            return self.dropout
        return (0.0,) + (self.dropout,) * (self.depth - 1)

    @property
    def parameter_count(self) -> int:
        """Σ_l n_l (n_{l-1} + 1), the number of weights and biases."""
        return sum(n * (k + 1) for k, n in zip(self.sizes, self.sizes[1:], strict=False))

    def __str__(self) -> str:
        """Return one line a layer, in the notation."""
        lines = [f"layer 0    x = a^[0] ({self.sizes[0]},)"]
        for l in range(1, self.depth + 1):
            n, k, g = self.sizes[l], self.sizes[l - 1], self.activations[l - 1]
            name = repr(g) if isinstance(g, Activation) else getattr(g, "__name__", repr(g))
            lines.append(
                f"layer {l}    W^[{l}] ({n}, {k})    b^[{l}] ({n},)    a^[{l}] = {name}(z^[{l}])"
            )
        return "\n".join([*lines, f"{self.parameter_count:,} parameters"])


def mlp(
    *sizes: int,
    hidden: str | ActivationFunction = activations.relu,
    output: str | ActivationFunction = activations.softmax,
    dropout: float | tuple[float, ...] = 0.0,
    compute_dtype: str | None = None,
) -> Network:
    """Return the network n_0, …, n_L with one activation in hidden layers and one in the output.

    Args:
        sizes: n_0, …, n_L.
        hidden: g^[1] to g^[L-1], a name or a callable.
        output: g^[L], a name or a callable.
        dropout: probability of dropping a hidden neuron in training, in [0, 1).
        compute_dtype: see `Network`.

    Raises:
        ValueError, TypeError: as `Network`.

    >>> mlp(784, 128, 10).sizes
    (784, 128, 10)
    """
    if len(sizes) == 1 and isinstance(sizes[0], Sequence) and not isinstance(sizes[0], str):
        sizes = tuple(sizes[0])
        told = ", ".join(map(repr, sizes)) if len(sizes) > 1 else "n_0, …, n_L"
        raise TypeError(f"sizes are given one by one, got {sizes!r}: write mlp({told})")
    depth = len(_checked_sizes(sizes)) - 1
    functions = (activations.find(hidden),) * (depth - 1) + (activations.find(output),)
    return Network(sizes, functions, dropout, compute_dtype)


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
        TypeError: dtype is not floating, or key is no single key.
        ValueError: the initialiser returned another shape.

    Sources: Glorot and Bengio (2010); He, Zhang, Ren and Sun (2015).

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
    """Return what `init` does, in float64; one function, so that programs compiled with it last."""
    return init(network, key, dtype=jnp.float64)


def parameter_type(dtype: Any) -> str:
    """Return the type of new parameters, by that of X: float64 where JAX has that, else float32.

    Those of float16 would train badly: Adam's ε = 1e-8 is 0 in it.

    >>> parameter_type(jnp.float16)
    'float32'
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
        _check_array(f"W^[{l}], drawn by weights,", W, f"(n_{l}, n_{l - 1})", (n, k))
        _check_array(f"b^[{l}], drawn by biases,", b, f"(n_{l},)", (n,))
        layers.append(Layer(W, b))
    return tuple(layers)


_draw_compiled = BoundedJit(_draw, static_argnums=(2, 3, 4))


def default_initializer(activation: ActivationFunction) -> Initializer:
    """Return the initialiser of W^[l] that keeps the variance of a^[l] near that of a^[l-1].

    >>> default_initializer(activations.relu)(jax.random.key(0), (5, 3), jnp.float32).shape
    (5, 3)
    """
    if activations.is_rectifier(activation):
        return jax.nn.initializers.he_normal(in_axis=-1, out_axis=-2)
    return jax.nn.initializers.glorot_uniform(in_axis=-1, out_axis=-2)


def check_params(network: Network, params: Params) -> None:
    """Raise an error unless every W^[l] and b^[l] has the shape and a type that `network` asks for.

    Raises:
        TypeError: not a tuple of layers, or an array that is not of floating type.
        ValueError: another number of layers, or a shape that differs.

    >>> net = mlp(2, 3, 1, output="sigmoid")
    >>> bad = (Layer(jnp.zeros((3, 2)), jnp.zeros(3)), Layer(jnp.zeros((3, 1)), jnp.zeros(1)))
    >>> check_params(net, bad)
    Traceback (most recent call last):
    jaxnn.errors.ShapeError: W^[2] must have shape (n_2, n_1) = (1, 3), got (3, 1)
    """
    check_is_network(network)
    check_is_params(params)
    if len(params) != network.depth:
        raise ShapeError(
            f"params must have L = {network.depth} layers for sizes {network.sizes}, "
            f"got {len(params)}"
        )
    for l, layer in enumerate(params, start=1):
        n, k = network.sizes[l], network.sizes[l - 1]
        _check_array(f"W^[{l}]", layer.W, f"(n_{l}, n_{l - 1})", (n, k))
        _check_array(f"b^[{l}]", layer.b, f"(n_{l},)", (n,))


def check_is_params(params: Any) -> None:
    """Raise an error unless an argument is a tuple of layers.

    >>> check_is_params({"W": 1})
    Traceback (most recent call last):
    TypeError: params must be a tuple of jaxnn.Layer(W, b), got dict
    """
    if not isinstance(params, tuple) or not all(isinstance(layer, Layer) for layer in params):
        hint = f": give its .params, {type(params).__name__}.params" if _has_params(params) else ""
        hint = ": the network comes first, then params" if isinstance(params, Network) else hint
        told = f"params must be a tuple of jaxnn.Layer(W, b), got {_described(params)}{hint}"
        raise TypeError(told)


def _has_params(value: Any) -> bool:
    found = getattr(value, "params", None)
    return isinstance(found, tuple) and all(isinstance(layer, Layer) for layer in found)


def check_is_network(network: Any) -> None:
    """Raise an error unless an argument is a network.

    >>> check_is_network([4, 8, 3])
    Traceback (most recent call last):
    TypeError: network must be a jaxnn.Network, got [4, 8, 3]: write jaxnn.mlp(4, 8, 3)
    """
    if isinstance(network, Network):
        return
    hint = "such as jaxnn.mlp(4, 8, 3)"
    if isinstance(network, list | tuple) and len(network) > 1:
        if all(type(n) is int for n in network):
            hint = f"write jaxnn.mlp({', '.join(map(str, network))})"
        elif all(isinstance(layer, Layer) for layer in network):
            hint = "the network comes first, then params"
    raise TypeError(f"network must be a jaxnn.Network, got {described(network)}: {hint}")


def check_trainable(network: Network) -> None:
    """Raise an error where a layer's derivative is zero everywhere, so that nothing would learn.

    Raises:
        ValueError: a layer uses `step`.

    >>> check_trainable(mlp(2, 3, 1, hidden="step", output="sigmoid"))
    Traceback (most recent call last):
    ValueError: layer 1 uses step, whose derivative is zero, so gradient descent would change...
    """
    check_is_network(network)
    for l, g in enumerate(network.activations, start=1):
        if isinstance(g, Activation) and g.name == "step":
            raise ValueError(
                f"layer {l} uses step, whose derivative is zero, so gradient descent would change "
                f"nothing in W^[1] to W^[{l}]; train with sigmoid, its smooth form"
            )


def _check_array(symbol: str, array: Any, formula: str, shape: tuple[int, ...]) -> None:
    found = getattr(array, "shape", None)
    if found is None:
        raise TypeError(f"{symbol} must be an array of shape {formula} = {shape}, got {array!r}")
    if tuple(found) != shape:
        raise ShapeError(f"{symbol} must have shape {formula} = {shape}, got {tuple(found)}")
    if not jnp.issubdtype(array.dtype, jnp.floating):
        raise TypeError(f"{symbol} must be of a floating type, got {array.dtype}")


def _checked_sizes(sizes: Any) -> tuple[int, ...]:
    if isinstance(sizes, str | bytes) or not isinstance(sizes, Sequence):
        raise TypeError(f"sizes must be a tuple of whole numbers (n_0, …, n_L), got {sizes!r}")
    if len(sizes) < 2:
        raise ValueError(
            f"sizes must have at least two layers, the input n_0 and the output n_1, "
            f"got {tuple(sizes)}"
        )
    checked = []
    for l, n in enumerate(sizes):
        try:
            n = operator.index(n)
        except TypeError:
            raise TypeError(f"sizes must be whole numbers, got n_{l} = {n!r}") from None
        if n < 1 or isinstance(sizes[l], bool):
            raise ValueError(f"sizes must be at least 1, got n_{l} = {sizes[l]!r}")
        checked.append(n)
    return tuple(checked)


def _checked_dropout(dropout: Any, depth: int) -> float | tuple[float, ...]:
    if not isinstance(dropout, tuple | list):
        return _checked_rate(dropout)
    if len(dropout) != depth:
        raise ValueError(
            f"dropout must be one number or a tuple (p_0, …, p_{depth - 1}) of L = {depth}, "
            f"got {len(dropout)}"
        )
    return tuple(_checked_rate(rate) for rate in dropout)


def _checked_rate(rate: Any) -> float:
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise TypeError(f"dropout must be a probability of dropping, got {rate!r}")
    if not 0 <= rate < 1:
        raise ValueError(f"dropout must be a probability in [0, 1), got {rate}")
    return float(rate)


def _checked_dtype(dtype: Any) -> str:
    check_floating_type("compute_dtype", dtype, "'bfloat16'")
    return jnp.dtype(dtype).name


def _described(params: Any) -> str:
    if isinstance(params, tuple | list):
        return f"{type(params).__name__} of {sorted({type(item).__name__ for item in params})}"
    return type(params).__name__
