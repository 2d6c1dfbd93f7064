"""`self_test`: a table of differences, and an error if a number is wrong."""

import os
import re
import subprocess
import sys

import jax
import jax.numpy as jnp
import pytest

import jaxnn
from jaxnn.verification import comparisons as verification
from jaxnn.verification.xla_flags import LOOP_FLAGS, advice, makes_one_kernel_of_loops


@pytest.fixture(scope="module")
def printed_and_found():
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lines.append)
        found = jaxnn.self_test()
    return str(*lines), found


def test_the_table_says_device_releases_and_every_difference(printed_and_found):
    printed, found = printed_and_found
    assert printed == str(found)
    first, _, head, *rows, note = printed.splitlines()
    assert first.startswith("cpu; ")
    assert f"jax {jax.__version__}, jaxlib " in first
    assert head.split() == ["network", "m", "predict", "loss", "gradient", "backward", "update"]
    assert len(rows) == len(verification.CASES)
    assert len(found.comparisons) == 5 * len(rows)
    assert note == found.note == advice(os.environ)
    assert 0 < found.largest < 1e-5
    assert repr(found) == f"SelfTest(device='cpu', largest={found.largest:.1e})"


def wrong(_, params, X):
    return jnp.zeros((params[-1].b.size, X.shape[1])) + jnp.nan


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("predict", wrong),
        ("loss", lambda *_, cost: jnp.float32(7)),
        ("backward", lambda network, params, *_, cost: jax.tree.map(jnp.zeros_like, params)),
        ("update", lambda network, cost, sgd, state, batch: (state, {})),
    ],
)
def test_a_wrong_number_is_an_error_that_says_which(name, function, monkeypatch, nan_wanted):
    monkeypatch.setattr(verification, name, function)
    expected = r"on cpu are wrong; the worst is \w+ of .* Do not use what jaxlib .* another release"
    with pytest.raises(jaxnn.WrongNumbers, match=expected) as caught:
        jaxnn.self_test()
    assert re.search("worst is (\\w+)", str(caught.value))[1] in (name, "gradient")


def test_the_precision_of_products_is_the_highest(monkeypatch):
    seen = []

    def predict(network, params, X):
        seen.append(jax.config.jax_default_matmul_precision)
        return jaxnn.predict(network, params, X)

    monkeypatch.setattr(verification, "predict", predict)
    monkeypatch.setattr(verification, "CASES", verification.CASES[:1])
    with jax.default_matmul_precision("default"):
        jaxnn.self_test()
    assert seen == ["highest"]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (LOOP_FLAGS, True),
        (f"--other=1 {LOOP_FLAGS}", True),
        (LOOP_FLAGS.replace("xla_cpu_small", "another=2,xla_cpu_small"), True),
        ("", False),
        (LOOP_FLAGS.split()[0], False),
        (LOOP_FLAGS.split()[1], False),
        (LOOP_FLAGS.replace("1000000000", "512"), False),
        (f"{LOOP_FLAGS} --xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_DOT", False),
    ],
)
def test_the_flags_for_tiny_networks_are_found(flags, expected):
    environment = {"XLA_FLAGS": flags}
    assert makes_one_kernel_of_loops(environment) == expected
    assert ("a loop is one kernel" in advice(environment)) == expected
    assert (LOOP_FLAGS in advice(environment)) != expected


def test_no_flags_are_advised_where_none_are_set():
    assert not makes_one_kernel_of_loops({})


WITH_FLAGS = """
import jax, jaxnn, numpy as np, optax
from jaxnn.verification import numpy_reference as reference

found = jaxnn.self_test()
assert "a loop is one kernel" in found.note
X = np.array([[i >> k & 1 for i in range(8)] for k in range(3)], np.float32)
Y = ((X[0] + X[1] > 1) | (X[2] > 0)).astype(np.float32)[None]
net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
params = jaxnn.init(net, jax.random.key(0))
cost = "binary_cross_entropy"
trained = jaxnn.fit(
    net, (X, Y), params=params, cost=cost, optimizer=optax.sgd(0.5), epochs=100, batch_size=8,
    key=jax.random.key(1), progress=False,
).params
layers = [(np.asarray(W, np.float64), np.asarray(b, np.float64)) for W, b in params]
for _ in range(100):
    gradients = reference.gradients(layers, ["sigmoid", "sigmoid"], X, Y, cost)
    layers = reference.descended(layers, gradients, 0.5)
for layer, pair in zip(trained, layers):
    for got, expected in zip(layer, pair):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
"""


@pytest.mark.thorough
@pytest.mark.skipif(jax.__version_info__ < (0, 8), reason="jaxlib 0.7 does not know the flags")
def test_the_flags_for_tiny_networks_give_right_numbers():
    environment = os.environ | {"XLA_FLAGS": LOOP_FLAGS, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", WITH_FLAGS]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
