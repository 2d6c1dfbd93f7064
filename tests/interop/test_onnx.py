"""An ONNX model is sound, and onnxruntime computes with it what jaxnn computes, for any m."""

import json
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

import jaxnn
from jaxnn.interop.onnx import to_onnx
from tests.interop.conversions import (
    DEEP,
    IMPOSTOR,
    assert_close,
    draws,
    eager_outputs,
    examples,
    name_of,
    outputs,
    single,
)
from tests.support.plugin import x64
from tests.support.tables import ACTIVATIONS, own_activation


def session_of(model):
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


@pytest.mark.parametrize("g", ACTIVATIONS, ids=name_of)
def test_every_activation(g):
    network, rows = single(g), examples()
    params = draws(network)
    model = to_onnx(network, params)
    wanted = eager_outputs(network, params, rows)
    assert_close(session_of(model).run(None, {"x": rows})[0], wanted, 1e-5)
    assert_close(ReferenceEvaluator(model).run(None, {"x": rows})[0], wanted, 1e-5)


def test_a_deep_network_of_every_activation_for_any_m():
    for network in (DEEP, jaxnn.Network((5,) * (len(ACTIVATIONS) + 1), tuple(ACTIVATIONS[::-1]))):
        params = draws(network)
        session = session_of(to_onnx(network, params))
        for m in (1, 7):
            rows = examples(network.sizes[0], m)
            wanted = outputs(network, params, rows)
            assert_close(session.run(["a"], {"x": rows})[0], wanted, 1e-5)


def test_the_nodes_and_names_of_a_model():
    params = draws(DEEP)
    model = to_onnx(DEEP, params)
    x, a = model.graph.input[0], model.graph.output[0]
    for value, n in ((x, 4), (a, 3)):
        dimensions = value.type.tensor_type.shape.dim
        assert (dimensions[0].dim_param, dimensions[1].dim_value) == ("m", n)
    arrays = {array.name: onnx.numpy_helper.to_array(array) for array in model.graph.initializer}
    for l, (W, b) in enumerate(params, start=1):
        assert arrays[f"W{l}"].tobytes() == np.asarray(W).tobytes()
        assert arrays[f"b{l}"].tobytes() == np.asarray(b).tobytes()
    assert [opset.version for opset in model.opset_import] == [20]
    assert json.loads(model.metadata_props[0].value)["sizes"] == [4, 6, 5, 7, 3]
    assert model.SerializeToString() == to_onnx(DEEP, params).SerializeToString()


@pytest.mark.quick_cases(5)
@pytest.mark.parametrize("g", ACTIVATIONS, ids=name_of)
def test_float64(g):
    with x64():
        network, rows = single(g), examples(dtype=np.float64)
        params = draws(network, dtype="float64")
        model = to_onnx(network, params)
        onnx.checker.check_model(model, full_check=True)
        # The operators' constants, such as α, and the reference's erf are float32.
        found = ReferenceEvaluator(model).run(None, {"x": rows})[0]
        assert_close(found, eager_outputs(network, params, rows), 1e-8)


def test_float16():
    network, rows = jaxnn.mlp(5, 5, 5, hidden="silu"), examples(dtype=np.float16)
    params = draws(network, dtype="float16")
    found = session_of(to_onnx(network, params)).run(None, {"x": rows})[0]
    assert_close(found, eager_outputs(network, params, rows), 5e-3)


def test_pixels_and_dropout():
    network = jaxnn.mlp(5, 5, 5, dropout=(0.1, 0.5))
    params = draws(network)
    pixels = np.random.default_rng(0).integers(0, 256, (7, 5), dtype=np.uint8)
    found = session_of(to_onnx(network, params, input_dtype="uint8")).run(None, {"x": pixels})[0]
    assert_close(found, outputs(network, params, pixels), 1e-5)


def test_errors(monkeypatch):
    network = jaxnn.Network((5, 5, 5), ("relu", own_activation))
    params = draws(network)
    with pytest.raises(ValueError, match=r"to_onnx: g\^\[2\] = own_activation is not one of jaxnn"):
        to_onnx(network, params)
    with pytest.raises(ValueError, match=r"g\^\[1\] = abs is not one of jaxnn's"):
        to_onnx(jaxnn.mlp(5, 5, 5, hidden=IMPOSTOR), params)
    network = jaxnn.mlp(5, 5, 5, compute_dtype="bfloat16")
    with pytest.raises(ValueError, match="to_onnx: compute_dtype='bfloat16' rounds the factors"):
        to_onnx(network, params)
    network = jaxnn.mlp(5, 5, 5)
    with pytest.raises(ValueError, match=r"must have one type, float16, .* got bfloat16"):
        to_onnx(network, draws(network, dtype="bfloat16"))
    with pytest.raises(TypeError, match=r'input_dtype must be float32, or "uint8" .* got int32'):
        to_onnx(network, params, input_dtype="int32")
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape"):
        to_onnx(jaxnn.mlp(4, 5, 5), params)
    monkeypatch.setattr("jaxnn.interop.onnx.MOST_BYTES", 100)
    with pytest.raises(ValueError, match="the parameters take 240 bytes, a model of ONNX in one p"):
        to_onnx(network, params)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"needs onnx: pip install 'jaxnn-textbook\[onnx"):
        to_onnx(network, params)
