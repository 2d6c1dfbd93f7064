"""SIGTERM and Ctrl-C: the first is noted, so that work can be saved; a second leaves at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Leaving:
    """Whether the process was asked to end."""

    def __init__(self) -> None:
        self._received: int | None = None

    def __bool__(self) -> bool:
        return self._received is not None

    def note(self, number: int, _: FrameType | None) -> None:
        """Note a signal; whichever comes next ends the process at once."""
        self._received = number
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    def leave(self) -> NoReturn:
        """End the process as the signal would have: with the exit status 143, or as Ctrl-C does.

        So does a process that trains together with the one that was asked.
        """
        if self._received == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + signal.SIGTERM)


@contextmanager
def noted_signals() -> Iterator[Leaving]:
    """Note signals for the length of a `with`; outside the main thread they stay as they are."""
    leaving = Leaving()
    if threading.current_thread() is not threading.main_thread():
        yield leaving
        return
    before: dict[int, Any] = {each: signal.signal(each, leaving.note) for each in SIGNALS}
    try:
        yield leaving
    finally:
        for each, handler in before.items():
            signal.signal(each, handler if handler is not None else signal.SIG_DFL)
