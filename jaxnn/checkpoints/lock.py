"""One run a folder: a lock that dies with the process that holds it, and who that is."""

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
    """A folder that a run writes into.

    Attributes:
        path: of the folder.
        owner: what was written into it about the process that holds its lock.
        lock: what `os.fstat` says of the lock's open file; None: another process has it.
        process: that holds the lock.
    """

    path: Path
    owner: str = ""
    lock: os.stat_result | None = None
    process: int = -1

    def check(self) -> None:
        """Raise an error unless the path still leads to the folder whose lock is held.

        Raises:
            CheckpointError: says what became of it.
        """
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
    """Hold a folder for the length of a `with`.

    Raises:
        CheckpointLocked: another run holds it: its process, its host, and since when.
        CheckpointError: there are no locks on its file system, or something else has its name.
    """
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
        path, thread_local=False, fallback_to_soft=False, preserve_lock_file=True,
        on_acquired=check_opened,
    )  # fmt: skip
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
    """Raise an error unless this process sees who holds the lock, as that one wrote it.

    Raises:
        CheckpointError: the folder is not the same for both.
    """
    for _ in range(TRIES):
        if _read_owner(folder) == text:
            return
        time.sleep(SECONDS_A_TRY)  # a file system that is shared shows others' files a little later
    raise CheckpointError(
        f"{folder} is not the same folder in all processes ({socket.gethostname()} does not see "
        f"the lock {text}): take one on a file system that all hosts share"
    )


def _check_plain(path: Path, found: os.stat_result) -> None:
    """Raise an error unless what is to be locked is a file of this folder alone."""
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
    """Return who holds a folder, in words; whoever has just begun has not written it yet."""
    try:
        owner = json.loads(_read_owner(folder))
        pid, host, since = owner["pid"], owner["host"], owner["since"]
        sound = isinstance(pid, int) and re.fullmatch(r"[\w.-]{1,255}", host)
        if sound and re.fullmatch(r"[0-9T:+-]{1,40}", since):
            return f"process {pid} on {host}, since {since}"
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    return f"{OWNER} in it does not say which"
