"""Train one network on several processes, of one machine or of many, each reading its own part.

    python experiments/multihost.py                    # this process alone
    python experiments/multihost.py --processes 2      # two of this machine
    srun python experiments/multihost.py               # those of a SLURM job

Elsewhere JAX_COORDINATOR_ADDRESS, JAX_NUM_PROCESSES and JAX_PROCESS_ID say who takes part; on TPU
pods, under Open MPI and in Kubernetes JAX finds it out.  The folder of --out lies on a file system
that all hosts share.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from jax.experimental import multihost_utils
from shared.common import parser, run, save_json
from shared.launch import launch

import jaxnn


def options() -> argparse.Namespace:
    """Return what the command line says."""
    made = parser(__doc__, out="multihost")
    made.add_argument("--processes", type=int, help="start so many on this machine")
    made.add_argument("--files", type=Path, nargs=2, metavar=("X.npy", "Y.npy"), help="or digits")
    made.add_argument("--hidden", type=int, nargs="*", default=[128], help="n_1 … n_{L-1}")
    made.add_argument("--model", type=int, default=1, help="devices that share the neurons")
    made.add_argument("--fully-sharded", action="store_true", help="divide parameters as well")
    made.add_argument("--learning-rate", type=float, default=1e-3, help="η of Adam")
    made.add_argument(
        "--batch-size", type=int, default=128, help="examples an update, all together"
    )
    made.add_argument("--buffer", type=int, help="examples mixed at a time, all together")
    made.add_argument("--epochs", type=int, default=10, help="passes over the data")
    made.add_argument("--no-checkpoints", action="store_true", help="save nothing on the way")
    made.add_argument("--every", type=int, help="epochs between checkpoints (or a minute)")
    made.add_argument("--seconds", type=int, default=60, help="without an answer: a lost process")
    return made.parse_args()


def files_of(chosen: argparse.Namespace) -> list[Path]:
    """Return the files of X and Y; those of the digits are written by the first process."""
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
    """Join the others, train, and let the first process say how it went."""
    chosen = options()
    if chosen.processes is not None and "JAX_PROCESS_ID" not in os.environ:
        sys.exit(launch([sys.executable, *sys.argv], chosen.processes))
    chosen.out.mkdir(parents=True, exist_ok=True)
    with jaxnn.parallel.processes(seconds=chosen.seconds):
        train(chosen)


def train(chosen: argparse.Namespace) -> None:
    """Train on all devices."""
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
    print(f"after {found['epochs']} epochs: {scores}; an epoch took {seconds} s")


if __name__ == "__main__":
    run(main)
