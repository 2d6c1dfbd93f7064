"""Rows of Parquet files, a batch at a time; several row groups are open at once in a shuffle."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.compressed import compression_of, refusal
from jaxnn.data.csv_text import check_columns, place, without_missing
from jaxnn.data.preparation import one_hot
from jaxnn.data.quantities import encoded
from jaxnn.data.targets import Target, TargetSearch
from jaxnn.errors import DataError
from jaxnn.streams.source import BLOCK_BYTES, Reader, Slice, rows_in, slice_of
from jaxnn.textbook.checks.values import check_count

FLOAT32 = np.dtype(np.float32)


class Part(NamedTuple):
    """A row group: its file, its number there, and the row of the file that it begins at."""

    file: str
    group: int
    row: int


@dataclass(frozen=True)
class ParquetRows:
    """The inputs and the target of a Parquet file, or of a folder of them; a part is a row group.

    `rows` holds the number of rows of each file, `starts` the example that each part begins at.
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
        """Look at the schemas, and once through the target column."""
        name, columns, groups, rows = os.fspath(path), (), [], {}
        search = TargetSearch(name, target, task)
        for one in _files_in(name):
            with _open(one) as file:
                found = _columns(one, file.schema_arrow, target, task)
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
        """The path, of X and of Y."""
        return self.path, self.path

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        return len(self.inputs), self.target.n_L

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """Of X and Y."""
        return FLOAT32, FLOAT32

    @property
    def parts(self) -> int:
        """The number of row groups."""
        return len(self.groups)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open the file, each of several in its turn, and return what reads a row group."""
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
        """Open a file, which has as many rows as when the stream was made."""
        with _open(path) as file:
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
            self.target.label(text, path, place(start + int(i) + 1, 0))
            for text, i in zip(texts, first, strict=True)
        ]
        return X, one_hot(np.array(found)[which], self.target.n_L).T


def _files_in(path: str) -> list[str]:
    """Return the files of a data set, by name: the path, or the Parquet files of a folder."""
    if not os.path.isdir(path):
        return [path]
    folders = [
        (folder, sorted(file for file in files if _is_parquet(file)))
        for folder, _, files in os.walk(path)
    ]
    inner = next((folder for folder, files in folders[1:] if files), None)
    if inner is not None:
        raise DataError(
            f"{path} must be one file, or a folder that holds all Parquet files itself, got some "
            f"in its subfolder {inner}: give a stream of one folder, or write all into one"
        )
    found = [os.path.join(path, file) for file in folders[0][1]]
    if not found:
        raise DataError(
            f"{path} must be one file, or a folder of files *.parquet, got a folder without any"
        )
    return found


def _is_parquet(file: str) -> bool:
    """Return whether a file of a folder is of its data set; _metadata and .part.crc are not."""
    return not file.startswith(("_", ".")) and file.endswith((".parquet", ".parq", ".pq"))


def _columns(path: str, schema: Any, target: str, task: str | None) -> tuple[str, ...]:
    """Return the columns that count, of types that can be read: inputs, and the target."""
    index = _pandas_index(path, schema) - {target}
    header = [column for column in schema.names if column not in index]
    check_columns(path, header, target)
    for column in header:
        if column != target or task == "regression":
            _check_type(path, column, schema.field(column).type)
        elif task is None:
            _check_target_type(path, column, schema.field(column).type)
    return tuple(header)


def _see(search: TargetSearch, file: Any, path: str, target: str, before: int) -> None:
    """Show the different values of a target to a search, after so many rows of other files."""
    row = 0
    for batch in file.iter_batches(2**16, columns=[target], use_threads=False):
        texts, first, _ = _different(path, target, batch.column(0), row)
        for i, text in sorted(zip(first.tolist(), texts, strict=True)):
            search.see(text, (before + row + i + 1, 0))
        row += len(batch)


@contextmanager
def _open(path: str) -> Iterator[Any]:
    """Open a Parquet file so that little of it is in memory at a time."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ImportError(
            "stream_parquet needs pyarrow, the extra [data] of jaxnn-textbook: pip install pyarrow"
        ) from error
    with open(path, "rb") as handle:
        if (found := compression_of(handle)) is not None:
            raise refusal(path, found)
        whole = "a whole" if handle.peek(4).startswith(b"PAR1") else "a"
        try:
            file = pq.ParquetFile(handle, pre_buffer=False, buffer_size=2**16)
        except (pa.ArrowException, OSError) as error:
            raise ValueError(f"{path} must be {whole} Parquet file, got: {error}") from None
        try:
            yield file
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, FileNotFoundError):
                raise
            raise ValueError(f"{path} must be a whole Parquet file, got: {error}") from None
        finally:
            file.close()


def _pandas_index(path: str, schema: Any) -> set[str]:
    """Return the columns that hold the index of the data frame that pandas wrote, if it did."""
    try:
        columns = (schema.pandas_metadata or {}).get("index_columns", ())
        return {column for column in columns if isinstance(column, str)}  # others hold no values
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{path}: the metadata 'pandas' of its schema must be what pandas writes, got: {error}"
        ) from None


def _check_target_type(path: str, target: str, kind: Any) -> None:
    """Raise an error unless the values of a target are numbers or text."""
    import pyarrow.types as types

    value = kind.value_type if types.is_dictionary(kind) else kind
    if types.is_temporal(value) or types.is_nested(value) or hasattr(value, "extension_name"):
        raise DataError(
            f"{path}: target column {target!r} must hold numbers or text, got {kind}; write it as "
            "plain numbers, such as the days since the first, or pass task='classification' if "
            "its different values are classes"
        )


def _check_type(path: str, column: str, kind: Any) -> None:
    import pyarrow.types as types

    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        raise DataError(
            f"{path}: column {column!r} must hold numbers, got {kind}; {encoded(column)}"
        )


def _check_no_missing(path: str, column: str, values: Any, start: int) -> None:
    if values.null_count:
        row = int(np.argmax(values.is_null().to_numpy(zero_copy_only=False)))
        raise DataError(
            f"{path}: column {column!r} must have no missing values, "
            f"got null {place(start + row + 1, 0)}{without_missing(column, None)}"
        )


def _numbers(path: str, column: str, values: Any, start: int) -> np.ndarray:
    """Return a column as float32, refusing what is missing, not finite or too large."""
    _check_no_missing(path, column, values, start)
    found = values.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        rows = found.astype(np.float32)
    if not np.isfinite(rows).all():
        row = int(np.argmin(np.isfinite(rows)))
        where = place(start + row + 1, 0)
        if np.isfinite(found[row]):
            largest = float(np.finfo(np.float32).max)
            raise DataError(
                f"{path}: column {column!r} must fit float32 (at most {largest:.4g}), "
                f"got {found[row]} {where}; rescale it"
            )
        raise DataError(
            f"{path}: column {column!r} must hold finite numbers, got {found[row]} {where}"
        )
    return rows


def _different(
    path: str, column: str, values: Any, start: int
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the different values as text, the row of the first of each, and which each row has."""
    _check_no_missing(path, column, values, start)
    if hasattr(values, "dictionary_decode"):
        values = values.dictionary_decode()
    different, first, which = np.unique(
        values.to_numpy(zero_copy_only=False), return_index=True, return_inverse=True
    )
    return [str(value) for value in different.tolist()], first, which
