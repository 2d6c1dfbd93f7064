"""Reads, writes and removes plain files and folders only: no links, pipes or devices.

A folder may come from someone else.  No link in it is followed, no pipe is waited for, and no more
is read or searched than jaxnn itself would have written.
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

MOST_DEPTH = 8  # of folders inside folders; Orbax's arrays are 2 deep
MOST_ENTRIES = 2**20  # files and folders of a checkpoint; a thousand layers have 30,000


def kind_at(path: Path) -> str | None:
    """Return `FILE`, `FOLDER`, another kind in words, or None; a link is "a symbolic link".

    >>> kind_at(Path("nowhere")), kind_at(Path("."))
    (None, 'a folder')
    """
    try:
        return kind_of(path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return None


def kind_of(found: os.stat_result) -> str:
    """Return the kind of what `os.lstat` found."""
    junction = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)  # a link between Windows' folders
    if junction is not None and getattr(found, "st_reparse_tag", 0) == junction:
        return "a junction"
    if stat.S_ISREG(found.st_mode):
        return FILE
    if stat.S_ISDIR(found.st_mode):
        return FOLDER
    return _OTHERS.get(stat.S_IFMT(found.st_mode), "no file")


def check_folder(path: Path) -> None:
    """Raise a CorruptCheckpoint unless a path is a folder itself, not a link to one."""
    kind = kind_at(path)
    if kind != FOLDER:
        raise CorruptCheckpoint(
            f"{path} is {kind or 'missing'}, what jaxnn writes there is a folder: remove it"
        )


def check_parent(path: Path) -> None:
    """Raise a CheckpointError unless the folder in which a path is to be made exists."""
    parent = Path(os.path.realpath(path)).parent
    if not parent.is_dir():
        raise CheckpointError(f"{path} cannot be made: {parent} is no folder")


def read_file(path: Path, most: int) -> bytes:
    """Return the content of a plain file; a CorruptCheckpoint if it has more than `most` bytes."""
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
    """Open a file for reading; refuse a link, and do not wait for the other end of a pipe."""
    return open(path, "rb", opener=_opened)


def write_file(path: Path, text: str, *, sync: bool = True) -> None:
    """Write ASCII to a file, whole or not at all, never through a link; `sync`: to the disk."""
    temporary = path.with_name(f".{path.name}")
    temporary.unlink(missing_ok=True)  # of a process that was killed
    with open(temporary, "x", encoding="ascii", newline="\n") as file:
        file.write(text)
        if sync:
            file.flush()
            os.fsync(file.fileno())
    os.replace(temporary, path)


def files_in(folder: Path, most: int = MOST_ENTRIES) -> Iterator[tuple[str, int]]:
    """Yield name, with / between folders, and size of every file; a CorruptCheckpoint at a link."""
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
    """Remove a folder, if it is there; a CheckpointError if it holds what jaxnn does not write.

    With `away` it is first renamed so, that a half-removed folder is not taken for a checkpoint.
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


def replaced_by(path: Path) -> Path:
    """Return the path of a folder while another takes its place.

    >>> replaced_by(Path("models/digits")).name
    '.replaced_digits'
    """
    return path.with_name(f".replaced_{path.name}")


def whole_at(path: Path) -> Path:
    """Return a path, or where its folder is after a process that replaced it was killed."""
    aside = replaced_by(path)
    return aside if kind_at(path) is None and kind_at(aside) == FOLDER else path


def move_aside(path: Path) -> Path:
    """Rename a path to the first free `….corrupt`, and return that."""
    number, aside = 1, path.with_name(f"{path.name}.corrupt")
    while kind_at(aside) is not None:
        number += 1
        aside = path.with_name(f"{path.name}.corrupt{number}")
    os.rename(path, aside)
    return aside


@contextmanager
def system_errors(path: Path) -> Iterator[None]:
    """Turn an OSError inside a `with` into a CheckpointError that names the file."""
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"{error.filename or path} cannot be used: {error.strerror or error}"
        ) from error


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
