"""Rows of a Parquet file, a batch at a time; several row groups are open at once in a shuffle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxnn._checks import check_count
from jaxnn._csv import check_columns, place, without_missing
from jaxnn._quantities import encoded
from jaxnn._targets import Target, TargetSearch
from jaxnn.data import one_hot
from jaxnn.errors import DataError
from jaxnn.source import BLOCK_BYTES, Reader, Slice, rows_in, slice_of

FLOAT32 = np.dtype(np.float32)


@dataclass(frozen=True)
class ParquetRows:
    """The inputs and the target of a Parquet file; a part is one of its row groups."""

    path: str
    inputs: tuple[str, ...]
    target: Target
    starts: tuple[int, ...]
    block: int
    examples: int

    @classmethod
    def of(
        cls, path: str | os.PathLike[str], target: str, task: str | None, block: int | None
    ) -> ParquetRows:
        """Look at the schema, and once through the target column."""
        name = os.fspath(path)
        with _open(name) as file:
            index = _pandas_index(name, file.schema_arrow) - {target}
            header = [column for column in file.schema_arrow.names if column not in index]
            check_columns(name, header, target)
            inputs = tuple(column for column in header if column != target)
            for column in inputs:
                _check_type(name, column, file.schema_arrow.field(column).type)
            groups = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
            starts = tuple(np.cumsum([0, *groups]).tolist())
            if starts[-1] == 0:
                raise DataError(f"{name} must have at least one row, got none")
            if block is None:
                block = rows_in(BLOCK_BYTES, (len(inputs), 1), (FLOAT32, FLOAT32))
            block = check_count("block", block)
            search, row = TargetSearch(name, target, task), 0
            if task == "regression":
                _check_type(name, target, file.schema_arrow.field(target).type)
            else:
                if task is None:
                    _check_target_type(name, target, file.schema_arrow.field(target).type)
                for batch in file.iter_batches(2**16, columns=[target], use_threads=False):
                    texts, first, _ = _different(name, target, batch.column(0), row)
                    for i, text in sorted(zip(first.tolist(), texts, strict=True)):
                        search.see(text, (row + i + 1, 0))
                    row += len(batch)
        return cls(name, inputs, search.found(starts[-1]), starts, block, starts[-1])

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
        return len(self.starts) - 1

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open the file, and return what reads a row group, `block` rows at a time."""
        with _open(self.path) as file:
            if file.metadata.num_rows != self.examples:
                raise DataError(
                    f"{self.path} must have m = {self.examples} examples, as when the stream was "
                    f"made, got {file.metadata.num_rows}"
                )

            def read(part: int) -> Iterator[Slice]:
                start = self.starts[part]
                for batch in file.iter_batches(
                    self.block,
                    row_groups=[part],
                    columns=[*self.inputs, self.target.name],
                    use_threads=False,
                ):
                    yield slice_of(start, self._rows(batch, start))
                    start += len(batch)

            yield read

    def _rows(self, batch: Any, start: int) -> tuple[np.ndarray, np.ndarray]:
        X = np.empty((len(batch), len(self.inputs)), np.float32)
        for i, name in enumerate(self.inputs):
            X[:, i] = _numbers(self.path, name, batch.column(name), start)
        column, labels = batch.column(self.target.name), self.target.labels
        if labels is None:
            return X, _numbers(self.path, self.target.name, column, start)[:, None]
        texts, first, which = _different(self.path, self.target.name, column, start)
        found = [
            self.target.label(text, self.path, place(start + int(i) + 1, 0))
            for text, i in zip(texts, first, strict=True)
        ]
        return X, one_hot(np.array(found)[which], self.target.n_L).T


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
        try:
            file = pq.ParquetFile(handle, pre_buffer=False, buffer_size=2**16)
        except pa.ArrowException as error:
            raise ValueError(f"{path} must be a Parquet file, got: {error}") from None
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
