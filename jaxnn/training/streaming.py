"""Training and evaluation on data larger than memory: several batches a call, the next ones ready.

A thread reads and checks chunks of whole batches while the device works on the one before; `epoch`
on such a chunk is one compiled call.  All that a pass reads, and its order, is a function of
(state.key, state.step), so that going on from a state reads what never having stopped would read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
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
    Plan,
    StreamPosition,
    all_finite,
    check_monitor,
)
from jaxnn.engine.scoring import Metrics, scores_of_rows
from jaxnn.parallel.hosts import local
from jaxnn.streams.chunks import chunks_of, no_weight
from jaxnn.streams.prefetch import prefetched
from jaxnn.streams.stream import Stream
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.gradient_descent import TrainState, epoch_of_rows
from jaxnn.textbook.network import Params
from jaxnn.textbook.pairing import check_targets
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
    """Return what runs the next epoch, as `run_epochs` does; leaving it ends the thread.

    Args:
        plan: what stays the same.
        stream: the examples.
        validation: rows on the device, a `Stream`, or None.
        state: the state to start from; its key and step say what is read, and in which order.
        epochs: how many epochs will be asked for at most.
        within: how far the first of them has come already.
        is_due: whether to leave an epoch after the chunk in hand, so that it can be kept.
        is_asked_to_leave: the same while a validation stream is read, which then begins anew.
    """
    size = min(plan.batch_size * max(1, stream.buffer // plan.batch_size), stream.examples)
    updates = -(-stream.examples // plan.batch_size)
    skipped = 0 if within is None else within.chunks
    words = np.asarray(jax.random.key_data(state.key))
    impl = str(jax.random.key_impl(state.key))
    skipped_updates = min(updates, skipped * -(-size // plan.batch_size))
    step = int(state.step) - skipped_updates  # as the epoch began
    dtypes = stream.dtypes  # asked for here: the thread knows nothing of JAX's contexts

    def passes() -> Generator[Any]:
        for i in range(epochs):
            begun, skip = step + i * updates, 0 if i else skipped
            seed = [*np.ravel(words).tolist(), begun] if plan.shuffle else None
            if plan.layout.mesh is None:
                yield from islice(chunks_of(stream.source, size, seed, dtypes), skip, None)
            else:
                dealer = LocalBatches(plan, (words, impl), begun, size)
                yield from dealer.hands(stream.source, size, seed, dtypes, skip)

    if plan.patience is not None:
        check_monitor(plan, _names(plan, stream, state, size, validation is not None))

    done, means = skipped, Means() if within is None else Means(within.sums, within.weight)
    chunks_an_epoch = -(-stream.examples // size)

    judged = 0

    def judge(chunk: Any) -> None:
        """See in the first pass whether the targets fit; warn of the first chunk only."""
        nonlocal judged
        if judged < chunks_an_epoch and plan.layout.mesh is None:
            check_targets(plan.network, plan.cost, *chunk[1:], stacklevel=8, warns=judged == 0)
            judged += 1

    def unfinished(state: TrainState, best: EarlyStopping) -> EpochsResult:
        so_far = StreamPosition(done, means.weight, dict(means.sums))
        return EpochsResult(state, best, {}, np.asarray(0), np.asarray(True), so_far)

    def run(state: TrainState, best: EarlyStopping, _: int) -> EpochsResult:
        nonlocal done, means
        state = jax.tree.map(jnp.copy, state)  # the caller's stays as it is
        state, best = plan.layout.place(plan.network, state, best)

        def calls() -> Iterator[tuple[Metrics, Any]]:
            nonlocal state, done
            for chunk in islice(chunks, chunks_an_epoch - done):
                judge(chunk)
                state, metrics, weight = _trained(plan, state, chunk)
                done += 1
                yield metrics, weight
                if done < chunks_an_epoch and is_due():
                    return

        for metrics, weight in one_behind(calls()):
            means.add(metrics, math.prod(map(float, weight)))
            if not means.are_finite():  # no need to read on
                break
        if done < chunks_an_epoch and means.are_finite():
            return unfinished(state, best)
        if means.weight == 0:
            raise no_weight(stream.source)
        dtype = state.params[0].W.dtype
        params = params_to_evaluate(state)

        def leave_if_asked() -> None:
            if is_asked_to_leave() and means.are_finite() and all_finite(state.params):
                raise _AskedToLeave

        try:
            measured = means.values() | _validated(plan, params, validation, leave_if_asked)
        except _AskedToLeave:
            return unfinished(state, best)
        values = {name: np.asarray(value, dtype) for name, value in measured.items()}
        best, finite = plan.layout.wait(_after(plan, best, params, values))
        table = {name: value[None] for name, value in values.items()}
        done, means = 0, Means()
        return EpochsResult(state, best, table, np.asarray(1), finite)

    with closing(prefetched(passes())) as chunks:
        yield run


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
    """Run an epoch over one chunk as one program, the state's memory given over.

    Args:
        plan: what stays the same.
        state: the state before.
        rows: (k, n_0), (k, n_L) and, where examples have weights, (k,), mixed if the plan says so.

    Returns:
        (state, metrics), metrics averaged over the chunk.
    """
    key = state.key
    if plan.shuffle:  # a key of this chunk's own, so that the state's serves the chunks to come
        state = state._replace(key=jax.random.fold_in(key, state.step))
    state, metrics = epoch_of_rows(
        plan.network,
        plan.cost,
        plan.optimizer.optimizer,
        state,
        rows,
        batch_size=plan.batch_size,
        shuffle=plan.shuffle,
        augment=plan.augment,
    )
    return state._replace(key=key), metrics


@BoundedJit
def _after(
    plan: Plan, best: EarlyStopping, params: Params, metrics: Any
) -> tuple[EarlyStopping, jax.Array]:
    return best.after(plan, params, metrics), all_finite(params)


class _AskedToLeave(Exception):  # noqa: N818 - no error
    """The process is to end before all of a validation stream was read."""


def _validated(
    plan: Plan, params: Params, validation: Any, after_chunk: Callable[[], object]
) -> dict[str, Any]:
    if validation is None:
        return {}
    if isinstance(validation, Stream):
        params = jax.tree.map(local, plan.layout.everywhere(params))
        scores = score_stream(plan.network, params, validation, plan.cost, after_chunk=after_chunk)
    else:
        scores = plan.layout.wait(_row_scores(plan, params, validation))
    return {f"val_{name}": value for name, value in scores.items()}


@BoundedJit
def _row_scores(plan: Plan, params: Params, rows: Any) -> Metrics:
    return scores_of_rows(plan.network, params, rows, plan.cost, plan.metrics, layout=plan.layout)


def _names(plan: Plan, stream: Stream, state: TrainState, size: int, validated: bool) -> list[str]:
    """Return the names of all that will be measured, before an epoch of hours has run."""
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
