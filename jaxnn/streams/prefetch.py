"""The next things ready before they are asked for: one thread prepares them while others work."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from jaxnn.streams.waiting import result_of, wait_for

T = TypeVar("T")

AHEAD = 2
"""Things that are ready, or being made ready, while the consumer has another."""


def prefetched(items: Generator[T], ahead: int = AHEAD) -> Generator[T]:
    """Yield the same items in the same order, each made by a thread before it is asked for.

    An error that the thread meets is raised here in its turn.  Closing the generator ends the
    thread as soon as the item in hand is done, and closes `items`; at most `ahead` items wait.

    >>> list(prefetched(letter for letter in "abc"))
    ['a', 'b', 'c']
    """
    end: Any = object()
    pool = ThreadPoolExecutor(1, "jaxnn-prefetch")
    waiting: deque[Future[T]] = deque()
    try:
        waiting.extend(pool.submit(next, items, end) for _ in range(ahead))
        while (item := result_of(waiting[0])) is not end:
            waiting.popleft()
            waiting.append(pool.submit(next, items, end))
            yield item
            del item  # its memory is the consumer's to free
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        wait_for(waiting)
        pool.shutdown(wait=True)
        items.close()  # and with it the files that it holds open
