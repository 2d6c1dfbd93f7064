"""Saves one run in the background, finds its newest checkpoint, and deletes old ones.

What a checkpoint holds is the caller's: arrays by name and JSON to save, a path to read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from jaxnn.checkpoints.leaves import Leaves
from jaxnn.checkpoints.newest import newest, remove_old, remove_unfinished
from jaxnn.checkpoints.open_folder import OpenFolder
from jaxnn.checkpoints.options import Checkpoints, epochs_to_save, raise_or_warn
from jaxnn.checkpoints.plain_files import system_errors
from jaxnn.checkpoints.step_folder import StepFolder, path_of, steps_in
from jaxnn.errors import CheckpointError
from jaxnn.parallel.hosts import HostGroup
from jaxnn.streams.waiting import result_of, wait_for

T = TypeVar("T")

SAVE, LEAVE = 1, 2  # what the clock and signals ask for


class RunCheckpointer:
    """Saves a run in an open folder, inside a `with`; several processes call it together."""

    def __init__(self, options: Checkpoints, opened: OpenFolder, processes: HostGroup):
        self._options, self._processes = options, processes
        self._held, self._writer, self._stop_request = opened
        self._folder = opened.held.path
        self._thread = ThreadPoolExecutor(1, "jaxnn-checkpoint")
        self._saving: Future[None] | None = None
        self._saved_at, self._newest = time.monotonic(), -1

    def __enter__(self) -> RunCheckpointer:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        try:
            if kind is None:
                self._wait()
        finally:
            wait_for([] if self._saving is None else [self._saving])
            self._thread.shutdown(wait=True)

    def resume(
        self, check: Callable[[Path], tuple[T, Sequence[str]]], read: Callable[[Path], T]
    ) -> tuple[T, list[str]] | None:
        """Return what the newest good checkpoint holds, with notes; None if there is none.

        The first process calls `check`, which compares a checkpoint with the run and returns what
        it holds and notes for all processes; the others `read` the checkpoint that it chose.
        """
        found = self._newest_good(check, read)
        self._leave_if(self._asked())  # a signal may have come while the checkpoint was read
        return found

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a save."""
        return epochs_to_save(self._options.every, done, most)

    def is_due(self) -> bool:
        """Return whether to save now, by the clock or because a process is to end."""
        return self._asked() > 0

    def is_asked_to_leave(self) -> bool:
        """Return whether any of the processes is to end."""
        return self._asked() == LEAVE

    def keep(
        self,
        step: int,
        contents: Callable[[], tuple[Leaves, dict[str, Any]]],
        *,
        epochs: int | None,
        ended: bool = False,
    ) -> None:
        """Save arrays and JSON if it is time or the run has ended; leave if the process is to end.

        `epochs` is the number of whole epochs, None inside an epoch; `contents` is called only
        where a checkpoint is written.
        """
        every = self._options.every
        turn = epochs is not None and every is not None and epochs % every == 0
        asked = self._asked()
        if turn or ended or asked:
            self._save(step, contents)
        if ended or asked == LEAVE:
            self._wait()
        self._leave_if(self._asked() if ended else asked)  # that save took time

    def look_back(self, find: Callable[[list[Path]], T | None]) -> T | None:
        """Return what `find` finds in the checkpoints, newest first; None where it fails."""
        self._wait()
        try:
            with system_errors(self._folder):
                self._processes.raise_on_all(self._held.check)
                return find(steps_in(self._folder)[::-1])
        except CheckpointError as error:
            self._failed(error)
            return None

    def _asked(self) -> int:
        """Return the most that clock and signals ask for in any process: 0, `SAVE` or `LEAVE`."""
        due = time.monotonic() - self._saved_at >= self._options.seconds
        return self._processes.all_max(LEAVE if self._stop_request else SAVE if due else 0)

    def _leave_if(self, asked: int) -> None:
        if asked == LEAVE:
            self._stop_request.leave()

    def _save(self, step: int, contents: Callable[[], tuple[Leaves, dict[str, Any]]]) -> None:
        if step <= self._newest:  # saved already
            return
        self._wait()
        path = path_of(self._folder, step)
        folder = StepFolder(path, self._writer, self._processes, self._held)
        try:
            folder.begin(*contents())
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
        """Wait for the save in the background, and raise its error."""
        saving, self._saving = self._saving, None
        if saving is None:
            return
        try:
            self._processes.raise_on_all(lambda: result_of(saving))
        except CheckpointError as error:
            self._failed(error)

    def _failed(self, error: CheckpointError) -> None:
        self._saved_at = time.monotonic()  # the next try is not made at once
        raise_or_warn(error, self._options.on_failure)

    def _newest_good(
        self, check: Callable[[Path], tuple[T, Sequence[str]]], read: Callable[[Path], T]
    ) -> tuple[T, list[str]] | None:
        checked: tuple[Path, tuple[T, Sequence[str]]] | None = None

        def choose() -> str:
            nonlocal checked
            remove_unfinished(self._folder)
            with system_errors(self._folder):
                checked = newest(self._folder, check, self._options.on_corrupt)
            return "" if checked is None else " ".join((checked[0].name, *checked[1][1]))

        name, *notes = self._processes.broadcast(choose).split(" ")
        if not name:
            return None
        self._newest = int(name.rpartition("_")[2])
        if checked is not None:
            return checked[1][0], notes
        with system_errors(self._folder):
            return read(self._folder / name), notes
