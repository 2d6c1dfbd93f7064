"""Saves networks that train together: those of each compiled function in a folder of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.leaves import check_alike, like, named_leaves, starting_with
from jaxnn.checkpoints.manifest import about_of
from jaxnn.checkpoints.newest import newest, remove_old, remove_unfinished
from jaxnn.checkpoints.open_folder import OpenFolder
from jaxnn.checkpoints.options import Checkpoints, epochs_to_save, raise_or_warn
from jaxnn.checkpoints.plain_files import FOLDER, check_folder, kind_at, system_errors
from jaxnn.checkpoints.step_folder import StepFolder, path_of, read_about, read_leaves
from jaxnn.errors import CheckpointError, CorruptCheckpoint


class SavedNetworks(NamedTuple):
    """Networks in a rung: a pytree of arrays, their metrics name -> (epochs, K), epochs run."""

    stack: Any
    table: dict[str, np.ndarray]
    epochs: int


class SweepCheckpointer:
    """Saves the networks of each compiled function, by its name; threads may call it.

    `described` is JSON that tells the sweep apart; `check` compares the JSON of a checkpoint with
    it, and raises an error where they differ.
    """

    def __init__(
        self,
        options: Checkpoints,
        opened: OpenFolder,
        described: Mapping[str, Any],
        check: Callable[[Path, Mapping[str, Any]], None],
    ):
        self._options, self._described = options, dict(described)
        self._held, self._writer, self.stop_request = opened
        self._folder = opened.held.path
        self._lock, self._saved_at = threading.Lock(), {}
        with system_errors(self._folder):
            for path in sorted(self._folder.glob("until_*")):
                _check_own(path)
                remove_unfinished(path)
                newest(path, lambda step: check(step, about_of(step)), options.on_corrupt)

    def found(self, name: str, start: Any) -> SavedNetworks | None:
        """Return what was saved under a name; None if nothing was, and the networks begin.

        `start` is the pytree that they begin with: the shapes and types of the arrays.
        """
        with self._lock:
            self._saved_at[name] = time.monotonic()
            try:
                self._held.check()
            except CheckpointError as error:
                raise_or_warn(error, self._options.on_failure)
                return None
            with system_errors(self._folder):
                found = newest(
                    self._folder / name,
                    lambda step: _read(step, name, start),
                    self._options.on_corrupt,
                )
        return None if found is None else found[1]

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a save."""
        return epochs_to_save(self._options.every, done, most)

    def is_due(self, name: str, done: int) -> bool:
        """Return whether it is time to save the networks of a name."""
        every = self._options.every
        turn = every is not None and done % every == 0
        late = time.monotonic() - self._saved_at[name] >= self._options.seconds
        return turn or late or bool(self.stop_request)

    def keep(self, name: str, networks: SavedNetworks) -> None:
        """Save networks under a name; a failure is raised or warned of, as `on_failure` says."""
        with self._lock:
            try:
                self._held.check()
                with system_errors(self._folder):
                    self._save(name, networks)
            except CheckpointError as error:
                raise_or_warn(error, self._options.on_failure)
            finally:  # after a failure the next try is not made at once
                self._saved_at[name] = time.monotonic()

    def _save(self, name: str, networks: SavedNetworks) -> None:
        leaves = named_leaves({"stack": networks.stack})
        leaves |= {f"table.{key}": column for key, column in networks.table.items()}
        about = {"sweep": self._described, "program": name, "epochs": networks.epochs}
        folder = self._folder / name
        if kind_at(folder) is None:
            folder.mkdir()
        _check_own(folder)
        path = path_of(folder, networks.epochs)
        if kind_at(path) == FOLDER:
            return
        step = StepFolder(path, self._writer, held=self._held)
        step.begin(leaves, about)
        step.finish()
        remove_old(folder, self._options.keep)


def _read(step: Path, name: str, start: Any) -> SavedNetworks:
    about, entries = read_about(step)
    program = about.get("program", name)  # an older jaxnn's manifest has no program
    if program != name:
        raise CorruptCheckpoint(
            f"{step.parent} was written as {program}, and renamed: give it that name again, or "
            "remove it"
        )
    template = named_leaves({"stack": start})
    check_alike(step, template, [e for e in entries if e.name.startswith("stack.")])
    leaves = read_leaves(step, entries)
    stack = like({"stack": start}, {key: jnp.asarray(leaves[key]) for key in template})["stack"]
    epochs = about.get("epochs")
    if type(epochs) is not int:
        raise CorruptCheckpoint(f"{step} was not written by jaxnn: epochs is {epochs!r}")
    return SavedNetworks(stack, starting_with("table.", leaves), epochs)


def _check_own(path: Path) -> None:
    """Raise a CheckpointError unless a path is a folder, not a link to one."""
    try:
        check_folder(path)
    except CorruptCheckpoint as error:
        raise CheckpointError(f"{error}, and run the same command again") from None
