"""The parts of accelerator.py, most valuable first; --help imports none of their modules."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device import Device


class Skipped(Exception):  # noqa: N818 (it is no error)
    """Raised by a part that cannot run here; the message says what it lacks."""


@dataclass
class Setting:
    """What a part is given.

    Attributes:
        device: the device to measure.
        until: time on `time.monotonic` at which the part must have ended.
        small: whether everything is small, for a rehearsal on a CPU.
        data: folder of MNIST; None: there is none here.
        results: the results of the parts before it, by name.
        say: called with a line about the progress.
    """

    device: Device
    until: float
    small: bool = False
    data: Path | None = None
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    say: Callable[[str], None] = print


@dataclass(frozen=True)
class Part:
    """A row of PARTS.

    Attributes:
        module: its module in this folder.
        function: its function there, from a `Setting` to a result; in a result, `failed` lists what
            did not work.
        seconds: kept free for it by the parts before it: a guess for an H100, with compilation.
    """

    module: str
    function: str
    seconds: float

    def run(self, setting: Setting) -> dict[str, Any]:
        """Return the part's result."""
        return getattr(importlib.import_module(f"accelerator_parts.{self.module}"), self.function)(
            setting
        )


PARTS = {
    "self-test": Part("checks", "self_test", 30),
    "agreement": Part("checks", "agreement", 20),
    "networks": Part("networks", "networks", 105),
    "peak": Part("networks", "peak", 45),
    "sweep": Part("many", "sweep", 30),
    "command-buffers": Part("command_buffers", "command_buffers", 40),
    "memory": Part("memory", "memory", 0),
    "record": Part("record", "record", 190),
    "compiled": Part("networks", "compiled", 0),  # takes the time that is left
}


def reserved(names: Iterable[str]) -> float:
    """Return the seconds that are kept free for these parts."""
    return sum(PARTS[name].seconds for name in names)


def fitting(names: Iterable[str], seconds: float) -> list[str]:
    """Return the parts for which so many seconds suffice, in their order.

    >>> fitting(PARTS, 60)
    ['self-test', 'agreement', 'memory', 'compiled']
    """
    chosen: list[str] = []
    for name in names:
        if reserved([*chosen, name]) <= seconds:
            chosen.append(name)
    return chosen
