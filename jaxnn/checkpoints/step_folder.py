"""One checkpoint as a folder: arrays, JSON about them, and a manifest; written whole or not at all.

`step_0000000012` holds the checkpoint after 12 updates.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import jax

from jaxnn.checkpoints.arrays import (
    ArrayWriter,
    Entry,
    array_folder,
    checked_entry,
    entry_of,
    read_arrays,
)
from jaxnn.checkpoints.leaves import Leaves
from jaxnn.checkpoints.lock import HeldFolder
from jaxnn.checkpoints.manifest import about_of, sync_folder, verified, write_manifest
from jaxnn.checkpoints.plain_files import remove_folder
from jaxnn.errors import CheckpointError, CorruptCheckpoint
from jaxnn.parallel.hosts import ALONE, HostGroup

ARRAYS = "arrays"
_NAME = re.compile(r"step_[0-9]{10}")

IsChosen = Callable[[str], bool]
"""Name of an array -> whether it is read."""


def steps_in(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, the one with the fewest updates first.

    >>> steps_in(Path("nowhere"))
    []
    """
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def path_of(folder: Path, step: int) -> Path:
    """Return the path of the checkpoint after so many updates.

    >>> path_of(Path("run"), 12).name
    'step_0000000012'
    """
    return folder / f"step_{step:010d}"


class StepFolder:
    """Writes one checkpoint beside its final path, then renames it.

    Args:
        path: the final path.
        writer: writes the arrays.
        processes: those that write it together.
        held: the folder of the run; None: the checkpoint belongs to no run.
        move: renames the complete folder to its final path.
    """

    def __init__(
        self,
        path: Path,
        writer: ArrayWriter,
        processes: HostGroup = ALONE,
        held: HeldFolder | None = None,
        move: Callable[[Path, Path], None] = os.rename,
    ):
        self.path, self._writer, self._processes, self._move = path, writer, processes, move
        self._held = held or HeldFolder(path.parent)
        self._staged = path.parent / f".saving_{path.name}"

    def begin(self, leaves: Leaves, about: Mapping[str, Any]) -> None:
        """Copy the arrays and start writing; a CheckpointError if the disk has no room for them."""
        entries = [entry_of(name, leaf) for name, leaf in leaves.items()]
        self._needed = sum(entry.bytes for entry in entries) + 4096 * len(entries)
        written = [list(entry) for entry in entries]
        self._about = {**about, "name": self.path.name, "arrays": written}
        self._processes.broadcast(self._make_staging_folder)
        with self._cleaning_up():
            self._writer.begin(self._staged / ARRAYS, list(leaves.values()))

    def _make_staging_folder(self) -> str:
        self._held.check()
        with self._cleaning_up():
            needed, free = self._needed, shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise self._failure(f"{needed:,} bytes are needed, {free:,} are free")
        remove_folder(self._staged)
        with self._cleaning_up():
            self._staged.mkdir()
        return ""

    def finish(self) -> None:
        """Wait for the arrays, write the manifest, and rename the folder to its final path."""
        with self._cleaning_up():
            self._writer.finish()
            if not self._processes.is_first:
                return
            write_manifest(self._staged, self._about)
            self._held.check()
            self._move(self._staged, self.path)
            sync_folder(self.path.parent)

    @contextmanager
    def _cleaning_up(self) -> Iterator[None]:
        """Turn an error inside a `with` into a CheckpointError, and remove what was written."""
        try:
            yield
        except Exception as error:
            self._held.check()  # a folder that was deleted explains more than what came after
            try:
                free = shutil.disk_usage(self.path.parent).free
                room = f" ({self._needed:,} bytes are needed, {free:,} are free)"
            except OSError:
                room = ""
            first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise self._failure(f"{first[:500]}{room}") from error

    def _failure(self, why: str) -> CheckpointError:
        """Remove what was written so far, and return the error."""
        with suppress(CheckpointError):
            remove_folder(self._staged)
        return CheckpointError(
            f"{self.path} could not be written: {why}. Checkpoints before it are whole; make room "
            "and run the same command again, it resumes"
        )


def every(_: str) -> bool:
    """Choose every array."""
    return True


def read_about(
    folder: Path, expected_sha256: str | None = None, is_chosen: IsChosen = every
) -> tuple[dict[str, Any], list[Entry]]:
    """Return the JSON of a checkpoint and the entries of its arrays, its files verified.

    Of the files of arrays that are not chosen only names and sizes are compared.
    """
    about = about_of(folder)
    entries = entries_of(folder, about)
    others = {
        f"{ARRAYS}/{array_folder(i)}"
        for i, entry in enumerate(entries)
        if not is_chosen(entry.name)
    }
    verified(folder, expected_sha256, lambda name: name.rpartition("/")[0] not in others)
    return about, entries


def entries_of(folder: Path, about: dict[str, Any]) -> list[Entry]:
    """Take the entries of the arrays out of the JSON; a CorruptCheckpoint unless jaxnn wrote it."""
    try:
        entries = [checked_entry(raw) for raw in about.pop("arrays")]
        if len({entry.name for entry in entries}) != len(entries):
            raise ValueError("two arrays of one name")
    except (KeyError, ValueError, TypeError) as error:
        raise CorruptCheckpoint(f"{folder}: its manifest is not jaxnn's: {error}") from None
    return entries


def read_leaves(folder: Path, entries: list[Entry], is_chosen: IsChosen = every) -> Leaves:
    """Return the arrays of a checkpoint that `read_about` has verified."""
    try:
        arrays = read_arrays(folder / ARRAYS, entries, is_chosen)
        return {e.name: _as_key(arrays[e.name], e) for e in entries if is_chosen(e.name)}
    except CheckpointError:
        raise
    except Exception as error:
        raise CorruptCheckpoint(f"{folder} cannot be read: {str(error)[:500]}") from error


def _as_key(words: Any, entry: Entry) -> Any:
    if entry.key is None:
        return words
    return jax.random.wrap_key_data(jax.numpy.asarray(words), impl=entry.key)
