"""How `fit` saves its run and goes on from it: nothing without `checkpoint=`, else in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from jaxnn.checkpoints.open_folder import open_folder
from jaxnn.checkpoints.options import Checkpoints
from jaxnn.checkpoints.run_checkpointer import RunCheckpointer
from jaxnn.parallel.hosts import HostGroup
from jaxnn.training.run_contents import contents_of, read_run
from jaxnn.training.run_description import OF_THE_BEST
from jaxnn.training.run_state import RunState


class Checkpointer:
    """What `fit` goes on from, and where it hands over its state; this one saves nothing."""

    def __init__(self, so_far: RunState, changed: frozenset[str] = frozenset()):
        self.so_far = so_far
        self.changed = changed  # what differs, with permission, from the run that was saved

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`."""
        return most

    def is_due(self) -> bool:
        """Return whether to hand over the state now, inside an epoch."""
        return False

    def is_asked_to_leave(self) -> bool:
        """Return whether it is due because the process is to end."""
        return False

    def keep(self, so_far: RunState, *, ended: bool = False) -> None:
        """Take the state of the run after epochs, inside one, or at its end."""

    def earlier(self, epoch: int) -> RunState | None:
        """Return the newest saved state after at most so many epochs; None: none is known."""
        return None


class FolderCheckpointer(Checkpointer):
    """Saves the run in a folder, and goes on from its newest checkpoint."""

    def __init__(
        self,
        steps: RunCheckpointer,
        run: Mapping[str, Any],
        fresh: RunState,
        allowed: tuple[str, ...],
    ):
        self._steps, self._run, self._fresh, self._allowed = steps, run, fresh, allowed
        found = steps.resume(self._checked, lambda path: read_run(path, None, fresh).so_far)
        if found is None:
            super().__init__(fresh)
        else:
            changed = frozenset(found[1])
            super().__init__(_with_changes(*found, fresh) if changed else found[0], changed)

    def _checked(self, path: Path) -> tuple[RunState, list[str]]:
        so_far, _, changed = read_run(path, self._run, self._fresh, self._allowed)
        return so_far, sorted(changed)

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a save."""
        return self._steps.epochs_to_run(done, most)

    def is_due(self) -> bool:
        """Return whether to save now, by the clock or because a process is to end."""
        return self._steps.is_due()

    def is_asked_to_leave(self) -> bool:
        """Return whether any of the processes is to end."""
        return self._steps.is_asked_to_leave()

    def keep(self, so_far: RunState, *, ended: bool = False) -> None:
        """Save if it is time or the run has ended; leave if the process is to end."""
        self._steps.keep(
            int(so_far.state.step),
            lambda: contents_of(so_far, self._run),
            epochs=so_far.epochs if so_far.within is None else None,
            ended=ended,
        )

    def earlier(self, epoch: int) -> RunState | None:
        """Return the newest checkpoint after at most so many epochs, of the run as it is now."""
        first = self.so_far.epochs if self.changed else -1

        def find(paths: list[Path]) -> RunState | None:
            described: Any = None
            for path in paths:
                found, run, _ = read_run(path, None, self._fresh)
                described = described or run
                if found.epochs <= first or run != described:
                    return None  # it was changed after that
                if found.epochs <= epoch and found.within is None:
                    return found
            return None

        return self._steps.look_back(find)


def _with_changes(found: RunState, changed: list[str], fresh: RunState) -> RunState:
    """Let an ended run go on; a best score is dropped where new scores do not compare with it."""
    best = found.best
    if OF_THE_BEST.intersection(changed) and best.params is not None:
        best = fresh.best._replace(
            epoch=found.best.epoch, best_epoch=found.best.epoch, params=found.state.params
        )
    best = best._replace(stopped=np.zeros_like(best.stopped))
    return found._replace(best=best, over=False)


@contextmanager
def open_checkpointer(
    checkpoint: Checkpoints | None,
    run: Mapping[str, Any],
    fresh: RunState,
    processes: HostGroup,
) -> Iterator[Checkpointer]:
    """Yield the checkpointer of the run that `run` describes and that would begin as `fresh`."""
    if checkpoint is None:
        yield Checkpointer(fresh)
        return
    with (
        open_folder(checkpoint.folder, processes) as opened,
        RunCheckpointer(checkpoint, opened, processes) as steps,
    ):
        yield FolderCheckpointer(steps, run, fresh, checkpoint.allow_changes)
