"""Many networks trained in rounds, each in parts put together anew of those who still learn."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from jaxnn.engine.sizing import CACHED_BYTES, programs_at_once
from jaxnn.interop.sklearn._epochs import Rows
from jaxnn.interop.sklearn._plan import Plan
from jaxnn.interop.sklearn._precision import in_type
from jaxnn.interop.sklearn._tasks import Orders, Task, Training, epochs_per_call, goes_on

EPOCHS_A_ROUND = 16
"""Epochs after which those who have ended leave: their places are paid for until then."""

TOGETHER = 8
"""Networks trained as one program on a CPU: twice as many are no faster, half as many take an
eighth longer, and the fewer, the fewer stand in when some have ended."""

Part = tuple[list[Task], list[Any]]
"""Networks, and the sources of their orders: one of all, or one each."""


def train_together(
    plan: Plan, tasks: Sequence[Task], rows: Rows, *, shuffle: bool, most: int | None
) -> None:
    """Train networks to their ends, and write into the tasks how they stand.

    All are in the same epoch, so that those of one source share their batches in every round.

    Args:
        plan: what they have in common.
        tasks: the networks.
        rows: the examples, on the device.
        shuffle: draw a new order every epoch.
        most: networks that train as one program; None: as many as suit the device.
    """
    width, length = plan.steps * plan.batch_size, epochs_per_call(plan)
    length = min(length, EPOCHS_A_ROUND)
    on_cpu = jax.default_backend() == "cpu"
    orders = {}
    longest = max(0 if task.held_out is None else len(task.held_out) for task in tasks)
    for i, task in enumerate(tasks):
        if task.held_out is not None:  # folds may differ by one
            missing = longest - len(task.held_out)
            task.held_out = np.pad(task.held_out, (0, missing), constant_values=-1)
        task.source = ("alone", i) if task.source is None else task.source
        orders.setdefault(task.source, Orders(task, shuffle, width))
    alike = on_cpu and 2 * len(orders) <= len(tasks)
    threads = programs_at_once((rows.X,))
    size = _size(plan, tasks, len(orders) if alike else 1, threads, most)
    program, dtype = None, rows.X.dtype
    alive = sorted(tasks, key=lambda task: float(task.numbers.learning_rate_init))

    def work(part: Part) -> None:
        with in_type(dtype):  # a thread knows nothing of the caller's
            training = Training(plan, part[0], rows, alike=alike, program=program)
            training.run(_table(part, tables), length)
            training.end()

    with ThreadPoolExecutor(threads) as pool:
        while alive:
            sources = {task.source for task in alive}
            tables = {source: orders[source].draw(length, length) for source in sources}
            parts = parts_of(alive, size, alike=alike)
            if program is None and size > 1:
                first = Training(plan, parts[0][0], rows, alike=alike)
                program = first.compiled(_table(parts[0], tables))
            list(pool.map(work, parts))
            alive = [task for task in alive if goes_on(task)]


def parts_of(tasks: Sequence[Task], size: int, *, alike: bool) -> list[Part]:
    """Return the tasks in parts of one size, the last filled up with copies of its first.

    Args:
        tasks: the networks.
        size: of a part.
        alike: whether all of a part must have one source.
    """
    groups: dict[Any, list[Task]] = {}
    for task in tasks:
        groups.setdefault(task.source if alike else None, []).append(task)
    parts = []
    for some in groups.values():
        for i in range(0, len(some), size):
            part = some[i : i + size]
            part += [_stand_in(part[0]) for _ in range(size - len(part))]
            parts.append((part, [task.source for task in part[: 1 if alike else None]]))
    return parts


def _stand_in(task: Task) -> Task:
    return replace(task, losses=[], scores=[])


def _table(part: Part, tables: dict[Any, np.ndarray]) -> np.ndarray:
    some = [tables[source] for source in part[1]]
    return some[0] if len(some) == 1 else np.stack(some, axis=1)


def _size(plan: Plan, tasks: Sequence[Task], sources: int, threads: int, most: int | None) -> int:
    """Return how many networks a part has: all threads have as much to do where they can."""
    of_source = -(-len(tasks) // sources)
    if most is None:
        most = of_source
        if threads > 1 or jax.default_backend() == "cpu":
            bytes_of_one = sum(array.nbytes for array in jax.tree.leaves(tasks[0].params))
            most = max(1, min(TOGETHER, CACHED_BYTES // (4 * bytes_of_one)))
    count = -(-of_source // min(most, of_source))
    while count * sources % threads and count < of_source:
        count += 1
    return -(-of_source // count)
