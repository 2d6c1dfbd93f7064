"""What `fit` tells its listeners, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.network import Params
from jaxnn.training.history import History
from jaxnn.training.recording import Recording


class Event(NamedTuple):
    """What a listener hears after an epoch: its number from 1, its metrics, the state after it.

    In a sweep metrics and state are those of several networks, stacked, and `members` says which.

    >>> import jax, jaxnn, optax
    >>> heard = []
    >>> result = jaxnn.fit(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), jaxnn.boolean_function(), cost="squared_error",
    ...     optimizer=optax.sgd(0.5), epochs=2, batch_size=8, key=jax.random.key(0),
    ...     listeners=[lambda event: heard.append((event.epoch, sorted(event.metrics)))])
    >>> heard[-1]
    (2, ['accuracy', 'loss'])
    """

    epoch: int
    metrics: Mapping[str, Any]
    state: TrainState
    members: tuple[int, ...] | None = None


Listener = Callable[[Event], bool | None]
"""Called after every epoch; returning True ends the training."""


class FitResult(NamedTuple):
    """What `fit` gives back.

    Attributes:
        params: the parameters to use: those of the best epoch under `patience`, else the last ones;
            where the loss diverged, the last from which a whole epoch ran with a finite loss.
        history: the metrics of every epoch.
        state: the state to go on from with `fit(..., state=...)`; of a schedule-free optimiser
            `state.params` are those at which it takes gradients, and `params` their average.
        best_epoch: the epoch, from 1, that `params` comes from.
        diverged: whether training ended because the loss became NaN or infinite.
        recording: the parameters along the way, with `record_every`; None without.
        resumed_at: the epochs that a checkpoint had run before this call, 0: it began anew;
            `history.epochs`: nothing was left to train.

    >>> import jax, jaxnn, optax
    >>> result = jaxnn.fit(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), jaxnn.boolean_function(), cost="squared_error",
    ...     optimizer=optax.sgd(0.5), epochs=2, batch_size=8, key=jax.random.key(0))
    >>> len(result.history["loss"]), result.best_epoch, result.diverged
    (2, 2, False)
    """

    params: Params
    history: History
    state: TrainState
    best_epoch: int
    diverged: bool
    recording: Recording | None = None
    resumed_at: int = 0
