"""Train from files on disk and from arrays in memory: how much longer is an epoch from disk?

python experiments/stream.py
python experiments/stream.py --pixels uint8
python experiments/stream.py --dataset digits --epochs 50 --rounds 3
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from shared.common import add_data_dir, before_jax, parser, ready, run, save_json

DATASETS = ("mnist", "fashion_mnist", "digits")


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="stream")
    made.add_argument("--dataset", choices=DATASETS, default="mnist", help="data set to learn")
    add_data_dir(made)
    text = "number type in which the images of MNIST and Fashion-MNIST are stored"
    made.add_argument("--pixels", choices=("float32", "uint8"), default="float32", help=text)
    text = "folder to write the .npy files into; if not given, a temporary one, which is removed"
    made.add_argument("--folder", type=Path, metavar="FOLDER", help=text)
    text = "neurons in each hidden layer: n_1 … n_{L-1}"
    made.add_argument("--hidden", type=int, nargs="*", default=[128], metavar="N", help=text)
    text = "learning rate η of Adam"
    made.add_argument("--learning-rate", type=float, default=1e-3, metavar="RATE", help=text)
    text = "examples in each update"
    made.add_argument("--batch-size", type=int, default=128, metavar="N", help=text)
    text = "consecutive examples that are read together; if not given, jaxnn chooses"
    made.add_argument("--block", type=int, metavar="N", help=text)
    text = "examples in memory among which the order is shuffled; if not given, jaxnn chooses"
    made.add_argument("--buffer", type=int, metavar="N", help=text)
    text = "epochs measured in each training, after a first one that is not"
    made.add_argument("--epochs", type=int, default=4, metavar="N", help=text)
    text = "rounds; in each the network is trained from memory and then from disk"
    made.add_argument("--rounds", type=int, default=5, metavar="N", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
import numpy as np
import optax

import jaxnn


def seconds_per_epoch(chosen: argparse.Namespace, net: jaxnn.Network, data: Any) -> Any:
    """Return the seconds of each epoch after the first, which may compile, and the result."""
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
    """Write the files, train in turns, and compare the medians."""
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
