"""Two trainings in turn, to be signalled: `python -m tests.support.signalled_process …`.

What it reads and writes of checkpoints takes its time, so that signals come while it does.  It says
"begun" and "done", and ends when its input does: a signal that is lost would let it end well.
"""

import hashlib
import signal
import sys
import time
from pathlib import Path

import jax
import numpy as np
import optax

import jaxnn
from jaxnn.checkpoints import step_folder
from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.sweeps import trainer
from jaxnn.training import stream_scores, streaming
from tests.checkpoints.test_checkpoints import bits, data, swept, train
from tests.streams.test_streams import saved

SECONDS_A_SAVE, SECONDS_A_READ, SECONDS_A_CHUNK = 0.3, 0.3, 0.02


def slowly(seconds, function):
    def slow(*args, **kwargs):
        time.sleep(seconds)
        return function(*args, **kwargs)

    return slow


def pause(_):
    time.sleep(0.03)


def fit(folder, seed):
    result = train(
        folder=folder, epochs=40, key=jax.random.key(seed), listeners=[pause],
        validation=data(20), patience=40,
    )  # fmt: skip
    return result.params, result.state, dict(result.history)


def stream(folder, seed):
    folder.parent.mkdir(exist_ok=True)
    rows = [np.ascontiguousarray(np.asarray(array).T) for array in data(203)]
    paths = saved(folder.parent, **dict(zip("XY", rows, strict=True)))
    rows = jaxnn.stream_npy(paths["X"], paths["Y"], block=7, buffer=16)
    result = train(folder=folder, data=rows, validation=rows, epochs=4, key=jax.random.key(seed))
    return result.params, result.state, dict(result.history)


def sweep(folder, seed):
    result = swept(folder, epochs=8, key=jax.random.key(seed), optimizer=optax.adam)
    return [result.params(i) for i in range(6)], [dict(h) for h in result.histories]


def main(kind, folder, out):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    ArrayWriter.finish = slowly(SECONDS_A_SAVE, ArrayWriter.finish)
    step_folder.read_arrays = slowly(SECONDS_A_READ, step_folder.read_arrays)
    stream_scores.on_device = slowly(SECONDS_A_CHUNK, stream_scores.on_device)
    streaming.on_device = slowly(SECONDS_A_CHUNK, streaming.on_device)
    trainer.programs_at_once = lambda _: 2
    print("begun", flush=True)
    trained = {"fit": fit, "stream": stream, "sweep": sweep}[kind]
    found = [trained(Path(folder, str(seed)), seed) for seed in (0, 1)]
    digest = hashlib.sha256()
    for leaf in bits(found):
        digest.update(leaf)
    Path(out).write_text(digest.hexdigest())
    print("done", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
