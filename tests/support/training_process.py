"""A training to kill and restart: `python -m tests.support.training_process OUT FOLDER …`."""

import hashlib
import json
import sys
from pathlib import Path

import jax
import numpy as np
import optax

import jaxnn

NET = jaxnn.mlp(3, 8, 1, hidden="tanh", output="sigmoid", dropout=0.1)


def digest_of(result):
    """Return the SHA-256 of the state and the history."""
    digest = hashlib.sha256()
    state = result.state._replace(key=jax.random.key_data(result.state.key))
    for leaf in jax.tree.leaves((result.params, state, dict(result.history))):
        digest.update(np.asarray(leaf).tobytes())
    return digest.hexdigest()


def main(out, folder, epochs, every, pause="0"):
    """Train, and write the digest of what became of it."""
    import signal
    import time

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it

    def slowly(event):
        Path(f"{out}.epoch").write_text(str(event.epoch))
        time.sleep(float(pause))

    X, Y = jaxnn.boolean_function()
    checkpoint = None if folder == "-" else jaxnn.Checkpoints(folder, every=int(every))
    result = jaxnn.fit(
        NET, (X, Y), cost="squared_error", optimizer=optax.adam(0.01), epochs=int(epochs),
        batch_size=4, key=jax.random.key(7), progress=False, checkpoint=checkpoint,
        listeners=[slowly] if float(pause) else [],
    )  # fmt: skip
    Path(out).write_text(json.dumps({"digest": digest_of(result), "step": int(result.state.step)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
