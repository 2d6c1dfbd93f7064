"""Parquet files as a source: their row groups are its parts."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.cells import missing, place, too_large
from jaxnn.data.preparation import one_hot
from jaxnn.data.targets import Target, TargetSearch
from jaxnn.errors import DataError
from jaxnn.streams.parquet_files import columns_of, files_in, open_parquet
from jaxnn.streams.source import BLOCK_BYTES, Reader, Slice, rows_in, slice_of
from jaxnn.textbook.checks.values import check_count

FLOAT32 = np.dtype(np.float32)


class Part(NamedTuple):
    """A row group: its file, its number there, and its first row in the file."""

    file: str
    group: int
    row: int


@dataclass(frozen=True)
class ParquetRows:
    """The inputs and the target of a Parquet file, or of a folder of them; a part is a row group.

    `rows` is the number of rows of each file, `starts` the first example of each part.
    """

    path: str
    inputs: tuple[str, ...]
    target: Target
    rows: Mapping[str, int] = field(hash=False)
    groups: tuple[Part, ...]
    starts: tuple[int, ...]
    block: int
    examples: int

    @classmethod
    def of(
        cls, path: str | os.PathLike[str], target: str, task: str | None, block: int | None
    ) -> ParquetRows:
        """Read the schemas, and the target column once."""
        name, columns, groups, rows = os.fspath(path), (), [], {}
        search = TargetSearch(name, target, task)
        for one in files_in(name):
            with open_parquet(one) as file:
                found = columns_of(one, file.schema_arrow, target, task)
                columns = columns or found
                if set(found) != set(columns):
                    raise DataError(
                        f"{one} must have the columns of the first file in its folder, "
                        f"{', '.join(columns)}, got {', '.join(found)}"
                    )
                sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
                begins = np.cumsum([0, *sizes]).tolist()
                groups += [(Part(one, i, begins[i]), size) for i, size in enumerate(sizes)]
                if task != "regression":
                    _see(search, file, one, target, before=sum(rows.values()))
                rows[one] = begins[-1]
        starts = tuple(np.cumsum([0, *(size for _, size in groups)]).tolist())
        if starts[-1] == 0:
            raise DataError(f"{name} must have at least one row, got none")
        inputs = tuple(column for column in columns if column != target)
        if block is None:
            block = rows_in(BLOCK_BYTES, (len(inputs), 1), (FLOAT32, FLOAT32))
        block = check_count("block", block)
        parts, m = tuple(part for part, _ in groups), starts[-1]
        return cls(name, inputs, search.found(m), rows, parts, starts, block, m)

    @property
    def names(self) -> tuple[str, ...]:
        """The path, for X and for Y."""
        return self.path, self.path

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        return len(self.inputs), self.target.n_L

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """The types of X and Y."""
        return FLOAT32, FLOAT32

    @property
    def parts(self) -> int:
        """The number of row groups."""
        return len(self.groups)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open a single file, and return a function that reads a row group."""
        with ExitStack() as stack:
            one, *others = self.rows
            only = None if others else stack.enter_context(self._opened(one))

            def read(part: int) -> Iterator[Slice]:
                found, start = self.groups[part], self.starts[part]
                with nullcontext(only) if only else self._opened(found.file) as file:
                    row = found.row
                    for batch in file.iter_batches(
                        self.block,
                        row_groups=[found.group],
                        columns=[*self.inputs, self.target.name],
                        use_threads=False,
                    ):
                        yield slice_of(start, self._rows(batch, found.file, row))
                        start, row = start + len(batch), row + len(batch)

            yield read

    @contextmanager
    def _opened(self, path: str) -> Iterator[Any]:
        """Open a file; refuse one whose number of rows has changed."""
        with open_parquet(path) as file:
            if file.metadata.num_rows != self.rows[path]:
                raise DataError(
                    f"{path} must have m = {self.rows[path]} examples, as when the stream was "
                    f"made, got {file.metadata.num_rows}"
                )
            yield file

    def _rows(self, batch: Any, path: str, start: int) -> tuple[np.ndarray, np.ndarray]:
        X = np.empty((len(batch), len(self.inputs)), np.float32)
        for i, name in enumerate(self.inputs):
            X[:, i] = _numbers(path, name, batch.column(name), start)
        column, labels = batch.column(self.target.name), self.target.labels
        if labels is None:
            return X, _numbers(path, self.target.name, column, start)[:, None]
        texts, first, which = _different(path, self.target.name, column, start)
        found = [
            self.target.label(text, path, place(start + int(i) + 1))
            for text, i in zip(texts, first, strict=True)
        ]
        return X, one_hot(np.array(found)[which], self.target.n_L).T


def _see(search: TargetSearch, file: Any, path: str, target: str, before: int) -> None:
    """Give the different values of a target to a search, after `before` rows of other files."""
    row = 0
    for batch in file.iter_batches(2**16, columns=[target], use_threads=False):
        texts, first, _ = _different(path, target, batch.column(0), row)
        for i, text in sorted(zip(first.tolist(), texts, strict=True)):
            search.see(text, before + row + i + 1)
        row += len(batch)


def _check_no_missing(path: str, column: str, values: Any, start: int) -> None:
    if values.null_count:
        row = int(np.argmax(values.is_null().to_numpy(zero_copy_only=False)))
        raise missing(path, column, "null", place(start + row + 1))


def _numbers(path: str, column: str, values: Any, start: int) -> np.ndarray:
    """Return a column as float32; refuse missing, infinite and too large values."""
    _check_no_missing(path, column, values, start)
    found = values.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        rows = found.astype(np.float32)
    if not np.isfinite(rows).all():
        row = int(np.argmin(np.isfinite(rows)))
        where = place(start + row + 1)
        if np.isfinite(found[row]):
            raise too_large(path, column, str(found[row]), where)
        raise DataError(
            f"{path}: column {column!r} must hold finite numbers, got {found[row]} {where}"
        )
    return rows


def _different(
    path: str, column: str, values: Any, start: int
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the different values as text, the first row of each, and the number of each row's."""
    _check_no_missing(path, column, values, start)
    if hasattr(values, "dictionary_decode"):
        values = values.dictionary_decode()
    different, first, which = np.unique(
        values.to_numpy(zero_copy_only=False), return_index=True, return_inverse=True
    )
    return [str(value) for value in different.tolist()], first, which
