"""Trains on all devices of the process: `python -m tests.support.device_process FOLDER EPOCHS …`.

Each folder of checkpoints is taken to so many epochs, which trains nothing where they were run
before.  For each a line of JSON says what parameters and state became.
"""

import hashlib
import json
import sys

import jax
import numpy as np
import optax

import jaxnn

NET = jaxnn.mlp(6, 16, 3, hidden="tanh", dropout=0.1)


def sha256(tree):
    """Return the SHA-256 of all arrays, wherever they lie."""
    found = hashlib.sha256()
    for leaf in jax.tree.leaves(tree):
        if jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        found.update(np.asarray(leaf).tobytes())
    return found.hexdigest()


def trained(epochs, folder=None):
    """Train, on a mesh along which parameters and optimiser state are divided too."""
    rng = np.random.default_rng(0)
    devices = jax.device_count() if folder else 1
    return jaxnn.fit(
        NET, (rng.normal(size=(6, 50)).astype(np.float32), jaxnn.one_hot(np.arange(50) % 3, 3)),
        cost="cross_entropy", optimizer=optax.adam(0.01), key=jax.random.key(1), epochs=epochs,
        batch_size=12, progress=False, fully_sharded=devices > 1,
        mesh=jaxnn.parallel.mesh(data=devices) if devices > 1 else None,
        checkpoint=jaxnn.Checkpoints(folder) if folder else None,
    )  # fmt: skip


def described(result):
    """Return the digests of a training, and how many devices W^[1] lies on."""
    return {
        "params": sha256(result.params),
        "state": sha256(result.state),
        "devices": len(result.params[0].W.sharding.device_set),
        "shards": len({str(s.index) for s in result.params[0].W.addressable_shards}),
    }


if __name__ == "__main__":
    for folder, epochs in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        print(json.dumps(described(trained(int(epochs), folder))), flush=True)
