"""The loop over epochs of one `fit`, on the host; each compiled call runs several epochs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from jaxnn.engine.epochs import EarlyStopping, EpochRunner, EpochsResult, all_finite, run_epochs
from jaxnn.engine.plan import Plan
from jaxnn.errors import CheckpointMismatch
from jaxnn.streams.stream import Stream
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.training.call_length import MOST_EPOCHS, next_epochs_per_call
from jaxnn.training.checkpointer import Checkpointer
from jaxnn.training.divergence import found_again, found_within, warn_of_divergence
from jaxnn.training.listeners import Event, Listener, call_listeners
from jaxnn.training.outcome_warnings import log_nothing_left, warn_of_no_score
from jaxnn.training.progress import EpochsBar
from jaxnn.training.recorder import Recorder
from jaxnn.training.results import FitResult
from jaxnn.training.run_state import RunState
from jaxnn.training.streaming import streamed_epochs


def open_runner(
    plan: Plan, data: Any, validation: Any, checkpointer: Checkpointer, epochs: int
) -> AbstractContextManager[EpochRunner]:
    """Return the function that runs epochs, on arrays or on a stream, as a context manager."""
    rows, layout = validation, plan.layout
    if validation is not None and not isinstance(validation, Stream):
        rows = layout.place_divided(validation, fill=not plan.metrics)
    if isinstance(data, Stream):
        start = checkpointer.so_far
        return streamed_epochs(
            plan,
            data,
            rows,
            start.state,
            epochs - start.epochs,
            start.within,
            is_due=checkpointer.is_due,
            is_asked_to_leave=checkpointer.is_asked_to_leave,
        )
    train = layout.place_everywhere(data)

    def run(state: TrainState, best: EarlyStopping, n: int, plan: Plan = plan) -> EpochsResult:
        state, best = layout.place(plan.network, state, best)
        return layout.wait(run_epochs(plan, state, best, train, rows, n))

    return nullcontext(run)


def trace_epochs(plan: Plan, data: Any, validation: Any, state: TrainState) -> None:
    """Trace `run_epochs` for a state of which the shapes are known; of a stream, do nothing.

    JAX keeps what it traced, so that `open_runner`'s function only has to compile it.  On a mesh
    the arguments have shardings, which the shapes of a state do not tell.
    """

    def rows(columns: Any) -> Any:
        return columns and tuple(
            jax.ShapeDtypeStruct(a.shape[::-1], jax.dtypes.canonicalize_dtype(a.dtype))
            for a in columns
        )

    if plan.layout.mesh is None and not isinstance(data, Stream):
        best = EarlyStopping.create(plan, state)
        run_epochs.eval_shape(plan, state, best, rows(data), rows(validation), 1)


@dataclass(frozen=True)
class Loop:
    """The loop over epochs, ended by their number, by a listener, by patience or by divergence.

    Attributes:
        plan: what stays the same from epoch to epoch.
        epochs: to run in all.
        run: runs some epochs.
        can_rerun: whether `run` can run epochs again from an earlier state; a stream is read once.
        epochs_per_call: of the first call; 1 for every call where there are listeners.
        checkpointer: gives the state to resume from, and saves the state.
        recorder: copies parameters.
        bar: shows progress.
        listeners: called after every epoch.
    """

    plan: Plan
    epochs: int
    run: EpochRunner
    can_rerun: bool
    epochs_per_call: int
    checkpointer: Checkpointer
    recorder: Recorder
    bar: EpochsBar
    listeners: Sequence[Listener]

    def train(self) -> FitResult:
        """Run the epochs that are left, and return the result."""
        now, processes = self._resumed(), self.plan.layout.processes
        earlier = [(now.epochs, now.state)] if now.within is None else []
        epochs_per_call = self.epochs_per_call
        while now.epochs < self.epochs and not now.over:
            start = time.perf_counter()
            ran = self.run(now.state, now.best, self._epochs_to_run(now.epochs, epochs_per_call))
            if ran.within is not None:  # inside an epoch, to be saved
                now = now._replace(
                    state=ran.state,
                    best=ran.best,
                    records=self.recorder.records,
                    within=ran.within,
                )
                if all_finite(ran.state.params):  # else the next chunk's loss is not
                    self.checkpointer.keep(now)
                continue
            count, finite = int(ran.epochs), bool(ran.finite)
            seconds = time.perf_counter() - start
            measured = {name: np.ravel(column)[:count] for name, column in ran.table.items()}
            done, history = now.epochs + count, now.history.then(measured)
            bad = np.flatnonzero(~np.isfinite(measured["loss"]))
            if len(bad) or not finite:
                first_bad = int(now.epochs + (bad[0] if len(bad) else count) + 1)
                now = RunState(first_bad, ran.state, ran.best, history.until(first_bad))
                return self._rolled_back(now, earlier)
            last = {name: column[-1].item() for name, column in measured.items()}
            self.recorder.after(done, ran.state)
            self.bar.show(count, last, seconds)
            over = bool(ran.best.stopped)
            if self.listeners:
                stop = call_listeners(self.listeners, Event(done, last, ran.state))
                over = over or processes.any(stop)
            else:
                n = next_epochs_per_call(count, seconds, MOST_EPOCHS)
                epochs_per_call = processes.number(n)
            now = RunState(done, ran.state, ran.best, history, self.recorder.records, over)
            self.checkpointer.keep(now, ended=over or done == self.epochs)
            earlier = [*earlier[-1:], (done, ran.state)]
        return self._result(now)

    def _epochs_to_run(self, done: int, most: int) -> int:
        most = self.recorder.epochs_to_run(done, min(most, self.epochs - done))
        return self.checkpointer.epochs_to_run(done, most)

    def _resumed(self) -> RunState:
        """Return the state to start from; raise or log where a checkpoint leaves nothing to do."""
        now, plan = self.checkpointer.so_far, self.plan
        if now.epochs > self.epochs:
            raise ValueError(
                f"epochs must be at least the {now.epochs} that were run, got {self.epochs}"
            )
        if now.epochs == self.epochs and self.checkpointer.changed:
            changed = ", ".join(sorted(self.checkpointer.changed))
            raise CheckpointMismatch(
                f"all {self.epochs} epochs were already run, before {changed} changed: give epochs "
                f"above {self.epochs} to go on with the change, or take another folder"
            )
        ended = now.over or now.epochs == self.epochs
        if now.epochs and ended and plan.layout.processes.is_first:
            log_nothing_left(now.epochs, self.epochs)
        self.bar.resume(now.epochs)
        state, best = plan.layout.place(plan.network, now.state, now.best)
        return now._replace(state=state, best=best)

    def _result(self, end: RunState) -> FitResult:
        """Return the result of a training that did not diverge."""
        history, best, epoch = end.history, end.best, end.history.epochs
        params = params_to_evaluate(end.state) if best.params is None else best.params
        if best.params is not None and best.is_scored():
            epoch = int(best.best_epoch)
        elif best.params is not None:
            monitor = str(self.plan.monitor)
            warn_of_no_score(
                monitor,
                f"was {history[monitor][0]:.6g} in epoch 1 and no finite number in any of the "
                f"{epoch} epochs",
                "none was the best, and the last parameters are kept",
                stacklevel=6,
            )
        recording = self.recorder.recording(end.epochs, end.state)
        resumed_at = self.checkpointer.so_far.epochs
        return FitResult(params, history, end.state, epoch, False, recording, resumed_at)

    def _rolled_back(
        self, diverged: RunState, earlier: Sequence[tuple[int, TrainState]]
    ) -> FitResult:
        """Return the result of a training that diverged, with the state of two epochs before.

        From there a whole epoch ran with a finite loss; later parameters may be finite but already
        beyond use.  The epochs up to there run again, from where a call began or from a checkpoint:
        training is a function of its state.  Only the key differs, for the old one was used.  A
        stream is not read again: the newest state at hand, of that epoch or before, is returned.
        """
        plan, history, best = self.plan, diverged.history, diverged.best
        wanted = max(0, diverged.epochs - 2)
        begun, start = self._state_before(wanted, earlier)
        epoch = max(wanted, begun) if self.can_rerun else begun
        if epoch > begun:
            start = self.run(start, EarlyStopping.create(plan, start, begun), epoch - begun).state
        if self.can_rerun:
            where = found_again(plan, self.run, start, history.epochs - epoch)
        else:
            where = found_within(start, diverged.state)
        warn_of_divergence(plan, history, where)
        state = start._replace(key=jax.random.fold_in(start.key, history.epochs))
        recording = self.recorder.recording(epoch, state)
        params, best_epoch = params_to_evaluate(state), epoch
        if best.params is not None and best.is_scored():
            params, best_epoch = best.params, int(best.best_epoch)
        resumed_at = self.checkpointer.so_far.epochs
        return FitResult(params, history, state, best_epoch, True, recording, resumed_at)

    def _state_before(
        self, epoch: int, earlier: Sequence[tuple[int, TrainState]]
    ) -> tuple[int, TrainState]:
        """Return the newest known state of an epoch up to this one, else the oldest of all."""
        for begun, state in reversed(earlier):
            if begun <= epoch:
                return begun, state
        found = self.checkpointer.earlier(epoch) or self.checkpointer.so_far
        return found.epochs, found.state
