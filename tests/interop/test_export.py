"""A program of StableHLO computes what jaxnn computes, for any m, and needs no jaxnn."""

import subprocess
import sys

import jax
import jax.export
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from jaxnn.interop.export import to_stablehlo
from tests.interop.conversions import DEEP, assert_close, draws, examples
from tests.support.plugin import x64
from tests.support.tables import ACTIVATIONS, own_activation

EVERY = jaxnn.Network((5,) * (len(ACTIVATIONS) + 2), (*ACTIVATIONS[::-1], own_activation))


def call(program, X):
    return jax.export.deserialize(bytearray(program)).call(X)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    "network", [jaxnn.mlp(4, 3), DEEP, EVERY], ids=["one layer", "deep", "every activation"]
)
def test_any_number_of_examples(network):
    params = draws(network)
    program = jax.export.deserialize(bytearray(to_stablehlo(network, params)))
    assert set(program.platforms) == {"cpu", "cuda", "tpu"}
    assert [str(aval) for aval in program.in_avals] == [f"float32[{network.sizes[0]},m]"]
    for m in (1, 7):
        X = examples(network.sizes[0], m).T
        assert_close(program.call(X), np.asarray(jaxnn.predict(network, params, X)))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_every_type(dtype):
    with x64():
        network = jaxnn.mlp(5, 5, 5, hidden="tanh")
        params, X = draws(network, dtype=dtype), examples(dtype=dtype).T
        program = to_stablehlo(network, params, platforms=["cpu"])
        tolerance = 1e-14 if dtype == "float64" else 2e-2
        assert_close(call(program, X), np.asarray(jaxnn.predict(network, params, X)), tolerance)


def test_pixels_products_in_bfloat16_and_dropout():
    network = jaxnn.mlp(5, 5, 5, compute_dtype="bfloat16", dropout=0.5)
    params = draws(network)
    X = np.random.default_rng(0).integers(0, 256, (5, 7), dtype=np.uint8)
    program = to_stablehlo(network, params, input_dtype="uint8")
    assert_close(call(program, X), np.asarray(jaxnn.predict(network, params, X)))


def test_a_process_without_jaxnn(tmp_path):
    params, rows = draws(DEEP), examples(4)
    (tmp_path / "program").write_bytes(to_stablehlo(DEEP, params))
    np.save(tmp_path / "X.npy", rows.T)
    np.save(tmp_path / "A.npy", np.asarray(jaxnn.predict(DEEP, params, rows.T)))
    code = f"""
import sys
sys.modules["jaxnn"] = None  # any import of it fails
import jax, numpy as np, jax.export
folder = {str(tmp_path)!r}
with open(folder + "/program", "rb") as file:
    program = jax.export.deserialize(bytearray(file.read()))
X, A = np.load(folder + "/X.npy"), np.load(folder + "/A.npy")
np.testing.assert_allclose(program.call(X), A, rtol=0, atol=1e-6)
np.testing.assert_allclose(jax.jit(program.call)(X[:, :1]), A[:, :1], rtol=0, atol=1e-6)
try:
    import jaxnn
except ImportError:
    print("equal, and no jaxnn")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.stdout == "equal, and no jaxnn\n", done.stderr


def test_errors(monkeypatch):
    network = jaxnn.mlp(4, 3)
    params = draws(network)
    for platforms in ((), "cpu", ("cpu", "gpu")):
        with pytest.raises(ValueError, match=r"platforms must be some of \('cpu', .*, got"):
            to_stablehlo(network, params, platforms=platforms)
    with pytest.raises(TypeError, match=r"input_dtype must be a floating type, .* got int32"):
        to_stablehlo(network, params, input_dtype=jnp.int32)
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape"):
        to_stablehlo(jaxnn.mlp(5, 3), params)
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    with pytest.raises(ImportError, match=r"needs flatbuffers: pip install 'jaxnn-textbook\[expo"):
        to_stablehlo(network, params)
