"""Same seed, machine and number of devices: the same bits, whichever process computes them."""

import hashlib
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import jax
import numpy as np
import optax
import pytest

import jaxnn

NET = jaxnn.mlp(3, 4, 2, hidden="tanh", dropout=0.2)
MANY = {"cost": "cross_entropy", "epochs": 3, "batch_size": 4, "progress": False}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 10)).astype(np.float32)
Y = jaxnn.one_hot(np.arange(10) % 2, 2)
WEIGHTS = RNG.uniform(0.5, 1, 10).astype(np.float32)


def sha256(*trees):
    """Return the sha256 of the bits of every array in some trees."""
    found = hashlib.sha256()
    for leaf in jax.tree.leaves(trees):
        if isinstance(leaf, jax.Array) and jax.dtypes.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        array = np.asarray(leaf)
        found.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    return found.hexdigest()


def of_fit(result):
    """Return the sha256 of parameters and optimiser state, and of the history."""
    history = sorted(result.history.items())
    return sha256(result.params, result.state), sha256([values for _, values in history])


def digests(folder, seed=7):
    """Train in memory, on a stream and as a sweep; return the sha256 of all that comes out."""
    adam = optax.adam(0.01)
    paths = [Path(folder) / f"{name}.npy" for name in "XY"]
    for path, array in zip(paths, (X, Y), strict=True):
        np.save(path, np.ascontiguousarray(array.T))
    stream = jaxnn.stream_npy(*paths, block=2, buffer=5)
    data = X, Y, WEIGHTS
    sweep = partial(
        jaxnn.sweep, NET, data, grid={"learning_rate": [0.1, 0.2]}, optimizer=optax.adam, **MANY
    )  # fmt: skip
    swept, states = sweep(key=jax.random.key(seed)), {}
    heard = sweep(
        key=jax.random.key(seed),
        listeners=[lambda event: states.update({tuple(event.members): event.state})],
    )
    return {
        "fit": of_fit(jaxnn.fit(NET, data, optimizer=adam, key=jax.random.key(seed), **MANY)),
        "stream": of_fit(jaxnn.fit(NET, stream, optimizer=adam, key=jax.random.key(seed), **MANY)),
        "sweep": (
            sha256(swept.stacked()),
            sha256([sorted(member.history.items())[0][1] for member in swept]),
        ),
        "sweep with optimiser state": (
            sha256([state.params for _, state in sorted(states.items())], heard.best_epochs),
            sha256([state for _, state in sorted(states.items())]),
        ),
    }


CHILD = """
import json, sys
import tests.support.plugin
from tests.engine.test_determinism import digests
print(json.dumps(digests(sys.argv[1])))
"""


@pytest.mark.slow
def test_two_processes_compute_the_same_bits(tmp_path):
    """The other process hashes strings otherwise, and its arrays lie elsewhere in memory."""
    here = json.loads(json.dumps(digests(tmp_path)))
    other = tmp_path / "other"
    other.mkdir()
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(other)],
        env=os.environ | {"PYTHONHASHSEED": "12345"}, cwd=Path(__file__).parents[2],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert json.loads(child.stdout) == here
    values = [value for pair in here.values() for value in pair]
    assert len(set(values)) == len(values)


def test_one_bit_and_one_seed_are_told_apart():
    params = jaxnn.init(NET, jax.random.key(7))
    other = jax.tree.map(lambda array: np.array(array), params)
    assert sha256(params) == sha256(other)
    other[1].b[...] = np.nextafter(other[1].b, 1)
    assert sha256(params) != sha256(other)
    assert sha256(params) != sha256(jaxnn.init(NET, jax.random.key(8)))
