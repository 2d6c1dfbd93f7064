"""A Grain dataset as a source: blocks of a `MapDataset`, or an `IterDataset` from its start."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from jaxnn.errors import DataError
from jaxnn.streams.row_checks import check_inputs, check_targets, check_weights, one_hot_rows
from jaxnn.streams.source import BLOCK_BYTES, Reader, Rows, Slice, Which, assign, rows_in, slice_of
from jaxnn.textbook.checks.values import check_count

NAME = "the Grain dataset"
KEYS = ("x", "y", "weight")

# shape and type of x, of y and, where there is one, of the weight of a record
Form = tuple[tuple[tuple[int, ...], np.dtype], ...]


@dataclass(frozen=True)
class GrainRows:
    """Records (x, y), (x, y, weight) or {"x", "y", "weight"} of a Grain dataset.

    A part is a block of a `MapDataset`, of which only the wanted records are read.  An
    `IterDataset` can only be read from its start, so it is one part.
    """

    dataset: Any
    n_classes: int | None
    form: Form
    block: int
    examples: int
    random_access: bool

    @classmethod
    def of(
        cls, dataset: Any, n_classes: int | None, examples: int | None, block: int | None
    ) -> GrainRows:
        """Read the first record, and count the records."""
        random_access = _random_access(dataset)
        m = (
            _count(dataset, random_access)
            if examples is None
            else check_count("examples", examples)
        )
        first = [dataset[0]] if random_access and m else list(islice(iter(dataset), 1))
        if not first:
            raise DataError(f"{NAME} must have at least one record, got none")
        form = _form(_arrays(first[0], 0))
        for check, (shape, dtype) in zip((check_inputs, None, check_weights), form, strict=False):
            if check is not None:
                check(NAME, (m, *shape), dtype)
        n_classes = check_targets(NAME, (m, *form[1][0]), form[1][1], n_classes)
        rows = cls(dataset, n_classes, form, 1, m, random_access)
        if block is None:
            block = rows_in(BLOCK_BYTES, rows.sizes, rows.dtypes)
        return cls(dataset, n_classes, form, check_count("block", block), m, random_access)

    @property
    def names(self) -> tuple[str, ...]:
        """The same name for X, Y and the weights."""
        return (NAME,) * len(self.form)

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        (x_shape, _), (y_shape, _) = self.form[:2]
        return x_shape[0], self.n_classes or y_shape[0]

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """The types of X, Y and the weights."""
        X, Y, *weights = (dtype for _, dtype in self.form)
        return X, Y if self.n_classes is None else np.dtype(np.float32), *weights

    @property
    def parts(self) -> int:
        """The number of blocks; 1 without random access."""
        return -(-self.examples // self.block) if self.random_access else 1

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Return the function that reads a part."""
        yield self._block if self.random_access else self._from_the_start

    def _block(self, part: int) -> Iterator[Slice]:
        start = part * self.block
        numbers = np.arange(start, min(start + self.block, self.examples))

        def write(to: Rows, which: Which) -> Rows:
            chosen = numbers[which].tolist()
            found = self._rows([self.dataset[j] for j in chosen], chosen)
            for copy, array in zip(to, found, strict=True):
                assign(copy, array)
            return found

        yield Slice(start, len(numbers), write)

    def _from_the_start(self, _: int) -> Iterator[Slice]:
        start, records = 0, iter(self.dataset)
        while block := list(islice(records, self.block)):
            numbers = range(start, start + len(block))
            yield slice_of(start, self._rows(block, numbers))
            start += len(block)

    def _rows(self, records: Sequence[Any], numbers: Sequence[int]) -> Rows:
        """Return records as rows; refuse one whose shapes or types are not those of the first."""
        found = []
        for j, record in zip(numbers, records, strict=True):
            arrays = _arrays(record, j)
            if _form(arrays) != self.form:
                raise DataError(
                    f"{NAME} must have records that are alike, {_words(self.form)}, "
                    f"got {_words(_form(arrays))} in record {j}"
                )
            found.append(arrays)
        X, Y, *weights = (np.stack(column) for column in zip(*found, strict=True))
        if self.n_classes is not None:
            Y = one_hot_rows(Y, self.n_classes, NAME, numbers)
        return X, Y, *weights


def _random_access(dataset: Any) -> bool:
    try:
        import grain
    except ImportError as error:
        raise ImportError(
            "stream_grain needs grain, the extra [data] of jaxnn-textbook: pip install grain"
        ) from error
    if isinstance(dataset, grain.MapDataset):
        return True
    if isinstance(dataset, grain.IterDataset):
        return False
    raise TypeError(
        f"dataset must be a grain.MapDataset or a grain.IterDataset, got {type(dataset).__name__}"
    )


def _count(dataset: Any, random_access: bool) -> int:
    """Return the number of records, m; an `IterDataset` is read for it."""
    if _endless(dataset):
        raise ValueError(
            "dataset must come to an end, got an endless one: leave .repeat() out, for an epoch is "
            "one pass"
        )
    return len(dataset) if random_access else sum(1 for _ in dataset)


def _endless(dataset: Any) -> bool:
    m = len(dataset) if hasattr(dataset, "__len__") else 0
    return m >= sys.maxsize or any(map(_endless, getattr(dataset, "parents", ())))


def _arrays(record: Any, j: int) -> tuple[np.ndarray, ...]:
    if isinstance(record, Mapping) and {"x", "y"} <= set(record) <= set(KEYS):
        parts = [record[key] for key in KEYS if key in record]
    elif isinstance(record, tuple | list) and len(record) in (2, 3):
        parts = list(record)
    else:
        hint = ": a filter leaves holes; pass dataset.to_iter_dataset()" if record is None else ""
        got = (
            f"keys {', '.join(map(repr, record))}" if isinstance(record, Mapping) else repr(record)
        )
        raise DataError(
            f'{NAME} must have records (x, y), (x, y, weight) or {{"x", "y", "weight"}}, '
            f"got {got[:80]} in record {j}{hint}"
        )
    return tuple(np.asarray(part) for part in parts)


def _form(arrays: tuple[np.ndarray, ...]) -> Form:
    return tuple((array.shape, array.dtype) for array in arrays)


def _words(form: Form) -> str:
    return ", ".join(
        f"{key} {dtype} {shape}" for key, (shape, dtype) in zip(KEYS, form, strict=False)
    )
