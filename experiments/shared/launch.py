"""Several processes of one machine that train together, each told by its environment who it is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Sequence

FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def launch(command: Sequence[str], processes: int, *, one_core_each: bool = False) -> int:
    """Run a command in several processes, and return an exit status that is not 0 if there is one.

    SIGTERM, Ctrl-C and the terminal's end go to all of them, each once: a second signal would end a
    training before it has saved.

    Args:
        command: what each runs.
        processes: how many.
        one_core_each: keep process i on core i.
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
        # In the launcher's group they would get Ctrl-C from the terminal as well as from here.
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
