"""How does training scale with processes? Measured on this machine; computed for many devices.

python experiments/scaling.py                      (both, with 1 and 2 processes)
python experiments/scaling.py --paper              (the computed table alone, no training)
python experiments/scaling.py --processes 1 2 4 --batch-size 4096
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

from shared.common import before_jax, parser, run, save_json
from shared.launch import launch

WIDTHS = (128, 1_024, 4_096, 16_384)
DEVICES = (8, 64, 512, 4_096)
BATCHES = (8_192, 131_072)
EPOCHS = 4


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="scaling")
    text = "print the computed table only; if not given, training is measured too"
    made.add_argument("--paper", action="store_true", help=text)
    text = "numbers of processes to measure, each process on a core of its own"
    made.add_argument("--processes", type=int, nargs="*", default=[1, 2], metavar="N", help=text)
    text = "neurons in each of the two hidden layers"
    made.add_argument("--width", type=int, default=1_024, metavar="N", help=text)
    text = "examples in each update (strong scaling), and for each process (weak scaling)"
    made.add_argument("--batch-size", type=int, default=512, metavar="N", help=text)
    text = "updates in each epoch"
    made.add_argument("--updates", type=int, default=16, metavar="N", help=text)
    text = "rounds; in each every number of processes is measured once"
    made.add_argument("--rounds", type=int, default=3, metavar="N", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import numpy as np

import jaxnn


def bytes_sent(net: jaxnn.Network, devices: int, itemsize: int = 4) -> float:
    """Return the bytes that each of D devices sends in an update: 2 (D − 1)/D of the gradient's.

    Source: Patarasuk and Yuan (2009), the ring all-reduce, which sends the fewest bytes possible.
    """
    return 2 * (devices - 1) / devices * itemsize * net.parameter_count


def flops_done(net: jaxnn.Network, batch: int, devices: int) -> float:
    """Return the operations of each of D devices in an update of B examples.

    An example takes 2 n_l n_{l-1} operations for Z^[l], as many for ∂E/∂W^[l] and, except in the
    first layer, as many for ∂E/∂A^[l-1].
    """
    products = [n * before for before, n in zip(net.sizes, net.sizes[1:], strict=False)]
    return (6 * sum(products) - 2 * products[0]) * batch / devices


def on_paper() -> str:
    """Return a Markdown table: a row for each width and batch, a column for each device count."""
    head = " | ".join(f"{devices:,} devices" for devices in DEVICES)
    lines = [f"| network | MB sent | B | {head} |", f"| --- |{' --: |' * (len(DEVICES) + 2)}"]
    for width in WIDTHS:
        net = jaxnn.mlp(784, width, width, 10)
        sent = bytes_sent(net, DEVICES[-1])
        for batch in BATCHES:
            done = [flops_done(net, batch, devices) for devices in DEVICES]
            cells = [f"{_short(n / 1e9)} ({_short(n / sent)})" for n in done]
            row = f"784-{width:,}-{width:,}-10 | {_short(sent / 1e6)} | {batch:,}"
            lines.append(f"| {row} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _short(number: float) -> str:
    """Return a number with at least three significant digits."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def seconds_an_update(chosen: argparse.Namespace, processes: int, batch: int) -> float:
    """Return the median seconds of an update, each process on a core of its own."""
    chosen.out.mkdir(parents=True, exist_ok=True)
    m = batch * chosen.updates
    rng = np.random.default_rng(chosen.seed)
    paths = chosen.out / "X.npy", chosen.out / "Y.npy"
    np.save(paths[0], rng.normal(size=(m, 784)).astype(np.float32))
    np.save(paths[1], np.eye(10, dtype=np.float32)[rng.integers(0, 10, m)])
    out = chosen.out / f"of_{processes}"
    script = Path(__file__).with_name("multihost.py")
    command = [sys.executable, script, "--files", *paths, "--hidden", chosen.width, chosen.width]
    command += ["--batch-size", batch, "--buffer", m, "--epochs", EPOCHS, "--out", out]
    command += ["--no-checkpoints"]
    status = launch(list(map(str, command)), processes, one_core_each=True)
    if status:
        raise OSError(f"{script.name} ended with status {status}")
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return found["seconds an epoch"] / chosen.updates


def main() -> None:
    """Print the computed table, measure in turns, and print the rates."""
    chosen = options()
    print(on_paper())
    if chosen.paper:
        return
    measured: dict[str, list[float]] = {}
    for _ in range(chosen.rounds):
        for n in chosen.processes:
            for kind, batch in (("strong", chosen.batch_size), ("weak", chosen.batch_size * n)):
                seconds = seconds_an_update(chosen, n, batch)
                measured.setdefault(f"{kind}, {n}", []).append(batch / seconds)
    rates = {name: median(values) for name, values in measured.items()}
    for name, rate in rates.items():
        base = rates[f"{name.split(', ')[0]}, {chosen.processes[0]}"]
        print(f"{name} processes: {rate:,.0f} examples a second, {rate / base:.2f}x")
    save_json(chosen.out, "results.json", {"examples a second": measured, "options": vars(chosen)})


if __name__ == "__main__":
    run(main)
