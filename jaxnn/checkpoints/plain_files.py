"""The files of a checkpoint: what lies in a folder is looked at before it is opened or removed.

A folder may come from elsewhere.  No link in it is followed, no pipe is waited for, and no more is
read, or looked through, than jaxnn itself would have written.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from jaxnn.errors import CheckpointError, CorruptCheckpoint

FILE, FOLDER = "a file", "a folder"
_OTHERS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}

MOST_DEPTH = 8
"""Folders inside each other that are looked into: Orbax's arrays lie 2 deep."""

MOST_ENTRIES = 2**20
"""Files and folders of a checkpoint that are looked at: a thousand layers have 30,000."""


def kind_at(path: Path) -> str | None:
    """Return what a path is, a link being a link: `FILE`, `FOLDER` or words; None: nothing.

    >>> kind_at(Path("nowhere")), kind_at(Path("."))
    (None, 'a folder')
    """
    try:
        return kind_of(path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return None


def kind_of(found: os.stat_result) -> str:
    """Return what `os.lstat` found."""
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)  # a link between Windows' folders
    if junction is not None and getattr(found, "st_reparse_tag", 0) == junction:
        return "a junction"
    if stat.S_ISREG(found.st_mode):
        return FILE
    if stat.S_ISDIR(found.st_mode):
        return FOLDER
    return _OTHERS.get(stat.S_IFMT(found.st_mode), "no file")


def check_folder(path: Path) -> None:
    """Raise an error unless a path is a folder itself, not a link to one.

    Raises:
        CorruptCheckpoint: says what it is.
    """
    kind = kind_at(path)
    if kind != FOLDER:
        raise CorruptCheckpoint(
            f"{path} is {kind or 'missing'}, what jaxnn writes there is a folder: remove it"
        )


def read_file(path: Path, most: int) -> bytes:
    """Return what is in a plain file of at most so many bytes.

    Raises:
        CorruptCheckpoint: it is something else, larger, or cannot be read.
    """
    try:
        kind, size, content = kind_at(path), 0, b""
        if kind == FILE:
            with open_file(path) as file:
                size = os.fstat(file.fileno()).st_size
                if size <= most:
                    content = file.read(most + 1)
                    size = max(size, len(content))
    except OSError as error:
        raise CorruptCheckpoint(f"{path} cannot be read: {error.strerror}") from None
    if kind is None:
        raise CorruptCheckpoint(f"{path} is missing: no checkpoint, or one half written")
    if kind != FILE:
        raise CorruptCheckpoint(f"{path} is {kind}, no plain file")
    if size > most:
        raise CorruptCheckpoint(f"{path} has {size:,} bytes, at most {most:,} fit")
    return content


def open_file(path: Path) -> BufferedReader:
    """Open a file to be read, but no link, and without waiting for the other end of a pipe."""
    return open(path, "rb", opener=_opened)


def write_file(path: Path, text: str, *, sync: bool = True) -> None:
    """Write a file: whole or not at all, in place of what has its name, never through a link.

    Args:
        path: of the file.
        text: ASCII.
        sync: whether to make its content last a power cut.
    """
    temporary = path.with_name(f".{path.name}")
    temporary.unlink(missing_ok=True)  # of a process that was killed
    with open(temporary, "x", encoding="ascii", newline="\n") as file:
        file.write(text)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    os.replace(temporary, path)


def files_in(folder: Path, most: int = MOST_ENTRIES) -> Iterator[tuple[str, int]]:
    """Yield the name, with / between folders, and the size of all files in a folder.

    Raises:
        CorruptCheckpoint: something is a link or no plain file, lies too deep, or is one too many.
    """
    waiting, seen = [("", folder, 0)], 0
    while waiting:
        prefix, inner, depth = waiting.pop()
        with os.scandir(inner) as entries:
            for entry in entries:
                seen += 1
                if seen > most:
                    raise CorruptCheckpoint(f"{folder} holds more than {most:,} files and folders")
                found = os.lstat(entry.path)  # Windows' `entry.stat` knows too little
                kind, name = kind_of(found), f"{prefix}{entry.name}"
                if kind == FOLDER and depth == MOST_DEPTH:
                    raise CorruptCheckpoint(
                        f"{folder} holds folders inside each other more than {MOST_DEPTH} deep"
                    )
                if kind == FOLDER:
                    waiting.append((f"{name}/", Path(entry.path), depth + 1))
                elif kind == FILE:
                    yield name, found.st_size
                else:
                    raise CorruptCheckpoint(f"{entry.path} is {kind}, no plain file")


def remove_folder(path: Path, away: Path | None = None) -> None:
    """Remove a folder that jaxnn wrote, if it is there; refuse to remove anything else.

    Args:
        path: of the folder.
        away: what to call it until all of it is gone; None: as it is called.

    Raises:
        CheckpointError: it holds what jaxnn does not write, or cannot be removed.
    """
    try:
        if kind_at(path) is None:
            return
        check_folder(path)
        for _ in files_in(path):
            pass
        if away is not None:
            os.rename(path, away)
        shutil.rmtree(away or path)
    except CorruptCheckpoint as error:
        raise CheckpointError(
            f"{error}. jaxnn did not write that, and leaves it alone: remove {path}, and run the "
            "same command again"
        ) from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be removed: {error.strerror}") from None


def move_aside(path: Path) -> Path:
    """Give what is at a path another name, beside it, and return that."""
    number, aside = 1, path.with_name(f"{path.name}.corrupt")
    while kind_at(aside) is not None:
        number += 1
        aside = path.with_name(f"{path.name}.corrupt{number}")
    os.rename(path, aside)
    return aside


@contextmanager
def failures_told(path: Path) -> Iterator[None]:
    """Turn what the system refuses, in the length of a `with`, into an error about a folder.

    Raises:
        CheckpointError: says of which file, and what the system says.
    """
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"{error.filename or path} cannot be used: {error.strerror or error}"
        ) from error


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
