"""Compiled numbers are those of float64 NumPy; the NumPy equations themselves are checked, too."""

import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from jaxnn.verification import numpy_reference as reference

pytestmark = pytest.mark.thorough


def run_oracle(*arguments):
    """Run the oracle with XLA as users have it, without the settings of the tests."""
    changed = ("XLA_FLAGS", "JAX_DISABLE_MOST_OPTIMIZATIONS")
    environment = {name: v for name, v in os.environ.items() if name not in changed}
    environment |= {"JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "tests.properties.oracle", *arguments]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800)
    assert "results are wrong" in ran.stdout, ran.stderr
    return ran


def test_compiled_numbers_are_right():
    ran = run_oracle("short")
    assert ran.returncode == 0, ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_compiled_numbers_of_many_networks_are_right(seed):
    ran = run_oracle("long", str(seed))
    assert ran.returncode == 0, ran.stdout


SIZES = (3, 4, 2)


def problem(cost):
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(n, k)), rng.normal(size=n)) for k, n in pairwise(SIZES)]
    X, Y = rng.normal(size=(3, 5)), rng.normal(size=(2, 5))
    if cost == "cross_entropy":
        Y = np.eye(2)[:, rng.integers(2, size=5)]
    return layers, X, Y if "entropy" not in cost or cost == "cross_entropy" else (Y > 0) * 1.0


@pytest.mark.parametrize("hidden", [name for name in reference.ACTIVATIONS if name != "softmax"])
@pytest.mark.parametrize(
    ("output", "cost"),
    [
        ("identity", "squared_error"),
        ("identity", "absolute_error"),
        ("sigmoid", "binary_cross_entropy"),
        ("softmax", "cross_entropy"),
    ],
)
def test_gradients_of_the_numpy_equations_are_finite_differences(hidden, output, cost):
    layers, X, Y = problem(cost)
    found = reference.gradients(layers, (hidden, output), X, Y, cost).layers
    for l, pair in enumerate(layers):
        for part, array in enumerate(pair):
            for at in np.ndindex(array.shape):
                value, step, E = array[at], 1e-6, []
                for array[at] in (value - step, value + step):
                    E.append(reference.loss(layers, (hidden, output), X, Y, cost))
                array[at] = value
                difference = (E[1] - E[0]) / (2 * step)
                assert found[l][part][at] == pytest.approx(difference, rel=1e-6, abs=1e-8)
