"""Measures one peer on several workloads in one process, and writes a line of JSON for each."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _worker
from device import peak_gib
from problem import Problem


def measure(peer: str, task: dict, folder: Path) -> dict:
    """Return the report of a workload, or its error."""
    try:
        problem = Problem.load(folder / task["name"])
        report = _worker.measure(
            peer, problem, first=1, **{key: task[key] for key in task if key != "name"}
        )
    except Exception as error:  # whatever a library raises, the next is measured
        return {"error": f"failed: {type(error).__name__}: {error}"[:300]}
    del report["peak_mib"]  # of all workloads so far
    return report | {"device_gib": peak_gib(peer)}


def main() -> None:
    """Measure what `networks.measured` asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    a = parser.parse_args()
    for task in json.loads((a.folder / "tasks.json").read_text()):
        row = {"name": task["name"]} | measure(a.peer, task, a.folder)
        with a.report.open("a") as file:
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
