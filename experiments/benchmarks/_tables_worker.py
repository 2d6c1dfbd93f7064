"""Fits one model to one table for tables.py, in a process of its own, and prints JSON."""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from tables_parts import contenders, problems


def main() -> None:
    """Fit as the task in the first argument says; print the scores and the peak memory in MiB."""
    task = json.loads(sys.argv[1])
    problem = problems.load(task["table"], Path(task["data"]))
    found = contenders.measured(problem, task["model"], task["arguments"], task["seed"])
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    mib = most / (2**20 if sys.platform == "darwin" else 2**10)
    print(json.dumps({"scores": found["scores"], "peak_mib": mib}))


if __name__ == "__main__":
    main()
