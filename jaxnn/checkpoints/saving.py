"""`save`: writes a network and its parameters into a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.leaves import named_leaves
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
from jaxnn.textbook.checks.arguments import as_flag, as_path, check_not_traced, described
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.network_json import as_json
from jaxnn.textbook.trained import Trained, unpacked

WRITTEN = {"network", "class_names", "name", "arrays"}  # what `save` says about a network


def save(
    path: str | os.PathLike[str],
    network: Network | Trained,
    params: Params | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Write a network and its parameters into a folder; `load` reads them.

    Args:
        path: the folder; its parent must exist, the folder itself must not, unless `overwrite`.
        network: the network; or the result of `fit`, then without params: `save(path, result)`,
            which writes the names of its classes too.
        params: its parameters.
        overwrite: whether to replace what `save` wrote there before, when the new folder is
            complete.  Of a process that is killed meanwhile, `load` reads the old or the new one.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: parameters that are not the network's.
        CheckpointError: there is something at the path, which with `overwrite` is not, as it is,
            what `save` wrote; or it cannot be written.

    >>> import jax, tempfile, jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(f"{folder}/model", net, jaxnn.init(net, jax.random.key(0)))
    ...     path = save(path, net, jaxnn.init(net, jax.random.key(1)), overwrite=True)
    ...     jaxnn.load(path)[0] == net
    True
    """
    net, layers, more, _, names = unpacked("save", "path", network, params, None)
    if more is not None:
        raise TypeError(
            "a result holds the network and its params: write save(path, result), got params too, "
            f"{described(more)}"
        )
    check_params(net, layers)
    check_not_traced("save", layers, loop=False)
    path, overwrite = as_path("path", path), as_flag("overwrite", overwrite)
    with system_errors(path):
        _check_place(path, overwrite)
    check_parent(path)
    about: dict[str, Any] = {"network": as_json(net)}
    if names:
        about["class_names"] = list(names)
    with ArrayWriter() as writer:
        step = StepFolder(path, writer, move=_replace if overwrite else os.rename)
        step.begin(named_leaves({"params": layers}), about)
        step.finish()
    return path


def _check_place(path: Path, overwrite: bool) -> None:
    """Raise a CheckpointError where something is at a path that is not to be replaced."""
    if kind_at(path) is None:
        return
    if not overwrite:
        raise CheckpointError(
            f"{path} is there already: take another path, remove it first, or give overwrite=True"
        )
    _check_saved(path)


def _check_saved(path: Path) -> None:
    """Raise a CheckpointError unless a folder holds what `save` wrote, and nothing else."""
    try:
        about = verified(path, is_needed=lambda _: False)
    except CorruptCheckpoint as error:
        raise CheckpointError(
            f"{path} is there already, and not as jaxnn.save wrote it: {error}. Take another path, "
            "or remove it first"
        ) from None
    if not set(about) <= WRITTEN:
        raise CheckpointError(
            f"{path} is there already, a checkpoint of a run, which only the run replaces: take "
            "another path"
        )


def _replace(new: Path, path: Path) -> None:
    """Rename a folder to a path; what `save` wrote there is renamed aside, and removed at the end.

    A process that is killed between leaves the old one aside, where `load` finds it.
    """
    aside, is_there = replaced_by(path), kind_at(path) is not None
    if is_there:
        _remove(aside)
        os.rename(path, aside)
    try:
        os.rename(new, path)
    except OSError:
        if is_there:
            os.rename(aside, path)
        raise
    _remove(aside)


def _remove(path: Path) -> None:
    """Remove a folder that `save` wrote, if it is there."""
    if kind_at(path) is not None:
        _check_saved(path)
        remove_folder(path)
