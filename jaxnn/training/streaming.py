"""Training on data larger than memory: chunk by chunk, each of several batches.

A thread reads and checks the next chunk while the device works on the present one; an epoch over a
chunk is one compiled call.  What a pass reads, and in which order, is a function of
(state.key, state.step), so that a resumed training reads the same examples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.compilation import BoundedJit
from jaxnn.engine.epochs import (
    EarlyStopping,
    EpochRunner,
    EpochsResult,
    StreamPosition,
    all_finite,
    check_monitor,
)
from jaxnn.engine.plan import Plan
from jaxnn.engine.scoring import scores_of_rows
from jaxnn.engine.steps import epoch_of_rows
from jaxnn.parallel.hosts import local
from jaxnn.streams.chunk_memory import ChunkMemory
from jaxnn.streams.chunks import chunks_of, no_weight
from jaxnn.streams.prefetch import prefetched
from jaxnn.streams.stream import Stream
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.metrics import Metrics
from jaxnn.textbook.network import Params
from jaxnn.textbook.pairing import check_targets
from jaxnn.textbook.parameter_trees import dtype_of
from jaxnn.training.local_batches import LocalBatches, run_batches
from jaxnn.training.stream_scores import Means, on_device, one_behind, score_stream, weight_of


@contextmanager
def streamed_epochs(
    plan: Plan,
    stream: Stream,
    validation: Any,
    state: TrainState,
    epochs: int,
    within: StreamPosition | None = None,
    *,
    is_due: Callable[[], bool] = lambda: False,
    is_asked_to_leave: Callable[[], bool] = lambda: False,
) -> Iterator[EpochRunner]:
    """Return the function that runs the next epoch, as `run_epochs` does; leaving ends the thread.

    Args:
        plan: what stays the same.
        stream: the examples.
        validation: rows on the device, a `Stream`, or None.
        state: to start from; its key and step determine what is read, and in which order.
        epochs: the most that will be run.
        within: the position in the first of them; None: at its begin.
        is_due: whether to leave an epoch after the present chunk, to save the state.
        is_asked_to_leave: the same while a validation stream is read, which then begins anew.
    """
    size = min(plan.batch_size * max(1, stream.buffer // plan.batch_size), stream.examples)
    if plan.patience is not None:
        check_monitor(plan, _names(plan, stream, state, size, validation is not None))
    position = StreamPosition(0, 0.0, {}) if within is None else within
    chunks_read = _chunks(plan, stream, state, size, epochs, position.chunks)
    with closing(prefetched(chunks_read)) as chunks:
        yield StreamedEpochs(
            plan=plan,
            stream=stream,
            validation=validation,
            chunks=chunks,
            chunks_per_epoch=-(-stream.examples // size),
            done=position.chunks,
            means=Means(position.sums, position.weight),
            is_due=is_due,
            is_asked_to_leave=is_asked_to_leave,
        ).run


def _chunks(
    plan: Plan, stream: Stream, state: TrainState, size: int, epochs: int, skipped: int
) -> Generator[Any]:
    """Return the chunks of some epochs, of the first without those that are skipped.

    What depends on JAX's contexts is computed at once, for the thread that reads has none of them.
    """
    updates = -(-stream.examples // plan.batch_size)
    words = np.asarray(jax.random.key_data(state.key))
    impl = str(jax.random.key_impl(state.key))
    skipped_updates = min(updates, skipped * -(-size // plan.batch_size))
    first_step = int(state.step) - skipped_updates  # as the epoch began
    dtypes, new_array = stream.dtypes, ChunkMemory().array

    def read() -> Generator[Any]:
        for epoch in range(epochs):
            step, skip = first_step + epoch * updates, 0 if epoch else skipped
            seed = [*np.ravel(words).tolist(), step] if plan.shuffle else None
            if plan.layout.mesh is None:
                chunks = chunks_of(stream.source, size, seed, dtypes, new_array=new_array)
                yield from islice(chunks, skip, None)
            else:
                local_batches = LocalBatches(plan, (words, impl), step, size)
                yield from local_batches.chunks(stream.source, size, seed, dtypes, skip)

    return read()


@dataclass
class StreamedEpochs:
    """Runs one epoch over a stream a call.

    Attributes:
        plan: what stays the same.
        stream: the examples.
        validation: rows on the device, a `Stream`, or None.
        chunks: of all epochs, one after another.
        chunks_per_epoch: their number in an epoch.
        done: chunks of the present epoch that were trained on.
        means: their metrics.
        is_due: whether to leave the epoch after the present chunk.
        is_asked_to_leave: whether to leave it while a validation stream is read.
        checked: chunks whose targets were checked.
    """

    plan: Plan
    stream: Stream
    validation: Any
    chunks: Iterator[Any]
    chunks_per_epoch: int
    done: int
    means: Means
    is_due: Callable[[], bool]
    is_asked_to_leave: Callable[[], bool]
    checked: int = 0

    def run(self, state: TrainState, best: EarlyStopping, _: int) -> EpochsResult:
        """Run the epoch to its end, or until it is due to be saved; the state is not donated."""
        plan = self.plan
        state = jax.tree.map(jnp.copy, state)
        state, best = plan.layout.place(plan.network, state, best)

        def calls() -> Iterator[tuple[Metrics, Any]]:
            nonlocal state
            for chunk in islice(self.chunks, self.chunks_per_epoch - self.done):
                self._check_targets(chunk)
                state, metrics, weight = _trained(plan, state, chunk)
                self.done += 1
                yield metrics, weight
                if self.done < self.chunks_per_epoch and self.is_due():
                    return

        for metrics, weight in one_behind(calls()):
            self.means.add(metrics, math.prod(map(float, weight)))
            if not self.means.are_finite():  # no need to read on
                break
        if self.done < self.chunks_per_epoch and self.means.are_finite():
            return self._unfinished(state, best)
        if self.means.weight == 0:
            raise no_weight(self.stream.source)
        try:
            measured = self.means.values() | self._validated(state)
        except _AskedToLeave:
            return self._unfinished(state, best)
        dtype, params = dtype_of(state.params), params_to_evaluate(state)
        values = {name: np.asarray(value, dtype) for name, value in measured.items()}
        best, finite = plan.layout.wait(_after(plan, best, params, values))
        table = {name: value[None] for name, value in values.items()}
        self.done, self.means = 0, Means()
        return EpochsResult(state, best, table, np.asarray(1), finite)

    def _check_targets(self, chunk: Any) -> None:
        """Check in the first epoch that the targets fit; warn of the first chunk only."""
        plan = self.plan
        if self.checked < self.chunks_per_epoch and plan.layout.mesh is None:
            is_first = self.checked == 0
            check_targets(plan.network, plan.cost, *chunk[1:], stacklevel=9, warns=is_first)
            self.checked += 1

    def _unfinished(self, state: TrainState, best: EarlyStopping) -> EpochsResult:
        position = StreamPosition(self.done, self.means.weight, dict(self.means.sums))
        return EpochsResult(state, best, {}, np.asarray(0), np.asarray(True), position)

    def _validated(self, state: TrainState) -> dict[str, Any]:
        """Return the metrics of the validation; raise `_AskedToLeave` if the process is to end."""
        if self.validation is None:
            return {}
        plan, params = self.plan, params_to_evaluate(state)

        def leave_if_asked() -> None:
            if self.is_asked_to_leave() and self.means.are_finite() and all_finite(state.params):
                raise _AskedToLeave

        if isinstance(self.validation, Stream):
            params = jax.tree.map(local, plan.layout.everywhere(params))
            scores = score_stream(
                plan.network, params, self.validation, plan.cost, after_chunk=leave_if_asked
            )
        else:
            scores = plan.layout.wait(_row_scores(plan, params, self.validation))
        return {f"val_{name}": value for name, value in scores.items()}


def _trained(plan: Plan, state: TrainState, chunk: Any) -> tuple[TrainState, Metrics, Any]:
    """Return the state after a chunk, its metrics, and the factors of its weight."""
    layout = plan.layout
    if layout.mesh is None:
        state, metrics = run_chunk(plan, state, on_device(chunk))
        return state, metrics, (weight_of(chunk),)
    *arrays, size = chunk
    state, metrics, weight = layout.wait(run_batches(plan, state, layout.place_dealt(arrays, size)))
    return state, metrics, weight


@partial(BoundedJit, donate_argnums=1)
def run_chunk(plan: Plan, state: TrainState, rows: Any) -> tuple[TrainState, Metrics]:
    """Run an epoch over one chunk, rows of k examples, as one program; the state is donated."""
    key = state.key
    if plan.shuffle:  # a key of this chunk's own, so that the state's serves the chunks to come
        state = state._replace(key=jax.random.fold_in(key, state.step))
    state, metrics = epoch_of_rows(plan, plan.optimizer.optimizer, state, rows)
    return state._replace(key=key), metrics


@BoundedJit
def _after(
    plan: Plan, best: EarlyStopping, params: Params, metrics: Any
) -> tuple[EarlyStopping, jax.Array]:
    return best.after(plan, params, metrics), all_finite(params)


class _AskedToLeave(Exception):  # noqa: N818 - no error
    """The process has to end before all of a validation stream was read."""


@BoundedJit
def _row_scores(plan: Plan, params: Params, rows: Any) -> Metrics:
    return scores_of_rows(plan.network, params, rows, plan.cost, plan.metrics, layout=plan.layout)


def _names(plan: Plan, stream: Stream, state: TrainState, size: int, validated: bool) -> list[str]:
    """Return the names of all metrics, before an epoch of hours has run."""
    widths = ((stream.sizes[0],), (stream.sizes[1],), ())
    rows = tuple(
        jax.ShapeDtypeStruct((size, *width), dtype)
        for width, dtype in zip(widths, stream.dtypes, strict=False)
    )
    names = list(run_chunk.eval_shape(plan, state, rows)[1])
    if validated:
        scores = names if "accuracy" in names else [*names, "r2"]
        names += [f"val_{name}" for name in (*scores, *(name for name, _ in plan.metrics))]
    return sorted(names)
