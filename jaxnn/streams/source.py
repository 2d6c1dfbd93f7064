"""The protocol of a stream's source: examples in parts that are read in any order.

For data in a place of your own, write a `Source` and make `jaxnn.Stream(source, buffer)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import numpy as np

from jaxnn.errors import ShapeError

Rows = tuple[np.ndarray, ...]
"""(k, n_0), (k, n_L) and, where examples have weights, (k,): one example per row, as in files."""

Which = slice | np.ndarray
"""The wanted examples of a slice, counted from 0: a slice, or rising numbers."""

BLOCK_BYTES = 2**18  # read in one go: large for a disk, small against the buffer that mixes blocks
BUFFER_BYTES = 2**24  # mixed, and given to the device, in one go


class Slice(NamedTuple):
    """Consecutive examples of a source.

    Attributes:
        start: the number of the first in the source, from 0.
        examples: how many there are.
        write: (to, which) -> rows: fill the rows `to` with the examples `which`, and return these
            in the type of the source; `to` itself where that is the same.
    """

    start: int
    examples: int
    write: Callable[[Rows, Which], Rows]


def slice_of(start: int, rows: Rows) -> Slice:
    """Return rows in memory as a slice."""

    def write(to: Rows, which: Which) -> Rows:
        found = tuple(array[which] for array in rows)
        for copy, array in zip(to, found, strict=True):
            assign(copy, array)
        return found

    return Slice(start, len(rows[0]), write)


def assign(copy: np.ndarray, array: np.ndarray) -> None:
    """Copy an array of the same shape; what is too large for the copy's type becomes infinite."""
    if array.shape != copy.shape:  # which NumPy would broadcast
        raise ShapeError(f"rows must have shape {copy.shape}, got {array.shape}")
    with np.errstate(over="ignore"):
        copy[...] = array


Reader = Callable[[int], Iterator[Slice]]
"""The number of a part -> its examples, in order, a slice at a time."""


class Source(Protocol):
    """Examples in parts that can be read in any order.

    Attributes:
        names: of the files of X, Y and, where there are weights, of those, for messages.
        examples: m.
        sizes: (n_0, n_L).
        dtypes: of X, Y and the weights, as they are stored.
        parts: the number of parts; together they hold every example once.
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
        """Return the reader of the parts, for the length of a `with`."""
        ...


def rows_in(n_bytes: int, sizes: tuple[int, int], dtypes: tuple[np.dtype, ...]) -> int:
    """Return how many examples fit into so many bytes, at least 1."""
    return max(1, n_bytes // sum(n * d.itemsize for n, d in zip(sizes, dtypes[:2], strict=True)))
