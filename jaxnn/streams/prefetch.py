"""Prefetching: a thread makes the next items while the consumer uses the last."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from jaxnn.streams.waiting import result_of, wait_for

T = TypeVar("T")

AHEAD = 2  # items that are ready or in work


def prefetched(items: Generator[T], ahead: int = AHEAD) -> Generator[T]:
    """Yield the same items in the same order, made by a thread at most `ahead` items in advance.

    An error in the thread is raised here in its turn.  Closing the generator ends the thread after
    its present item, and closes `items`.
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
