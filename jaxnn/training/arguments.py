"""The data of a fit: checked, put on the device, and what runs epochs on it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from jaxnn.data.preparation import Data
from jaxnn.engine.epochs import GROUP, GROUPS, EarlyStopping, EpochRunner, EpochsResult, run_epochs
from jaxnn.engine.plan import Plan
from jaxnn.streams.stream import Stream
from jaxnn.textbook.checks.arguments import as_data
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network
from jaxnn.training.checkpointer import Checkpointer
from jaxnn.training.stream_scores import check_no_metrics, check_stream
from jaxnn.training.streaming import streamed_epochs

SECONDS_A_CALL = 0.2
"""How long a compiled call runs at most: short enough to show progress, long enough to be free."""

SECONDS_AN_UPDATE, SECONDS_A_FLOP = 2e-5, 1e-10
"""What the first call, before anything is measured, is taken to need: a slow processor's."""


def first_guess(plan: Plan, m: int, m_validation: int) -> int:
    """Return how many epochs are sure to run in a moment."""
    flops = plan.network.parameter_count * (6 * m + 2 * m_validation)
    seconds = SECONDS_AN_UPDATE * -(-m // plan.batch_size) + SECONDS_A_FLOP * flops
    return max(1, min(GROUPS * GROUP, int(SECONDS_A_CALL / seconds)))


def checked(name: str, network: Network, data: Data | Stream) -> tuple[Any, int]:
    """Return data that fit the network, a tuple or a stream, and their number m."""
    if isinstance(data, Stream):
        check_stream(name, network, data)
        return data, data.examples
    data = as_data(name, data)
    check_examples(network, *data, of="" if name == "data" else f"{name}'s ")
    return data, data[0].shape[1]


def targets_of(data: Any) -> tuple[Any, ...]:
    """Return (Y,) or (Y, weights) of data; (None,) of a stream, whose chunks are seen later."""
    return (None,) if isinstance(data, Stream) else data[1:]


NEVER = 2**31 - 1
"""Epochs of patience that no training outlasts: counts are int32."""


def as_patience(patience: int | None, validation: Any) -> int | None:
    """Return patience, or raise an error where it has nothing to watch, or is no count."""
    if patience is None:
        return None
    patience = min(check_count("patience", patience), NEVER)
    if validation is None:
        raise ValueError("patience needs validation=(X, Y), data to measure `monitor` on")
    return patience


def check_streams(data: Any, validation: Any, metrics: Mapping[str, Metric] | None) -> None:
    """Raise an error where a stream is to validate what it cannot."""
    if not isinstance(validation, Stream):
        return
    if not isinstance(data, Stream):
        raise TypeError(
            "validation may be a Stream only where data is one, got data in memory: "
            "give both as arrays, or both as streams"
        )
    check_no_metrics(metrics)


def runner_of(
    plan: Plan, data: Any, validation: Any, checkpointer: Checkpointer, epochs: int
) -> AbstractContextManager[EpochRunner]:
    """Return what runs the epochs that are left, on arrays or on a stream, for a `with` long."""
    rows, layout = validation, plan.layout
    if validation is not None and not isinstance(validation, Stream):
        rows = layout.place_divided(validation, fill=not plan.metrics)
    if isinstance(data, Stream):
        so_far = checkpointer.so_far
        return streamed_epochs(
            plan, data, rows, so_far.state, epochs - so_far.epochs, so_far.within,
            is_due=checkpointer.is_due, is_asked_to_leave=checkpointer.is_asked_to_leave,
        )  # fmt: skip
    train = layout.place_everywhere(data)

    def run(state: TrainState, best: EarlyStopping, n: int, plan: Plan = plan) -> EpochsResult:
        state, best = layout.place(plan.network, state, best)
        return layout.wait(run_epochs(plan, state, best, train, rows, n))

    return nullcontext(run)
