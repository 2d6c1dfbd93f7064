"""`fit`: trains one network, and returns its parameters and the metrics of every epoch."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Never

import jax
import optax
from jax.sharding import Mesh

from jaxnn.checkpoints.options import Checkpoints, as_checkpoints
from jaxnn.data.preparation import Data
from jaxnn.engine.epochs import EarlyStopping
from jaxnn.engine.plan import Plan
from jaxnn.parallel.hosts import raising_process_lost
from jaxnn.parallel.meshes import layout_of
from jaxnn.streams.stream import Stream
from jaxnn.textbook.checks.arguments import (
    as_flag,
    as_flag_or_none,
    check_not_traced,
    check_one_pair,
)
from jaxnn.textbook.checks.functions import as_listeners
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation, TrainState, check_is_state
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, Params, check_trainable
from jaxnn.training.arguments import CheckedData, plan_of
from jaxnn.training.call_length import first_epochs_per_call
from jaxnn.training.checkpointer import open_checkpointer
from jaxnn.training.listeners import Listener
from jaxnn.training.loop import Loop, open_runner, trace_epochs
from jaxnn.training.progress import EpochsBar
from jaxnn.training.recorder import Recorder
from jaxnn.training.results import FitResult, History
from jaxnn.training.run_description import description_of
from jaxnn.training.run_state import RunState
from jaxnn.training.same_arguments import check_same_arguments
from jaxnn.training.starting_state import checked_key, starting_state


def fit(
    network: Network,
    data: Data | Stream,
    *_more: Never,
    cost: str | CostFunction | None = None,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None = None,
    epochs: int = 20,
    batch_size: int = 128,
    params: Params | None = None,
    state: TrainState | None = None,
    validation: Data | Stream | float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str = "val_loss",
    maximise: bool | None = None,
    shuffle: bool = True,
    augment: Augmentation | None = None,
    record_every: int | None = None,
    checkpoint: Checkpoints | str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    listeners: Sequence[Listener] = (),
    mesh: Mesh | None = None,
    fully_sharded: bool = False,
) -> FitResult:
    """Train a network, and return its parameters and the metrics of every epoch.

    Values that a function of your own (cost, metric, activation, schedule, augmentation) captures
    are read when the call begins: a change counts from the next call on.  A function that JAX
    cannot trace counts as changed where it is another object.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights): (n_0, m), (n_L, m), (m,), finite and of a floating type.
            Where the network classifies, Y may be labels, (m,): whole numbers 0 … n_L − 1, or n_L
            others, texts, true and false (two for one output), numbered in sorted order.
            X as the transpose of a row-major array (what the datasets give) is used without a copy;
            X may be uint8, pixels 0 … 255, which become x / 255 when a batch is used.
            Or a `Stream`, for data larger than memory.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`; None: that of the
            output activation: `cross_entropy` of softmax, `binary_cross_entropy` of sigmoid,
            `squared_error` of any other.
        optimizer: any of optax; those that ask for the value, the gradients or the cost of the
            batch as a function get them.  Of a schedule-free one the average x is validated and
            returned.
        key: random key of the initial parameters (unless given), the shuffles and the dropout.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1; the last batch may be shorter.
        params: parameters to start from, of any floating type; None: `jaxnn.init(network, key)`,
            in float64 where X is float64 and `jax_enable_x64` is on, else in float32.  Training
            computes in the type of the parameters; X and Y are converted to it batch by batch.
        state: a state to go on from, instead of params and key.
        validation: data to measure after each epoch, as `val_loss`, `val_accuracy` …; a `Stream`
            only where data is one.  Or a share in (0, 1) of the data, which is held out as
            `jaxnn.split` does it (by classes, where each has enough examples) with the seed s of
            `key=jax.random.key(s)`.
        metrics: more to measure on it: name -> function of (A^[L], Y) to a scalar.
        patience: stop after so many epochs without a better `monitor`, and return the best
            parameters; needs validation.  None: run all epochs.
        monitor: the metric that patience watches, such as `val_loss` or `val_accuracy`.
        maximise: whether a larger `monitor` is better; None: as is known of loss, accuracy and r2;
            a metric of your own needs True or False.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example inside the compiled step.
        record_every: copy the parameters before training, after every so many epochs (at least 1),
            and at the end; None: copy none.
        checkpoint: a folder, or `jaxnn.Checkpoints(folder, …)`: save the run there, and resume it
            from there.
        progress: show a bar, or in a log a line every few seconds; True: at least one; False: none.
        listeners: called as `listener(Event(epoch, metrics, state))` after every epoch; True stops.
        mesh: devices to train on, see `jaxnn.parallel`; None: one.  The batches are the same, and
            so are the numbers, up to rounding; `params` and `state` on the mesh are not moved.  Of
            several processes each calls with the same arguments, see `jaxnn.parallel.processes`.
        fully_sharded: divide parameters and optimiser state among the devices along `data` too.

    Returns:
        `FitResult(params, history, state, best_epoch, diverged, recording, resumed_at, network,
        cost, class_names)`.  Where a checkpoint leaves nothing to train, that is logged.

    Raises:
        TypeError, ValueError: an argument that breaks these rules; a layer uses `step`; an output
            activation, a cost and targets that cannot be meant together; an optimiser that cannot
            train W^[l] and b^[l]; a call within jit, vmap or grad; other arguments in another
            process of the mesh.
        CheckpointError: the run cannot be saved, or the saved one is damaged, or is another run.
        ProcessLost: the mesh is of several processes, and another one has ended.

    Warns:
        UserWarning: output activation, cost and targets go together, but are rarely meant so; the
            message names what fits.
        RuntimeWarning: `monitor` was NaN or infinite after every epoch, so that none was the best:
            the last parameters are returned.
        RuntimeWarning: the loss became NaN or infinite.  The message says in which epoch and step,
            which W^[l] or b^[l] first, the last finite loss, and what to try.  Training stops, and
            the last good parameters are returned.

    Source: Robbins and Monro (1951); early stopping, Prechelt (1998).

    >>> import jaxnn
    >>> X, Y = jaxnn.boolean_function()
    >>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
    >>> result = fit(net, (X, Y), cost="binary_cross_entropy", optimizer=optax.adam(0.1),
    ...              epochs=200, batch_size=8, key=jax.random.key(0))
    >>> result.history["accuracy"][-1].item()
    1.0
    >>> jaxnn.evaluate(result, (X, Y))["accuracy"], jaxnn.classify(result, X).shape
    (1.0, (8,))
    """
    check_one_pair("fit", "fit(network, (X, Y), …)", _more)
    check_not_traced("fit", data, key, params, state, validation)
    check_trainable(network)
    check_kind(optimizer)
    listeners, progress = as_listeners(listeners), as_flag_or_none("progress", progress)
    fully_sharded = as_flag("fully_sharded", fully_sharded)
    checkpoint = as_checkpoints(checkpoint)
    epochs = check_count("epochs", epochs)
    if record_every is not None:
        record_every = check_count("record_every", record_every)
    if state is not None:
        check_is_state(state)
    layout = layout_of(network, mesh, fully_sharded=fully_sharded)
    plan, checked = plan_of(
        network,
        data,
        validation,
        cost=cost,
        optimizer=optimizer,
        batch_size=batch_size,
        shuffle=shuffle,
        augment=augment,
        key=key,
        metrics=metrics,
        patience=patience,
        monitor=monitor,
        maximise=maximise,
        params=params if state is None else state.params,
        layout=layout,
    )
    key = checked_key(plan, key, params, state)
    _check_processes(plan, checked, key, params, state, epochs, record_every, checkpoint, listeners)
    traced = partial(trace_epochs, plan, checked.train, checked.validation)
    state = starting_state(plan, key, params, state, checked.dtype, meanwhile=traced)
    check_not_traced("fit", state)
    start = RunState(0, state, EarlyStopping.create(plan, state), History())
    run: dict[str, Any] = {}
    if checkpoint is not None:
        run = description_of(plan, state, checked.train, checked.validation, key)
    run |= {"record_every": record_every}
    processes, monitor = layout.processes, plan.monitor or "loss"
    shown = progress if processes.is_first else False
    with (
        raising_process_lost(processes),
        open_checkpointer(checkpoint, run, start, processes) as checkpointer,
        EpochsBar(epochs, checked.examples, shown, monitor) as bar,
        open_runner(plan, checked.train, checked.validation, checkpointer, epochs) as runner,
    ):
        records = checkpointer.so_far.records
        loop = Loop(
            plan=plan,
            epochs=epochs,
            run=runner,
            can_rerun=not isinstance(checked.train, Stream),
            epochs_per_call=_first_epochs_per_call(plan, checked, listeners),
            checkpointer=checkpointer,
            recorder=Recorder(record_every, layout, params_to_evaluate(state), records),
            bar=bar,
            listeners=listeners,
        )
        found = loop.train()
    return found._replace(network=network, cost=checked.cost, class_names=checked.class_names)


def _check_processes(
    plan: Plan,
    checked: CheckedData,
    key: jax.Array | None,
    params: Params | None,
    state: TrainState | None,
    epochs: int,
    record_every: int | None,
    checkpoint: Checkpoints | None,
    listeners: Sequence[Listener],
) -> None:
    """Raise an error unless all processes of the mesh have the same arguments."""
    processes = plan.layout.processes
    with raising_process_lost(processes):
        check_same_arguments(
            processes,
            plan,
            data=checked.train,
            validation=checked.validation,
            key=key,
            params=params,
            state=state,
            epochs=epochs,
            record_every=record_every,
            checkpoint=checkpoint,
            listeners="some" if listeners else "none",
        )


def _first_epochs_per_call(plan: Plan, checked: CheckedData, listeners: Sequence[Listener]) -> int:
    if listeners or isinstance(checked.train, Stream):
        return 1
    return first_epochs_per_call(plan, checked.examples, checked.validation_examples)
