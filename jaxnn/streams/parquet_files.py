"""The Parquet files of a data set: found, opened, and the types of their columns checked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from jaxnn.data.cells import check_names, check_target
from jaxnn.data.compressed import compression_of, refusal
from jaxnn.data.quantities import encoded
from jaxnn.errors import DataError


def files_in(path: str) -> list[str]:
    """Return the files of a data set by name: the path, or the Parquet files of the folder."""
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
    """Return whether a file in a folder belongs to its data set; _metadata and .part.crc do not."""
    return not file.startswith(("_", ".")) and file.endswith((".parquet", ".parq", ".pq"))


def import_pyarrow(function: str, module: str) -> tuple[Any, Any]:
    """Return pyarrow and one of its modules; say how to install it."""
    try:
        return import_module("pyarrow"), import_module(f"pyarrow.{module}")
    except ImportError as error:
        raise ImportError(
            f"{function} needs pyarrow, the extra [data] of jaxnn-textbook: pip install pyarrow"
        ) from error


@contextmanager
def open_parquet(path: str) -> Iterator[Any]:
    """Open a Parquet file, of which little is in memory at a time."""
    pa, pq = import_pyarrow("stream_parquet", "parquet")
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


def columns_of(path: str, schema: Any, target: str, task: str | None) -> tuple[str, ...]:
    """Return the inputs and the target, without the index of pandas; check their types."""
    index = _pandas_index(path, schema) - {target}
    header = [column for column in schema.names if column not in index]
    check_names(path, header)
    check_target(path, header, target)
    for column in header:
        if column != target or task == "regression":
            _check_type(path, column, schema.field(column).type)
        elif task is None:
            _check_target_type(path, column, schema.field(column).type)
    return tuple(header)


def _pandas_index(path: str, schema: Any) -> set[str]:
    """Return the columns in which pandas stored the index of a data frame."""
    try:
        columns = (schema.pandas_metadata or {}).get("index_columns", ())
        return {column for column in columns if isinstance(column, str)}  # a range is a dict
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(
            f"{path}: the metadata 'pandas' of its schema must be what pandas writes, got: {error}"
        ) from None


def _check_target_type(path: str, target: str, kind: Any) -> None:
    """Raise an error where the values of a target are dates, lists or of an extension type."""
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
