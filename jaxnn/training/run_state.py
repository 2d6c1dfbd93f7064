"""The state of a training run: all that is needed to go on to the same end."""

from __future__ import annotations

from typing import NamedTuple

from jaxnn.engine.epochs import EarlyStopping, StreamPosition
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.network import Params
from jaxnn.training.history import History


class RunState(NamedTuple):
    """The state of a training run between two calls of the engine."""

    epochs: int  # run so far
    state: TrainState
    best: EarlyStopping
    history: History
    records: tuple[tuple[int, Params], ...] = ()  # (epoch, parameters), as `record_every` asks
    over: bool = False  # ended by patience or by a listener
    within: StreamPosition | None = None  # the position inside the next epoch; None: before it
