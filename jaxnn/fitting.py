"""`fit`: a host loop over epochs, each call of which runs as many of them as fit into a moment."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn import costs
from jaxnn._checks import check_count, check_examples
from jaxnn._fingerprint import SameOptimizer
from jaxnn.costs import Costing
from jaxnn.data import Data
from jaxnn.epochs import EpochRunner, Plan, Tracker, run_epochs
from jaxnn.history import History
from jaxnn.network import Network, Params, check_params, check_trainable, init
from jaxnn.progress import ProgressBar
from jaxnn.stream import Stream
from jaxnn.stream_scores import check_no_metrics, check_stream
from jaxnn.streaming import streamed_epochs
from jaxnn.training import Metric, TrainState

SECONDS_A_CALL = 0.2
"""How long a compiled call runs at most: short enough to show progress, long enough to be free."""

EPOCHS_A_CALL = 1024
"""Epochs that one compiled call runs at most: the length of its buffer of metrics."""


class Event(NamedTuple):
    """What a listener hears after an epoch: its number from 1, its metrics, the state after it."""

    epoch: int
    metrics: Mapping[str, float]
    state: TrainState


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
    """

    params: Params
    history: History
    state: TrainState
    best_epoch: int
    diverged: bool


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
    progress: bool | None = None,
    listeners: Sequence[Listener] = (),
) -> FitResult:
    """Train a network and return its parameters and what was measured on the way.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights): (n_0, m), (n_L, m), (m,), finite and of a floating type.
            X as the transpose of a row-major array (what the datasets give) is used without a copy.
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
        progress: show a progress bar; None: when the output is a terminal or a notebook.
        listeners: called as `listener(Event(epoch, metrics, state))` after every epoch; True stops.

    Returns:
        `FitResult(params, history, state, best_epoch, diverged)`.

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
    data, m = _checked("data", network, data)
    if validation is not None:
        _check_streams(data, validation, metrics)
        validation, _ = _checked("validation", network, validation)
    _check_patience(patience, validation)
    state = _starting_state(network, optimizer, key, params, state)
    plan = Plan(
        network=network,
        cost=cost,
        optimizer=SameOptimizer(optimizer),
        batch_size=min(batch_size, m),
        shuffle=shuffle,
        metrics=tuple((metrics or {}).items()),
        monitor=monitor if validation is not None else None,
        maximise=not monitor.endswith(("loss", "error")) if maximise is None else maximise,
        patience=patience,
        buffer=EPOCHS_A_CALL,
    )
    runner = _runner(plan, data, validation, state, epochs)
    with ProgressBar(epochs, m, progress) as bar, runner as run:
        state, tracker, history = _host_loop(plan, state, run, epochs, bar, listeners)
    params, best_epoch = state.params, history.epochs
    diverged = bool(tracker.diverged)
    if diverged:
        _warn_of_divergence(history)
        state = TrainState(*tracker.safe, key=state.key)
        params, best_epoch = state.params, int(tracker.safe_epoch)
    if tracker.best_params is not None:
        params, best_epoch = tracker.best_params, int(tracker.best_epoch)
    return FitResult(params, history, state, best_epoch, diverged)


def _host_loop(
    plan: Plan,
    state: TrainState,
    run: EpochRunner,
    epochs: int,
    bar: ProgressBar,
    listeners: Sequence[Listener],
) -> tuple[TrainState, Tracker, History]:
    """Run epochs until they are done or a listener, patience or divergence ends them."""
    tracker = Tracker.create(plan, state)
    history, done, a_call = History(), 0, 1
    while done < epochs:
        start = time.perf_counter()
        ask = 1 if listeners else min(a_call, epochs - done)
        state, tracker, table, ran = run(state, tracker, ask)
        ran = int(ran)
        seconds = time.perf_counter() - start
        measured = {name: np.asarray(column)[:ran] for name, column in table.items()}
        history = history.then(measured)
        last = {name: column[-1].item() for name, column in measured.items()}
        bar.advance(ran, last, seconds)
        done += ran
        stop = [listener(Event(done, last, state)) for listener in listeners]
        if any(stop) or bool(tracker.stopped):
            break
        a_call = max(1, min(EPOCHS_A_CALL, int(SECONDS_A_CALL * ran / seconds)))
    return state, tracker, history


def _starting_state(
    network: Network,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None,
    params: Params | None,
    state: TrainState | None,
) -> TrainState:
    """Return a state of our own: `run_epochs` is given its memory, the caller's stays as it is."""
    if state is not None:
        if params is not None or key is not None:
            raise ValueError(
                "state already holds params and key; give state alone, or params and key"
            )
        check_params(network, state.params)
        return jax.tree.map(jnp.copy, state)
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


def _checked(name: str, network: Network, data: Data | Stream) -> tuple[Any, int]:
    """Return data that fit the network, a tuple or a stream, and their number m."""
    if isinstance(data, Stream):
        check_stream(name, network, data)
        return data, data.examples
    data = tuple(data)
    check_examples(network, *data)
    return data, data[0].shape[1]


def _check_streams(data: Any, validation: Any, metrics: Mapping[str, Metric] | None) -> None:
    if not isinstance(validation, Stream):
        return
    if not isinstance(data, Stream):
        raise TypeError(
            "validation may be a Stream only where data is one, got data in memory: "
            "give both as arrays, or both as streams"
        )
    check_no_metrics(metrics)


def _runner(
    plan: Plan, data: Any, validation: Any, state: TrainState, epochs: int
) -> AbstractContextManager[EpochRunner]:
    """Return what runs epochs, on arrays or on a stream, for the length of a `with`."""
    rows = validation if isinstance(validation, Stream) else _on_device(validation)
    if isinstance(data, Stream):
        return streamed_epochs(plan, data, rows, state, epochs)
    return nullcontext(partial(_run_in_memory, plan, _on_device(data), rows))


def _run_in_memory(plan, data, validation, state, tracker, n):
    return run_epochs(plan, state, tracker, data, validation, n)


def _on_device(data: Data | None) -> Any:
    """Return the arrays of data as rows on the device: (m, n_0), (m, n_L), (m,)."""
    return None if data is None else tuple(jnp.asarray(array.T) for array in data)


def _check_patience(patience: int | None, validation: Data | None) -> None:
    if patience is None:
        return
    check_count("patience", patience)
    if validation is None:
        raise ValueError("patience needs validation=(X, Y), data to measure `monitor` on")


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
