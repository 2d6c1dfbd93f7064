"""Trains groups of networks on the host: part by part, side by side on a CPU, rung after rung."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import numpy as np

from jaxnn.checkpoints.options import Checkpoints, as_checkpoints
from jaxnn.checkpoints.signals import StopRequest
from jaxnn.checkpoints.sweep_checkpointer import SavedNetworks, SweepCheckpointer
from jaxnn.comparison.equality import same_initialisation
from jaxnn.engine.plan import Plan
from jaxnn.engine.sizing import networks_per_program, programs_at_once
from jaxnn.engine.stack import EPOCHS_PER_CALL, Stack, StackInputs, fresh_stack, run_stack
from jaxnn.streams.waiting import first_done, wait_for
from jaxnn.sweeps.callbacks import Callbacks, epoch_callback
from jaxnn.sweeps.checkpointer import name_of, open_sweep_checkpointer
from jaxnn.sweeps.parts import (
    Group,
    Initialisation,
    Rung,
    RungResult,
    StackPart,
    Survivors,
    TrainedNetwork,
    regrouped,
    rungs_of,
    split,
    trained_networks,
)
from jaxnn.textbook.checks.arguments import as_flag_or_none
from jaxnn.textbook.checks.functions import as_listeners, check_function
from jaxnn.textbook.initialisation import INITIALISATION, init_in_float64
from jaxnn.textbook.initialisation import init as default_init
from jaxnn.textbook.keys import is_key
from jaxnn.training.arguments import CheckedData
from jaxnn.training.call_length import first_epochs_per_call, next_epochs_per_call
from jaxnn.training.listeners import Listener
from jaxnn.training.outcome_warnings import log_nothing_left
from jaxnn.training.progress import PointsBar
from jaxnn.training.run_description import described, described_key, described_plan


def train_networks(
    plan: Plan,
    data: CheckedData,
    groups: Sequence[Group],
    init: Initialisation,
    *,
    rung_ends: Sequence[int],
    survivors: Survivors = lambda alive, _: alive,
    members_per_batch: int | None,
    progress: bool | None,
    listeners: Sequence[Listener] = (),
    checkpoint: Checkpoints | str | os.PathLike[str] | None = None,
    key: jax.Array | None = None,
) -> dict[int, TrainedNetwork]:
    """Return every network after training; `survivors` decides after each rung which train on.

    The arguments are those of `sweep`; `key` tells one checkpoint's networks from another's.
    """
    check_function("init", INITIALISATION, init)
    checkpoint = as_checkpoints(checkpoint)
    progress, listeners = as_flag_or_none("progress", progress), as_listeners(listeners)
    if init is default_init and data.dtype == "float64":
        init = init_in_float64
    init = same_initialisation(init, [group.plan.network for group in groups])
    groups = [_with_shapes(group, init) for group in groups]
    rows, val_rows = plan.layout.place_everywhere(data.train), None
    if data.validation is not None:
        val_rows = plan.layout.place_divided(data.validation, fill=not plan.metrics)
    run = {} if checkpoint is None else described_plan(plan, data.train, data.validation)
    if key is not None:
        run |= {"init": described(init), "key": described_key(key)}
    count, epochs = sum(len(group.numbers) for group in groups), rung_ends[-1]
    with (
        open_sweep_checkpointer(checkpoint, run) as checkpointer,
        PointsBar(count, epochs, plan.monitor or "loss", plan.maximise, progress) as bar,
    ):
        trainer = Trainer(
            groups,
            init,
            (rows, val_rows),
            most_per_program=members_per_batch,
            callbacks=Callbacks(bar.show, bar.end, epoch_callback(listeners)),
            checkpointer=checkpointer,
        )
        networks = trainer.train(rung_ends, survivors)
    if checkpoint is not None and not trainer.has_run:
        log_nothing_left(epochs, epochs)
    return networks


def _with_shapes(group: Group, init: Any) -> Group:
    """Return a group and the shapes of one network; an optimiser that cannot be used is refused.

    That is before a file of a checkpoint is touched.
    """
    one = fresh_stack.eval_shape(group.plan, init, group.inputs.of(np.arange(1)))
    return group._replace(one=one)


class Trainer:
    """Trains groups of networks on data on the device; `has_run`: whether any epoch was run."""

    def __init__(
        self,
        groups: Sequence[Group],
        init: Any,
        data: tuple[Any, Any],
        *,
        most_per_program: int | None,
        callbacks: Callbacks,
        checkpointer: SweepCheckpointer | None = None,
    ):
        self._groups, self._init, self._data = groups, init, data
        self._most_per_program, self._callbacks = most_per_program, callbacks
        self._checkpointer = checkpointer
        self._stop_request = StopRequest() if checkpointer is None else checkpointer.stop_request
        one_at_a_time = callbacks.on_epoch_end is not None or len(data[0][0].devices()) > 1
        self._programs = 1 if one_at_a_time else programs_at_once(data[0])
        self._lock, self._cancelled = threading.Lock(), False
        self._networks: dict[int, TrainedNetwork] = {}
        self.has_run = False

    def train(self, rung_ends: Sequence[int], survivors: Survivors) -> dict[int, TrainedNetwork]:
        """Return every network after training, by its number."""
        parts: list[StackPart] = []
        for group in self._groups:
            count = len(group.numbers)
            parts += split(group, np.arange(count), self._networks_per_program(group, count))
        for rung in rungs_of(rung_ends):
            after = []
            for part, result in self._run_all(parts, rung):
                self._stop_request.obey()
                self._networks |= trained_networks(part, result, self._networks)
                if rung.is_last:
                    self._callbacks.on_training_end(part.numbers)
                else:
                    after.append(part._replace(stack=jax.tree.map(_on_host, result.stack)))
            if not rung.is_last:
                alive = sorted(int(number) for part in parts for number in part.numbers)
                chosen = set(survivors(alive, self._networks))
                self._callbacks.on_training_end(set(alive) - chosen)
                parts = []
                for group in self._groups:
                    parts += regrouped(group, after, chosen, self._networks_per_program)
        return self._networks

    def _networks_per_program(self, group: Group, count: int) -> int:
        """Return how many of so many networks of a group train as one program."""
        axis_size, most = group.plan.layout.axis_size("sweep"), self._most_per_program
        share = -(-count // axis_size)
        if most is None:
            rows = self._data[0]
            most = axis_size * networks_per_program(
                group.plan, group.one, rows, share, self._programs
            )
        return max(1, min(most // axis_size, share)) * axis_size

    def _run_all(
        self, parts: list[StackPart], rung: Rung
    ) -> Iterator[tuple[StackPart, RungResult]]:
        """Run all parts, several at a time, and yield each when it is done."""
        if self._programs == 1 or len(parts) == 1:
            for part in parts:
                yield part, self._run(part, self._compiled(part), rung)
            return
        with ThreadPoolExecutor(self._programs) as pool:
            waiting: dict[Future[RungResult], StackPart] = {}
            try:
                for part in parts:
                    if len(waiting) > self._programs:  # one is compiled ahead
                        yield from _finished(waiting)
                    compiled = self._compiled(part)
                    waiting[pool.submit(self._run, part, compiled, rung)] = part
                while waiting:
                    yield from _finished(waiting)
            finally:
                self._cancelled = bool(waiting)  # else the threads would train to the end
                for future in waiting:
                    future.cancel()
                wait_for(waiting)

    def _compiled(self, part: StackPart) -> tuple[Any, Stack, StackInputs]:
        """Return the compiled function, the networks, and what they begin with.

        A thread has none of the caller's JAX contexts (precision, default device), so what depends
        on them is made here, in the caller's thread.
        """
        self._stop_request.obey()  # rather than compile another program
        plan, inputs = part.group.plan, part.group.inputs.of(part.places)
        if part.stack is None:
            stack = fresh_stack(plan, self._init, inputs)
        else:  # it will be donated, and parts share a key
            stack = jax.tree.map(lambda leaf: leaf.copy(), part.stack)
        stack, inputs = plan.layout.place_networks((stack, inputs))
        arguments = plan, stack, inputs, *self._data, np.asarray(0, np.int32)
        return run_stack.lower(*arguments).compile(), stack, inputs

    def _run(
        self, part: StackPart, compiled: tuple[Any, Stack, StackInputs], rung: Rung
    ) -> RungResult:
        """Run the epochs of a rung, fewer if none of a part's networks still trains."""
        program, stack, inputs = compiled
        plan, before = part.group.plan, np.array(stack.epochs)
        tables, done, epochs = [], 0, rung.end - rung.begin
        epochs_per_call = 1
        if self._callbacks.on_epoch_end is None:
            epochs_per_call = _first_epochs_per_call(part, self._data)
        checkpointer, name = self._checkpointer, ""
        if checkpointer is not None:
            name = name_of(rung.end, part.numbers, plan, inputs)
            if (found := checkpointer.found(name, stack)) is not None:
                stack, tables, done = found.stack, [found.table], found.epochs
                stack = plan.layout.place_networks(stack)
        while done < epochs and not self._cancelled:
            start = time.perf_counter()
            n = min(epochs_per_call, epochs - done)
            n = n if checkpointer is None else checkpointer.epochs_to_run(done, n)
            ran = program(plan, stack, inputs, *self._data, np.asarray(n, np.int32))
            ran = plan.layout.wait(ran)
            stack, count = plan.layout.place_networks(ran.stack), int(ran.epochs)
            seconds = time.perf_counter() - start
            tables.append({name: np.asarray(column)[:count] for name, column in ran.table.items()})
            if count == 0:
                break
            done, self.has_run = done + count, True
            stop = self._report(part, tables[-1], stack)
            if checkpointer is not None and (
                stop or done == epochs or checkpointer.is_due(name, done)
            ):
                checkpointer.keep(name, SavedNetworks(stack, _joined(tables), done))
            if stop or self._stop_request:
                break
            if self._callbacks.on_epoch_end is None:
                epochs_per_call = next_epochs_per_call(count, seconds, EPOCHS_PER_CALL)
        return RungResult(stack, _joined(tables), before)

    def _report(self, part: StackPart, table: Mapping[str, np.ndarray], stack: Stack) -> bool:
        """Call the callbacks after a compiled call; return whether to end these networks."""
        last = {name: column[-1, : part.size] for name, column in table.items()}
        with self._lock:
            self._callbacks.on_call_end(part.numbers, len(next(iter(table.values()))), last)
        if self._callbacks.on_epoch_end is None:
            return False
        epoch = int(np.max(np.asarray(stack.epochs)))
        size = part.size if len(part.places) > part.size else None
        state = jax.tree.map(  # copies, for the networks themselves are donated to the next call
            lambda leaf: (leaf[:size] if leaf.ndim else leaf).copy(), stack.state
        )
        return self._callbacks.on_epoch_end(part.numbers, epoch, last, state)


def _first_epochs_per_call(part: StackPart, data: tuple[Any, Any]) -> int:
    m, m_validation = (0 if rows is None else len(rows[0]) for rows in data)
    return first_epochs_per_call(
        part.group.plan, m, m_validation, len(part.places), EPOCHS_PER_CALL
    )


def _joined(tables: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def _finished(
    waiting: dict[Future[RungResult], StackPart],
) -> Iterator[tuple[StackPart, RungResult]]:
    """Wait until some parts are done, and yield these."""
    for future in first_done(waiting):
        part = waiting.pop(future)
        yield part, future.result()


def _on_host(leaf: Any) -> Any:
    return leaf if is_key(leaf) else np.asarray(leaf)
