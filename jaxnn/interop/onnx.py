"""ONNX: a network as a model for any ONNX runtime."""

from __future__ import annotations

import json
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxnn.interop._assembly import check_no_compute_dtype
from jaxnn.interop._common import import_library, name_of
from jaxnn.textbook.activations import our_name
from jaxnn.textbook.checks.arguments import as_type
from jaxnn.textbook.functions import Activation, ActivationFunction
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.network_json import as_json

OPSET = 20  # the first that has Gelu
MOST_BYTES = 2**31 - 2**20  # of parameters: a Protocol Buffers message has less than 2 GiB


def to_onnx(network: Network, params: Params, *, input_dtype: Any = None) -> Any:
    """Return an ONNX model that computes what `jaxnn.predict` does, one example a **row**.

    Formula: a = g^[L](… g^[1](x W^[1]ᵀ + b^[1]) …): each layer is a Gemm with the initializers W1,
    b1, …, which are W^[l] and b^[l] as they are, followed by its activation.

    The input "x" is (m, n_0) and the output "a" (m, n_L), for any m: give it X.T of a batch X,
    (n_0, m).  Dropout, which acts in training only, is left out.

    Args:
        network: the network.
        params: its parameters, float16, float32 or float64, all of one type.  In float64 the
            constants α of leaky_relu and elu are rounded to float32, and onnxruntime on a CPU
            lacks arctan, leaky_relu, elu, softplus and gelu.
        input_dtype: "uint8" for pixels 0 … 255, which the model divides by 255.  None: the
            parameters' type.

    Returns:
        `onnx.ModelProto` of opset 20; the network's description is its metadata "jaxnn".

    Raises:
        TypeError, ValueError: parameters that are not the network's, or of another type or more
            than 2 GiB, a `compute_dtype`, a user's own activation, another input type.
        ImportError: onnx is not installed: the extra [onnx].

    Source: https://onnx.ai/onnx/operators/

    >>> import jax, jaxnn
    >>> net = jaxnn.mlp(3, 4, 2)
    >>> model = to_onnx(net, jaxnn.init(net, jax.random.key(0)))
    >>> [node.op_type for node in model.graph.node]
    ['Gemm', 'Relu', 'Gemm', 'Softmax']
    """
    onnx = import_library("onnx", caller="to_onnx", extra="onnx")
    check_no_compute_dtype(network, caller="to_onnx")
    check_params(network, params)
    dtype = _dtype(params)
    build = _Builder(onnx, dtype)
    pixels = _are_pixels(input_dtype, dtype)
    a = build.pixels("x") if pixels else "x"
    for l, (layer, g) in enumerate(zip(params, network.activations, strict=True), start=1):
        W, b = build.constant(f"W{l}", layer.W), build.constant(f"b{l}", layer.b)
        z = build.node("Gemm", [a, W, b], f"z{l}", transB=1)  # (m, n_{l-1}) -> (m, n_l)
        a = build.activation(g, z, l, "a" if l == network.depth else f"a{l}")
    model = build.model(
        build.value("x", np.dtype(np.uint8) if pixels else dtype, network.sizes[0]),
        build.value("a", dtype, network.sizes[-1]),
    )
    onnx.helper.set_model_props(model, {"jaxnn": json.dumps(as_json(network), default=float)})
    return model


def _dtype(params: Params) -> np.dtype:
    types = {jnp.dtype(array.dtype) for layer in params for array in layer}
    names = sorted(dtype.name for dtype in types)
    if len(names) > 1 or names[0] not in ("float16", "float32", "float64"):
        raise ValueError(
            "to_onnx: parameters must have one type, float16, float32 or float64, got "
            f"{', '.join(names)}"
        )
    count = sum(array.size for layer in params for array in layer)
    dtype = types.pop()
    if count * dtype.itemsize > MOST_BYTES:
        raise ValueError(
            f"to_onnx: the parameters take {count * dtype.itemsize:,} bytes, a model of ONNX in "
            f"one piece at most {MOST_BYTES:,}"
        )
    return dtype


def _are_pixels(input_dtype: Any, dtype: np.dtype) -> bool:
    wanted = dtype if input_dtype is None else as_type("input_dtype", input_dtype)
    if wanted not in (dtype, np.uint8):
        raise TypeError(f'input_dtype must be {dtype}, or "uint8" for pixels, got {wanted}')
    return wanted == np.uint8


class _Builder:
    """The nodes and constants of a model, in the order in which they are added."""

    def __init__(self, onnx: Any, dtype: np.dtype) -> None:
        self.onnx, self.dtype = onnx, dtype
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, array: Any) -> str:
        self.constants.append(self.onnx.numpy_helper.from_array(np.array(array, self.dtype), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(
            self.onnx.helper.make_node(operator, inputs, [output], name=output, **attributes)
        )
        return output

    def value(self, name: str, dtype: np.dtype, n: int) -> Any:
        kind = self.onnx.helper.np_dtype_to_tensor_dtype(dtype)
        return self.onnx.helper.make_tensor_value_info(name, kind, ["m", n])

    def cast(self, name: str, output: str) -> str:
        to = self.onnx.helper.np_dtype_to_tensor_dtype(self.dtype)
        return self.node("Cast", [name], output, to=to)

    def pixels(self, name: str) -> str:
        most = self.constant("most", 255)
        return self.node("Div", [self.cast(name, "x_cast"), most], "x_scaled")

    def activation(self, g: ActivationFunction, z: str, l: int, a: str) -> str:
        if not isinstance(g, Activation) or our_name(g) is None:
            raise ValueError(
                f"to_onnx: g^[{l}] = {name_of(g)} is not one of jaxnn's activations, so no "
                "operator of ONNX is known to compute it"
            )
        options = dict(g.options)
        if g.name == "silu":
            return self.node("Mul", [z, self.node("Sigmoid", [z], f"s{l}")], a)
        if g.name == "step":
            zero = self.constant(f"zero{l}", 0)
            return self.cast(self.node("GreaterOrEqual", [z, zero], f"fires{l}"), a)
        operators: dict[str, tuple[str, dict[str, Any]]] = {
            "identity": ("Identity", {}),
            "sigmoid": ("Sigmoid", {}),
            "tanh": ("Tanh", {}),
            "arctan": ("Atan", {}),
            "relu": ("Relu", {}),
            "leaky_relu": ("LeakyRelu", {"alpha": options.get("negative_slope")}),
            "elu": ("Elu", {"alpha": options.get("alpha")}),
            "softplus": ("Softplus", {}),
            "gelu": ("Gelu", {}),
            "softmax": ("Softmax", {"axis": -1}),
        }
        if g.name not in operators:
            raise ValueError(f"to_onnx: ONNX has no operator that computes g^[{l}] = {g.name}")
        operator, attributes = operators[g.name]
        return self.node(operator, [z], a, **attributes)

    def model(self, x: Any, a: Any) -> Any:
        helper = self.onnx.helper
        graph = helper.make_graph(self.nodes, "jaxnn", [x], [a], initializer=self.constants)
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(
            graph,
            opset_imports=[opset],
            ir_version=helper.find_min_ir_version_for([opset]),
            producer_name="jaxnn-textbook",
        )
