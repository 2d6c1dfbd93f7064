"""Train one network on several processes, of one machine or of many; each reads its own part.

python experiments/multihost.py                    (this process alone)
python experiments/multihost.py --processes 2      (two processes on this machine)
srun --ntasks=8 python experiments/multihost.py    (the processes of a SLURM job)

Outside SLURM the environment variables JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and
JAX_PROCESS_ID name the processes; on TPU pods, under Open MPI and in Kubernetes JAX
finds them by itself. The folder of --out must be on a file system that all hosts share.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

from shared.common import add_training, before_jax, parser, run, save_json
from shared.launch import launch


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="multihost")
    text = (
        "start N processes on this machine; if not given, this process joins those that the "
        "environment names, or trains alone"
    )
    made.add_argument("--processes", type=int, metavar="N", help=text)
    text = "files of the examples and targets, one row each; if not given, the digits"
    made.add_argument("--files", type=Path, nargs=2, metavar=("X.npy", "Y.npy"), help=text)
    add_training(made, hidden=128, epochs=10, batch_size=128)
    text = "learning rate η of Adam"
    made.add_argument("--learning-rate", type=float, default=1e-3, metavar="RATE", help=text)
    text = "examples in memory among which the order is shuffled; if not given, jaxnn chooses"
    made.add_argument("--buffer", type=int, metavar="N", help=text)
    text = "devices that divide the neurons among them; the others divide the examples"
    made.add_argument("--model", type=int, default=1, metavar="N", help=text)
    text = "divide parameters and optimiser state too; if not given, each device has all of them"
    made.add_argument("--fully-sharded", action="store_true", help=text)
    text = "epochs from one checkpoint to the next; if not given, one is saved each minute"
    made.add_argument("--every", type=int, metavar="N", help=text)
    text = "save no checkpoints; if not given, a run is resumed from its last checkpoint"
    made.add_argument("--no-checkpoints", action="store_true", help=text)
    text = "a process that has been silent for so many seconds counts as lost"
    made.add_argument("--seconds", type=int, default=60, metavar="N", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
import numpy as np
import optax
from jax.experimental import multihost_utils

import jaxnn


def files_of(chosen: argparse.Namespace) -> list[Path]:
    """Return the files of X and Y; the first process writes those of the digits."""
    if chosen.files is not None:
        return chosen.files
    paths = [chosen.out / "X.npy", chosen.out / "Y.npy"]
    if jax.process_index() == 0:
        for path, array in zip(paths, jaxnn.digits(), strict=True):
            np.save(path, np.ascontiguousarray(array.T))
    if jax.process_count() > 1:
        multihost_utils.sync_global_devices("files")
    return paths


def digest_of(params: Any) -> str:
    """Return the SHA-256 of all parameters."""
    arrays = [np.asarray(array).tobytes() for array in jax.tree.leaves(params)]
    return hashlib.sha256(b"".join(arrays)).hexdigest()


def main() -> None:
    """Start the processes, or join them and train."""
    chosen = options()
    if chosen.processes is not None and "JAX_PROCESS_ID" not in os.environ:
        sys.exit(launch([sys.executable, *sys.argv], chosen.processes))
    chosen.out.mkdir(parents=True, exist_ok=True)
    with jaxnn.parallel.processes(seconds=chosen.seconds):
        train(chosen)


def train(chosen: argparse.Namespace) -> None:
    """Train on all devices; the first process prints and writes the results."""
    stream = jaxnn.stream_npy(*files_of(chosen), buffer=chosen.buffer)
    devices = jax.device_count()
    axes = {"data": devices // chosen.model} | ({"model": chosen.model} if chosen.model > 1 else {})
    net = jaxnn.mlp(stream.sizes[0], *chosen.hidden, stream.sizes[1])
    is_first = jax.process_index() == 0
    if is_first:
        print(f"{net}\n{stream}\n{jax.process_count()} processes, {devices} devices: {axes}")
    ends = [time.perf_counter()]
    checkpoint = jaxnn.Checkpoints(chosen.out / "checkpoints", every=chosen.every)
    result = jaxnn.fit(
        net,
        stream,
        cost="cross_entropy",
        optimizer=optax.adam(chosen.learning_rate),
        key=jax.random.key(chosen.seed),
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        mesh=jaxnn.parallel.mesh(**axes),
        fully_sharded=chosen.fully_sharded,
        checkpoint=None if chosen.no_checkpoints else checkpoint,
        listeners=[lambda _: ends.append(time.perf_counter())],
    )
    params = jaxnn.parallel.gathered(result.params)
    if not is_first:
        return
    seconds = float(np.median(np.diff(ends)[1:])) if len(ends) > 2 else None
    scores = {name: values[-1].item() for name, values in result.history.items()}
    found = {
        "processes": jax.process_count(),
        "devices": devices,
        "epochs": result.history.epochs,
        "train": scores,
        "seconds an epoch": seconds,
        "parameters": digest_of(params),
        "options": vars(chosen),
    }
    save_json(chosen.out, "results.json", found)
    np.savez(chosen.out / "params.npz", *jax.tree.leaves(params))
    print(f"after {found['epochs']} epochs: {scores}; median seconds an epoch: {seconds}")


if __name__ == "__main__":
    run(main)
