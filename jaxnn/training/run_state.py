"""What a training has become so far, and who keeps it: the door that checkpoints come in by."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, Protocol

from jaxnn.engine.epochs import EarlyStopping, StreamPosition
from jaxnn.errors import CheckpointError
from jaxnn.parallel.hosts import HostGroup
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.network import Params
from jaxnn.training.results import History


class RunState(NamedTuple):
    """All that a training has become: from it, it goes on to the same end.

    Attributes:
        epochs: run so far.
        state: the state after them, or where `within` says, inside the next.
        best: who was best.
        history: of the epochs.
        records: (epoch, parameters) that were written down.
        over: whether patience or a listener has ended it.
        within: how far the epoch has come that was begun; None: none was.
    """

    epochs: int
    state: TrainState
    best: EarlyStopping
    history: History
    records: tuple[tuple[int, Params], ...] = ()
    over: bool = False
    within: StreamPosition | None = None


class Checkpointer(Protocol):
    """Keeps a training while it runs.

    Attributes:
        so_far: what it goes on from.
        changed: what differs, with permission, from the training that was kept.
    """

    so_far: RunState
    changed: frozenset[str]

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`."""
        ...

    def is_due(self) -> bool:
        """Return whether to hand over, at once, what the training has become inside an epoch."""
        ...

    def is_asked_to_leave(self) -> bool:
        """Return whether it is due because the process is to end."""
        ...

    def keep(self, so_far: RunState, *, ended: bool = False) -> None:
        """Take what the training has become, after epochs, inside one, or at its end."""
        ...

    def earlier(self, epoch: int) -> RunState | None:
        """Return what the training was after at most so many epochs; None: that is not known."""
        ...


class Checkpointing(Protocol):
    """What `fit` takes as `checkpoint`."""

    def checkpointer(
        self, run: Mapping[str, Any], fresh: RunState, processes: HostGroup
    ) -> AbstractContextManager[Checkpointer]:
        """Return the checkpointer of a run, given its description and its first state."""
        ...


class NullCheckpointer:
    """Keeps nothing."""

    def __init__(self, so_far: RunState):
        self.so_far = so_far
        self.changed: frozenset[str] = frozenset()

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return `most`."""
        return most

    def is_due(self) -> bool:
        """Return False."""
        return False

    def is_asked_to_leave(self) -> bool:
        """Return False."""
        return False

    def keep(self, so_far: RunState, *, ended: bool = False) -> None:
        """Do nothing."""

    def earlier(self, epoch: int) -> None:
        """Return None."""
        return


def open_checkpointer(
    checkpoint: Checkpointing | None,
    run: Mapping[str, Any],
    fresh: RunState,
    processes: HostGroup,
) -> AbstractContextManager[Checkpointer]:
    """Return who keeps a run, for the length of a `with`."""
    if checkpoint is None:
        return nullcontext(NullCheckpointer(fresh))
    check_checkpoint(checkpoint, "checkpointer")
    return checkpoint.checkpointer(run, fresh, processes)


def check_checkpoint(checkpoint: Any, method: str) -> None:
    """Raise an error unless an argument is None or has the method by which it keeps a training."""
    if checkpoint is not None and not hasattr(checkpoint, method):
        raise TypeError(f"checkpoint must be a jaxnn.Checkpoints, got {described(checkpoint)}")


def epochs_to_save(every: int | None, done: int, most: int) -> int:
    """Return how many epochs, at most so many, one call may run after `done` to end at a save.

    >>> epochs_to_save(5, 3, 64), epochs_to_save(None, 3, 64)
    (2, 64)
    """
    return most if every is None else min(most, every - done % every)


def raise_or_warn(error: CheckpointError, on_failure: str) -> None:
    """Raise what kept a training from being saved, or warn of it, as `Checkpoints` is told to."""
    if on_failure == "error":
        raise error
    warnings.warn(f"{error}; training goes on without it", RuntimeWarning, stacklevel=3)
