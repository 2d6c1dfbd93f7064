"""Writes arrays and JSON into a folder of their own, which belongs to no run, and replaces it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.leaves import Leaves
from jaxnn.checkpoints.manifest import verified
from jaxnn.checkpoints.plain_files import (
    check_parent,
    kind_at,
    remove_folder,
    replaced_by,
    system_errors,
)
from jaxnn.checkpoints.step_folder import StepFolder
from jaxnn.errors import CheckpointError, CorruptCheckpoint
from jaxnn.textbook.checks.arguments import as_flag, as_path

OF_EVERY_FOLDER = ("name", "arrays")  # what a manifest says of any arrays


def write_folder(
    path: str | os.PathLike[str],
    leaves: Leaves,
    about: Mapping[str, Any],
    *,
    written: Collection[str],
    overwrite: bool,
) -> Path:
    """Write a folder whole or not at all, and return its path.

    Args:
        path: the folder.
        leaves: the arrays.
        about: the JSON.
        written: the keys of the JSON of folders that this one may replace.
        overwrite: whether it may replace one.
    """
    path, overwrite = as_path("path", path), as_flag("overwrite", overwrite)
    with system_errors(path):
        _check_place(path, written, overwrite)
    check_parent(path)
    with ArrayWriter() as writer:
        step = StepFolder(path, writer, move=partial(_replace, written) if overwrite else os.rename)
        step.begin(leaves, about)
        step.finish()
    return path


def _check_place(path: Path, written: Collection[str], overwrite: bool) -> None:
    """Raise a CheckpointError where something is at a path that is not to be replaced."""
    if kind_at(path) is None:
        return
    if not overwrite:
        raise CheckpointError(
            f"{path} is there already: take another path, remove it first, or give overwrite=True"
        )
    _check_saved(path, written)


def _check_saved(path: Path, written: Collection[str]) -> None:
    """Raise a CheckpointError unless a folder holds what was saved so, and nothing else."""
    try:
        about = verified(path, is_needed=lambda _: False)
    except CorruptCheckpoint as error:
        raise CheckpointError(
            f"{path} is there already, and not as it was saved: {error}. Take another path, "
            "or remove it first"
        ) from None
    if not set(about) <= {*written, *OF_EVERY_FOLDER}:
        raise CheckpointError(
            f"{path} is there already, and holds something else, such as a checkpoint of a run: "
            "take another path"
        )


def _replace(written: Collection[str], new: Path, path: Path) -> None:
    """Rename a folder to a path; what was saved there is renamed aside, and removed at the end.

    A process that is killed between leaves the old one aside, where `load` finds it.
    """
    aside, is_there = replaced_by(path), kind_at(path) is not None
    if is_there:
        _remove(aside, written)
        os.rename(path, aside)
    try:
        os.rename(new, path)
    except OSError:
        if is_there:
            os.rename(aside, path)
        raise
    _remove(aside, written)


def _remove(path: Path, written: Collection[str]) -> None:
    """Remove a folder that was saved, if it is there."""
    if kind_at(path) is not None:
        _check_saved(path, written)
        remove_folder(path)
