"""Listeners: functions of the user's that are called after every epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.gradient_descent import TrainState


class Event(NamedTuple):
    """An epoch that has ended: its number from 1, its metrics, and the state after it.

    In a sweep metrics and state are those of several networks, stacked, and `members` holds the
    numbers of these networks.

    >>> import jax, jaxnn, optax
    >>> events = []
    >>> result = jaxnn.fit(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), jaxnn.boolean_function(), cost="squared_error",
    ...     optimizer=optax.sgd(0.5), epochs=2, batch_size=8, key=jax.random.key(0),
    ...     listeners=[lambda event: events.append((event.epoch, sorted(event.metrics)))])
    >>> events[-1]
    (2, ['accuracy', 'loss'])
    """

    epoch: int
    metrics: Mapping[str, Any]
    state: TrainState
    members: tuple[int, ...] | None = None


Listener = Callable[[Event], bool | None]
"""Called after every epoch; returning True ends the training."""


def call_listeners(listeners: Sequence[Listener], event: Event) -> bool:
    """Call every listener, also after one has returned True; return whether any did."""
    stops = [applied("listeners", "of an event", listener, event) for listener in listeners]
    return any(stops)
