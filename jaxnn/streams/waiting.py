"""Waits of the main thread with a time limit, again and again: Python runs signal handlers between.

A signal may be delivered to any thread of the process, but Python runs its handler in the main
thread alone, and not while that waits for a lock without a time limit.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, TypeVar

T = TypeVar("T")

SECONDS_A_WAIT = 0.1


def result_of(future: Future[T]) -> T:
    """Return the result of a future, or raise its error, as `future.result()` does.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(1) as pool:
    ...     result_of(pool.submit(abs, -3))
    3
    """
    wait_for([future])
    return future.result()


def wait_for(futures: Iterable[Future[Any]]) -> None:
    """Wait until all of the futures are done or cancelled."""
    pending = set(futures)
    while pending := {future for future in pending if not future.done()}:
        wait(pending, timeout=SECONDS_A_WAIT)


def first_done(futures: Iterable[Future[T]]) -> set[Future[T]]:
    """Wait until some of the futures are done, and return these."""
    futures = set(futures)
    while not (done := wait(futures, SECONDS_A_WAIT, return_when=FIRST_COMPLETED).done):
        pass
    return done
