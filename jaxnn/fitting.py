"""`fit`: a host loop over epochs, each call of which runs as many of them as fit into a moment."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

from jaxnn import costs
from jaxnn._checks import check_count
from jaxnn._fingerprint import SameOptimizer
from jaxnn._fit_data import (
    SECONDS_A_CALL,
    check_patience,
    check_streams,
    checked,
    first_guess,
    runner_of,
)
from jaxnn.costs import Costing
from jaxnn.data import Data
from jaxnn.epochs import GROUP, GROUPS, Best, EpochRunner, Plan, is_larger_better
from jaxnn.evaluation import Metric
from jaxnn.history import History
from jaxnn.network import Network, Params, check_params, check_trainable, init
from jaxnn.progress import ProgressBar
from jaxnn.recording import Recorder, Recording
from jaxnn.stream import Stream
from jaxnn.training import Augmentation, TrainState


class Event(NamedTuple):
    """What a listener hears after an epoch: its number from 1, its metrics, the state after it.

    In a sweep metrics and state are those of several networks, stacked, and `members` says which.
    """

    epoch: int
    metrics: Mapping[str, Any]
    state: TrainState
    members: tuple[int, ...] | None = None


Listener = Callable[[Event], bool | None]
"""Called after every epoch; returning True ends the training."""


class FitResult(NamedTuple):
    """What `fit` gives back.

    Attributes:
        params: the parameters to use: those of the best epoch under `patience`, else the last ones;
            where the loss diverged, the last from which a whole epoch ran with a finite loss.
        history: the metrics of every epoch.
        state: the state to go on from with `fit(..., state=...)`.
        best_epoch: the epoch, from 1, that `params` comes from.
        diverged: whether training ended because the loss became NaN or infinite.
        recording: the parameters along the way, with `record_every`; None without.
    """

    params: Params
    history: History
    state: TrainState
    best_epoch: int
    diverged: bool
    recording: Recording | None = None


def fit(
    network: Network,
    data: Data | Stream,
    *,
    cost: str | Costing,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None = None,
    epochs: int = 20,
    batch_size: int = 128,
    params: Params | None = None,
    state: TrainState | None = None,
    validation: Data | Stream | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str = "val_loss",
    maximise: bool | None = None,
    shuffle: bool = True,
    augment: Augmentation | None = None,
    record_every: int | None = None,
    progress: bool | None = None,
    listeners: Sequence[Listener] = (),
) -> FitResult:
    """Train a network and return its parameters and what was measured on the way.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights): (n_0, m), (n_L, m), (m,), finite and of a floating type.
            X as the transpose of a row-major array (what the datasets give) is used without a copy;
            X may be uint8, pixels 0 … 255, which become x / 255 when a batch is used.
            Or a `Stream`, for data larger than memory.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax.
        key: of the initial parameters (unless given), the shuffles and the dropout.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1; the last batch may be shorter.
        params: parameters to start from; None: `jaxnn.init(network, key)`.
        state: a state to go on from, instead of params and key.
        validation: data to measure after each epoch, as `val_loss`, `val_accuracy` …; a `Stream`
            only where data is one.
        metrics: more to measure on it: name -> function of (A^[L], Y) to a scalar.
        patience: stop after so many epochs without a better `monitor`, and give back the best
            parameters; needs validation.  None: run all epochs.
        monitor: the metric that decides, such as `val_loss` or `val_accuracy`.
        maximise: whether a larger `monitor` is better; None: unless its name ends in loss or error.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example inside the compiled step.
        record_every: keep a copy of the parameters before training, every so many epochs, and at
            the end, at least 1; None: keep none.
        progress: show a progress bar; None: when the output is a terminal or a notebook.
        listeners: called as `listener(Event(epoch, metrics, state))` after every epoch; True stops.

    Returns:
        `FitResult(params, history, state, best_epoch, diverged, recording)`.

    Raises:
        TypeError, ValueError: an argument that breaks these rules; a layer uses `step`.

    Warns:
        RuntimeWarning: the loss became NaN or infinite: which epoch, the last finite loss, what to
            try.  Training stops, and the last good parameters are given back.

    Source: Robbins and Monro (1951); early stopping, Prechelt (1998).

    >>> import jaxnn
    >>> X, Y = jaxnn.boolean_function()
    >>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
    >>> result = fit(net, (X, Y), cost="binary_cross_entropy", optimizer=optax.adam(0.1),
    ...              epochs=200, batch_size=8, key=jax.random.key(0))
    >>> result.history["accuracy"][-1].item()
    1.0
    """
    cost = costs.find(cost)
    check_trainable(network)
    epochs = check_count("epochs", epochs)
    batch_size = check_count("batch_size", batch_size)
    if record_every is not None:
        record_every = check_count("record_every", record_every)
    data, m = checked("data", network, data)
    m_validation = 0
    if validation is not None:
        check_streams(data, validation, metrics)
        validation, m_validation = checked("validation", network, validation)
    check_patience(patience, validation)
    state = _starting_state(network, optimizer, key, params, state)
    plan = Plan(
        network=network,
        cost=cost,
        optimizer=SameOptimizer(optimizer),
        batch_size=min(batch_size, m),
        shuffle=shuffle,
        augment=augment,
        metrics=tuple((metrics or {}).items()),
        monitor=monitor if validation is not None else None,
        maximise=is_larger_better(monitor) if maximise is None else maximise,
        patience=patience,
    )
    runner = runner_of(plan, data, validation, state, epochs)
    one_a_call = isinstance(data, Stream) or bool(listeners)
    a_call = 1 if one_a_call else first_guess(plan, m, m_validation)
    with ProgressBar(epochs, m, progress) as bar, runner as run:
        recorder = Recorder(record_every, state.params)
        return _host_loop(plan, state, run, epochs, a_call, bar, listeners, recorder)


def _host_loop(
    plan: Plan,
    state: TrainState,
    run: EpochRunner,
    epochs: int,
    a_call: int,
    bar: ProgressBar,
    listeners: Sequence[Listener],
    recorder: Recorder,
) -> FitResult:
    """Run epochs until they are done or a listener, patience or divergence ends them."""
    best, history, done = Best.create(plan, state), History(), 0
    before = [(done, state)]
    while done < epochs:
        start = time.perf_counter()
        ran = run(state, best, recorder.epochs_to_run(done, min(a_call, epochs - done)))
        count, finite = int(ran.epochs), bool(ran.finite)
        seconds = time.perf_counter() - start
        state, best = ran.state, ran.best
        measured = {name: np.ravel(column)[:count] for name, column in ran.table.items()}
        history = history.then(measured)
        last = {name: column[-1].item() for name, column in measured.items()}
        bad = np.flatnonzero(~np.isfinite(measured["loss"]))
        if len(bad) or not finite:
            first_bad = done + (bad[0] if len(bad) else count) + 1
            history = history.until(first_bad)
            return _go_back(plan, run, before, state, history, best, first_bad - 2, recorder)
        done += count
        recorder.after(done, state.params)
        bar.advance(count, last, seconds)
        stop = [listener(Event(done, last, state)) for listener in listeners]
        if any(stop) or bool(best.stopped):
            break
        before = [before[-1], (done, state)]
        if not listeners:
            a_call = max(1, min(GROUPS * GROUP, int(SECONDS_A_CALL * count / seconds)))
    recording = recorder.recording(done, state.params)
    if best.params is not None:
        return FitResult(best.params, history, state, int(best.best_epoch), False, recording)
    return FitResult(state.params, history, state, history.epochs, False, recording)


def _go_back(
    plan: Plan,
    run: EpochRunner,
    before: Sequence[tuple[int, TrainState]],
    state: TrainState,
    history: History,
    best: Best,
    epoch: int,
    recorder: Recorder,
) -> FitResult:
    """Return the result of a training whose loss diverged, with the state as it was after `epoch`.

    From there a whole epoch ran with a finite loss; later parameters may be finite but already
    beyond use.  A training is a function of its state, so running the epochs again, from where a
    call began, gives them again.  Only the key is not that of then: it has been used.
    """
    _warn_of_divergence(history)
    epoch = int(max(0, epoch))
    begun, start = next(entry for entry in reversed(before) if entry[0] <= epoch)
    if epoch > begun:
        start = run(start, Best.create(plan, start, begun), epoch - begun).state
    good = start._replace(key=state.key)
    recording = recorder.recording(epoch, good.params)
    if best.params is not None:
        return FitResult(best.params, history, good, int(best.best_epoch), True, recording)
    return FitResult(good.params, history, good, epoch, True, recording)


def _starting_state(
    network: Network,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None,
    params: Params | None,
    state: TrainState | None,
) -> TrainState:
    """Return the state that training begins with."""
    if state is not None:
        if params is not None or key is not None:
            raise ValueError(
                "state already holds params and key; give state alone, or params and key"
            )
        check_params(network, state.params)
        return state
    if key is None:
        raise TypeError("fit needs key=jax.random.key(seed), or state= to go on from")
    if params is not None:
        check_params(network, params)
    return _fresh_state(network, SameOptimizer(optimizer), key, params)


@partial(jax.jit, static_argnums=1)
def _fresh_state(
    network: Network, optimizer: SameOptimizer, key: jax.Array, params: Params | None
) -> TrainState:
    init_key, train_key = jax.random.split(key)
    if params is None:
        params = init(network, init_key)
    return TrainState.create(params, optimizer.optimizer, train_key)


def _warn_of_divergence(history: History) -> None:
    losses = history["loss"]
    finite = losses[np.isfinite(losses)]
    last = f"the last finite loss was {finite[-1]:.6g}" if len(finite) else "no loss was finite"
    warnings.warn(
        f"the loss became NaN or infinite in epoch {history.epochs}; {last}. Training stopped, and "
        "the last good parameters are kept. Try a smaller learning rate, "
        "optax.clip_by_global_norm, or standardised inputs.",
        RuntimeWarning,
        stacklevel=3,
    )
