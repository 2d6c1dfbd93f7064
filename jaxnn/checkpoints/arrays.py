"""Writes and reads arrays with Orbax, uncompressed, so that no small file unpacks to a large array.

Before Orbax reads an array, its description (shape, type, codecs) is compared with the manifest's.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxnn.errors import CorruptCheckpoint
from jaxnn.textbook.keys import is_key

MOST_BYTES_OF_METADATA = 2**16  # of one array; Orbax writes about 200


class Entry(NamedTuple):
    """What a manifest says about an array."""

    name: str  # of the leaf, such as state.params.0.W
    shape: tuple[int, ...]  # of a random key, that of its words
    dtype: str
    key: str | None  # the implementation of a random key; None: an array of numbers

    @property
    def bytes(self) -> int:
        """Size in memory."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


def entry_of(name: str, leaf: Any) -> Entry:
    """Return the entry of a leaf.

    >>> entry_of("W", np.ones((2, 3), np.float32))
    Entry(name='W', shape=(2, 3), dtype='float32', key=None)
    """
    words = words_of(leaf)
    key = str(jax.random.key_impl(leaf)) if is_key(leaf) else None
    return Entry(name, tuple(words.shape), str(words.dtype), key)


def words_of(leaf: Any) -> Any:
    """Return a leaf as an array of numbers; of a random key, its words.

    >>> words_of(jax.random.key(0)).shape
    (2,)
    """
    if is_key(leaf):
        return jax.random.key_data(leaf)
    return leaf if isinstance(leaf, jax.Array) else np.asarray(leaf)


def checked_entry(raw: Any) -> Entry:
    """Return the entry that a manifest's JSON describes, or raise a ValueError.

    >>> checked_entry(["W", [2, 3], "float32", None]).bytes
    24
    """
    name, shape, dtype, key = raw
    sound = (
        isinstance(name, str)
        and isinstance(shape, list)
        and all(type(n) is int and 0 <= n < 2**48 for n in shape)
        and len(shape) <= 32
        and isinstance(dtype, str)
        and (key is None or isinstance(key, str))
    )
    if not sound or np.dtype(dtype).kind not in "biufcV" or np.dtype(dtype).hasobject:
        raise ValueError(f"{raw!r} describes no array")
    return Entry(name, tuple(shape), dtype, key)


class ArrayWriter:
    """Writes arrays in the background, inside a `with`.

    With `together` all processes write, each the parts of arrays that its devices have.
    """

    def __init__(self, *, together: bool = False) -> None:
        import orbax.checkpoint as ocp

        self._ocp, self._together = ocp, together
        options = {} if together else _alone(ocp)
        self._checkpointer = ocp.AsyncCheckpointer(_handler(ocp, options), **options)

    def __enter__(self) -> ArrayWriter:
        logging.getLogger("absl").addFilter(_is_relevant)
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # of a save that failed as it began, which was raised then
            self._checkpointer.close()
        logging.getLogger("absl").removeFilter(_is_relevant)

    def begin(self, folder: Path, leaves: Sequence[Any]) -> None:
        """Copy the leaves, and start writing them into a folder that does not exist yet."""
        tree = {
            array_folder(i): self._as_written(leaf) for i, leaf in enumerate(leaves) if leaf.size
        }
        self._checkpointer.save(folder.resolve(), args=self._ocp.args.PyTreeSave(tree))

    def finish(self) -> None:
        """Wait until all is written, and raise the error of a failed write."""
        self._checkpointer.wait_until_finished()

    def _as_written(self, leaf: Any) -> Any:
        """Return the array to write; one that every process has whole becomes a host array."""
        words = words_of(leaf)
        divided = isinstance(words, jax.Array) and not words.is_fully_addressable
        return words if divided or not self._together else np.array(words)


def read_arrays(
    folder: Path, entries: Sequence[Entry], is_chosen: Callable[[str], bool]
) -> dict[str, np.ndarray]:
    """Return name -> array on the host, of the chosen names; a CorruptCheckpoint if one differs.

    The files of the folder have been compared with the manifest before.
    """
    import orbax.checkpoint as ocp

    total = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    if sum(entry.bytes for entry in entries) > total:
        raise CorruptCheckpoint(f"{folder} is smaller than the arrays that its manifest describes")
    stored, wanted = {}, [(i, entry) for i, entry in enumerate(entries) if is_chosen(entry.name)]
    for i, entry in wanted:
        if entry.bytes:
            _check_description(folder / array_folder(i) / ".zarray", entry)
            stored[array_folder(i)] = entry
    found = {}
    if stored:
        with ocp.Checkpointer(_handler(ocp, _alone(ocp)), **_alone(ocp)) as reader:
            args: Any = ocp.args.PyTreeRestore(
                item=dict.fromkeys(stored, 0),
                restore_args=dict.fromkeys(stored, ocp.RestoreArgs(restore_type=np.ndarray)),
                partial_restore=True,
            )
            found = reader.restore(folder.resolve(), args=args)
    arrays = {}
    for i, entry in wanted:
        array = found[array_folder(i)] if entry.bytes else np.zeros(entry.shape, entry.dtype)
        if tuple(array.shape) != entry.shape or str(array.dtype) != entry.dtype:
            raise CorruptCheckpoint(f"{folder / array_folder(i)} holds another array than {entry}")
        arrays[entry.name] = array
    return arrays


def _is_relevant(record: logging.LogRecord) -> bool:
    """Return False for Orbax's note that it skips OCDBT's merge: jaxnn does not use OCDBT."""
    return "Skipping merge of OCDBT" not in str(record.msg)


def _handler(ocp: Any, options: Mapping[str, Any]) -> Any:
    return ocp.PyTreeCheckpointHandler(
        use_ocdbt=False, use_zarr3=False, use_compression=False, **options
    )


def _alone(ocp: Any) -> dict[str, Any]:
    """Return Orbax's options for a process that waits for no other."""
    if jax.process_count() == 1:
        return {}
    me = jax.process_index()
    return {
        "multiprocessing_options": ocp.options.MultiprocessingOptions(
            primary_host=me, active_processes={me}, barrier_sync_key_prefix=f"process_{me}"
        )
    }


def array_folder(i: int) -> str:
    """Return the name of the folder of an array.

    >>> array_folder(3)
    'a3'
    """
    return f"a{i}"


def _check_description(path: Path, entry: Entry) -> None:
    """Raise a CorruptCheckpoint unless Orbax's description of an array is the manifest's."""
    try:
        if path.stat().st_size > MOST_BYTES_OF_METADATA:
            raise ValueError("too large")
        found: Any = json.loads(path.read_bytes())
        kind = np.dtype(entry.dtype)
        sound = (
            found["shape"] == list(entry.shape)
            and found["dtype"] in {kind.str, entry.dtype}
            and found["compressor"] is None
            and found.get("filters") is None
            and len(found["chunks"]) == len(entry.shape)
            and all(0 < c <= n for c, n in zip(found["chunks"], entry.shape, strict=True))
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise CorruptCheckpoint(f"{path} describes another array than the manifest: {entry}")
