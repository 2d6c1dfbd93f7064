"""Networks to be trained: one, or several mapped into one compiled function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax
import numpy as np

from jaxnn.interop.sklearn._arrays import Rows
from jaxnn.interop.sklearn._epochs import Axes, run_epochs
from jaxnn.interop.sklearn._lbfgs import Minimum, minimise
from jaxnn.interop.sklearn._state import Hyperparameters, Plan, SolverState, initial_state
from jaxnn.textbook.network import Params

EPOCHS_PER_CALL = 32  # at most: the length of a table of orders
PLACES_PER_CALL = 2**22  # in that table at most, but for a single epoch: 16 MiB
SMALL_TABLE = 2**16  # places up to which one epoch uses the same table, and compiles nothing more

EpochCallback = Callable[[int, float, float, float | None], None]
"""Called after each epoch: (epoch, loss, score, learning rate if it has just been lowered)."""


@dataclass
class Task:
    """One network to be trained, and afterwards the result.

    Attributes:
        numbers: its hyperparameters.
        params: the first; afterwards, the last.
        random: source of its orders.
        index: rows of its examples.
        held_out: rows that validate it; None: no validation.
        order_source: tasks with equal ones share orders and validation rows; None: not shared.
        weights: of all rows, (m,); None: all 1.
        key: words of the key of its dropout; None: no dropout.
        state: from which it goes on; afterwards, the last, in NumPy arrays.
        losses: of each epoch.
        scores: of each epoch, on the validation rows.
        epochs: run.
        stopped: whether patience ran out, or the loss became NaN.
        minimum: found by "lbfgs"; None: another solver.
    """

    numbers: Hyperparameters
    params: Params
    random: np.random.RandomState
    index: np.ndarray
    held_out: np.ndarray | None = None
    order_source: Any = None
    weights: np.ndarray | None = None
    key: np.ndarray | None = None
    state: SolverState | None = None
    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    epochs: int = 0
    stopped: bool = False
    minimum: Minimum | None = None

    @property
    def is_training(self) -> bool:
        """Whether it is trained for another epoch."""
        return not self.stopped and self.epochs < self.numbers.max_iter

    @property
    def is_nan(self) -> bool:
        """Whether its loss became NaN."""
        return bool(self.losses) and np.isnan(self.losses[-1]).item()


class Orders:
    """The order of a task's examples in each epoch, as `sklearn.utils.shuffle` draws it.

    Each order shuffles the one before; an epoch has `width` places.
    """

    def __init__(self, task: Task, shuffle: bool, width: int):
        self._random, self._index = task.random, task.index
        self._shuffle, self._width = shuffle, width
        self._places = np.arange(len(task.index))
        self._before: Any = None

    def draw(self, epochs: int, length: int) -> np.ndarray:
        """Return the rows of some epochs, (length, width); −1: no example."""
        self._before = self._random.get_state(), self._places
        table = np.full((length, self._width), -1, np.int32)
        for row in table[:epochs]:
            row[: len(self._index)] = self._index[self._next()]
        return table

    def rewind(self, epochs: int, drawn: int) -> None:
        """Undo the last draw but for its first epochs: the others were not run."""
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
    """A training of several tasks as one compiled function by a stochastic solver.

    Args:
        plan: the static part, which the tasks share.
        tasks: the networks.
        rows: the examples; their weights are in the tasks.
        shared_orders: whether all have the same orders and validation rows.
        compiled: `run_epochs` compiled for such tasks; None: `jax.jit` finds it.
    """

    def __init__(
        self,
        plan: Plan,
        tasks: Sequence[Task],
        rows: Rows,
        *,
        shared_orders: bool,
        compiled: Any = None,
    ):
        self._plan, self._tasks = plan, tasks
        self._single = len(tasks) == 1
        shared = shared_orders or self._single
        if any(task.weights is not None for task in tasks):
            weights, axis = self._stacked([_weights_of(task, rows) for task in tasks]), 0
        else:
            weights, axis = _weights_of(tasks[0], rows), None
        self._axes = None if self._single else Axes(None if shared else 0, axis)
        self._rows = rows._replace(weights=weights)
        self._numbers = self._stacked([task.numbers for task in tasks])
        held_out: Any = [task.held_out for task in tasks]
        self._held_out = held_out[0] if shared else self._stacked(held_out)
        for task in tasks:
            if task.state is None:
                task.state = initial_state(plan, task.numbers, task.params, task.key)
        self._state: Any = self._stacked([task.state for task in tasks])
        self._run: Any = partial(run_epochs, self._axes) if compiled is None else compiled

    def compile(self, orders: Any) -> Any:
        """Return the compiled function for tasks like these, which other threads may call."""
        return run_epochs.lower(self._axes, *self._arguments(orders, 0)).compile()

    def run(self, orders: Any, n: int) -> list[int]:
        """Run at most n epochs, and return how many each network ran.

        The orders are (epochs, places), or (epochs, networks, places) unless they are shared.
        """
        result = self._run(*self._arguments(orders, n))
        self._state = result.state
        found = result.losses, result.scores, result.state.epochs, result.state.stopped
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
        return float(self._state.learning_rate)

    def write_states(self) -> None:
        """Write the last states and parameters into the tasks."""
        state = jax.device_get(self._state)
        for i, task in enumerate(self._tasks):
            one = state if self._single else jax.tree.map(lambda leaf, i=i: leaf[i], state)
            task.state, task.params = one, one.train.params

    def _arguments(self, orders: Any, n: int) -> tuple[Any, ...]:
        count = np.asarray(n, np.int32)
        state, rows, held_out = self._state, self._rows, self._held_out
        return self._plan, self._numbers, state, rows, orders, held_out, count

    def _stacked(self, trees: Sequence[Any]) -> Any:
        return trees[0] if self._single else jax.tree.map(lambda *arrays: np.stack(arrays), *trees)


def train(
    plan: Plan,
    tasks: Sequence[Task],
    rows: Rows,
    *,
    shuffle: bool,
    epochs: int,
    callback: EpochCallback | None = None,
) -> None:
    """Train tasks for at most so many epochs, each with its own orders; results go into the tasks.

    They do so even after Ctrl-C.  A callback is for a single task.
    """
    training = Training(plan, tasks, rows, shared_orders=False)
    length = epochs_per_call(plan, single=epochs == 1)
    orders = [Orders(task, shuffle, plan.steps * plan.batch_size) for task in tasks]
    done, rate = 0, training.learning_rate() if callback else None
    try:
        while done < epochs and any(task.is_training for task in tasks):
            n = min(1 if callback else length, epochs - done)
            tables = [each.draw(n, length) for each in orders]
            counts = training.run(tables[0] if len(tasks) == 1 else np.stack(tables, axis=1), n)
            for each, count in zip(orders, counts, strict=True):
                each.rewind(count, n)
            done += n
            if callback and counts[0]:
                before, rate = rate, training.learning_rate()
                lowered = rate if plan.schedule == "adaptive" and rate != before else None
                callback(tasks[0].epochs, tasks[0].losses[-1], tasks[0].scores[-1], lowered)
    finally:
        training.write_states()


def find_minima(plan: Plan, tasks: Sequence[Task], rows: Rows) -> None:
    """Train tasks by "lbfgs", one after the other; together, each would wait for every line search.

    The results go into the tasks.
    """
    on_device = Rows(jax.device_put(rows.X), jax.device_put(rows.Y))
    for task in tasks:
        weights = np.zeros(len(rows.X), rows.X.dtype)
        weights[task.index] = _weights_of(task, rows)[task.index]
        some = on_device._replace(weights=jax.device_put(weights))
        found = minimise(plan, task.numbers, task.params, some)
        limit = int(task.numbers.max_iter)
        task.minimum, task.params, task.epochs = found, found.params, min(found.result.nit, limit)


def epochs_per_call(plan: Plan, *, single: bool = False) -> int:
    """Return the epochs of one compiled call at most; `single`: for a training of one epoch."""
    most = max(1, min(EPOCHS_PER_CALL, PLACES_PER_CALL // (plan.steps * plan.batch_size)))
    small = most * plan.steps * plan.batch_size <= SMALL_TABLE
    return 1 if single and not small else most


def _weights_of(task: Task, rows: Rows) -> np.ndarray:
    """Return the weights of the rows; ones if there are none, to compile one function for both."""
    return np.ones(len(rows.X), rows.X.dtype) if task.weights is None else task.weights
