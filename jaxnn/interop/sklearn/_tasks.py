"""Networks to be trained: one as it is, or several as one program, several epochs a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import numpy as np

from jaxnn.interop.sklearn._epochs import Axes, Rows, run_epochs
from jaxnn.interop.sklearn._lbfgs import Minimum, minimise
from jaxnn.interop.sklearn._plan import Numbers, Plan
from jaxnn.interop.sklearn._progress import Progress, begin
from jaxnn.textbook.network import Params

EPOCHS_PER_CALL = 32
"""Epochs that one compiled call runs at most: the length of its table of orders."""

PLACES_A_CALL = 2**22
"""Places in that table at most, but for one epoch: 16 MiB."""

SMALL_TABLE = 2**16
"""Places up to which a table of orders serves a single epoch too, rather than a second program."""

Tell = Callable[[int, float, float, float | None], None]
"""(epoch, loss, score, learning rate where "adaptive" has just lowered it), after each epoch."""


@dataclass
class Task:
    """One network to be trained, and how it stands.

    Attributes:
        numbers: its hyperparameters.
        params: where it begins; afterwards, where it ended.
        random: source of its orders.
        index: of its examples among the rows.
        held_out: of those that validate it; None: none do.
        source: tasks with equal ones have the same orders, and hold out the same; None: its own.
        weights: of the rows, (m,); None: all 1.
        key: words of the key of its dropout; None: nothing is dropped.
        progress: where it goes on; afterwards, what it has left, in arrays of NumPy.
        losses: of each epoch that it ran.
        scores: the same of the validation.
        epochs: run.
        stopped: whether the rules ended it: patience, or a loss that is NaN.
        minimum: what "lbfgs" found; None: another solver trained it.
    """

    numbers: Numbers
    params: Params
    random: np.random.RandomState
    index: np.ndarray
    held_out: np.ndarray | None = None
    source: Any = None
    weights: np.ndarray | None = None
    key: np.ndarray | None = None
    progress: Progress | None = None
    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    epochs: int = 0
    stopped: bool = False
    minimum: Minimum | None = None

    @property
    def is_nan(self) -> bool:
        """Whether the loss became NaN, which ends the training too."""
        return bool(self.losses) and np.isnan(self.losses[-1]).item()


class Orders:
    """The orders of a task's examples, shuffled on and on as `sklearn.utils.shuffle` does it.

    Args:
        task: whose.
        shuffle: draw a new order every epoch.
        width: places in an epoch.
    """

    def __init__(self, task: Task, shuffle: bool, width: int):
        self._random, self._index = task.random, task.index
        self._shuffle, self._width = shuffle, width
        self._places = np.arange(len(task.index))
        self._before: Any = None

    def draw(self, epochs: int, rows: int) -> np.ndarray:
        """Return (rows, width) places among the data, −1 where there is none."""
        self._before = self._random.get_state(), self._places
        table = np.full((rows, self._width), -1, np.int32)
        for row in table[:epochs]:
            row[: len(self._index)] = self._index[self._next()]
        return table

    def keep(self, epochs: int, drawn: int) -> None:
        """Go back to where only so many of the epochs just drawn were drawn."""
        if self._shuffle and epochs < drawn:
            state, self._places = self._before
            self._random.set_state(state)
            for _ in range(epochs):
                self._next()

    def _next(self) -> np.ndarray:
        if self._shuffle:
            drawn = np.arange(len(self._places))
            self._random.shuffle(drawn)
            self._places = self._places[drawn]
        return self._places


class Training:
    """Networks in training by a stochastic solver; what it finds it writes into their tasks.

    Args:
        plan: what they have in common.
        tasks: the networks; several train as one program.
        rows: the examples; their weights are those of the tasks.
        alike: whether all have the same orders, and hold out the same.
        program: `run_epochs`, compiled for such networks; None: JAX finds it.
    """

    def __init__(
        self, plan: Plan, tasks: Sequence[Task], rows: Rows, *, alike: bool, program: Any = None
    ):
        self._plan, self._tasks = plan, tasks
        self._alone = len(tasks) == 1
        self._alike = alike or self._alone
        if any(task.weights is not None for task in tasks):
            weights, axis = self._joined([_or_ones(task.weights, rows) for task in tasks]), 0
        else:
            weights, axis = _or_ones(None, rows), None
        self._axes = None if self._alone else Axes(None if self._alike else 0, axis)
        self._rows = rows._replace(weights=weights)
        self._numbers = self._joined([task.numbers for task in tasks])
        self._held_out: Any = tasks[0].held_out
        if not self._alike:
            self._held_out = self._joined([task.held_out for task in tasks])
        for task in tasks:
            task.progress = task.progress or begin(plan, task.numbers, task.params, task.key)
        self._progress: Any = self._joined([task.progress for task in tasks])
        self._run: Any = partial(run_epochs, self._axes) if program is None else program

    def compiled(self, orders: Any) -> Any:
        """Return the program for networks like these, which other threads may run."""
        return run_epochs.lower(self._axes, *self._arguments(orders, 0)).compile()

    def run(self, orders: Any, n: int) -> list[int]:
        """Run n epochs, fewer where the rules say stop, and return how many each network ran.

        Args:
            orders: (epochs, places), or, unless they are alike, (epochs, networks, places).
            n: at most the epochs of `orders`.
        """
        ran = self._run(*self._arguments(orders, n))
        self._progress = ran.progress
        found = ran.losses, ran.scores, ran.progress.epochs, ran.progress.stopped
        losses, scores, epochs, stopped = jax.device_get(found)
        k = len(self._tasks)
        losses, scores = losses.reshape(-1, k), scores.reshape(-1, k)
        epochs, stopped = epochs.reshape(k).tolist(), stopped.reshape(k).tolist()
        counts = [after - task.epochs for after, task in zip(epochs, self._tasks, strict=True)]
        for i, task in enumerate(self._tasks):
            task.epochs, task.stopped = epochs[i], stopped[i]
            task.losses += losses[: counts[i], i].tolist()
            task.scores += scores[: counts[i], i].tolist()
        return counts

    def learning_rate(self) -> float:
        """Return η of a single network."""
        return float(self._progress.learning_rate)

    def end(self) -> None:
        """Write into the tasks where their networks stand."""
        progress = jax.device_get(self._progress)
        for i, task in enumerate(self._tasks):
            one = progress if self._alone else jax.tree.map(lambda leaf, i=i: leaf[i], progress)
            task.progress, task.params = one, one.train.params

    def _arguments(self, orders: Any, n: int) -> tuple[Any, ...]:
        count = np.asarray(n, np.int32)
        return (
            self._plan, self._numbers, self._progress, self._rows, orders, self._held_out, count
        )  # fmt: skip

    def _joined(self, some: Sequence[Any]) -> Any:
        return some[0] if self._alone else jax.tree.map(lambda *arrays: np.stack(arrays), *some)


def train(
    plan: Plan, tasks: Sequence[Task], rows: Rows, *, shuffle: bool, epochs: int,
    tell: Tell | None = None,
) -> None:  # fmt: skip
    """Train networks from their own orders, several epochs a call, until all have ended.

    Args:
        plan: what they have in common.
        tasks: the networks, which are told how they stand even where Ctrl-C ends it.
        rows: the examples.
        shuffle: draw a new order every epoch.
        epochs: at most; the tasks' own `max_iter` counts too.
        tell: hears of each epoch of a single network.
    """
    training = Training(plan, tasks, rows, alike=False)
    length = epochs_per_call(plan, one=epochs == 1)
    orders = [Orders(task, shuffle, plan.steps * plan.batch_size) for task in tasks]
    done, rate = 0, training.learning_rate() if tell else None
    try:
        while done < epochs and any(map(goes_on, tasks)):
            n = min(1 if tell else length, epochs - done)
            tables = [each.draw(n, length) for each in orders]
            counts = training.run(tables[0] if len(tasks) == 1 else np.stack(tables, axis=1), n)
            for each, count in zip(orders, counts, strict=True):
                each.keep(count, n)
            done += n
            if tell and counts[0]:
                before, rate = rate, training.learning_rate()
                lowered = rate if plan.schedule == "adaptive" and rate != before else None
                tell(tasks[0].epochs, tasks[0].losses[-1], tasks[0].scores[-1], lowered)
    finally:
        training.end()


def goes_on(task: Task) -> bool:
    """Return whether a network trains on."""
    return not task.stopped and task.epochs < task.numbers.max_iter


def find_minima(plan: Plan, tasks: Sequence[Task], rows: Rows) -> None:
    """Train networks by "lbfgs", one after the other, and write into the tasks what it found.

    Together they would wait for each other in every search along a line.
    """
    on_device = Rows(jax.device_put(rows.X), jax.device_put(rows.Y))
    for task in tasks:
        weights = np.zeros(len(rows.X), rows.X.dtype)
        weights[task.index] = _or_ones(task.weights, rows)[task.index]
        some = on_device._replace(weights=jax.device_put(weights))
        found = minimise(plan, task.numbers, task.params, some)
        limit = int(task.numbers.max_iter)
        task.minimum, task.params, task.epochs = found, found.params, min(found.result.nit, limit)


def epochs_per_call(plan: Plan, *, one: bool = False) -> int:
    """Return how many epochs one compiled call runs at most; `one` where only one is wanted."""
    most = max(1, min(EPOCHS_PER_CALL, PLACES_A_CALL // (plan.steps * plan.batch_size)))
    small = most * plan.steps * plan.batch_size <= SMALL_TABLE
    return 1 if one and not small else most


def _or_ones(weights: np.ndarray | None, rows: Rows) -> np.ndarray:
    """Return the weights of the rows: always an array, so that with and without are one program."""
    return np.ones(len(rows.X), rows.X.dtype) if weights is None else weights
