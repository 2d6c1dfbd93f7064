"""Runs a process until it ends or its time is up."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class ProcessFailed(Exception):  # noqa: N818
    """A process ended with an error, or was ended because its time was up."""


def printed(command: Sequence[object], environment: Mapping[str, str], until: float) -> str:
    """Return what a Python script prints.

    Args:
        command: the script and its arguments.
        environment: all of its environment variables.
        until: time on `time.monotonic` at which it is ended.

    Raises:
        ProcessFailed: it ended with an error, of which this is the last line, or not in time.
    """
    timeout = max(until - time.monotonic(), 0.1)
    try:
        done = subprocess.run(
            [sys.executable, *map(str, command)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProcessFailed(f"the time was up after {timeout:.0f} s") from None
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        print("\n".join(lines[-20:]), file=sys.stderr)  # to find the cause in the run's log
        raise ProcessFailed(lines[-1][:300])
    return done.stdout
