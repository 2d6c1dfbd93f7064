"""One run a folder: a lock that dies with the process that holds it."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from jaxnn.checkpoint_errors import CheckpointError, CheckpointLocked

NAME = "lock"

TRIES, SECONDS_A_TRY = 40, 0.25


@contextmanager
def locked(folder: Path) -> Iterator[str]:
    """Hold a folder for the length of a `with`; gives what it wrote into the lock's file.

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
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})
        file.write(text)
        file.flush()
        yield text


def check_shared(folder: Path, text: str) -> None:
    """Raise an error unless this process sees the lock's file that another one wrote.

    Raises:
        CheckpointError: the folder is not the same for both.
    """
    for _ in range(TRIES):
        try:
            if (folder / NAME).read_text(encoding="utf-8") == text:
                return
        except OSError:
            pass
        time.sleep(SECONDS_A_TRY)  # a file system that is shared shows others' files a little later
    raise CheckpointError(
        f"{folder} is not the same folder in all processes ({socket.gethostname()} does not see "
        f"the lock {text}): take one on a file system that all hosts share"
    )


def _told(text: str) -> str:
    try:
        owner = json.loads(text)
        return f"process {owner['pid']} on {owner['host']}, since {owner['since']}"
    except (ValueError, KeyError, TypeError):
        return "one that has just begun"
