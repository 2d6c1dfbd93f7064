"""Training of many tasks in rounds; each round packs those that are still training into parts."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxnn.engine.sizing import CACHED_BYTES, programs_at_once
from jaxnn.interop.sklearn._arrays import Rows, with_dtype_enabled
from jaxnn.interop.sklearn._state import Plan
from jaxnn.interop.sklearn._tasks import Orders, Task, Training, epochs_per_call

EPOCHS_PER_ROUND = 16  # a task that stops occupies its place until the round ends
NETWORKS_PER_PROGRAM = 8  # on a CPU; 16 are no faster, 4 are 12 % slower (measured)


class Part(NamedTuple):
    """Tasks that train as one compiled function, and the sources of their orders: one, or each."""

    tasks: list[Task]
    sources: list[Any]

    def orders(self, tables: dict[Any, np.ndarray]) -> np.ndarray:
        """Return the orders of its tasks from the tables of all sources."""
        some = [tables[source] for source in self.sources]
        return some[0] if len(some) == 1 else np.stack(some, axis=1)


def train_in_rounds(
    plan: Plan, tasks: Sequence[Task], rows: Rows, *, shuffle: bool, most: int | None
) -> None:
    """Train tasks to their ends; results go into the tasks.

    All are in the same epoch, so that tasks with one source of orders share their batches.

    Args:
        plan: the static part, which the tasks share.
        tasks: the networks.
        rows: the examples, on the device.
        shuffle: draw a new order every epoch.
        most: networks per compiled function at most; None: as many as suit the device.
    """
    length = min(epochs_per_call(plan), EPOCHS_PER_ROUND)
    _pad_held_out(tasks)
    orders = _orders_by_source(plan, tasks, shuffle)
    shared_orders = jax.default_backend() == "cpu" and 2 * len(orders) <= len(tasks)
    threads = programs_at_once((rows.X,))
    size = _networks_per_part(plan, tasks, len(orders) if shared_orders else 1, threads, most)
    compiled, dtype = None, rows.X.dtype
    remaining = sorted(tasks, key=lambda task: float(task.numbers.learning_rate_init))

    def train_part(part: Part) -> None:
        with with_dtype_enabled(dtype):  # the setting of JAX is one of each thread
            training = Training(
                plan, part.tasks, rows, shared_orders=shared_orders, compiled=compiled
            )
            training.run(part.orders(tables), length)
            training.write_states()

    with ThreadPoolExecutor(threads) as pool:
        while remaining:
            sources = {task.order_source for task in remaining}
            tables = {source: orders[source].draw(length, length) for source in sources}
            parts = parts_of(remaining, size, shared_orders=shared_orders)
            if compiled is None and size > 1:
                first = Training(plan, parts[0].tasks, rows, shared_orders=shared_orders)
                compiled = first.compile(parts[0].orders(tables))
            list(pool.map(train_part, parts))
            remaining = [task for task in remaining if task.is_training]


def parts_of(tasks: Sequence[Task], size: int, *, shared_orders: bool) -> list[Part]:
    """Return the tasks in parts of one size, each filled up with copies of its first task."""
    groups: dict[Any, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.order_source if shared_orders else None, []).append(task)
    parts = []
    for group in groups.values():
        for i in range(0, len(group), size):
            some = group[i : i + size]
            some += [replace(some[0], losses=[], scores=[]) for _ in range(size - len(some))]
            sources = [task.order_source for task in some]
            parts.append(Part(some, sources[:1] if shared_orders else sources))
    return parts


def _pad_held_out(tasks: Sequence[Task]) -> None:
    """Pad the validation rows to one length with −1, since those of two folds may differ by one."""
    longest = max(0 if task.held_out is None else len(task.held_out) for task in tasks)
    for task in tasks:
        if task.held_out is not None:
            missing = longest - len(task.held_out)
            task.held_out = np.pad(task.held_out, (0, missing), constant_values=-1)


def _orders_by_source(plan: Plan, tasks: Sequence[Task], shuffle: bool) -> dict[Any, Orders]:
    orders = {}
    for i, task in enumerate(tasks):
        if task.order_source is None:
            task.order_source = "not shared", i
        if task.order_source not in orders:
            orders[task.order_source] = Orders(task, shuffle, plan.steps * plan.batch_size)
    return orders


def _networks_per_part(
    plan: Plan, tasks: Sequence[Task], sources: int, threads: int, most: int | None
) -> int:
    """Return the size of the parts, such that all threads have equally many if that is possible."""
    of_source = -(-len(tasks) // sources)
    if most is None:
        most = of_source
        if threads > 1 or jax.default_backend() == "cpu":
            bytes_of_one = sum(array.nbytes for array in jax.tree.leaves(tasks[0].params))
            most = max(1, min(NETWORKS_PER_PROGRAM, CACHED_BYTES // (4 * bytes_of_one)))
    count = -(-of_source // min(most, of_source))
    while count * sources % threads and count < of_source:
        count += 1
    return -(-of_source // count)
