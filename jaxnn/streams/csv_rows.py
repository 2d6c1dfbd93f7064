"""A CSV file as a source: one pass finds its classes and where its blocks begin."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from jaxnn.data.csv_text import CsvFile
from jaxnn.data.targets import Target, TargetSearch
from jaxnn.data.text_table import inputs
from jaxnn.streams.source import Reader, Slice, slice_of
from jaxnn.textbook.checks.values import check_count

BLOCK = 1024


class Mark(NamedTuple):
    """Where a block begins: the position in the file, and the number of lines before it."""

    position: int
    line: int


@dataclass(frozen=True)
class CsvRows:
    """The inputs and the target of a CSV file; a part is a block of rows."""

    file: CsvFile
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
        """Read the file once."""
        file = CsvFile.of(path, delimiter, decimal)
        block = check_count("block", BLOCK if block is None else block)
        search = TargetSearch(file.path, target, task, decimal)
        with file.opened() as text:
            lines = file.lines(text)
            header_line, header = file.header(lines, target)
            column, row, marks = header.index(target), 0, []
            mark = Mark(text.tell(), header_line)
            for (row, line), cells in file.numbered(header, lines):
                search.see(cells[column], (row, line))
                if row % block == 1 or block == 1:
                    marks.append(mark)
                if row % block == 0:
                    mark = Mark(text.tell(), line)
        file.check_rows(row)
        return cls(file, header, search.found(row), tuple(marks), block, row)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that are inputs: all but the target."""
        return tuple(name for name in self.header if name != self.target.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The path, for X and for Y."""
        return self.file.path, self.file.path

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        return len(self.header) - 1, self.target.n_L

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """The types of X and Y."""
        return np.dtype(np.float32), np.dtype(np.float32)

    @property
    def parts(self) -> int:
        """The number of blocks."""
        return len(self.marks)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open the file, and return a function that reads a block."""
        with self.file.opened() as text:

            def read(part: int) -> Iterator[Slice]:
                start, mark = part * self.block, self.marks[part]
                text.seek(mark.position)
                last = part == self.parts - 1  # one row more, should the file have grown
                size = min(self.block, self.examples - start) + last
                lines = islice(self.file.lines(text, mark.line), size)
                table = self.file.table(self.header, lines, start)
                yield slice_of(start, (inputs(table, self.target.name), self.target.rows(table)))

            yield read
