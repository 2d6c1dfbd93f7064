"""Keeps networks that train together: each program's networks in a folder of their own."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jax.numpy as jnp
import numpy as np

from jaxnn._array_files import ArrayWriter
from jaxnn._leaving import StopRequest
from jaxnn._manifest import about_of
from jaxnn._run_description import check_run, described_program
from jaxnn._step_folder import StepFolder, check_alike, like, named_leaves, read_about, read_leaves
from jaxnn._whole_step import all_in, check_network_json, path_of
from jaxnn.checkpoint_errors import CheckpointMismatch
from jaxnn.epochs import Plan
from jaxnn.stacked import Stack

Table = dict[str, np.ndarray]


class StackSoFar(NamedTuple):
    """What networks have become in a rung: their state, their metrics (epochs, K), epochs run."""

    stack: Stack
    table: Table
    epochs: int


class StackCheckpointing(Protocol):
    """What `sweep` takes as `checkpoint`."""

    def stack_keeper(self, described: Mapping[str, Any]) -> AbstractContextManager[StackKeeper]:
        """Return the keeper of the networks of a sweep that is described so."""
        ...


class StackKeeper:
    """Saves the networks of each program while they train, and finds them again.

    Args:
        folder: of the whole sweep; its lock is held.
        writer: of arrays.
        stop_request: whether the process was asked to end.
        every: epochs from save to save; None: by the clock only.
        seconds: save also when so many have passed.
        described: what must be the same for a sweep to go on, JSON.
    """

    def __init__(
        self,
        folder: Path,
        writer: ArrayWriter,
        stop_request: StopRequest,
        *,
        every: int | None,
        seconds: float,
        described: Mapping[str, Any],
    ):
        self._folder, self._writer, self.stop_request = folder, writer, stop_request
        self._every, self._seconds, self._described = every, seconds, dict(described)
        self._lock, self._saved_at = threading.Lock(), {}
        for path in sorted(folder.glob("until_*")):
            for step in all_in(path)[-1:]:
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
        steps = all_in(self._folder / name)
        if not steps:
            return None
        about, entries = read_about(steps[-1])
        template = named_leaves({"stack": start})
        check_alike(steps[-1], template, [e for e in entries if e.name.startswith("stack.")])
        leaves = read_leaves(steps[-1], entries)
        table = {
            key.removeprefix("table."): leaf
            for key, leaf in leaves.items()
            if key.startswith("table.")
        }
        on_device = {key: jnp.asarray(leaves[key]) for key in template}
        stack = like({"stack": start}, on_device)["stack"]
        return StackSoFar(stack, table, int(about["epochs"]))

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a save."""
        return most if self._every is None else min(most, self._every - done % self._every)

    def is_due(self, name: str, done: int) -> bool:
        """Return whether it is time to save the networks of a program."""
        turn = self._every is not None and done % self._every == 0
        late = time.monotonic() - self._saved_at[name] >= self._seconds
        return turn or late or bool(self.stop_request)

    def keep(self, name: str, so_far: StackSoFar) -> None:
        """Save the networks of a program, in place of what was saved of them before."""
        leaves = named_leaves({"stack": so_far.stack})
        leaves |= {f"table.{key}": column for key, column in so_far.table.items()}
        about = {"sweep": self._described, "epochs": so_far.epochs}
        folder = self._folder / name
        with self._lock:
            folder.mkdir(exist_ok=True)
            if path_of(folder, so_far.epochs).exists():
                return
            step = StepFolder(path_of(folder, so_far.epochs), self._writer)
            step.begin(leaves, about)
            step.finish()
            for old in all_in(folder)[:-1]:
                shutil.rmtree(old)
            self._saved_at[name] = time.monotonic()


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
