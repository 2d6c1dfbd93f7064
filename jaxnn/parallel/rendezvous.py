"""Waits for all processes of a training in plain Python, before JAX joins them.

Where a process does not start, or the port is in use, JAX ends the others from C++ with an abort or
a segmentation fault, which Python cannot turn into an error.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from jaxnn.errors import ProcessLost

GREETING = "a process of jaxnn"  # other programs that connect to the port do not send it
LONGEST_LINE = 4096
SECONDS_A_LINE, SECONDS_A_TRY = 2.0, 0.1  # to wait for a line; between two connections


def meet(coordinator_address: str, num_processes: int, process_id: int, seconds: float) -> None:
    """Return when all processes have started, with the port free for JAX.

    The first process listens at the address (host:port) where JAX will.  Each of the others sends
    it a line, and receives one when all have started, or what is wrong: a ValueError where the port
    is in use or the processes are numbered wrongly, a ProcessLost where one did not start in time.
    """
    host, port = host_and_port(coordinator_address)
    until = time.monotonic() + seconds
    if process_id:
        me = {"is": GREETING, "id": process_id, "of": num_processes}
        error = _answer_of_first(host, port, me, seconds, until)
    else:
        error = _all_answered(port, num_processes, seconds, until)
    if error:
        kind = ProcessLost if error["kind"] == "ProcessLost" else ValueError
        raise kind(error["text"])


def host_and_port(address: str) -> tuple[str, int]:
    """Return the host and the port of an address.

    >>> host_and_port("10.0.0.1:1234"), host_and_port("[::1]:1234")
    (('10.0.0.1', 1234), ('::1', 1234))
    """
    host, _, port = address.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 2**16):
        raise ValueError(
            "JAX_COORDINATOR_ADDRESS must be host:port of process 0, the port from 1 to 65535, "
            f"such as 10.0.0.1:1234, got {address!r}"
        )
    return host.removeprefix("[").removesuffix("]"), int(port)


def _all_answered(port: int, n: int, seconds: float, until: float) -> dict[str, str]:
    """Wait for the other processes, and answer all of them; return what is wrong, {} if nothing."""
    callers: dict[int, socket.socket] = {}
    with _listener(port) as listener:
        try:
            error = _gathered(listener, callers, n, until)
        except TimeoutError:
            missing = sorted({*range(1, n)} - {*callers})  # if all have started, one has ended
            missing = missing or [i for i, caller in callers.items() if _has_ended(caller)]
            error = {"kind": "ProcessLost", "text": _of_missing(missing, n, port, seconds)}
    for caller in callers.values():  # the port is closed: no further one connects
        with closing(caller):
            _send(caller, error)
    return error


def _gathered(
    listener: socket.socket, callers: dict[int, socket.socket], n: int, until: float
) -> dict[str, str]:
    """Fill `callers` with the connections of processes 1 … n − 1; return what is wrong, or {}."""
    while any(i not in callers or _has_ended(callers[i]) for i in range(1, n)):
        listener.settimeout(_left(until))
        caller, _ = listener.accept()
        caller.settimeout(min(SECONDS_A_LINE, _left(until)))
        line = _received(caller)
        if line.get("is") != GREETING:
            caller.close()
            continue
        i, error = line["id"], ""
        if line["of"] != n:
            error = (
                f"JAX_NUM_PROCESSES must be the same in all processes, process 0 has {n}, "
                f"process {i} has {line['of']}"
            )
        elif i in callers and not _has_ended(callers[i]):
            error = f"JAX_PROCESS_ID must be a number of its own in each process, two have {i}"
        if error:
            found = {"kind": "ValueError", "text": error}
            with closing(caller):
                _send(caller, found)
            return found
        callers[i] = caller
    return {}


def _listener(port: int) -> socket.socket:
    """Return a socket that listens where JAX will."""
    bound = os.environ.get("JAX_COORDINATOR_BIND_ADDRESS")
    host = host_and_port(bound)[0] if bound else ""
    dual = not host and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if dual or ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, dualstack_ipv6=dual)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            why = f"port {port} is in use: by another program, or an earlier training's process 0"
        else:
            why = f"port {port} cannot be opened: {error.strerror}"
        raise ValueError(
            f"{why}; set JAX_COORDINATOR_ADDRESS to another port of this machine, the same in all "
            "processes"
        ) from None


def _answer_of_first(
    host: str, port: int, me: Mapping[str, Any], seconds: float, until: float
) -> dict[str, str]:
    """Connect to the first process until it answers; return what is wrong, {} if nothing."""
    why = "it does not answer"
    try:
        while True:
            left = _left(until)
            try:
                call = socket.create_connection((host, port), timeout=left)
            except OSError as error:
                why = error.strerror or str(error)
            else:
                with closing(call):
                    _send(call, me)
                    found = _received(call)
                if "text" in found or found == {"all": "came"}:
                    return found if "text" in found else {}
                late = time.monotonic() >= until
                why = "it has not seen all of them" if late else "a stranger answers there"
            time.sleep(min(SECONDS_A_TRY, _left(until)))
    except TimeoutError:
        text = (
            f"process {me['id']} of {me['of']} waited {seconds:g} s for process 0 at {host}:{port} "
            f"({why}): start all processes, and set JAX_COORDINATOR_ADDRESS to where process 0 runs"
        )
        return {"kind": "ProcessLost", "text": text}


def _of_missing(missing: Iterable[int], n: int, port: int, seconds: float) -> str:
    who = ", ".join(map(str, missing))
    return (
        f"process 0 of {n} waited {seconds:g} s at port {port}, and these did not come: process "
        f"{who}: start all {n} processes, and see that they can reach process 0"
    )


def _left(until: float) -> float:
    """Return the seconds that are left, or raise a TimeoutError."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _send(call: socket.socket, message: Mapping[str, Any]) -> None:
    try:
        call.sendall(json.dumps(message or {"all": "came"}).encode() + b"\n")
    except OSError:
        return  # the other process has ended


def _received(call: socket.socket) -> dict[str, Any]:
    """Return the message of a connection, {} if it is none of ours."""
    try:
        with call.makefile("rb") as file:
            found = json.loads(file.readline(LONGEST_LINE))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _has_ended(call: socket.socket) -> bool:
    """Return whether the process of a connection has ended."""
    call.setblocking(False)
    try:
        return not call.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
