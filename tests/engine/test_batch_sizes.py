"""A service whose batches are of ever other sizes stays as large as it is."""

import gc
import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.compilation import MOST
from jaxnn.engine import prediction
from jaxnn.engine.prediction import MOST_SIZES
from tests.support.compilations import compilations

NET = jaxnn.mlp(3, 2)
FEW = 4
"""Functions that JAX may compile beside ours: of other tests' leftovers, of constants."""

CHILD = """
import gc, json, sys, time
import jax, numpy as np
import jaxnn

def megabytes():
    gc.collect()
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

net = jaxnn.mlp(20, 16, 5)
params = jaxnn.init(net, jax.random.key(0))
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2000, 20)).astype(np.float32), np.eye(5, dtype=np.float32)
Y = Y[rng.integers(0, 5, len(X))]

def call(m):
    if sys.argv[1] == "predict":
        jaxnn.predict(net, params, X[:m].T).block_until_ready()
    else:
        data = tuple(jax.device_put(array[:m].T.copy()) for array in (X, Y))
        jaxnn.evaluate(net, params, data, cost="cross_entropy")

warm, sizes = int(sys.argv[2]), int(sys.argv[3])
for m in range(1, warm + 1):
    call(m)
before, start = megabytes(), time.perf_counter()
for m in range(warm + 1, warm + sizes + 1):
    call(m)
print(json.dumps([before, megabytes(), (time.perf_counter() - start) / sizes]))
"""


def kept():
    """Return how many compiled functions this process has."""
    gc.collect()
    return len(jax.local_devices()[0].client.live_executables())


def examples(m, *, on_device):
    X, Y = np.ones((3, m), np.float32), np.eye(2, dtype=np.float32)[:, np.arange(m) % 2]
    return (jax.device_put(X), jax.device_put(Y)) if on_device else (X, Y)


def predict(params, X, Y):
    return jaxnn.predict(NET, params, X)


def evaluate(params, X, Y):
    return jaxnn.evaluate(NET, params, (X, Y), cost="cross_entropy")


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("call", "functions"), [(predict, 1), (evaluate, 3)])
def test_a_new_size_compiles_nothing_beside_what_is_let_go(call, functions):
    """They are A^[L]; or the scores, and the transposes of X and Y."""
    params = jaxnn.init(NET, jax.random.key(0))
    call(params, *examples(201, on_device=True))
    with compilations() as found:
        for m in range(202, 206):
            call(params, *examples(m, on_device=True))
    assert len(found) == 4 * functions


def test_the_size_that_was_used_longest_ago_is_let_go(monkeypatch):
    monkeypatch.setattr(prediction, "_outputs", lru_cache(4)(prediction._outputs.__wrapped__))
    params = jaxnn.init(NET, jax.random.key(0))
    predict(params, *examples(300, on_device=False))
    before = kept()
    for m in range(301, 313):
        predict(params, *examples(m, on_device=False))
    assert kept() - before <= 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "most", "on_device"),
    [
        (predict, MOST_SIZES, False),
        (predict, MOST_SIZES, True),
        (evaluate, MOST, False),
        (evaluate, 3 * MOST, True),
    ],
)
def test_compiled_functions_of_many_sizes_are_let_go(call, most, on_device):
    params = jaxnn.init(NET, jax.random.key(0))
    before = kept()
    for m in range(1, max(MOST, MOST_SIZES) + 25):
        call(params, *examples(m, on_device=on_device))
    assert kept() - before <= most + FEW


@pytest.mark.slow
def test_compiled_functions_of_an_ensemble_are_let_go():
    members = jaxnn.ensemble(
        NET, examples(8, on_device=False), members=2, cost="cross_entropy", epochs=1,
        optimizer=optax.sgd(0.1), key=jax.random.key(0),
    )  # fmt: skip
    before = kept()
    for m in range(1, MOST + 25):
        X, Y = examples(m, on_device=True)
        members.predict(X)
        members.evaluate((X, Y))
    assert kept() - before <= 3 * MOST + FEW


def test_a_batch_size_that_comes_again_compiles_nothing():
    params = jaxnn.init(NET, jax.random.key(0))
    X = examples(11, on_device=False)[0]
    first = jaxnn.predict(NET, params, X)
    before = kept()
    for m in (11, 11):
        again = jaxnn.predict(NET, params, examples(m, on_device=False)[0])
        np.testing.assert_array_equal(again, first)
    assert kept() == before


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("name", ["predict", "evaluate"])
def test_a_thousand_batch_sizes_take_no_more_memory_than_some(name):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, name, str(MOST_SIZES + 10), "1000"],
        env=os.environ | {"XLA_FLAGS": ""}, capture_output=True, text=True, timeout=3000,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    before, after, seconds = json.loads(done.stdout)
    print(
        f"{name}: {before:.0f} MB, after 1,000 more sizes {after:.0f}, {1e3 * seconds:.0f} ms each"
    )
    # Measured 20 and 150: of its own traces JAX keeps 2,048.  Without a bound 1,600 and more.
    assert after < before + 250
