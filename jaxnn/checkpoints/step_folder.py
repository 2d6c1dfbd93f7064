"""One checkpoint, a folder: arrays under the names of a pytree's leaves, and JSON about them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxnn.checkpoints.arrays import ArrayWriter, Entry, checked_entry, entry_of, place, read_arrays
from jaxnn.checkpoints.lock import HeldFolder
from jaxnn.checkpoints.manifest import about_of, sync_folder, verified, write_manifest
from jaxnn.checkpoints.plain_files import remove_folder
from jaxnn.errors import CheckpointError, CheckpointMismatch, CorruptCheckpoint
from jaxnn.parallel.hosts import ALONE, HostGroup
from jaxnn.textbook.keys import is_key

ARRAYS = "arrays"

Leaves = dict[str, Any]
"""Name -> array: `state.params.0.W` and so on."""


def named_leaves(tree: Any) -> Leaves:
    """Return the leaves of a pytree under their names.

    >>> sorted(named_leaves({"loss": np.ones(2), "state": (np.ones(3),)}))
    ['loss', 'state.0']
    """
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {
        jax.tree_util.keystr(path, simple=True, separator="."): _as_array(leaf)
        for path, leaf in leaves
    }


def like(template: Any, arrays: Mapping[str, Any]) -> Any:
    """Return a pytree shaped as the template, with the arrays of its leaves' names.

    >>> like({"a": 0.0}, {"a": 5.0})
    {'a': 5.0}
    """
    leaves, treedef = jax.tree_util.tree_flatten_with_path(template)
    names = [jax.tree_util.keystr(path, simple=True, separator=".") for path, _ in leaves]
    return jax.tree_util.tree_unflatten(treedef, [arrays[name] for name in names])


def needed_bytes(leaves: Leaves) -> int:
    """Return about how many bytes a checkpoint of the leaves takes.

    >>> needed_bytes({"W": np.ones(1000, np.float32)})
    8096
    """
    return sum(entry_of(name, leaf).bytes for name, leaf in leaves.items()) + 4096 * len(leaves)


class StepFolder:
    """Writes one checkpoint: beside its place, then into it, so that it is whole or not there.

    Args:
        path: where it will be.
        writer: of arrays.
        processes: that write it together.
        held: the run's folder; None: it is of no run.
    """

    def __init__(
        self,
        path: Path,
        writer: ArrayWriter,
        processes: HostGroup = ALONE,
        held: HeldFolder | None = None,
    ):
        self.path, self._writer, self._processes = path, writer, processes
        self._held = held or HeldFolder(path.parent)
        self._staged = path.parent / f".saving_{path.name}"

    def begin(self, leaves: Leaves, about: Mapping[str, Any]) -> None:
        """Copy the arrays, and begin to write them.

        Raises:
            CheckpointError: there is no room for them, or the run's folder is another by now.
        """
        self._needed = needed_bytes(leaves)
        entries = [entry_of(name, leaf) for name, leaf in leaves.items()]
        written = [list(entry) for entry in entries]
        self._about = {**about, "name": self.path.name, "arrays": written}
        self._processes.broadcast(self._staging)
        with self._failing():
            self._writer.begin(self._staged / ARRAYS, list(leaves.values()))

    def _staging(self) -> str:
        """Make the folder that is written into, if there is room."""
        self._held.check()
        with self._failing():
            needed, free = self._needed, shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise self._failure(f"{needed:,} bytes are needed, {free:,} are free")
        remove_folder(self._staged)
        with self._failing():
            self._staged.mkdir()
        return ""

    def finish(self) -> None:
        """Wait for the arrays, write the manifest, and put the checkpoint into its place."""
        with self._failing():
            self._writer.finish()
            if not self._processes.is_first:
                return
            write_manifest(self._staged, self._about)
            self._held.check()
            os.rename(self._staged, self.path)
            sync_folder(self.path.parent)

    def _failing(self) -> Any:
        return _Failing(self)

    def _failure(self, why: str) -> CheckpointError:
        with suppress(CheckpointError):
            remove_folder(self._staged)
        return CheckpointError(
            f"{self.path} could not be written: {why}. Checkpoints before it are whole; make room "
            "and run the same command again, it resumes"
        )


class _Failing:
    """Turns what goes wrong in a `with` into a CheckpointError, and takes away what was begun."""

    def __init__(self, folder: StepFolder):
        self._folder = folder

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: Any, error: BaseException | None, __: Any) -> None:
        if isinstance(error, Exception):
            folder: Any = self._folder
            folder._held.check()  # what became of the folder says more than what followed from it
            try:
                free = shutil.disk_usage(folder.path.parent).free
                room = f" ({folder._needed:,} bytes are needed, {free:,} are free)"
            except OSError:
                room = ""
            first = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise folder._failure(f"{first[:500]}{room}") from error


Chosen = Callable[[str], bool]
"""Name of an array -> whether it is wanted."""


def every(name: str) -> bool:
    """Return True: every array is wanted."""
    return True


def read_about(
    folder: Path, expected_sha256: str | None = None, chosen: Chosen = every
) -> tuple[dict, list[Entry]]:
    """Return what is written about a checkpoint, and its arrays' entries, its files compared.

    Args:
        folder: of the checkpoint.
        expected_sha256: of the manifest.
        chosen: which arrays will be read: of the files of others only names and sizes are compared.

    Raises:
        CheckpointError: see `verified`.
    """
    about = about_of(folder)
    entries = entries_of(folder, about)
    left = {f"{ARRAYS}/{place(i)}" for i, entry in enumerate(entries) if not chosen(entry.name)}
    verified(folder, expected_sha256, lambda name: name.rpartition("/")[0] not in left)
    return about, entries


def entries_of(folder: Path, about: dict[str, Any]) -> list[Entry]:
    """Take the entries of the arrays out of what is written about a checkpoint.

    Raises:
        CorruptCheckpoint: they are not jaxnn's.
    """
    try:
        entries = [checked_entry(raw) for raw in about.pop("arrays")]
        if len({entry.name for entry in entries}) != len(entries):
            raise ValueError("two arrays of one name")
    except (KeyError, ValueError, TypeError) as error:
        raise CorruptCheckpoint(f"{folder}: its manifest is not jaxnn's: {error}") from None
    return entries


def read_leaves(folder: Path, entries: list[Entry], chosen: Chosen = every) -> Leaves:
    """Return the arrays of a checkpoint whose files have been compared.

    Args:
        folder: of the checkpoint.
        entries: as `read_about` gives them.
        chosen: which arrays.

    Raises:
        CorruptCheckpoint: the files hold something else.
    """
    try:
        arrays = read_arrays(folder / ARRAYS, entries, chosen)
        return {e.name: _as_key(arrays[e.name], e) for e in entries if chosen(e.name)}
    except CheckpointError:
        raise
    except Exception as error:
        raise CorruptCheckpoint(f"{folder} cannot be read: {str(error)[:500]}") from error


def _as_key(words: Any, entry: Entry) -> Any:
    if entry.key is None:
        return words
    return jax.random.wrap_key_data(jax.numpy.asarray(words), impl=entry.key)


def _as_array(leaf: Any) -> Any:
    return leaf if isinstance(leaf, jax.Array | np.ndarray) or is_key(leaf) else np.asarray(leaf)


def check_alike(folder: Path, template: Leaves, entries: list[Entry]) -> None:
    """Raise an error unless a checkpoint has an array for every leaf, of its shape and type.

    Args:
        folder: of the checkpoint, for the message.
        template: the leaves as they ought to be.
        entries: the checkpoint's.

    Raises:
        CheckpointMismatch: says for each what differs.
    """
    wanted = {name: entry_of(name, leaf) for name, leaf in template.items()}
    found = {entry.name: entry for entry in entries}
    different = []
    for name in sorted(wanted.keys() | found.keys()):
        have, want = found.get(name), wanted.get(name)
        if have != want:
            different.append(f"{symbol(name)}: checkpoint {_told(have)}, here {_told(want)}")
    if different:
        raise CheckpointMismatch(f"{folder} is of another run. " + "; ".join(different))


def symbol(name: str) -> str:
    """Return a leaf's name in the notation.

    >>> symbol("state.params.1.W"), symbol("state.opt_state.0.mu.0.b")
    ('W^[2]', 'optimiser state 0.mu.0.b')
    """
    parts = name.split(".")
    if parts[-3:-2] == ["params"] and parts[-2].isdigit() and "opt_state" not in parts:
        return f"{parts[-1]}^[{int(parts[-2]) + 1}]"
    if "opt_state" in parts:
        return f"optimiser state {name.partition('opt_state.')[2]}"
    return name


def _told(entry: Entry | None) -> str:
    return "none" if entry is None else f"{entry.shape} {entry.dtype}"
