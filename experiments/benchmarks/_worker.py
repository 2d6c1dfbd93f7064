"""Measures one peer on one workload, in a process of its own, and writes a JSON report."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from peers import PEERS
from problem import Problem


def peak_mib() -> float:
    """Return the peak memory of this process in MiB.

    On Linux from /proc: `getrusage` would include the parent's memory before `exec`.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def measure(
    peer: str,
    problem: Problem,
    *,
    first: int,
    groups: int,
    group: int,
    seconds: float = 0.0,
    check: int | None = 0,
    parameters: bool = False,
) -> dict:
    """Return seconds of import, first epochs and warm groups, with peak memory and loss.

    Args:
        peer: key in PEERS.
        problem: the problem to train on, or to predict if `group` is 0.
        first: epochs of the first, cold call.
        groups: number of warm calls after it.
        group: epochs in each warm call.
        seconds: if not 0, the least length of a warm call, approximately; `group` is then found by
            trial.
        check: epochs in file order from the first parameters, after the timing, whose loss is
            reported; 0: the loss after the timed training; None: no loss.
        parameters: whether W^[l] and b^[l] are reported too.
    """
    start = time.perf_counter()
    kind = PEERS[peer].load()
    imported = time.perf_counter()
    library = kind(problem)
    made = time.perf_counter()
    done = 0

    def timed(epochs: int) -> float:
        nonlocal done
        orders = library.place(problem.orders(epochs, done))
        done += epochs
        start = time.perf_counter()
        if epochs:
            library.train(orders)
        else:
            library.predict(problem.X)
        return time.perf_counter() - start

    cold = timed(first if group else 0)
    if group and seconds and groups:
        group = lasting(seconds, timed)
    report = {
        "imports": imported - start,
        "setup": made - imported,
        "first": made - imported + cold,
        "epochs": group,
        "warm": [timed(group) for _ in range(groups)],
        "peak_mib": peak_mib(),
    }
    if check and group:
        problem = problem.in_order()
        library = kind(problem)
        library.train(library.place(problem.orders(check)))
    if check is not None:
        report["loss"] = _loss(library, problem, trained=bool(group))
    if parameters:
        report["parameters"] = [[W.tolist(), b.tolist()] for W, b in library.parameters()]
    return report


def lasting(seconds: float, timed: Callable[[int], float]) -> int:
    """Return a number of epochs that lasts about so many seconds, and at least half of them."""
    epochs = 1
    while (took := timed(epochs)) < seconds / 2:
        epochs = min(10 * epochs, max(2 * epochs, round(epochs * seconds / took)))
    return epochs


def _loss(library, problem: Problem, *, trained: bool) -> float:
    import reference

    if trained:
        A = reference.outputs(problem.settings, library.parameters(), problem.X)
    else:
        A = library.predict(problem.X)
    return reference.loss(A, problem.Y)


def main() -> None:
    """Measure as `runner` asks in the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--problem", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--groups", type=int, default=0)
    parser.add_argument("--group", type=int, default=1)
    parser.add_argument("--ordered", action="store_true")
    parser.add_argument("--parameters", action="store_true")
    a = parser.parse_args()
    problem = Problem.load(a.problem)
    report = measure(
        a.peer,
        problem.in_order() if a.ordered else problem,
        first=a.first,
        groups=a.groups,
        group=a.group,
        parameters=a.parameters,
    )
    a.report.write_text(json.dumps(report))


if __name__ == "__main__":
    main()
