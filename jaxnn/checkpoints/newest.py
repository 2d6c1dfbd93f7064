"""The newest good checkpoint of a folder, and what is done with those that were damaged."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from jaxnn.checkpoints.plain_files import check_folder, failures_told, move_aside, remove_folder
from jaxnn.checkpoints.whole_step import all_in
from jaxnn.errors import CorruptCheckpoint

T = TypeVar("T")


def newest(folder: Path, read: Callable[[Path], T], on_corrupt: str) -> tuple[Path, T] | None:
    """Return where the newest checkpoint is, and what was read of it; None: there is none.

    Args:
        folder: of checkpoints.
        read: reads one, or raises a CorruptCheckpoint.
        on_corrupt: of a damaged one: "error", or "previous", to give it another name, and to take
            the newest good one.

    Raises:
        CorruptCheckpoint: says which is damaged, and how to go on.
    """
    good, damaged = None, {}
    for path in reversed(all_in(folder)):
        try:
            check_folder(path)
            good = good or (path, read(path))
        except CorruptCheckpoint as error:
            damaged[path] = error
    if not damaged:
        return good
    first = next(iter(damaged.values()))
    if on_corrupt == "error" or good is None:
        raise CorruptCheckpoint(f"{first}. {_offer(good and good[0], [*damaged], folder)}")
    with failures_told(folder):
        moved = {path.name: move_aside(path).name for path in damaged}
    names = "; ".join(f"{name}, which is now {aside}" for name, aside in moved.items())
    warnings.warn(
        f"{first}. Going on from {good[0].name} instead of {names}", RuntimeWarning, stacklevel=2
    )
    return good


def remove_leftovers(folder: Path) -> None:
    """Remove what was begun in a folder, and not ended, by a process that was killed.

    Raises:
        CheckpointError: something else has such a name.
    """
    with failures_told(folder):
        left = [path for name in (".saving_*", ".deleting_*") for path in folder.glob(name)]
    for path in sorted(left):
        remove_folder(path)


def remove_old(folder: Path, keep: int) -> None:
    """Remove all checkpoints but the newest; one that is half removed is none any more.

    Raises:
        CheckpointError: one cannot be removed.
    """
    with failures_told(folder):
        for path in all_in(folder)[:-keep]:
            remove_folder(path, away=path.with_name(f".deleting_{path.name}"))


def _offer(good: Path | None, damaged: list[Path], folder: Path) -> str:
    if good is None:
        return f"No older checkpoint in {folder} is good: remove the folder to start anew"
    names = " and ".join(path.name for path in damaged)
    return (
        f"The newest good checkpoint is {good.name}: to go on from it, give on_corrupt='previous', "
        f"or remove {names}"
    )
