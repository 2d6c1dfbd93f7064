"""The host's loop over epochs: each call of it runs as many of them as fit into a moment."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Sequence

import jax
import numpy as np

from jaxnn.engine.epochs import GROUP, GROUPS, EarlyStopping, EpochRunner, all_finite
from jaxnn.engine.plan import Plan
from jaxnn.errors import CheckpointMismatch
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.training.arguments import SECONDS_A_CALL
from jaxnn.training.checkpointer import Checkpointer
from jaxnn.training.divergence import found_again, found_within, warn_of_divergence
from jaxnn.training.fit_result import Event, FitResult, Listener
from jaxnn.training.history import History
from jaxnn.training.progress import ProgressBar
from jaxnn.training.recording import Recorder
from jaxnn.training.run_state import RunState


def run_to_the_end(
    plan: Plan,
    checkpointer: Checkpointer,
    run: EpochRunner,
    epochs: int,
    epochs_per_call: int,
    bar: ProgressBar,
    listeners: Sequence[Listener],
    recorder: Recorder,
    *,
    reruns: bool,
) -> FitResult:
    """Run epochs until they are done or a listener, patience or divergence ends them.

    Args:
        plan: what stays the same.
        checkpointer: says what to go on from, and takes what becomes of it.
        run: runs epochs.
        epochs: how many there are to be in all.
        epochs_per_call: how many to run in the first call.
        bar: shows how far it has come.
        listeners: hear every epoch; then `epochs_per_call` is 1 and stays so.
        recorder: writes parameters down.
        reruns: whether `run` can run epochs again, from an earlier state.
    """
    processes = plan.layout.processes
    done, state, best, history, _, over, within = checkpointer.so_far
    resumed_at, ended = done, over or done == epochs
    if done > epochs:
        raise ValueError(f"epochs must be at least the {done} that were run, got {epochs}")
    if done == epochs and checkpointer.changed:
        changed = ", ".join(sorted(checkpointer.changed))
        raise CheckpointMismatch(
            f"all {epochs} epochs were already run, before {changed} changed: give epochs above "
            f"{epochs} to go on with the change, or take another folder"
        )
    if done and ended and processes.is_first:
        say_that_nothing_was_left(done, epochs)
    state, best = plan.layout.place(plan.network, state, best)
    before = [(done, state)] if within is None else []
    bar.advance(done, {}, 0.0)
    while done < epochs and not over:
        start = time.perf_counter()
        n = recorder.epochs_to_run(done, min(epochs_per_call, epochs - done))
        ran = run(state, best, checkpointer.epochs_to_run(done, n))
        state, best = ran.state, ran.best
        if ran.within is not None:
            if all_finite(state.params):  # else the next chunk's loss is not
                checkpointer.keep(
                    RunState(done, state, best, history, recorder.records, within=ran.within)
                )
            continue
        count, finite = int(ran.epochs), bool(ran.finite)
        seconds = time.perf_counter() - start
        measured = {name: np.ravel(column)[:count] for name, column in ran.table.items()}
        history = history.then(measured)
        last = {name: column[-1].item() for name, column in measured.items()}
        bad = np.flatnonzero(~np.isfinite(measured["loss"]))
        if len(bad) or not finite:
            first_bad = done + (bad[0] if len(bad) else count) + 1
            diverged = RunState(first_bad, state, best, history.until(first_bad))
            return _go_back(plan, run, before, checkpointer, diverged, recorder, reruns=reruns)
        done += count
        recorder.after(done, state)
        bar.advance(count, last, seconds)
        stop = [
            applied("listeners", "of an event", listener, Event(done, last, state))
            for listener in listeners
        ]
        over = bool(best.stopped) or (bool(stop) and processes.any(any(stop)))
        so_far = RunState(done, state, best, history, recorder.records, over)
        checkpointer.keep(so_far, ended=over or done == epochs)
        before = [*before[-1:], (done, state)]
        if not listeners:
            in_a_moment = int(SECONDS_A_CALL * count / seconds)
            epochs_per_call = max(1, min(GROUPS * GROUP, processes.number(in_a_moment)))
    recording = recorder.recording(done, state)
    if best.params is None:
        params = params_to_evaluate(state)
        return FitResult(params, history, state, history.epochs, False, recording, resumed_at)
    epoch = int(best.best_epoch)
    if not best.is_scored():
        epoch = history.epochs
        _warn_of_no_score(plan, history)
    return FitResult(best.params, history, state, epoch, False, recording, resumed_at)


def say_that_nothing_was_left(done: int, epochs: int) -> None:
    """Log that a run had ended before: what follows is its result, and nothing was trained."""
    ended = f"all {epochs} epochs were already run"
    if done < epochs:
        ended = f"the run had already ended after epoch {done} of {epochs}"
    logging.getLogger("jaxnn").warning(
        "%s: nothing was left to train, the result is that of the checkpoint", ended
    )


def _warn_of_no_score(plan: Plan, history: History) -> None:
    """Warn the one who called `fit` where patience watched what was never a number."""
    assert plan.monitor is not None
    warnings.warn(
        f"the monitor {plan.monitor!r} was {history[plan.monitor][0]:.6g} in epoch 1 and no finite "
        f"number in any of the {history.epochs} epochs: none was the best, and the last parameters "
        "are kept. See what makes it so, or take another monitor, such as 'val_loss'.",
        RuntimeWarning,
        stacklevel=4,
    )


def _go_back(
    plan: Plan,
    run: EpochRunner,
    before: Sequence[tuple[int, TrainState]],
    checkpointer: Checkpointer,
    diverged: RunState,
    recorder: Recorder,
    *,
    reruns: bool,
) -> FitResult:
    """Return the result of a training whose loss diverged, with the state of two epochs before.

    From there a whole epoch ran with a finite loss; later parameters may be finite but already
    beyond use.  A training is a function of its state, so running the epochs again, from where a
    call began, or from a checkpoint, gives them again.  Only the key is not that of then: it has
    been used.  A stream is read once: of it, no more than what is at hand is given back.
    """
    history, best = diverged.history, diverged.best
    epoch = int(max(0, diverged.epochs - 2))
    begun, start = _start_before(epoch, before, checkpointer)
    epoch = max(epoch, begun)
    if epoch > begun and not reruns:
        epoch = begun
    if epoch > begun:
        start = run(start, EarlyStopping.create(plan, start, begun), epoch - begun).state
    if reruns:
        where = found_again(plan, run, start, history.epochs - epoch)
    else:
        where = found_within(start, diverged.state)
    warn_of_divergence(plan, history, where)
    good = start._replace(key=jax.random.fold_in(start.key, history.epochs))
    recording, resumed_at = recorder.recording(epoch, good), checkpointer.so_far.epochs
    params = params_to_evaluate(good)
    if best.params is not None and best.is_scored():
        params, epoch = best.params, int(best.best_epoch)
    return FitResult(params, history, good, epoch, True, recording, resumed_at)


def _start_before(
    epoch: int, before: Sequence[tuple[int, TrainState]], checkpointer: Checkpointer
) -> tuple[int, TrainState]:
    """Return the newest state that is known of an epoch up to this one, else the oldest of all."""
    for begun, state in reversed(before):
        if begun <= epoch:
            return begun, state
    earlier = checkpointer.earlier(epoch) or checkpointer.so_far
    return earlier.epochs, earlier.state
