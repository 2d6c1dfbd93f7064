"""Groups of networks of one shape, their parts that train as one program, and how each ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.engine.outcomes import outcome_of
from jaxnn.engine.plan import Plan
from jaxnn.engine.stack import Stack, StackInputs
from jaxnn.textbook.network import Network, Params

Initialisation = Callable[[Network, jax.Array], Params]
"""`(network, key) -> Params`, such as `jaxnn.init` with arguments of your own."""


class Group(NamedTuple):
    """Networks of one shape.

    Attributes:
        plan: what they have in common.
        numbers: the number of each among all that are trained, (K,).
        inputs: what each begins with.
        one: the shapes and types of a `Stack` of one of them; None: not known yet.
    """

    plan: Plan
    numbers: np.ndarray
    inputs: StackInputs
    one: Any = None


class StackPart(NamedTuple):
    """Networks of a group that train as one program.

    Attributes:
        group: the group.
        places: the place of each in the group; after the first `size` of them, networks are
            repeated to fill the program.
        size: networks that count.
        stack: their state; None: before the first update.
    """

    group: Group
    places: np.ndarray
    size: int
    stack: Stack | None = None

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of its networks."""
        return self.group.numbers[self.places[: self.size]]


class Rung(NamedTuple):
    """The epochs from `begin` to `end`, after which some networks are dropped, or all are done."""

    begin: int
    end: int
    is_last: bool


class RungResult(NamedTuple):
    """A part after a rung: its networks, their metrics (epochs, K), and the epochs before (K,)."""

    stack: Stack
    table: dict[str, np.ndarray]
    before: np.ndarray


class TrainedNetwork(NamedTuple):
    """One network after training; its history is metric -> (epochs,)."""

    params: Params
    history: dict[str, np.ndarray]
    best_epoch: int
    diverged: bool


Survivors = Callable[[list[int], Mapping[int, TrainedNetwork]], list[int]]
"""(the numbers still trained, the networks so far) -> the numbers that train on."""


def rungs_of(ends: Sequence[int]) -> list[Rung]:
    """Return the rungs that end after these epochs.

    >>> rungs_of([2, 5])
    [Rung(begin=0, end=2, is_last=False), Rung(begin=2, end=5, is_last=True)]
    """
    begins = [0, *ends[:-1]]
    return [Rung(b, e, e == ends[-1]) for b, e in zip(begins, ends, strict=True)]


def split(group: Group, places: np.ndarray, size: int) -> list[StackPart]:
    """Return some of a group's networks in parts of one size, the last filled with repetitions."""
    parts = [places[i : i + size] for i in range(0, len(places), size)]
    return [StackPart(group, np.resize(part, size), len(part)) for part in parts]


def regrouped(
    group: Group,
    parts: Sequence[StackPart],
    chosen: set[int],
    size_of: Callable[[Group, int], int],
) -> list[StackPart]:
    """Return the chosen networks of a group in new parts, of `size_of(group, count)` each."""
    parts = [part for part in parts if part.group is group]
    rows = {
        int(part.places[i]): offset * len(part.places) + i
        for offset, part in enumerate(parts)
        for i in range(part.size)
        if int(part.numbers[i]) in chosen
    }
    if not rows:
        return []
    stacks: list[Any] = [part.stack for part in parts]
    longest = int(np.argmax([int(stack.state.step) for stack in stacks]))

    def joined(places: np.ndarray) -> Stack:
        index = np.array([rows[int(place)] for place in places])

        def one(*leaves: Any) -> Any:
            if leaves[0].ndim == 0:  # shared by all; some parts may have ended early
                return leaves[longest]
            join = np if isinstance(leaves[0], np.ndarray) else jnp
            return join.concatenate(leaves)[index]

        return jax.tree.map(one, *stacks)

    new = split(group, np.array(sorted(rows)), size_of(group, len(rows)))
    return [part._replace(stack=joined(part.places)) for part in new]


def trained_networks(
    part: StackPart, result: RungResult, earlier: Mapping[int, TrainedNetwork]
) -> dict[int, TrainedNetwork]:
    """Return the networks of a part after a rung, by number; histories continue earlier ones."""
    outcome = outcome_of(part.group.plan, result.stack)
    networks = {}
    for i, number in enumerate(part.numbers.tolist()):
        count = int(outcome.epochs[i] - result.before[i])
        history = {name: column[:count, i] for name, column in result.table.items()}
        if number in earlier:
            before = earlier[number].history
            history = {name: np.append(before[name], new) for name, new in history.items()}
        params = jax.tree.map(lambda array, i=i: array[i], outcome.params)
        best_epoch, diverged = int(outcome.best_epoch[i]), bool(outcome.diverged[i])
        networks[number] = TrainedNetwork(params, history, best_epoch, diverged)
    return networks


def stacked_params(networks: Sequence[TrainedNetwork]) -> Params:
    """Return the parameters of networks of one shape, the first axis counting them."""
    return jax.tree.map(lambda *arrays: np.stack(arrays), *[one.params for one in networks])
