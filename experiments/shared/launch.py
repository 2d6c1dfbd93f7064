"""Starts several processes on this machine that train together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Sequence

FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def launch(command: Sequence[str], processes: int, *, one_core_each: bool = False) -> int:
    """Run a command in several processes; return their exit status, not 0 if one of them failed.

    JAX's environment variables give each process its number; `one_core_each` binds process i to
    core i.  SIGTERM, SIGINT and SIGHUP are passed on to each process once: a second signal would
    end a training before it has saved.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    cores = sorted(os.sched_getaffinity(0)) if one_core_each else []
    if one_core_each and len(cores) < processes:
        raise ValueError(f"{processes} processes need as many cores, got {len(cores)}")

    def started(i: int) -> subprocess.Popen[bytes]:
        environment = {
            "JAX_COORDINATOR_ADDRESS": address,
            "JAX_NUM_PROCESSES": str(processes),
            "JAX_PROCESS_ID": str(i),
        }
        pinned = ["taskset", "-c", str(cores[i])] if one_core_each else []
        # A group of its own: otherwise Ctrl-C would reach it from the terminal as well as from here
        return subprocess.Popen([*pinned, *command], env=os.environ | environment, process_group=0)

    children = [started(i) for i in range(processes)]

    def forward(number: int, _: object) -> None:
        for child in children:
            child.send_signal(number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        return max((child.wait() for child in children), key=abs)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
