"""One run a folder: a lock that dies with the process that holds it."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from jaxnn.checkpoint_errors import CheckpointError, CheckpointLocked

NAME = "lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for the length of a `with`.

    Raises:
        CheckpointLocked: another run holds it: its process, its host, and since when.
        CheckpointError: this system has no locks that die with their process.
    """
    try:
        import fcntl
    except ImportError:
        raise CheckpointError(
            f"{folder} cannot be locked: this system has no fcntl; save finished networks with "
            "jaxnn.save instead"
        ) from None
    with open(folder / NAME, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise CheckpointLocked(
                f"{folder} is in use by another run: {_told(file.read())}. Wait for it, stop it, "
                "or take another folder"
            ) from None
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}))
        file.flush()
        yield


def _told(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"process {owner['pid']} on {owner['host']}, since {owner['since']}"
    except (ValueError, KeyError, TypeError):
        return "one that has just begun"
