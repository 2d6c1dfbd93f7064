"""Keeps networks that train together: each program's networks in a folder of their own."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.lock import HeldFolder
from jaxnn.checkpoints.manifest import about_of
from jaxnn.checkpoints.newest import newest, remove_leftovers, remove_old
from jaxnn.checkpoints.plain_files import FOLDER, check_folder, failures_told, kind_at
from jaxnn.checkpoints.signals import StopRequest
from jaxnn.checkpoints.step_folder import (
    StepFolder,
    check_alike,
    like,
    named_leaves,
    read_about,
    read_leaves,
)
from jaxnn.checkpoints.whole_step import check_network_json, path_of
from jaxnn.engine.epochs import Plan
from jaxnn.engine.stack import Stack
from jaxnn.errors import CheckpointError, CheckpointMismatch, CorruptCheckpoint
from jaxnn.training.run_description import check_run, described_program
from jaxnn.training.run_state import epochs_to_save, raise_or_warn

Table = dict[str, np.ndarray]


class StackSoFar(NamedTuple):
    """What networks have become in a rung: their state, their metrics (epochs, K), epochs run."""

    stack: Stack
    table: Table
    epochs: int


class StackCheckpointing(Protocol):
    """What `sweep` takes as `checkpoint`."""

    def sweep_checkpointer(
        self, described: Mapping[str, Any]
    ) -> AbstractContextManager[SweepCheckpointer]:
        """Return the checkpointer of the networks of a sweep that is described so."""
        ...


class SweepCheckpointer:
    """Saves the networks of each program while they train, and finds them again.

    Args:
        options: a `Checkpoints`.
        held: the folder of the whole sweep.
        writer: of arrays.
        stop_request: whether the process was asked to end.
        described: what must be the same for a sweep to go on, JSON.
    """

    def __init__(
        self,
        options: Any,
        held: HeldFolder,
        writer: ArrayWriter,
        stop_request: StopRequest,
        described: Mapping[str, Any],
    ):
        self._options, self._held, self._writer = options, held, writer
        self.stop_request = stop_request
        self._folder, self._described = held.path, dict(described)
        self._lock, self._saved_at = threading.Lock(), {}
        with failures_told(self._folder):
            for path in sorted(self._folder.glob("until_*")):
                _check_own(path)
                remove_leftovers(path)
                newest(path, self._checked, options.on_corrupt)

    def _checked(self, step: Path) -> None:
        check_sweep(step, about_of(step), self._described)

    def found(self, name: str, start: Stack) -> StackSoFar | None:
        """Return what the networks of a program had become; None: they begin.

        Args:
            name: of the program, see `name_of`.
            start: how they begin: the shapes and types of their arrays.

        Raises:
            CheckpointError: they were damaged, or are of another sweep.
        """
        with self._lock:
            self._saved_at[name] = time.monotonic()
            try:
                self._held.check()
            except CheckpointError as error:
                raise_or_warn(error, self._options.on_failure)
                return None
            with failures_told(self._folder):
                chosen = newest(
                    self._folder / name,
                    lambda step: _read(step, name, start),
                    self._options.on_corrupt,
                )
        return None if chosen is None else chosen[1]

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a save."""
        return epochs_to_save(self._options.every, done, most)

    def is_due(self, name: str, done: int) -> bool:
        """Return whether it is time to save the networks of a program."""
        every = self._options.every
        turn = every is not None and done % every == 0
        late = time.monotonic() - self._saved_at[name] >= self._options.seconds
        return turn or late or bool(self.stop_request)

    def keep(self, name: str, so_far: StackSoFar) -> None:
        """Save the networks of a program.

        Raises:
            CheckpointError: they cannot be saved, and `on_failure` is not "warn".
        """
        with self._lock:
            try:
                self._held.check()
                with failures_told(self._folder):
                    self._save(name, so_far)
            except CheckpointError as error:
                raise_or_warn(error, self._options.on_failure)
            finally:  # where it failed, not again at once
                self._saved_at[name] = time.monotonic()

    def _save(self, name: str, so_far: StackSoFar) -> None:
        leaves = named_leaves({"stack": so_far.stack})
        leaves |= {f"table.{key}": column for key, column in so_far.table.items()}
        about = {"sweep": self._described, "program": name, "epochs": so_far.epochs}
        folder = self._folder / name
        if kind_at(folder) is None:
            folder.mkdir()
        _check_own(folder)
        if kind_at(path_of(folder, so_far.epochs)) == FOLDER:
            return
        step = StepFolder(path_of(folder, so_far.epochs), self._writer, held=self._held)
        step.begin(leaves, about)
        step.finish()
        remove_old(folder, self._options.keep)


def _read(step: Path, name: str, start: Stack) -> StackSoFar:
    """Return what the networks of a program had become at a checkpoint."""
    about, entries = read_about(step)
    program = about.get("program", name)  # older ones do not say it
    if program != name:
        raise CorruptCheckpoint(
            f"{step.parent} was written as {program}, and renamed: give it that name again, or "
            "remove it"
        )
    template = named_leaves({"stack": start})
    check_alike(step, template, [e for e in entries if e.name.startswith("stack.")])
    leaves = read_leaves(step, entries)
    table = {
        key.removeprefix("table."): leaf for key, leaf in leaves.items() if key.startswith("table.")
    }
    on_device = {key: jnp.asarray(leaves[key]) for key in template}
    stack = like({"stack": start}, on_device)["stack"]
    epochs = about.get("epochs")
    if type(epochs) is not int:
        raise CorruptCheckpoint(f"{step} was not written by jaxnn: epochs is {epochs!r}")
    return StackSoFar(stack, table, epochs)


def _check_own(path: Path) -> None:
    """Raise an error unless a path is the folder of a program, not a link to one."""
    try:
        check_folder(path)
    except CorruptCheckpoint as error:
        raise CheckpointError(f"{error}, and run the same command again") from None


def check_sweep(path: Path, about: Mapping[str, Any], described: Mapping[str, Any]) -> None:
    """Raise an error unless a checkpoint is of the sweep that is described so.

    Raises:
        CheckpointMismatch: it is of another; says what differs.
    """
    found = about.get("sweep")
    if not isinstance(found, dict):
        raise CheckpointMismatch(f"{path} is no checkpoint of sweep: take another folder")
    check_network_json(path, found.get("network"), described["network"])
    check_run(path, found, described, of="sweep")


def name_of(until: int, numbers: np.ndarray, plan: Plan, given: Any) -> str:
    """Return the name of a program's folder: other networks, or another rung, have another.

    Args:
        until: the epoch that its rung ends at.
        numbers: which networks it trains.
        plan: what they have in common.
        given: what they begin with.
    """
    digest = hashlib.sha256(np.asarray(numbers, np.int64).tobytes())
    digest.update(described_program(plan, given).encode())
    return f"until_{until}_from_{int(numbers[0])}_{digest.hexdigest()[:12]}"
