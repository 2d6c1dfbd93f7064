"""One pass over a source in chunks of columns: every example once, every value checked."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import islice
from typing import NoReturn

import numpy as np

from jaxnn.data.preparation import on_boundary
from jaxnn.errors import DataError, ShapeError
from jaxnn.streams.source import Reader, Rows, Slice, Source
from jaxnn.textbook.checks.finite import check_weight_sizes

MIXED_PARTS = 4  # parts of a source that are read in turns where the order is random

NewArray = Callable[[tuple[int, ...], np.dtype], np.ndarray]
"""(shape, dtype) -> an array, not yet filled."""

Wanted = Callable[[int, int], np.ndarray]
"""(k, m) -> rising numbers of the wanted ones of the m examples of chunk k."""


def chunks_of(
    source: Source,
    size: int,
    seed: Sequence[int] | int | None,
    dtypes: tuple[np.dtype, ...],
    wanted: Wanted | None = None,
    new_array: NewArray = on_boundary,
) -> Generator[Rows]:
    """Yield every example of a source once, in chunks of columns of the given types.

    Args:
        source: of the examples.
        size: examples in a chunk; the last may have fewer.
        seed: of the order; None: the order of the source.
        dtypes: of X, Y and the weights.
        wanted: the examples of a chunk to read; None: all.
        new_array: makes the arrays of a chunk.
    """
    with source.opened() as read:
        total, left = 0.0, source.examples
        chunk = _Chunk(source, 0, min(size, left), dtypes, wanted, new_array)
        for found in _slices(source, read, seed):
            at = 0
            while at < found.examples:
                if left == 0:
                    raise DataError(_other_length(source, "more"))
                n = min(found.examples - at, chunk.examples - chunk.filled)
                total += chunk.fill(found, at, n)
                at, left = at + n, left - n
                if left and chunk.filled == chunk.examples:
                    full = chunk
                    number, m = full.number + 1, min(size, left)
                    chunk = _Chunk(source, number, m, dtypes, wanted, new_array)
                    yield full.columns()
        if left:
            raise DataError(_other_length(source, f"{source.examples - left}"))
        if total == 0 and wanted is None:
            raise no_weight(source)
        yield chunk.columns()  # only now, since an example after the last would be an error


def no_weight(source: Source) -> DataError:
    """Return the error for a source whose weights are all 0."""
    return DataError(f"weights must not all be 0: no example of {source.names[-1]} would count")


class _Chunk:
    """Memory for the wanted ones among consecutive examples of a pass."""

    def __init__(
        self,
        source: Source,
        number: int,
        examples: int,
        dtypes: tuple[np.dtype, ...],
        wanted: Wanted | None,
        new_array: NewArray,
    ):
        self.number, self.examples, self.filled = number, examples, 0
        self._source = source
        self._wanted = None if wanted is None else wanted(number, examples)
        widths = ((source.sizes[0],), (source.sizes[1],), ())
        size = examples if self._wanted is None else len(self._wanted)
        self._rows = tuple(
            new_array((size, *width), dtype)
            for width, dtype in zip(widths[: len(dtypes)], dtypes, strict=True)
        )

    def fill(self, found: Slice, at: int, n: int) -> float:
        """Copy n examples of a slice, and return the total weight of the wanted ones."""
        to, which = slice(self.filled, self.filled + n), slice(at, at + n)
        numbers = range(found.start + at, found.start + at + n)
        if self._wanted is not None:
            to = slice(*np.searchsorted(self._wanted, (self.filled, self.filled + n)))
            which = self._wanted[to] - self.filled + at
            numbers = found.start + which
        self.filled += n
        piece = tuple(array[to] for array in self._rows)
        if len(piece[0]) == 0:
            return 0.0
        try:
            rows = found.write(piece, which)
        except ShapeError as error:
            raise DataError(_other_slice(self._source, found, error)) from None
        return _checked_weight(self._source.names, piece, rows, numbers)

    def columns(self) -> Rows:
        """Return the examples, one column each."""
        return tuple(array.T for array in self._rows)


def _slices(source: Source, read: Reader, seed: Sequence[int] | int | None) -> Iterator[Slice]:
    """Yield all slices: in order, or with a seed from a few parts in turns, in random order."""
    if seed is None:
        for part in range(source.parts):
            yield from read(part)
        return
    rng = np.random.default_rng(seed)
    order = (read(int(part)) for part in rng.permutation(source.parts))
    mixed = list(islice(order, MIXED_PARTS))
    while mixed:
        turn = int(rng.integers(len(mixed)))
        found = next(mixed[turn], None)
        if found is not None:
            yield found
        elif (following := next(order, None)) is not None:
            mixed[turn] = following
        else:
            mixed.pop(turn)


def _checked_weight(
    names: tuple[str, ...], piece: Rows, rows: Rows, numbers: Sequence[int] | np.ndarray
) -> float:
    """Return the total weight of examples, checked while they are in the processor's cache."""
    for symbol, name, copy, array in zip(("X", "Y", "weights"), names, piece, rows, strict=False):
        if copy.dtype.kind == "f" and not np.isfinite(copy).all():
            _raise_not_finite(symbol, name, copy, array, numbers)
    *_, weights = piece
    if len(piece) < 3:
        return float(len(weights))
    if (weights < 0).any():
        j = int(np.argmax(weights < 0))
        raise DataError(
            f"weights must be at least 0, got weights[{numbers[j]}] = {weights[j]} "
            f"(example {numbers[j]} of {names[2]})"
        )
    check_weight_sizes(rows[2], weights.dtype, numbers=numbers, of=names[2])
    return float(weights.sum(dtype=np.float64))


def _raise_not_finite(
    symbol: str,
    name: str,
    copy: np.ndarray,
    array: np.ndarray,
    numbers: Sequence[int] | np.ndarray,
) -> NoReturn:
    """Raise an error for the first value that is not finite, or too large for JAX's type."""
    bad = np.argwhere(~np.isfinite(copy))
    row, *column = (int(i) for i in bad[0])
    value = array[(row, *column)]
    rule, fault, hint = "be finite", "NaN or infinite", ""
    if np.isfinite(value):
        largest = float(np.finfo(copy.dtype).max)
        rule, fault = f"fit {copy.dtype} (at most {largest:.4g})", "too large, NaN or infinite"
        hint = "; rescale it, or enable float64 with jax.config.update('jax_enable_x64', True)"
    place = ", ".join(map(str, [*column, numbers[row]]))
    raise DataError(
        f"{symbol} must {rule}, got {symbol}[{place}] = {value} "
        f"(example {numbers[row]} of {name}); {len(bad)} of the {copy.size} values in this slice "
        f"are {fault}, later slices were not read{hint}"
    )


def _other_length(source: Source, got: str) -> str:
    return (
        f"{source.names[0]} must have m = {source.examples} examples, as when the stream was made, "
        f"got {got}"
    )


def _other_slice(source: Source, found: Slice, error: ShapeError) -> str:
    last = found.start + found.examples - 1
    return (
        f"{source.names[0]} must give examples {found.start} to {last} as its slice says, but "
        f"{error}"
    )
