"""Where the examples of a stream lie: parts of one-example rows, read in any order.

Whoever has examples in a place of another kind writes a `Source`, and has `Stream(source, buffer)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import numpy as np

from jaxnn.errors import ShapeError

Rows = tuple[np.ndarray, ...]
"""(k, n_0), (k, n_L) and, where examples have weights, (k,): one example per row, as in files."""

BLOCK_BYTES = 2**18
"""What is read in one go: large enough for a disk, small against the buffer that mixes blocks."""

BUFFER_BYTES = 2**24
"""What is mixed and handed to the device in one go."""


Which = slice | np.ndarray


class Slice(NamedTuple):
    """Consecutive examples of a source, which it writes where they are wanted.

    Attributes:
        start: the number of the first in the source, from 0.
        examples: how many there are.
        write: (to, which) -> rows: fill the rows `to` with the slice's examples `which`, counted
            from 0, a slice or rising numbers, and return these in the type of the source; `to`
            itself where that is the same.
    """

    start: int
    examples: int
    write: Callable[[Rows, Which], Rows]


def slice_of(start: int, rows: Rows) -> Slice:
    """Return rows that are in memory as a slice."""

    def write(to: Rows, which: Which) -> Rows:
        found = tuple(array[which] for array in rows)
        for copy, array in zip(to, found, strict=True):
            assign(copy, array)
        return found

    return Slice(start, len(rows[0]), write)


def assign(copy: np.ndarray, array: np.ndarray) -> None:
    """Copy an array; what is too large for the copy's type becomes infinite, refused later.

    Raises:
        ShapeError: the array has another shape, as NumPy would fill seven rows with one.
    """
    if array.shape != copy.shape:
        raise ShapeError(f"rows must have shape {copy.shape}, got {array.shape}")
    with np.errstate(over="ignore"):
        copy[...] = array


Reader = Callable[[int], Iterator[Slice]]
"""Part -> its examples, in order, a slice at a time."""


class Source(Protocol):
    """Where a stream's examples lie, in parts that can be read in any order.

    Attributes:
        names: what X, Y and, where there are weights, those are read from, for messages.
        examples: m.
        sizes: (n_0, n_L).
        dtypes: of X, Y and the weights, as they are stored.
        parts: how many parts there are; together they hold every example once.
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def examples(self) -> int: ...  # noqa: D102
    @property
    def sizes(self) -> tuple[int, int]: ...  # noqa: D102
    @property
    def dtypes(self) -> tuple[np.dtype, ...]: ...  # noqa: D102
    @property
    def parts(self) -> int: ...  # noqa: D102

    def opened(self) -> AbstractContextManager[Reader]:
        """Return what reads the parts, for the length of a `with`."""
        ...


def rows_in(n_bytes: int, sizes: tuple[int, int], dtypes: tuple[np.dtype, ...]) -> int:
    """Return how many examples fit into so many bytes, at least 1.

    >>> rows_in(2**18, (784, 10), (np.dtype("float32"), np.dtype("float32")))
    82
    """
    return max(1, n_bytes // sum(n * d.itemsize for n, d in zip(sizes, dtypes[:2], strict=True)))
