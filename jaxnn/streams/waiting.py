"""Waits for futures during which Python runs signal handlers.

Python runs them in the main thread alone, and not while that thread waits for a lock without a time
limit: so it waits for a tenth of a second, again and again.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

T = TypeVar("T")

SECONDS_PER_WAIT = 0.1


def result_of(future: Future[T]) -> T:
    """Return the result of a future, or raise its error, as `future.result()` does."""
    wait_for([future])
    return future.result()


def wait_for(futures: Iterable[Future[Any]]) -> None:
    """Wait until all of the futures are done or cancelled."""
    pending = set(futures)
    while pending := {future for future in pending if not future.done()}:
        wait(pending, timeout=SECONDS_PER_WAIT)


def first_done(futures: Iterable[Future[T]]) -> set[Future[T]]:
    """Return the futures that are done, as soon as there are some."""
    futures = set(futures)
    while not (done := wait(futures, SECONDS_PER_WAIT, return_when=FIRST_COMPLETED).done):
        pass
    return done
