"""Networks stacked along a first axis, in stacks of the size that is fastest on the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from problem import Parameters

from sweep_peers import Contender, Task

SIZES = (256, 64)  # networks in a stack; these sizes are tried besides all of them

CHECKED = 64  # networks whose loss is computed


class Stack(Protocol):
    """Some networks that train together on shared batches."""

    def train(self, orders: Sequence[Any]) -> None:
        """Train one epoch for every order of the examples; return when it is done."""
        ...

    def parameters(self, i: int) -> Parameters:
        """Return (W^[l], b^[l]) of network i of this stack."""
        ...


class Stacks(Contender):
    """See `sweep_peers.Contender`; all have one learning rate, which is easier than a sweep.

    Attributes:
        ways: name -> (task, numbers of the networks) -> their stack; the fastest is measured.
    """

    ways: ClassVar[dict[str, Callable[[Task, range], Stack]]]

    def __init__(self, task: Task) -> None:
        """Place the orders on the device."""
        self.task, self.trained = task, task.networks
        self.orders = self.place(task.problem.orders(task.epochs))

    def place(self, orders: list[Any]) -> list[Any]:
        """Return the orders as `Stack.train` takes them, on the device."""
        return orders

    def warm(self) -> list[float]:
        """Find the fastest way and size, and train all networks with them."""
        K = self.task.networks
        sizes = sorted({min(size, K) for size in (K, *SIZES)}, reverse=True)
        tried = {(way, size): self._trial(way, size) for way in self.ways for size in sizes}
        way, size = min(tried, key=tried.__getitem__)
        self.tried = {f"{way}, {size} at a time": t for (way, size), t in tried.items()}
        self.note = f"{size} at a time"
        some = [range(i, min(i + size, K)) for i in range(0, K, size)]
        self.stacks = [self.ways[way](self.task, numbers) for numbers in some]
        self.train()
        checked = range(min(CHECKED, K))
        return [self.task.loss(self.stacks[i // size].parameters(i % size)) for i in checked]

    def train(self) -> None:
        """Train one stack after the other."""
        for stack in self.stacks:
            stack.train(self.orders)

    def _trial(self, way: str, size: int) -> float:
        """Return seconds per network of one warm epoch."""
        stack = self.ways[way](self.task, range(size))
        stack.train(self.orders[:1])
        start = time.perf_counter()
        stack.train(self.orders[:1])
        return (time.perf_counter() - start) / size
