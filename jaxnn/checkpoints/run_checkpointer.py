"""Keeps one run of `fit` in a folder: saves in the background, resumes, deletes what is old."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from jaxnn.checkpoints import whole_step
from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.lock import HeldFolder
from jaxnn.checkpoints.newest import newest, remove_leftovers, remove_old
from jaxnn.checkpoints.plain_files import failures_told
from jaxnn.checkpoints.signals import StopRequest
from jaxnn.checkpoints.step_folder import StepFolder
from jaxnn.errors import CheckpointError
from jaxnn.parallel.hosts import HostGroup
from jaxnn.streams.waiting import result_of, wait_for
from jaxnn.training.run_description import OF_THE_BEST
from jaxnn.training.run_state import RunState, epochs_to_save, raise_or_warn

SAVE, LEAVE = 1, 2
"""What time and signals ask for."""


class RunCheckpointer:
    """A `Checkpointer` whose memory is a folder, for the length of a `with`.

    Args:
        options: a `Checkpoints`.
        held: the folder that it writes into.
        writer: of arrays.
        stop_request: whether the process was asked to end.
        processes: that train together.
        run: what describes the run, JSON.
        fresh: how it would begin.

    Attributes:
        so_far: what it goes on from.
        changed: what differs, with permission, from the run that was saved.
    """

    def __init__(
        self,
        options: Any,
        held: HeldFolder,
        writer: ArrayWriter,
        stop_request: StopRequest,
        processes: HostGroup,
        run: Mapping[str, Any],
        fresh: RunState,
    ):
        self._options, self._held, self._writer = options, held, writer
        self._folder = held.path
        self._stop_request, self._processes = stop_request, processes
        self._run, self._fresh = run, fresh
        self._thread = ThreadPoolExecutor(1, "jaxnn-checkpoint")
        self._saving: Future[None] | None = None
        self._saved_at, self._newest = time.monotonic(), -1
        self.changed: frozenset[str] = frozenset()
        self.so_far = self._resumed()

    def __enter__(self) -> RunCheckpointer:
        self._leave_if(self._asked())  # it was, perhaps, while the newest checkpoint was read
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        try:
            if kind is None:
                self._wait()
        finally:
            wait_for([] if self._saving is None else [self._saving])
            self._thread.shutdown(wait=True)

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a save."""
        return epochs_to_save(self._options.every, done, most)

    def is_due(self) -> bool:
        """Return whether it is time to save, by the clock or because the process is to end."""
        return self._asked() > 0

    def is_asked_to_leave(self) -> bool:
        """Return whether any of the processes is to end."""
        return self._asked() == LEAVE

    def keep(self, so_far: RunState, *, ended: bool = False) -> None:
        """Save if it is time, and at the end of a run; leave if the process is to end."""
        every = self._options.every
        turn = so_far.within is None and every is not None and so_far.epochs % every == 0
        asked = self._asked()
        if turn or ended or asked:
            self._save(so_far)
        if ended or asked == LEAVE:
            self._wait()
        self._leave_if(self._asked() if ended else asked)  # that save took its time

    def earlier(self, epoch: int) -> RunState | None:
        """Return the newest checkpoint after at most so many epochs, of the run as it is now."""
        self._wait()
        try:
            with failures_told(self._folder):
                return self._earlier(epoch)
        except CheckpointError as error:
            self._failed(error)
            return None

    def _earlier(self, epoch: int) -> RunState | None:
        self._processes.raise_on_all(self._held.check)
        begun = self.so_far.epochs if self.changed else -1
        described: Any = None
        for path in reversed(whole_step.all_in(self._folder)):
            found, run, _ = whole_step.read(path, None, self._fresh)
            described = described or run
            if found.epochs <= begun or run != described:
                return None  # it was changed after that
            if found.epochs <= epoch and found.within is None:
                return found
        return None

    def _asked(self) -> int:
        """Return what time and signals ask for in any of the processes: 0, `SAVE` or `LEAVE`."""
        due = time.monotonic() - self._saved_at >= self._options.seconds
        return self._processes.all_max(LEAVE if self._stop_request else SAVE if due else 0)

    def _leave_if(self, asked: int) -> None:
        if asked == LEAVE:
            self._stop_request.leave()

    def _save(self, so_far: RunState) -> None:
        step = int(so_far.state.step)
        if step <= self._newest:
            return  # it was saved when it was its turn
        self._wait()
        path = whole_step.path_of(self._folder, step)
        folder = StepFolder(path, self._writer, self._processes, self._held)
        try:
            folder.begin(*whole_step.written(so_far, self._run))
        except CheckpointError as error:
            self._failed(error)
            return
        self._newest, self._saved_at = step, time.monotonic()
        self._saving = self._thread.submit(self._finish, folder)

    def _finish(self, folder: StepFolder) -> None:
        folder.finish()
        if self._processes.is_first:
            remove_old(self._folder, self._options.keep)

    def _wait(self) -> None:
        """Wait until what is being saved is saved, and raise what went wrong."""
        saving, self._saving = self._saving, None
        if saving is None:
            return
        try:
            self._processes.raise_on_all(lambda: result_of(saving))
        except CheckpointError as error:
            self._failed(error)

    def _failed(self, error: CheckpointError) -> None:
        self._saved_at = time.monotonic()  # not again at once
        raise_or_warn(error, self._options.on_failure)

    def _resumed(self) -> RunState:
        """Return the newest checkpoint, or how the run begins."""
        found = self._fresh

        def chosen() -> str:
            nonlocal found
            remove_leftovers(self._folder)
            with failures_told(self._folder):
                chosen = newest(self._folder, self._read, self._options.on_corrupt)
            if chosen is None:
                return ""
            path, (found, _, self.changed) = chosen
            return " ".join((path.name, *sorted(self.changed)))

        name, *changed = self._processes.broadcast(chosen).split(" ")
        if not name:
            return self._fresh
        if not self._processes.is_first:  # the first has compared what it was given
            with failures_told(self._folder):
                found = whole_step.read(self._folder / name, None, self._fresh).so_far
            self.changed = frozenset(changed)
        self._newest = int(found.state.step)
        return self._with_changes(found) if self.changed else found

    def _with_changes(self, found: RunState) -> RunState:
        """Return a run that goes on, though it had ended; old scores are no measure of new ones."""
        best = found.best
        if self.changed & OF_THE_BEST and best.params is not None:
            best = self._fresh.best._replace(
                epoch=found.best.epoch, best_epoch=found.best.epoch, params=found.state.params
            )
        best = best._replace(stopped=np.zeros_like(best.stopped))
        return found._replace(best=best, over=False)

    def _read(self, path: Path) -> whole_step.Read:
        return whole_step.read(path, self._run, self._fresh, self._options.allow_changes)
