"""A network: its sizes and activations (static), its W^[l] and b^[l] (a plain pytree)."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import register_static

from jaxnn.errors import ShapeError
from jaxnn.textbook import activations
from jaxnn.textbook.checks.arguments import check_floating_type, described
from jaxnn.textbook.functions import Activation, ActivationFunction


class Layer(NamedTuple):
    """The parameters into layer l: W^[l] of shape (n_l, n_{l-1}) and b^[l] of shape (n_l,).

    >>> Layer(W=jnp.ones((2, 3)), b=jnp.zeros(2)).W.shape
    (2, 3)
    >>> Layer(W=jnp.ones((784, 128)), b=jnp.zeros(784))
    Layer(W=float32(784, 128), b=float32(784,))
    """

    W: jax.Array
    b: jax.Array

    def __repr__(self) -> str:
        return f"Layer(W={shown(self.W)}, b={shown(self.b)})"


def shown(array: Any) -> str:
    """Return the numbers of a small array, and of a large one its type and shape."""
    return repr(array) if getattr(array, "size", 0) <= 100 else f"{array.dtype}{array.shape}"


Params = tuple[Layer, ...]
"""The parameters of a network, ((W^[1], b^[1]), …, (W^[L], b^[L])): a plain pytree of arrays.

>>> params: Params = jaxnn.init(jaxnn.mlp(3, 4, 2), jax.random.key(0))
>>> [layer.W.shape for layer in params]
[(4, 3), (2, 4)]
"""


@register_static
@dataclass(frozen=True)
class Network:
    """A fully connected network as static data: no leaves, so `jit` and `vmap` pass it through.

    Args:
        sizes: (n_0, …, n_L), neurons in each layer; layer 0 is the input.
        activations: (g^[1], …, g^[L]), one for each layer of weights: names or callables;
            `jax.nn.relu` and the other functions of `jax.nn` that jaxnn has are jaxnn's.
        dropout: probability of dropping a neuron in training, in [0, 1): one number for every
            hidden layer, or a tuple (p_0, …, p_{L-1}) for a^[0] (the input) to a^[L-1].
        compute_dtype: type of the products, such as `"bfloat16"`; parameters, sums, gradients and
            cost stay in the parameters' own type.  None: the parameters' type.

    Raises:
        ValueError, TypeError: fewer than two layers, a size below 1 or not whole, more or
            fewer activations than layers of weights, an unknown name, a dropout outside [0, 1).

    >>> net = Network(sizes=(3, 3, 1), activations=("sigmoid", "sigmoid"))
    >>> net.depth, net.activations
    (2, (sigmoid, sigmoid))

    A neuron is a layer with n_l = 1; with `step` it is a threshold neuron:

    >>> Network(sizes=(2, 1), activations=(activations.step,)).depth
    1
    """

    sizes: tuple[int, ...]
    activations: tuple[ActivationFunction, ...]
    dropout: float | tuple[float, ...] = 0.0
    compute_dtype: str | None = None

    def __post_init__(self) -> None:
        """Check the arguments and store them in one canonical form."""
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

    def __hash__(self) -> int:
        """Return a hash of the sizes alone: every call of a compiled function asks for it."""
        return hash(self.sizes)

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
        written = ", ".join(map(repr, sizes)) if len(sizes) > 1 else "n_0, …, n_L"
        raise TypeError(f"sizes are given one by one, got {sizes!r}: write mlp({written})")
    depth = len(_checked_sizes(sizes)) - 1
    functions = (activations.find(hidden),) * (depth - 1) + (activations.find(output),)
    return Network(sizes, functions, dropout, compute_dtype)


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
        check_array(f"W^[{l}]", layer.W, f"(n_{l}, n_{l - 1})", (n, k))
        check_array(f"b^[{l}]", layer.b, f"(n_{l},)", (n,))


def check_is_params(params: Any) -> None:
    """Raise an error unless an argument is a tuple of layers."""
    if not isinstance(params, tuple) or not all(isinstance(layer, Layer) for layer in params):
        hint = f": give its .params, {type(params).__name__}.params" if _has_params(params) else ""
        hint = ": the network comes first, then params" if isinstance(params, Network) else hint
        raise TypeError(
            f"params must be a tuple of jaxnn.Layer(W, b), got {_described(params)}{hint}"
        )


def _has_params(value: Any) -> bool:
    found = getattr(value, "params", None)
    return isinstance(found, tuple) and all(isinstance(layer, Layer) for layer in found)


def check_is_network(network: Any) -> None:
    """Raise an error unless an argument is a network."""
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
    """Raise an error if a layer's derivative is zero everywhere (`step`): nothing would learn."""
    check_is_network(network)
    if type(network) is not Network:
        kind = type(network).__name__
        rule = f"network must be a jaxnn.Network, got {kind}: jaxnn.shared_ensemble"
        raise TypeError(f"{rule}(network.network, …) trains members that share weights")
    for l, g in enumerate(network.activations, start=1):
        if isinstance(g, Activation) and g.name == "step":
            raise ValueError(
                f"layer {l} uses step, whose derivative is zero, so gradient descent would change "
                f"nothing in W^[1] to W^[{l}]; train with sigmoid, its smooth form"
            )


def check_array(symbol: str, array: Any, formula: str, shape: tuple[int, ...]) -> None:
    """Raise an error unless a parameter has that shape and a floating type."""
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
