"""SIGTERM and Ctrl-C: the first asks training to save and stop; a second ends the process."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT)  # SIGINT is restored last: else it interrupts that


class StopRequest:
    """Whether a signal asked the process to end."""

    def __init__(self) -> None:
        self._received: int | None = None
        self._outer: StopRequest | None = None
        self._handlers_before: dict[int, Any] = {}

    def __bool__(self) -> bool:
        return self._received is not None

    def obey(self) -> None:
        """End the process if a signal asked for it."""
        if self:
            self.leave()

    def leave(self) -> NoReturn:
        """End the process as the signal would: with exit status 143, or by KeyboardInterrupt."""
        if self._received == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + signal.SIGTERM)

    def _note(self, number: int, _: FrameType | None) -> None:
        """Note a signal; the next one ends the process at once."""
        for each in self._noted():
            each._received = number
        for each in self._handlers_before:
            signal.signal(each, signal.SIG_DFL)

    def _noted(self) -> list[StopRequest]:
        """Return this request and those of the trainings around it."""
        return [self] if self._outer is None else [self, *self._outer._noted()]

    def _install_handlers(self) -> None:
        """Take over the handlers of `SIGNALS`."""
        for each in SIGNALS:
            handler = signal.getsignal(each)
            if handler is signal.SIG_IGN:  # as of a job that a shell runs in the background
                continue
            owner = getattr(handler, "__self__", None)
            if isinstance(owner, StopRequest):  # a listener of an outer training trains
                self._outer = owner
            self._handlers_before[each] = handler if handler is not None else signal.SIG_DFL
            signal.signal(each, self._note)

    def _restore_handlers(self) -> None:
        """Restore the handlers; not if a signal is still to end an outer training."""
        if self and self._outer is not None:
            return
        before, self._handlers_before = (
            self._handlers_before,
            {},
        )  # a signal from here on changes nothing
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def noted_signals() -> Iterator[StopRequest]:
    """Note signals inside a `with`; at its end, end the process if one came.

    No signal is lost, even one that came after the last look at the request.  An error after a
    signal is logged and not raised: a caller who catches it would train on.  Outside the main
    thread signals are left alone.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    try:
        try:
            request._install_handlers()
            yield request
        finally:
            request._restore_handlers()
    except Exception as error:
        if not request:
            raise
        logging.getLogger("jaxnn").error(
            "a signal asked the process to end, and it ends; before that, an error was raised",
            exc_info=error,
        )
    request.obey()
