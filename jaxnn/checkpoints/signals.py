"""SIGTERM and Ctrl-C: the first is noted, so that training saves; a second ends the process."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""SIGINT last: while handlers are put back it raises no KeyboardInterrupt."""


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
        """End the process as the signal would have: with the exit status 143, or as Ctrl-C does.

        So does a process that trains together with the one that was asked.
        """
        if self._received == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + signal.SIGTERM)

    def _note(self, number: int, _: FrameType | None) -> None:
        """Note a signal; whichever comes next ends the process at once."""
        for each in self._noted():
            each._received = number
        for each in self._handlers_before:
            signal.signal(each, signal.SIG_DFL)

    def _noted(self) -> list[StopRequest]:
        """Return this request, and those of the trainings that this one runs inside."""
        return [self] if self._outer is None else [self, *self._outer._noted()]

    def _install_handlers(self) -> None:
        """Note signals from here on."""
        for each in SIGNALS:
            handler = signal.getsignal(each)
            if handler is signal.SIG_IGN:  # as of a job that a shell runs in the background
                continue
            owner = getattr(handler, "__self__", None)
            if isinstance(owner, StopRequest):  # a listener of a training trains as well
                self._outer = owner
            self._handlers_before[each] = handler if handler is not None else signal.SIG_DFL
            signal.signal(each, self._note)

    def _restore_handlers(self) -> None:
        """Put back the handlers of before; not if an outer training is still to end as well."""
        if self and self._outer is not None:
            return
        before, self._handlers_before = self._handlers_before, {}  # a signal now changes no more
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def noted_signals() -> Iterator[StopRequest]:
    """Note signals for the length of a `with`, whose end is the process's if one came.

    No signal is lost: one that comes too late for the last look at the request ends the process
    here.  So does one after which something went wrong, which is logged, for a caller who catches
    that error would train on.  Outside the main thread signals stay as they are.

    Raises:
        SystemExit, KeyboardInterrupt: a signal was noted.
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
