"""The newest good checkpoint of a folder, and the removal of damaged, unfinished and old ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from jaxnn.checkpoints.plain_files import check_folder, move_aside, remove_folder, system_errors
from jaxnn.checkpoints.step_folder import steps_in
from jaxnn.errors import CorruptCheckpoint

T = TypeVar("T")


def newest(folder: Path, read: Callable[[Path], T], on_corrupt: str) -> tuple[Path, T] | None:
    """Return the path of the newest good checkpoint and what `read` returns; None if there is none.

    With `on_corrupt="previous"` damaged ones are renamed, with a warning; with "error" a
    CorruptCheckpoint names them and the newest good one.
    """
    good, damaged = None, {}
    for path in reversed(steps_in(folder)):
        try:
            check_folder(path)
            good = good or (path, read(path))
        except CorruptCheckpoint as error:
            damaged[path] = error
    if not damaged:
        return good
    first = next(iter(damaged.values()))
    if on_corrupt == "error" or good is None:
        raise CorruptCheckpoint(f"{first}. {_advice(good and good[0], [*damaged], folder)}")
    with system_errors(folder):
        moved = {path.name: move_aside(path).name for path in damaged}
    names = "; ".join(f"{name}, which is now {aside}" for name, aside in moved.items())
    warnings.warn(
        f"{first}. Going on from {good[0].name} instead of {names}", RuntimeWarning, stacklevel=2
    )
    return good


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process began to write or to delete."""
    with system_errors(folder):
        left = [path for name in (".saving_*", ".deleting_*") for path in folder.glob(name)]
    for path in sorted(left):
        remove_folder(path)


def remove_old(folder: Path, keep: int) -> None:
    """Remove all checkpoints but the newest; a half-removed one no longer counts as one."""
    with system_errors(folder):
        for path in steps_in(folder)[:-keep]:
            remove_folder(path, away=path.with_name(f".deleting_{path.name}"))


def _advice(good: Path | None, damaged: list[Path], folder: Path) -> str:
    if good is None:
        return f"No older checkpoint in {folder} is good: remove the folder to start anew"
    names = " and ".join(path.name for path in damaged)
    return (
        f"The newest good checkpoint is {good.name}: to go on from it, give on_corrupt='previous', "
        f"or remove {names}"
    )
