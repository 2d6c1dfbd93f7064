"""The lock of a folder: one run at a time; it ends with its process, and names it."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jaxnn.checkpoints.plain_files import FILE, kind_at, kind_of, read_file, write_file
from jaxnn.errors import CheckpointError, CheckpointLocked

NAME, OWNER = "lock", "lock_owner.json"

MOST_BYTES_OF_OWNER = 4096
TRIES, SECONDS_A_TRY = 40, 0.25
_NO_LOCKS = {
    getattr(errno, name)
    for name in ("ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP")
    if hasattr(errno, name)
}
_NO_LOCKS_ON_WINDOWS = {1, 50}  # ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED


@dataclass(frozen=True)
class HeldFolder:
    """The folder of a run, whose lock this process holds, or another that trains with it."""

    path: Path
    owner: str = ""  # the text in it about the process that holds the lock
    lock: os.stat_result | None = None  # of the lock's open file; None: another process holds it
    process: int = -1  # that holds the lock

    def check(self) -> None:
        """Raise a CheckpointError unless the path is still the folder whose lock is held."""
        if self.lock is None:
            return
        if os.getpid() != self.process:
            raise CheckpointError(
                f"{self.path} is the folder of process {self.process}, from which this one, "
                f"{os.getpid()}, was forked: only that one writes into it"
            )
        try:
            found = os.lstat(self.path / NAME)
        except OSError:
            found = None
        if found is not None and os.path.samestat(found, self.lock):
            return
        what = "is gone" if kind_at(self.path) is None else "is no longer the folder of this run"
        raise CheckpointError(
            f"{self.path} {what}: it, or the file {NAME} in it, was deleted, renamed or replaced "
            "while the training ran, and nothing more is saved. Put it back, or take another "
            "folder, and run the same command again"
        )


@contextmanager
def locked(folder: Path) -> Iterator[HeldFolder]:
    """Lock a folder inside a `with`; a CheckpointLocked names the process that holds it."""
    import filelock

    path, opened = folder / NAME, []

    def check_opened(descriptor: int) -> None:
        found = os.fstat(descriptor)
        _check_plain(path, found)
        opened.append(found)

    if os.path.lexists(path):
        _check_plain(path, path.lstat())
    if not (filelock.has_fcntl or os.name == "nt"):
        raise _without_locks(folder, "this system")
    lock = filelock.FileLock(
        path,
        thread_local=False,
        fallback_to_soft=False,
        preserve_lock_file=True,
        on_acquired=check_opened,
    )
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise CheckpointLocked(
            f"{folder} is in use by another run: {_owner_of(folder)}. Wait for it, stop it, "
            "or take another folder"
        ) from None
    except OSError as error:
        windows = getattr(error, "winerror", None) in _NO_LOCKS_ON_WINDOWS
        if error.errno in _NO_LOCKS or windows:
            raise _without_locks(folder, f"its file system ({error.strerror})") from None
        raise CheckpointError(f"{path} cannot be locked: {error.strerror or error}") from None
    try:
        held = HeldFolder(folder, _text(), opened[0], os.getpid())
        try:
            write_file(folder / OWNER, held.owner, sync=False)
        except OSError as error:
            raise CheckpointError(
                f"{folder / OWNER} cannot be written: {error}. Remove what has its name, or make "
                "room, and run the same command again"
            ) from None
        yield held
    finally:
        lock.release()


def check_shared(folder: Path, text: str) -> None:
    """Raise a CheckpointError unless this process sees the owner of the lock as it was written."""
    for _ in range(TRIES):
        if _read_owner(folder) == text:
            return
        time.sleep(SECONDS_A_TRY)  # a shared file system shows the files of others a little later
    raise CheckpointError(
        f"{folder} is not the same folder in all processes ({socket.gethostname()} does not see "
        f"the lock {text}): take one on a file system that all hosts share"
    )


def _check_plain(path: Path, found: os.stat_result) -> None:
    """Raise a CheckpointError unless the lock is a plain file of this folder alone."""
    kind = kind_of(found)
    if kind == FILE and found.st_nlink > 1:
        kind = "a hard link"
    if kind != FILE:
        raise CheckpointError(
            f"{path} is {kind}, the lock of a run is a file of its own: remove {path}, and run the "
            "same command again"
        )


def _without_locks(folder: Path, what: str) -> CheckpointError:
    return CheckpointError(
        f"{folder} cannot be locked: {what} has no locks, which keep two runs from one folder. "
        "Take a folder on another file system, or save finished networks with jaxnn.save"
    )


def _text() -> str:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since})


def _read_owner(folder: Path) -> str:
    try:
        return read_file(folder / OWNER, MOST_BYTES_OF_OWNER).decode("ascii")
    except (CheckpointError, UnicodeDecodeError):
        return ""


def _owner_of(folder: Path) -> str:
    """Return in words who holds a folder; a process that has just begun has not written it yet."""
    try:
        owner = json.loads(_read_owner(folder))
        pid, host, since = owner["pid"], owner["host"], owner["since"]
        sound = isinstance(pid, int) and re.fullmatch(r"[\w.-]{1,255}", host)
        if sound and re.fullmatch(r"[0-9T:+-]{1,40}", since):
            return f"process {pid} on {host}, since {since}"
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return f"{OWNER} in it does not say which"
