"""One pass over a source, in chunks of columns: every example once, none unchecked."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import islice
from typing import NoReturn

import numpy as np

from jaxnn.data import on_boundary
from jaxnn.errors import DataError, ShapeError
from jaxnn.source import Reader, Rows, Slice, Source

MIXED_PARTS = 4
"""Parts of a source that are read in turns where the order is random."""


def chunks_of(
    source: Source, size: int, seed: Sequence[int] | int | None, dtypes: tuple[np.dtype, ...]
) -> Generator[Rows]:
    """Yield every example of a source once, in chunks of columns of the given types."""
    with source.opened() as read:
        total, left, filled = 0.0, source.examples, 0
        chunk = _empty(source, min(size, left), dtypes)
        for found in _slices(source, read, seed):
            at = 0
            while at < found.examples:
                if left == 0:
                    raise DataError(_other_length(source, "more"))
                n = min(found.examples - at, len(chunk[0]) - filled)
                piece = tuple(array[filled : filled + n] for array in chunk)
                try:
                    rows = found.write(piece, at)
                except ShapeError as error:
                    raise DataError(_other_slice(source, found, error)) from None
                total += _checked_weight(source.names, piece, rows, found.start + at)
                at, filled, left = at + n, filled + n, left - n
                if left and filled == len(chunk[0]):
                    full, filled = chunk, 0
                    chunk = _empty(source, min(size, left), dtypes)
                    yield tuple(array.T for array in full)
        if left:
            raise DataError(_other_length(source, f"{source.examples - left}"))
        if total == 0:
            raise DataError(
                f"weights must not all be 0: no example of {source.names[-1]} would count"
            )
        yield tuple(array.T for array in chunk)  # the last, now that none has come after it


def _slices(source: Source, read: Reader, seed: Sequence[int] | int | None) -> Iterator[Slice]:
    """Yield all slices: in order, or those of a few parts in turns, the parts in random order."""
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


def _empty(source: Source, examples: int, dtypes: tuple[np.dtype, ...]) -> Rows:
    widths = ((source.sizes[0],), (source.sizes[1],), ())
    return tuple(
        on_boundary((examples, *width), dtype)
        for width, dtype in zip(widths[: len(dtypes)], dtypes, strict=True)
    )


def _checked_weight(names: tuple[str, ...], piece: Rows, rows: Rows, start: int) -> float:
    """Return the total weight of examples; refuse what is not finite, while it is in the cache."""
    for symbol, name, copy, array in zip(("X", "Y", "weights"), names, piece, rows, strict=False):
        if copy.dtype.kind == "f" and not np.isfinite(copy).all():
            _say_what_is_not_finite(symbol, name, copy, array, start)
    *_, weights = piece
    if len(piece) < 3:
        return float(len(weights))
    if (weights < 0).any():
        j = int(np.argmax(weights < 0))
        raise DataError(
            f"weights must be at least 0, got weights[{start + j}] = {weights[j]} "
            f"(example {start + j} of {names[2]})"
        )
    return float(weights.sum(dtype=np.float64))


def _say_what_is_not_finite(
    symbol: str, name: str, copy: np.ndarray, array: np.ndarray, start: int
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
    place = ", ".join(map(str, [*column, start + row]))
    raise DataError(
        f"{symbol} must {rule}, got {symbol}[{place}] = {value} "
        f"(example {start + row} of {name}); {len(bad)} of the {copy.size} values in this slice "
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
        f"{source.names[0]} must have examples {found.start} to {last} where it says that they "
        f"are, but {error}"
    )
