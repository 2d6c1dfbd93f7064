"""Measures one contender of the sweep, in a process of its own, and writes JSON reports."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from device import peak_gib
from problem import Problem
from sweep_peers import CONTENDERS, Task, folds

SAMPLES, SECONDS = 3, 10.0  # warm measurements, and seconds after which no further one is begun


def measure(contender: str, task: Task) -> dict:
    """Return seconds per network and epoch when warm, and the losses of the networks."""
    one = CONTENDERS[contender].load(task)
    losses = one.warm()
    taken: list[float] = []
    while not taken or (len(taken) < SAMPLES and sum(taken) < SECONDS):
        start = time.perf_counter()
        one.train()
        taken.append(time.perf_counter() - start)
    return {
        "seconds": [t / (one.trained * task.epochs) for t in taken],
        "trained": one.trained,
        "losses": losses,
        "note": one.note,
        "tried": dict(one.tried),
        "device_gib": peak_gib(contender),
    }


def main() -> None:
    """Measure as `sweep` asks in the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contender", required=True)
    parser.add_argument("--folds", action="store_true", help="cross-validation by this library")
    parser.add_argument("--problem", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--networks", type=int, required=True)
    parser.add_argument("--epochs", type=int, nargs="+", required=True)
    a = parser.parse_args()
    problem = Problem.load(a.problem)
    measured = folds.measure if a.folds else measure
    reports = [measured(a.contender, Task(problem, a.networks, n)) for n in a.epochs]
    a.report.write_text(json.dumps(reports))


if __name__ == "__main__":
    main()
