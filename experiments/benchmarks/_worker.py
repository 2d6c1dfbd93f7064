"""One peer on one workload in a process of its own: measures, and writes one JSON report."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from pathlib import Path

from peers import PEERS
from problem import Problem


def peak_mib() -> float:
    """Return the most memory that this process has held, in MiB.

    Linux keeps it for the program alone; `getrusage` would count the parent's before `exec`.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def measure(peer: str, problem: Problem, *, first: int, groups: int, group: int) -> dict:
    """Return seconds of import, first epochs and warm groups, with peak memory and loss.

    Args:
        peer: its key in PEERS.
        problem: what is to be trained; with `group` 0, what is to be predicted.
        first: epochs of the first, cold call.
        groups: how many warm calls follow.
        group: epochs in each.
    """
    start = time.perf_counter()
    kind = PEERS[peer].load()
    imported = time.perf_counter()
    orders = [problem.orders(first)]
    orders += [problem.orders(group, first + i * group) for i in range(groups)]
    ready = time.perf_counter()
    library = kind(problem)

    def work(call: int) -> None:
        if group:
            library.train(orders[call])
        else:
            library.predict(problem.X)

    made = time.perf_counter()
    work(0)
    times = [time.perf_counter()]
    for call in range(1, groups + 1):
        work(call)
        times.append(time.perf_counter())
    report = {
        "imports": imported - start,
        "setup": made - ready,
        "first": times[0] - ready,
        "warm": [b - a for a, b in itertools.pairwise(times)],
        "peak_mib": peak_mib(),
    }
    return report | {"loss": _loss(library, problem, trained=bool(group))}


def _loss(library, problem: Problem, *, trained: bool) -> float:
    import reference

    if trained:
        A = reference.outputs(problem.settings, library.parameters(), problem.X)
    else:
        A = library.predict(problem.X)
    return reference.loss(A, problem.Y)


def main() -> None:
    """Read the arguments that `runner` wrote, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--problem", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--groups", type=int, default=0)
    parser.add_argument("--group", type=int, default=1)
    parser.add_argument("--ordered", action="store_true")
    a = parser.parse_args()
    problem = Problem.load(a.problem, shuffle=not a.ordered)
    report = measure(a.peer, problem, first=a.first, groups=a.groups, group=a.group)
    a.report.write_text(json.dumps(report))


if __name__ == "__main__":
    main()
