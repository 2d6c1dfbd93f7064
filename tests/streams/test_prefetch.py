"""Prefetching: a thread makes a few items in advance, and ends with its consumer."""

import itertools
import threading
import time

import pytest

from jaxnn.streams.prefetch import prefetched


def prefetch_threads():
    return [t for t in threading.enumerate() if t.name.startswith("jaxnn-prefetch")]


def test_prefetched_is_ahead_but_not_far():
    made = []

    def items():
        for i in range(20):
            made.append(i)
            yield i

    things = prefetched(items(), ahead=3)
    assert next(things) == 0
    deadline = time.monotonic() + 5
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(0.02)
    assert made == [0, 1, 2, 3]
    assert list(things) == list(range(1, 20))
    assert not prefetch_threads()


def test_prefetched_raises_what_the_thread_met_and_ends():
    def items():
        yield 1
        raise ValueError("from the thread")

    things = prefetched(items())
    assert next(things) == 1
    with pytest.raises(ValueError, match="from the thread"):
        next(things)
    assert not prefetch_threads()
    closed = []

    def endless():
        try:
            yield from itertools.count()
        finally:
            closed.append(True)

    things = prefetched(endless())
    next(things)
    things.close()
    assert closed == [True]
    assert not prefetch_threads()
