"""Training on the host loop: what `fit` does, also for members that share their weights."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

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
)
from jaxnn.textbook.checks.functions import as_listeners
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation, TrainState, check_is_state
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.shared_members import SharedNetwork
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


def train_one(
    function: str,
    network: Network,
    data: Data | Stream,
    *,
    cost: str | CostFunction | None,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None,
    epochs: int,
    batch_size: int,
    params: Any,
    state: TrainState | None,
    validation: Data | Stream | float | None,
    metrics: Mapping[str, Metric] | None,
    patience: int | None,
    monitor: str,
    maximise: bool | None,
    shuffle: bool,
    augment: Augmentation | None,
    record_every: int | None,
    checkpoint: Checkpoints | str | os.PathLike[str] | None,
    progress: bool | None,
    listeners: Sequence[Listener],
    mesh: Mesh | None,
    fully_sharded: bool,
) -> FitResult:
    """Return what `fit` returns; `function` is the public name that was called.

    Of a `SharedNetwork` the parameters are `SharedParams`, and the scores those of the mean of the
    members' outputs.  Warnings point to the line that called the caller.
    """
    check_not_traced(function, data, key, params, state, validation)
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
    key = checked_key(function, plan, key, params, state)
    _check_processes(plan, checked, key, params, state, epochs, record_every, checkpoint, listeners)
    traced = partial(trace_epochs, plan, checked.train, checked.validation)
    state = starting_state(plan, key, params, state, checked.dtype, meanwhile=traced)
    check_not_traced(function, state)
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
    networks = plan.network.members if isinstance(plan.network, SharedNetwork) else 1
    return first_epochs_per_call(plan, checked.examples, checked.validation_examples, networks)
