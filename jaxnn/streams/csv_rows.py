"""Rows of a CSV file, read block by block: a first look remembers where each block begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from jaxnn.data.csv_text import (
    Table,
    check_decimal,
    check_delimiter,
    check_width,
    numbers,
    open_text,
    read_header,
    rows_of,
)
from jaxnn.data.targets import Target, TargetSearch
from jaxnn.errors import DataError
from jaxnn.streams.source import Reader, Slice, slice_of
from jaxnn.textbook.checks.values import check_count

BLOCK = 1024


class Mark(NamedTuple):
    """Where a block begins: the position in the file, and the lines before it."""

    position: int
    line: int


@dataclass(frozen=True)
class CsvRows:
    """The inputs and the target of a CSV file; a part is a block of rows."""

    path: str
    delimiter: str
    decimal: str
    header: tuple[str, ...]
    target: Target
    marks: tuple[Mark, ...]
    block: int
    examples: int

    @classmethod
    def of(
        cls,
        path: str | os.PathLike[str],
        target: str,
        task: str | None,
        delimiter: str,
        decimal: str,
        block: int | None,
    ) -> CsvRows:
        """Read the file once, keeping its classes and the places of its blocks."""
        check_delimiter(delimiter)
        check_decimal(decimal)
        block = check_count("block", BLOCK if block is None else block)
        name = os.fspath(path)
        search = TargetSearch(name, target, task, decimal)
        with open_text(path) as file:
            records = rows_of(file, name, delimiter)
            header_line, header = read_header(records, name, target)
            column, row, marks = header.index(target), 0, []
            mark = Mark(file.tell(), header_line)
            for row, (line, cells) in enumerate(records, start=1):
                check_width(name, header, cells, (row, line))
                search.see(cells[column], (row, line))
                if row % block == 1 or block == 1:
                    marks.append(mark)
                if row % block == 0:
                    mark = Mark(file.tell(), line)
        if not row:
            raise DataError(f"{name} must have at least one row after the header, got none")
        target_found = search.found(row)
        return cls(name, delimiter, decimal, header, target_found, tuple(marks), block, row)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that are inputs: all but the target."""
        return tuple(name for name in self.header if name != self.target.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The path, of X and of Y."""
        return self.path, self.path

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        return len(self.header) - 1, self.target.n_L

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """Of X and Y."""
        return np.dtype(np.float32), np.dtype(np.float32)

    @property
    def parts(self) -> int:
        """The number of blocks."""
        return len(self.marks)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open the file, and return what reads a block."""
        with open_text(self.path) as file:

            def read(part: int) -> Iterator[Slice]:
                start, mark = part * self.block, self.marks[part]
                file.seek(mark.position)
                records = rows_of(file, self.path, self.delimiter, mark.line)
                last = part == self.parts - 1  # which has one row more where the file has grown
                found = list(islice(records, min(self.block, self.examples - start) + last))
                places = [(i, line) for i, (line, _) in enumerate(found, start=start + 1)]
                for where, (_, cells) in zip(places, found, strict=True):
                    check_width(self.path, self.header, cells, where)
                rows = [cells for _, cells in found]
                table = Table(self.path, self.header, rows, places, self.decimal)
                yield slice_of(start, (self._inputs(table), self.target.rows(table)))

            yield read

    def _inputs(self, table: Table) -> np.ndarray:
        X = np.empty((len(table.rows), self.sizes[0]), np.float32)
        for i, name in enumerate(self.inputs):
            X[:, i] = numbers(table, name)
        return X
