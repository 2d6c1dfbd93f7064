"""Train from files on disk and from arrays in memory: how much longer is an epoch from disk?"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from shared.common import parser, ready, run, save_json

import jaxnn

DATASETS = ("mnist", "fashion_mnist", "digits")


def options() -> argparse.Namespace:
    """Return what the command line says."""
    made = parser(__doc__, out="stream")
    made.add_argument("--dataset", choices=DATASETS, default="mnist", help="what to learn")
    made.add_argument("--data-dir", type=Path, help="folder of the MNIST files (or JAXNN_DATA)")
    made.add_argument(
        "--pixels", choices=("float32", "uint8"), default="float32", help="how images are stored"
    )
    made.add_argument("--folder", type=Path, help="where the .npy files go (or a temporary one)")
    made.add_argument("--hidden", type=int, nargs="*", default=[128], help="n_1 … n_{L-1}")
    made.add_argument("--learning-rate", type=float, default=1e-3, help="η of Adam")
    made.add_argument("--batch-size", type=int, default=128, help="examples an update")
    made.add_argument("--block", type=int, help="consecutive examples read in one go")
    made.add_argument("--buffer", type=int, help="examples mixed at a time")
    made.add_argument("--epochs", type=int, default=4, help="measured epochs a round, after one")
    made.add_argument("--rounds", type=int, default=5, help="turns of memory, then disk")
    return made.parse_args()


def seconds_per_epoch(chosen: argparse.Namespace, net: jaxnn.Network, data: Any) -> Any:
    """Return how long each epoch took, but for the first, which may compile; and the result."""
    ends: list[float] = []
    result = jaxnn.fit(
        net,
        data,
        cost=jaxnn.cross_entropy,
        optimizer=optax.adam(chosen.learning_rate),
        key=jax.random.key(chosen.seed),
        epochs=chosen.epochs + 1,
        batch_size=chosen.batch_size,
        progress=False,
        listeners=[lambda event: ends.append(time.perf_counter())],
    )
    return np.diff(ends).tolist(), result


def main() -> None:
    """Write the files, take turns, compare the medians."""
    chosen = options()
    ready(chosen.out)
    if chosen.dataset == "digits":
        dataset = jaxnn.digits()
    else:
        load = {"mnist": jaxnn.mnist, "fashion_mnist": jaxnn.fashion_mnist}[chosen.dataset]
        dataset = load(folder=chosen.data_dir, pixels=chosen.pixels)
    X, Y = dataset
    net = jaxnn.mlp(len(X), *chosen.hidden, len(Y))
    seconds: dict[str, list[float]] = {"memory": [], "disk": []}
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = folder / "X.npy", folder / "Y.npy"
        for path, array in zip(paths, (X, Y), strict=True):
            np.save(path, array.T)
        stream = jaxnn.stream_npy(*paths, block=chosen.block, buffer=chosen.buffer)
        print(f"{stream}, {sum(path.stat().st_size for path in paths) / 1e6:.0f} MB\n{net}")
        scores = {}
        for _ in range(chosen.rounds):
            for place, data in (("memory", (X, Y)), ("disk", stream)):
                measured, result = seconds_per_epoch(chosen, net, data)
                seconds[place] += measured
                scores[place] = {name: values[-1].item() for name, values in result.history.items()}
    medians = {place: float(np.median(values)) for place, values in seconds.items()}
    slower = medians["disk"] / medians["memory"] - 1
    save_json(
        chosen.out,
        "results.json",
        {
            "dataset": dataset.name,
            "sizes": net.sizes,
            "examples": X.shape[1],
            "median_seconds_per_epoch": medians,
            "slower_from_disk": slower,
            "seconds": seconds,
            "last_epoch": scores,
            "device": str(jax.devices()[0]),
            "options": vars(chosen),
        },
    )
    for place, median in medians.items():
        print(
            f"{place:>6}: {median:.4f} s an epoch (median of {len(seconds[place])}), "
            f"{X.shape[1] / median:,.0f} examples/s, accuracy {scores[place]['accuracy']:.4f}"
        )
    print(f"an epoch from disk takes {abs(slower):.1%} {'more' if slower > 0 else 'less'} time")
    print(f"written to {chosen.out}/: results.json")


if __name__ == "__main__":
    run(main)
