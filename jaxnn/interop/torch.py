"""PyTorch: a network as an `nn.Sequential`, and back, or from a state dict alone.

PyTorch takes one example a row, and its `weight` is W^[l] unchanged, (n_l, n_{l-1}).  jaxnn divides
uint8 pixels by 255; for a PyTorch module, divide them first.  No file is read here, since
`torch.load` may execute what it unpickles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import numpy as np

from jaxnn.interop._assembly import (
    Activate,
    Drop,
    Part,
    Weights,
    assemble,
    check_no_compute_dtype,
    in_jax,
)
from jaxnn.interop._common import import_library, layer_order, name_of
from jaxnn.textbook import activations
from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import Activation, ActivationFunction
from jaxnn.textbook.network import Layer, Network, Params, check_params

_LINEAR_FROM = 50.0  # where softplus(z) rounds to z; PyTorch's 20 makes an error in float64


def to_torch(network: Network, params: Params) -> Any:
    """Return an `nn.Sequential` of Linear, activations and Dropout that computes the same.

    Its tensors are copies, on the CPU.  Like every new module it is in training mode, with dropout;
    `module.eval()` turns dropout off.

    Args:
        network: the network.
        params: its parameters.

    Returns:
        The module: (m, n_0) -> (m, n_L).

    Raises:
        TypeError, ValueError: parameters that are not the network's, a `compute_dtype`, an
            activation that PyTorch lacks (step, arctan, a user's own).
        ImportError: torch is not installed: the extra [torch].

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html

    >>> import jax, jaxnn, torch
    >>> net = jaxnn.mlp(3, 4, 2)
    >>> to_torch(net, jaxnn.init(net, jax.random.key(0)))(torch.ones(5, 3)).shape
    torch.Size([5, 2])
    """
    torch = import_library("torch", caller="to_torch", extra="torch")
    check_no_compute_dtype(network, caller="to_torch")
    check_params(network, params)
    modules = []
    for l, (layer, g) in enumerate(zip(params, network.activations, strict=True), start=1):
        if network.dropout_rates[l - 1]:
            modules.append(torch.nn.Dropout(network.dropout_rates[l - 1]))
        weight, bias = _tensor(torch, layer.W), _tensor(torch, layer.b)
        # Without the first random weights, which would draw from PyTorch's global key.
        linear = torch.nn.utils.skip_init(torch.nn.Linear, *weight.shape[::-1], dtype=weight.dtype)
        linear.weight, linear.bias = torch.nn.Parameter(weight), torch.nn.Parameter(bias)
        modules.append(linear)
        if g != activations.identity:
            modules.append(_module(torch.nn, g, l))
    return torch.nn.Sequential(*modules)


def from_torch(module: Any) -> tuple[Network, Params]:
    """Return the network and the parameters of an `nn.Sequential`.

    Args:
        module: of Linear, Dropout, Identity and activations, as `to_torch` builds it; nested ones
            too, and a first Flatten.  A Linear without bias gets b^[l] = 0.

    Returns:
        (network, params), with copies of the arrays.

    Raises:
        TypeError: the module is no `nn.Sequential`.
        ValueError: a layer that jaxnn lacks; the message names it.
        ImportError: torch is not installed: the extra [torch].

    >>> import torch
    >>> from_torch(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()))[0].activations
    (relu,)
    """
    torch = import_library("torch", caller="from_torch", extra="torch")
    if type(module) is not torch.nn.Sequential:
        raise TypeError(
            "from_torch reads an nn.Sequential, whose modules follow one another, "
            f"got {type(module).__name__} as module; params_from_state_dict takes the state dict "
            "of any"
        )
    return assemble(_parts(torch.nn, module, ""), caller="from_torch")


def params_from_state_dict(network: Network, state_dict: Mapping[str, Any]) -> Params:
    """Return the parameters of a network from a state dict.

    Args:
        network: the network that the module computes.
        state_dict: {name.weight: (n_l, n_{l-1}), name.bias: (n_l,), …}, tensors or arrays, as
            `module.state_dict()` returns it.  The numbers in the names order the layers, so
            `layer.2` comes before `layer.10` however the dictionary is sorted.  Names that numbers
            do not order (`body.0`, …, `head`) are ordered by shape if only one order fits; if
            several do, names without any number keep the dictionary's order.

    Returns:
        Params, as copies.

    Raises:
        TypeError, ValueError: other entries, weights that are not the network's, or layers whose
            order neither numbers nor shapes decide.

    >>> import jax, jaxnn, torch
    >>> state_dict = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()).state_dict()
    >>> params_from_state_dict(jaxnn.mlp(3, 2, output="relu"), state_dict)[0].W.shape
    (2, 3)
    """
    weights: dict[str, Any] = {}
    reordered = False
    for entry in state_dict:
        name, dot, kind = entry.rpartition(".")
        if kind not in ("weight", "bias"):
            raise ValueError(
                f"params_from_state_dict: {entry!r} is neither a weight nor a bias of a Linear"
            )
        if kind == "bias" and f"{name}{dot}weight" not in state_dict:
            raise ValueError(f"params_from_state_dict: there is {entry!r} and no weight to it")
        if kind == "weight":
            weights[f"{name}{dot}"] = _array(state_dict[entry])
        elif f"{name}{dot}" not in weights:
            reordered = True  # a Linear lists its weight before its bias
    params = []
    for l, name in enumerate(_names_in_order(weights, network, reordered), start=1):
        W = in_jax(f"W^[{l}]", weights[name])
        b = state_dict.get(f"{name}bias")
        shape, dtype = W.shape[:1], W.dtype
        given = jax.numpy.zeros(shape, dtype) if b is None else in_jax(f"b^[{l}]", _array(b))
        params.append(Layer(W, given))
    check_params(network, tuple(params))
    return tuple(params)


def _names_in_order(weights: Mapping[str, Any], network: Network, reordered: bool) -> list[str]:
    shapes = {name: tuple(array.shape) for name, array in weights.items()}
    names = layer_order(shapes, network.sizes, reordered=reordered)
    if names is None:
        listed = ", ".join(repr(f"{name}weight") for name in weights)
        raise ValueError(
            f"params_from_state_dict: which layer is which cannot be known: the names {listed} "
            "have no numbers that put them all into an order, and several layers have the same "
            f"shape; rename the entries '1.weight', '1.bias', …, '{network.depth}.weight', "
            f"'{network.depth}.bias'"
        )
    return names


def _tensor(torch: Any, array: Any) -> Any:
    """Return a copy as a tensor, bit for bit; `torch.from_numpy` does not take bfloat16."""
    copied = np.array(array)
    if copied.dtype.name == "bfloat16":
        return torch.from_numpy(copied.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(copied)


def _array(tensor: Any) -> Any:
    """Return a tensor as a NumPy array, bit for bit."""
    if not hasattr(tensor, "detach"):
        return np.asarray(tensor)
    if tensor.is_meta:
        raise ValueError("a tensor is on the device 'meta', where it has no values")
    tensor = tensor.detach().cpu()
    if str(tensor.dtype) == "torch.bfloat16":
        torch = import_library("torch", caller="params_from_state_dict", extra="torch")
        return tensor.view(torch.int16).numpy().view(jax.numpy.bfloat16)
    return tensor.numpy()


def _module(nn: Any, g: ActivationFunction, l: int) -> Any:
    if isinstance(g, Activation) and our_name(g):
        options = dict(g.options)
        builders: dict[str, Callable[[], Any]] = {
            "sigmoid": nn.Sigmoid,
            "tanh": nn.Tanh,
            "relu": nn.ReLU,
            "leaky_relu": lambda: nn.LeakyReLU(options["negative_slope"]),
            "elu": lambda: nn.ELU(options["alpha"]),
            "softplus": lambda: nn.Softplus(threshold=_LINEAR_FROM),
            "gelu": nn.GELU,
            "silu": nn.SiLU,
            "softmax": lambda: nn.Softmax(dim=-1),
        }
        if g.name in builders:
            return builders[g.name]()
    raise ValueError(f"to_torch: PyTorch has no module that computes g^[{l}] = {name_of(g)}")


def _parts(nn: Any, sequential: Any, prefix: str) -> Iterator[Part]:
    _check_hooks(sequential, prefix or "the module")
    for i, module in enumerate(sequential):
        place = f"{prefix}{i}"
        _check_hooks(module, place)
        kind = type(module)
        if kind is nn.Sequential:
            yield from _parts(nn, module, f"{place}.")
        elif kind is nn.Linear:
            bias = None if module.bias is None else _array(module.bias)
            yield Weights(place, _array(module.weight), bias)
        elif kind is nn.Dropout:
            yield Drop(place, module.p)
        elif kind is nn.Flatten and place == "0" and (module.start_dim, module.end_dim) == (1, -1):
            continue  # jaxnn's examples are flat
        elif kind is not nn.Identity:
            yield Activate(place, _activation(nn, module, place))


def _check_hooks(module: Any, place: str) -> None:
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(f"from_torch: {place} has hooks, which may change what it computes")


def _activation(nn: Any, module: Any, place: str) -> ActivationFunction:
    plain = {
        nn.Sigmoid: activations.sigmoid,
        nn.Tanh: activations.tanh,
        nn.ReLU: activations.relu,
        nn.SiLU: activations.silu,
    }
    kind = type(module)
    if kind in plain:
        return plain[kind]
    if kind is nn.LeakyReLU:
        return _with(activations.leaky_relu, negative_slope=float(module.negative_slope))
    if kind is nn.ELU:
        return _with(activations.elu, alpha=float(module.alpha))
    if kind is nn.Softplus and module.beta == 1 and module.threshold >= 20:
        return activations.softplus
    if kind is nn.GELU and module.approximate == "none":
        return activations.gelu
    if kind is nn.Softmax and module.dim in (-1, 1):
        return activations.softmax
    raise ValueError(f"from_torch: {place} is {module!r}, which no jaxnn network has")


def _with(g: Activation, **options: float) -> Activation:
    return g if dict(g.options) == options else g.with_options(**options)
