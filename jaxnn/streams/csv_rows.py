"""A CSV file as a source: one pass finds its classes and where its blocks begin."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.cells import numbers, place
from jaxnn.data.compressed import compression_of, refusal
from jaxnn.data.preparation import one_hot
from jaxnn.data.table_text import Form, form_of, head_of, lines_of
from jaxnn.data.targets import Target, TargetSearch
from jaxnn.errors import DataError
from jaxnn.streams.parquet_files import import_pyarrow
from jaxnn.streams.source import Reader, Slice, slice_of
from jaxnn.textbook.checks.values import check_count

BLOCK = 1024


class Mark(NamedTuple):
    """Where a block begins: the position in the file, and the rows and lines before it."""

    position: int
    row: int
    line: int


@dataclass(frozen=True)
class CsvRows:
    """The inputs and the target of a CSV file; a part is a block of rows.

    `marks` are the beginnings of the blocks, and the end of the last; `size` is in bytes.
    """

    form: Form
    target: Target
    marks: tuple[Mark, ...]
    size: int
    examples: int

    @classmethod
    def of(
        cls,
        path: str | os.PathLike[str],
        target: str,
        task: str | None,
        delimiter: str | None,
        decimal: str | None,
        block: int | None,
    ) -> CsvRows:
        """Read the file once."""
        import_pyarrow("stream_csv", "csv")
        block, name = check_count("block", BLOCK if block is None else block), os.fspath(path)
        with _opened(name) as file:
            start, head = file.tell(), head_of(file)
            form = form_of(name, head, delimiter=delimiter, decimal=decimal, target=target)
            position = file.seek(start)

            def texts() -> Iterator[str]:
                nonlocal position
                for text in file:
                    position += len(text)
                    yield form.prepared(text).decode()

            lines: dict[int, int] = {}
            search = TargetSearch(
                name, target, task, form.decimal, lambda row: place(row, lines[row])
            )
            column, marks, row, line = form.names.index(target), [], 0, 0
            for row, line, cells in form.numbered(texts(), row=-1):  # 0 is the header
                if row and search.see(cells[column], row):
                    lines[row] = line
                if row % block == 0:
                    marks.append(Mark(position, row, line))
            if row == 0:
                raise DataError(f"{name} must have at least one row after the header, got none")
            if row % block:
                marks.append(Mark(position, row, line))
            size = os.fstat(file.fileno()).st_size
        return cls(form, search.found(row), tuple(marks), size, row)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that are inputs: all but the target."""
        return tuple(name for name in self.form.names if name != self.target.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The path, for X and for Y."""
        return self.form.path, self.form.path

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        return len(self.form.names) - 1, self.target.n_L

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """The types of X and Y."""
        return np.dtype(np.float32), np.dtype(np.float32)

    @property
    def parts(self) -> int:
        """The number of blocks."""
        return len(self.marks) - 1

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open the file, and return a function that reads a block."""
        with _opened(self.form.path) as file:

            def read(part: int) -> Iterator[Slice]:
                if (size := os.fstat(file.fileno()).st_size) != self.size:
                    raise DataError(
                        f"{self.form.path} must have {self.size} bytes, as when the stream was "
                        f"made, got {size}"
                    )
                mark, after = self.marks[part : part + 2]
                file.seek(mark.position)
                content = self.form.prepared(file.read(after.position - mark.position))
                yield slice_of(mark.row, self._rows(content, mark, after.row - mark.row))

            yield read

    def _rows(self, content: bytes, mark: Mark, examples: int) -> tuple[np.ndarray, np.ndarray]:
        """Return X and Y of a block, one example per row: read by pyarrow, or else by Python."""
        form, target, labels = self.form, self.target.name, self.target.labels
        columns = _parsed(content, form, "" if labels is None else target)
        if columns is not None and columns.num_rows == examples:
            X = _numbers(columns, self.inputs)
            Y = _numbers(columns, (target,)) if labels is None else self._classes(columns)
            if Y is not None and np.isfinite(X).all() and np.isfinite(Y).all():
                return X, Y
        rows = list(form.numbered(lines_of(content), mark.row, mark.line))
        X = numbers(form.path, form.names, rows, self.inputs, form.decimal, target)
        if labels is None:
            return X, numbers(form.path, form.names, rows, (target,), form.decimal, target)
        column = form.names.index(target)
        found = [
            self.target.label(cells[column], form.path, place(row, line))
            for row, line, cells in rows
        ]
        return X, one_hot(found, self.target.n_L).T

    def _classes(self, columns: Any) -> np.ndarray | None:
        """Return one-hot rows (k, n_L); None: there is a class that the target did not have."""
        column = columns.column(self.target.name)
        known = self.target.labels or {}
        labels = [known.get(text.strip(), -1) for text in column.dictionary.to_pylist()]
        if -1 in labels:
            return None
        return one_hot(np.array(labels)[column.indices.to_numpy()], self.target.n_L).T


@contextmanager
def _opened(path: str) -> Iterator[BufferedReader]:
    """Open a file behind its byte-order mark; refuse a compressed one."""
    with open(path, "rb") as file:
        if (found := compression_of(file)) is not None:
            raise refusal(path, found)
        file.seek(len(BOM_UTF8) if file.peek(len(BOM_UTF8)).startswith(BOM_UTF8) else 0)
        yield file


def _parsed(content: bytes, form: Form, classes: str) -> Any:
    """Return columns of numbers, `classes` as text, that pyarrow reads; None: Python must."""
    import pyarrow as pa
    import pyarrow.csv as pc

    if b' "' in content or (b'\t"' in content and form.separator != "\t"):
        return None  # a blank before a quote, which pyarrow takes for text
    types = dict.fromkeys(form.names, pa.float64())
    if classes:
        types[classes] = pa.dictionary(pa.int32(), pa.string())
    try:
        reader = pc.open_csv(
            pa.BufferReader(content),
            pc.ReadOptions(column_names=form.names, use_threads=False, block_size=len(content) + 1),
            pc.ParseOptions(delimiter=form.separator, newlines_in_values=b'"' in content),
            pc.ConvertOptions(column_types=types, null_values=[], decimal_point=form.decimal),
        )
        return reader.read_next_batch()  # all rows, since they are one block
    except pa.ArrowInvalid:
        return None


def _numbers(columns: Any, names: Sequence[str]) -> np.ndarray:
    """Return columns as float32, (k, n); what is too large is infinite."""
    X = np.empty((columns.num_rows, len(names)), np.float32)
    with np.errstate(over="ignore"):
        for i, name in enumerate(names):
            X[:, i] = columns.column(name).to_numpy()
    return X
