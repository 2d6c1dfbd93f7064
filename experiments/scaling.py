"""How training scales with processes: measured on this machine, and on paper for many devices.

python experiments/scaling.py                      # weak and strong, 1 and 2 processes
python experiments/scaling.py --paper              # bytes against arithmetic, no training
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import median

import numpy as np
from shared.common import parser, run, save_json
from shared.launch import launch

import jaxnn

WIDTHS = (128, 1_024, 4_096, 16_384)
DEVICES = (8, 64, 512, 4_096)
BATCHES = (8_192, 131_072)
EPOCHS = 4


def bytes_sent(net: jaxnn.Network, devices: int, itemsize: int = 4) -> float:
    """Return the bytes that each of D devices sends in an update: 2 (D − 1)/D of the gradient's.

    Source: ring all-reduce, Patarasuk and Yuan (2009), which sends the least that can be.
    """
    return 2 * (devices - 1) / devices * itemsize * net.parameter_count


def flops_done(net: jaxnn.Network, batch: int, devices: int) -> float:
    """Return the operations of each of D devices in an update of B examples.

    Formula: 2 n_l n_{l-1} an example for Z^[l], as many for ∂E/∂W^[l] and, but for l = 1, for
    ∂E/∂A^[l-1].
    """
    products = [n * before for before, n in zip(net.sizes, net.sizes[1:], strict=False)]
    return (6 * sum(products) - 2 * products[0]) * batch / devices


def on_paper() -> str:
    """Return a Markdown table: a row a width and batch, a column a number of devices."""
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
    """Return a number in three digits or more."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def options() -> argparse.Namespace:
    """Return what the command line says."""
    made = parser(__doc__, out="scaling")
    made.add_argument("--paper", action="store_true", help="the table alone")
    made.add_argument("--width", type=int, default=1_024, help="n_1 = n_2")
    made.add_argument("--batch-size", type=int, default=512, help="examples an update")
    made.add_argument("--updates", type=int, default=16, help="an epoch")
    made.add_argument("--rounds", type=int, default=3, help="turns of all, one after the other")
    made.add_argument("--processes", type=int, nargs="*", default=[1, 2], help="how many")
    return made.parse_args()


def seconds_an_update(chosen: argparse.Namespace, processes: int, batch: int) -> float:
    """Return what an update takes, the median over epochs, each process on a core of its own."""
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
    """Measure in turns, and print both tables."""
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
