"""Trains groups of networks: some at a time, side by side on a CPU, rung after rung."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.signals import StopRequest
from jaxnn.checkpoints.sweep_checkpointer import (
    SavedNetworks,
    SweepCheckpointer,
)
from jaxnn.engine.plan import Plan
from jaxnn.engine.sizing import programs_at_once, together
from jaxnn.engine.stack import EPOCHS_PER_CALL, Stack, StackInputs, fresh_stack, run_stack
from jaxnn.engine.stack_outcomes import Outcome, outcome_of
from jaxnn.streams.waiting import first_done, wait_for
from jaxnn.sweeps.checkpointer import name_of
from jaxnn.textbook.keys import is_key
from jaxnn.textbook.network import Params
from jaxnn.training.arguments import SECONDS_A_CALL


class Group(NamedTuple):
    """Networks of one shape.

    Attributes:
        plan: what they have in common.
        numbers: which they are of all that are trained, (K,).
        given: what each begins with.
    """

    plan: Plan
    numbers: np.ndarray
    given: StackInputs


class TrainedNetwork(NamedTuple):
    """How one network ended: its parameters and its history, metric -> (epochs,)."""

    params: Params
    history: dict[str, np.ndarray]
    best_epoch: int
    diverged: bool


class StackPart(NamedTuple):
    """Networks of a group that train as one program; the last may stand in to fill it up."""

    group: Group
    places: np.ndarray
    size: int
    stack: Stack | None = None

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of its networks."""
        return self.group.numbers[self.places[: self.size]]


class _Ran(NamedTuple):
    """What a part has become in a rung: its networks, their metrics (epochs, K), epochs before."""

    stack: Stack
    table: dict[str, np.ndarray]
    before: np.ndarray


Survivors = Callable[[list[int], Mapping[int, TrainedNetwork]], list[int]]
"""(those still trained, how all stand) -> those who go on."""


class Callbacks(NamedTuple):
    """Who is told what, while networks train.

    Attributes:
        advance: (numbers, epochs, last metrics), when a call has run those epochs.
        ended: (numbers), when these train no more.
        hear: (numbers, epoch, metrics, state), after every epoch, by the calling thread; True
            ends the training of these.  None: nobody hears.
    """

    advance: Callable[[np.ndarray, int, Mapping[str, np.ndarray]], None]
    ended: Callable[[Sequence[int]], None]
    hear: Callable[[np.ndarray, int, Mapping[str, np.ndarray], Any], bool] | None = None


class Trainer:
    """Trains groups of networks on data that lie on the device.

    Args:
        groups: the networks.
        init: (network, key) -> Params.
        rows: (m, n_0), (m, n_L) and, where examples have weights, (m,).
        validation: the same, or None.
        most: networks trained as one program; None: as many as suit the device.
        listening: who is told what.
        checkpointer: saves the networks and finds them again; None: nobody does.

    Attributes:
        has_run: whether any epoch was run.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        init: Any,
        rows: Any,
        validation: Any,
        *,
        most: int | None,
        listening: Callbacks,
        checkpointer: SweepCheckpointer | None = None,
    ):
        self._groups, self._init = groups, init
        self._data = rows, validation
        self._most, self._listening, self._checkpointer = most, listening, checkpointer
        self._stop_request = StopRequest() if checkpointer is None else checkpointer.stop_request
        one_at_a_time = listening.hear is not None or len(rows[0].devices()) > 1
        self._programs = 1 if one_at_a_time else programs_at_once(rows)
        self._lock, self._cancelled = threading.Lock(), False
        self.has_run = False
        self._ended: dict[int, TrainedNetwork] = {}

    def train(self, rungs: Sequence[int], survivors: Survivors) -> dict[int, TrainedNetwork]:
        """Return how every network ended.

        Args:
            rungs: epochs after which it is decided who goes on, rising; the last ends it all.
            survivors: decides.
        """
        parts = [part for g in self._groups for part in self._split(g, np.arange(len(g.numbers)))]
        for done, until in zip([0, *rungs], rungs, strict=False):
            going_on, self._until = until != rungs[-1], until
            after = []
            for part, ran in self._run_all(parts, until - done):
                self._stop_request.obey()
                self._record(part, ran)
                if going_on:
                    after.append(part._replace(stack=jax.tree.map(_on_host, ran.stack)))
                else:
                    self._listening.ended(part.numbers.tolist())
            if going_on:
                alive = {int(number) for part in parts for number in part.numbers}
                chosen = set(survivors(sorted(alive), self._ended))
                self._listening.ended(sorted(alive - chosen))
                parts = [part for g in self._groups for part in self._regrouped(g, after, chosen)]
        return self._ended

    def _split(self, group: Group, places: np.ndarray) -> list[StackPart]:
        """Return some of a group's networks in parts of one size."""
        most, ways = self._most, group.plan.layout.axis_size("sweep")
        if most is None:
            one = fresh_stack.eval_shape(group.plan, self._init, group.given.of(places[:1]))
            share = -(-len(places) // ways)
            most = ways * together(group.plan, one, self._data[0], share, self._programs)
        most = max(1, min(most // ways, -(-len(places) // ways))) * ways
        parts = [places[i : i + most] for i in range(0, len(places), most)]
        return [StackPart(group, np.resize(part, most), len(part)) for part in parts]

    def _regrouped(self, group: Group, parts: list[StackPart], chosen: set[int]) -> list[StackPart]:
        """Return those of a group who go on in new parts."""
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
        lead = int(np.argmax([int(stack.state.step) for stack in stacks]))

        def joined(places: np.ndarray) -> Stack:
            index = np.array([rows[int(place)] for place in places])

            def one(*leaves: Any) -> Any:
                if leaves[0].ndim == 0:  # of all; some may have ended early
                    return leaves[lead]
                join = np if isinstance(leaves[0], np.ndarray) else jnp
                return join.concatenate(leaves)[index]

            return jax.tree.map(one, *stacks)

        new = self._split(group, np.array(sorted(rows)))
        return [part._replace(stack=joined(part.places)) for part in new]

    def _run_all(self, parts: list[StackPart], epochs: int) -> Iterator[tuple[StackPart, _Ran]]:
        """Run all parts, several at a time, and yield each when it is done."""
        if self._programs == 1 or len(parts) == 1:
            for part in parts:
                yield part, self._run(part, self._prepared(part), epochs)
            return
        with ThreadPoolExecutor(self._programs) as pool:
            waiting: dict[Future[_Ran], StackPart] = {}
            try:
                for part in parts:
                    if len(waiting) > self._programs:  # one lies ready for who is first to end
                        yield from _finished(waiting)
                    prepared = self._prepared(part)
                    waiting[pool.submit(self._run, part, prepared, epochs)] = part
                while waiting:
                    yield from _finished(waiting)
            finally:
                self._cancelled = bool(waiting)  # else the threads would train to the end
                for future in waiting:
                    future.cancel()
                wait_for(waiting)

    def _prepared(self, part: StackPart) -> tuple[Any, Stack, StackInputs]:
        """Return the compiled program, the networks, and what they were given.

        A thread knows nothing of the caller's JAX contexts (precision, default device), so what
        depends on them is made here, by the thread that was called.
        """
        self._stop_request.obey()  # rather than compile another program
        plan, init = part.group.plan, self._init
        given = part.group.given.of(part.places)
        if part.stack is None:
            stack = fresh_stack(plan, init, given)
        else:  # each is given over, and parts share a key
            stack = jax.tree.map(lambda leaf: leaf.copy(), part.stack)
        stack, given = plan.layout.place_networks((stack, given))
        arguments = plan, stack, given, *self._data, np.asarray(0, np.int32)
        return run_stack.lower(*arguments).compile(), stack, given

    def _run(self, part: StackPart, prepared: tuple[Any, Stack, StackInputs], epochs: int) -> _Ran:
        """Run epochs of a part until they are done, or none of its networks learns any more."""
        program, stack, given = prepared
        plan, before = part.group.plan, np.array(stack.epochs)
        tables, done, epochs_per_call = [], 0, 1
        checkpointer, name = self._checkpointer, ""
        if checkpointer is not None:
            name = name_of(self._until, part.numbers, plan, given)
            if (found := checkpointer.found(name, stack)) is not None:
                stack, tables, done = found.stack, [found.table], found.epochs
                stack = plan.layout.place_networks(stack)
        while done < epochs and not self._cancelled:
            start = time.perf_counter()
            n = min(epochs_per_call, epochs - done)
            n = n if checkpointer is None else checkpointer.epochs_to_run(done, n)
            ran = program(plan, stack, given, *self._data, np.asarray(n, np.int32))
            ran = plan.layout.wait(ran)
            stack, count = plan.layout.place_networks(ran.stack), int(ran.epochs)
            seconds = time.perf_counter() - start
            tables.append({name: np.asarray(column)[:count] for name, column in ran.table.items()})
            if count == 0:
                break
            done, self.has_run = done + count, True
            stop = self._tell(part, tables[-1], stack)
            if checkpointer is not None and (
                stop or done == epochs or checkpointer.is_due(name, done)
            ):
                checkpointer.keep(name, SavedNetworks(stack, _joined(tables), done))
            if stop or self._stop_request:
                break
            if self._listening.hear is None:
                epochs_per_call = max(
                    1, min(EPOCHS_PER_CALL, int(SECONDS_A_CALL * count / seconds))
                )
        return _Ran(stack, _joined(tables), before)

    def _tell(self, part: StackPart, table: Mapping[str, np.ndarray], stack: Stack) -> bool:
        last = {name: column[-1, : part.size] for name, column in table.items()}
        with self._lock:
            self._listening.advance(part.numbers, len(next(iter(table.values()))), last)
        if self._listening.hear is None:
            return False
        epoch = int(np.max(np.asarray(stack.epochs)))
        axis = part.size if len(part.places) > part.size else None
        state = jax.tree.map(
            lambda leaf: (leaf[:axis] if leaf.ndim else leaf).copy(), stack.state
        )  # the networks themselves are given over to the next call
        return self._listening.hear(part.numbers, epoch, last, state)

    def _record(self, part: StackPart, ran: _Ran) -> None:
        """Write down how a part's networks stand."""
        outcome: Outcome = outcome_of(part.group.plan, ran.stack)
        for i, number in enumerate(part.numbers.tolist()):
            count = int(outcome.epochs[i] - ran.before[i])
            history = {name: column[:count, i] for name, column in ran.table.items()}
            if number in self._ended:
                earlier = self._ended[number].history
                history = {name: np.append(earlier[name], new) for name, new in history.items()}
            self._ended[number] = TrainedNetwork(
                jax.tree.map(lambda array, i=i: array[i], outcome.params),
                history,
                int(outcome.best_epoch[i]),
                bool(outcome.diverged[i]),
            )


def _joined(tables: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def _finished(waiting: dict[Future[_Ran], StackPart]) -> Iterator[tuple[StackPart, _Ran]]:
    """Wait until some are done, and yield these."""
    for future in first_done(waiting):
        part = waiting.pop(future)
        yield part, future.result()


def _on_host(leaf: Any) -> Any:
    return leaf if is_key(leaf) else np.asarray(leaf)
