"""What a compiled program does, read from its text: collectives, kernels, types."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

COLLECTIVES = (
    "all-reduce",
    "all-gather",
    "reduce-scatter",
    "all-to-all",
    "ragged-all-to-all",
    "collective-permute",
    "collective-broadcast",
    "send",
    "recv",
)

# Instructions that launch nothing: they name, or choose between, what others compute.
FREE = {
    "add-dependency",
    "after-all",
    "bitcast",
    "call",
    "conditional",
    "constant",
    "get-tuple-element",
    "opt-barrier",
    "parameter",
    "partition-id",
    "replica-id",
    "tuple",
    "while",
}

COMPUTATION = re.compile(r"(ENTRY )?%?([\w.\-]+) \(.*\{$")
INSTRUCTION = re.compile(r"\s+(?:ROOT )?%?[\w.\-]+ = ")
NAME = re.compile(r"([a-z][\w\-]*)\(")
CALLED = re.compile(
    r"(?:body|condition|to_apply|calls|true_computation|false_computation)=%?([\w.\-]+)"
)
BODY = re.compile(r"body=%?([\w.\-]+)")
BRANCHES = re.compile(r"branch_computations=\{([^}]*)\}")
CHANNEL = re.compile(r"channel_id=(\d+)")


class Instruction(NamedTuple):
    """One line of a compiled program.

    Attributes:
        computation: the name of the computation that it is part of.
        name: what it does, such as `fusion` or `all-reduce-start`.
        line: the whole line.
    """

    computation: str
    name: str
    line: str


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions of all computations; the entry is called ENTRY."""
    computation = ""
    for line in text.splitlines():
        if (begins := COMPUTATION.match(line)) is not None:
            computation = "ENTRY" if begins[1] else begins[2]
        elif (begins := INSTRUCTION.match(line)) is not None:
            found = NAME.match(line, _end_of_type(line, begins.end()))
            if found is not None:
                yield Instruction(computation, found[1], line)


def _end_of_type(line: str, start: int) -> int:
    """Return where the name of an instruction begins, after the type of its result.

    A type may be a tuple, which holds spaces and parentheses: (f32[2,3]{1,0:T(8,128)}, s32[]).
    """
    depth = 0
    for i in range(start, len(line)):
        depth += (line[i] == "(") - (line[i] == ")")
        if depth == 0 and line[i] == " ":
            return i + 1
    return len(line)


def collectives(text: str) -> dict[str, int]:
    """Return how often devices communicate in each way, in the order of `COLLECTIVES`.

    A TPU's program repeats a collective in each fused computation that overlaps with it, under one
    channel, and writes a reduce-scatter as an all-reduce in a computation of that name.
    """
    found: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for computation, name, line in instructions(text):
        kind = name.removesuffix("-start")
        if kind not in COLLECTIVES:
            continue
        if computation.startswith("all-reduce-scatter"):
            kind = "reduce-scatter"
        channel = CHANNEL.search(line)
        if channel is not None:
            if (kind, channel[1]) in seen:
                continue
            seen.add((kind, channel[1]))
        found[kind] += 1
    return {kind: found[kind] for kind in COLLECTIVES if found[kind]}


def kernels(text: str) -> int:
    """Return how many instructions launch something on a GPU; those of a loop's body count once.

    They are fusions, products, sorts, copies and collectives that the entry or a loop runs; what is
    inside a fusion is part of one kernel.
    """
    return sum(_launches(text).values())


def kernels_of_a_step(text: str) -> int:
    """Return the launches of the longest loop that holds no other, such as the steps of an epoch.

    Without a loop they are those of the whole program.
    """
    counts, loops = _launches(text), _loops(text)
    inner = [counts[body] for body, inside in loops.items() if not inside & loops.keys()]
    return max(inner, default=sum(counts.values()))


def _launches(text: str) -> Counter[str]:
    """Return the launches of each computation that the entry runs, by itself or through others."""
    every, counts = _by_computation(text), Counter[str]()
    for computation in _reached(every, "ENTRY"):
        for _, name, _ in every.get(computation, []):
            counts[computation] += name not in FREE and not name.endswith("-done")
    return counts


def _loops(text: str) -> dict[str, set[str]]:
    """Return the bodies of the loops that the entry runs, each with what it runs itself."""
    every = _by_computation(text)
    return {
        body[1]: _reached(every, body[1]) - {body[1]}
        for computation in _reached(every, "ENTRY")
        for _, name, line in every.get(computation, [])
        if name == "while" and (body := BODY.search(line)) is not None
    }


def _by_computation(text: str) -> dict[str, list[Instruction]]:
    found: dict[str, list[Instruction]] = {}
    for instruction in instructions(text):
        found.setdefault(instruction.computation, []).append(instruction)
    return found


def _reached(every: dict[str, list[Instruction]], start: str) -> set[str]:
    """Return the computations that one runs through loops, branches and calls, and itself."""
    reached, waiting = {start}, [start]
    while waiting:
        for _, name, line in every.get(waiting.pop(), []):
            if name in ("while", "conditional", "call"):
                new = _called(line) - reached
                reached |= new
                waiting += new
    return reached


def _called(line: str) -> set[str]:
    branches = BRANCHES.search(line)
    listed = re.findall(r"[\w.\-]+", branches[1]) if branches else []
    return {*CALLED.findall(line), *listed}


def has_float64(text: str) -> bool:
    """Return whether any array of the program is float64."""
    return re.search(r"\bf64\[", text) is not None
