"""Callbacks of the training of many networks: the progress bar, and the user's listeners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxnn.training.listeners import Event, Listener, call_listeners


class Callbacks(NamedTuple):
    """Functions that are called while networks train.

    Attributes:
        on_call_end: (numbers, epochs, last metrics), after a compiled call has run those epochs.
        on_training_end: (numbers), when these networks have ended.
        on_epoch_end: (numbers, epoch, metrics, state), after every epoch, in the calling thread;
            True ends the training of these networks.  None: no callback.
    """

    on_call_end: Callable[[np.ndarray, int, Mapping[str, np.ndarray]], None]
    on_training_end: Callable[[Iterable[int]], None]
    on_epoch_end: Callable[[np.ndarray, int, Mapping[str, np.ndarray], Any], bool] | None = None


def epoch_callback(listeners: Sequence[Listener]) -> Any:
    """Return the callback that calls listeners after every epoch; None without listeners."""
    if not listeners:
        return None

    def on_epoch_end(numbers: np.ndarray, epoch: int, metrics: Any, state: Any) -> bool:
        return call_listeners(listeners, Event(epoch, metrics, state, tuple(numbers.tolist())))

    return on_epoch_end
