"""The functions that make a `Stream` of .npy, CSV and Parquet files and of Grain datasets."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

import numpy as np

from jaxnn.streams.csv_rows import CsvRows
from jaxnn.streams.grain_rows import GrainRows
from jaxnn.streams.npy_rows import NpyRows
from jaxnn.streams.parquet_rows import ParquetRows
from jaxnn.streams.source import BUFFER_BYTES, Source, rows_in
from jaxnn.streams.stream import Stream
from jaxnn.textbook.checks.arguments import as_path, check_table_file, described

Path = str | os.PathLike[str]


def stream_npy(
    X: Path,
    Y: Path,
    *,
    weights: Path | None = None,
    n_classes: int | None = None,
    block: int | None = None,
    buffer: int | None = None,
) -> Stream:
    """Return a stream of the examples in .npy files; memory does not grow with m.

    Args:
        X: path of a row-major array (m, n_0) of a floating type, or of uint8 for pixels, 0 … 255.
        Y: path of targets (m, n_L) of a floating type, or of labels (m,), whole numbers.
        weights: path of example weights, (m,).
        n_classes: n_L where Y holds labels, which become one-hot columns.
        block: consecutive examples read in one go; None: 256 KiB of them.  With 1 the shuffle is
            full, and every example is a read of its own.
        buffer: examples mixed at a time, see `Stream`; None: 16 MiB of them.

    Returns:
        The stream.  Values are checked as they are read: NaN or infinity, a negative weight, a
        label out of range, or a file that has become shorter or longer is a ValueError that names
        the file and the example.

    Raises:
        FileNotFoundError: there is no such file.
        TypeError: a file holds numbers of another type, or no numbers.
        ValueError: a file is no .npy file of an array of numbers (pickled objects are never
            loaded), shorter or longer than its header says, empty, in Fortran order, or of another
            shape; the files differ in m; n_classes is missing; block or buffer is below 1.

    Equivalent to `numpy.load(path, mmap_mode="r")`, in bounded memory.

    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/X.npy", np.ones((5, 3), np.float32))
    ...     np.save(f"{folder}/labels.npy", np.array([0, 1, 1, 0, 1]))
    ...     stream = stream_npy(f"{folder}/X.npy", f"{folder}/labels.npy", n_classes=2)
    ...     stream.examples, stream.sizes
    (5, (3, 2))
    """
    as_path("X", X)
    as_path("Y", Y)
    if weights is not None:
        as_path("weights", weights)
    return _stream(NpyRows.of(X, Y, weights, n_classes, block), buffer)


def stream_csv(
    path: Path,
    *,
    target: str,
    task: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    block: int | None = None,
    buffer: int | None = None,
) -> Stream:
    r"""Return a stream of the examples in a CSV file; `jaxnn.from_csv` reads the same at once.

    The file is read once to find the classes and the beginnings of its blocks, then once an epoch.
    Text takes long to read: for many epochs write .npy files with `save_npy` and train from them.

    Args:
        path: a UTF-8 file with a header row, not compressed, since its blocks are read in any
            order; its inputs are numbers, none of them missing.  Blanks around cells and blank
            lines are dropped.
        target: the column to predict.
        task: "classification" or "regression"; None: decided as by `jaxnn.from_csv`.
        delimiter: one character between cells; None: found, one of , ; tab | and blanks.
        decimal: the decimal mark of numbers, "." or ","; None: found.
        block: consecutive rows read in one go; None: 1024.
        buffer: examples mixed at a time, see `Stream`; None: 16 MiB of them.

    Returns:
        The stream, with feature_names and class_names; X float32, Y one-hot or a quantity.

    Raises:
        ImportError: pyarrow is not installed.
        FileNotFoundError: there is no such file.
        ValueError: as `jaxnn.from_csv`, with row, line and column, for inputs and quantities when
            they are read; block or buffer is below 1.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "leaves.csv")
    ...     _ = path.write_text("length,kind\n20.5,needle\n31,broad\n18,needle\n")
    ...     stream = stream_csv(path, target="kind")
    ...     [(X.tolist(), Y.tolist()) for X, Y in stream.chunks(2)], stream.class_names
    ([([[20.5, 31.0]], [[0.0, 1.0], [1.0, 0.0]]), ([[18.0]], [[0.0], [1.0]])], ('broad', 'needle'))
    """
    check_table_file(path, target, task, delimiter=delimiter, decimal=decimal)
    rows = CsvRows.of(path, target, task, delimiter, decimal, block)
    return _stream(rows, buffer, rows.inputs, rows.target.class_names)


def stream_parquet(
    path: Path,
    *,
    target: str,
    task: str | None = None,
    block: int | None = None,
    buffer: int | None = None,
) -> Stream:
    """Return a stream of the examples in Parquet files, one example per row.

    A shuffled pass reads the row groups in a random order, four of them in turns, and mixes
    `buffer` rows at a time.  Many small row groups (say of 10,000 rows) make a better shuffle than
    one large group and take less memory, since pages of four groups are in memory at once.

    Args:
        path: a file, or a folder of files `*.parquet` with the same columns, which are one data set
            in the order of their names.  All columns but the target hold numbers, none missing.
            The index that pandas stored with a data frame is no input (`frame.reset_index()` makes
            columns of it before it is stored).
        target: the column to predict; the stored index may be named here.
        task: "classification" or "regression"; None: decided as by `jaxnn.from_csv`.
        block: rows decoded at a time; None: 256 KiB of them.
        buffer: examples mixed at a time, see `Stream`; None: 16 MiB of them.

    Returns:
        The stream, with feature_names and class_names; X float32, Y one-hot or a quantity.

    Raises:
        ImportError: pyarrow is not installed.
        FileNotFoundError: there is no such file.
        ValueError: it is no Parquet file, or a folder without any, with some in its subfolders or
            of different columns; an input holds no numbers; a target may be quantities or classes;
            a value is missing, infinite or too large for float32 (when it is read); block or
            buffer is below 1.

    >>> import tempfile, pyarrow as pa, pyarrow.parquet as pq
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pq.write_table(pa.table({"length": [20.5, 31.0], "kind": ["needle", "broad"]}),
    ...                    f"{folder}/leaves.parquet")
    ...     stream = stream_parquet(f"{folder}/leaves.parquet", target="kind")
    ...     [(X.tolist(), Y.tolist()) for X, Y in stream.chunks(2)]
    [([[20.5, 31.0]], [[0.0, 1.0], [1.0, 0.0]])]
    """
    check_table_file(path, target, task)
    rows = ParquetRows.of(path, target, task, block)
    return _stream(rows, buffer, rows.inputs, rows.target.class_names)


def stream_grain(
    dataset: Any,
    *,
    n_classes: int | None = None,
    examples: int | None = None,
    block: int | None = None,
    buffer: int | None = None,
) -> Stream:
    """Return a stream of the records of a Grain dataset, one example each.

    Args:
        dataset: a `grain.MapDataset` or `grain.IterDataset` of records (x, y), (x, y, weight) or
            {"x", "y", "weight"}: x (n_0,), y (n_L,) or a label, weight a number.  It is finite, not
            batched, and the same in every pass.  A `MapDataset` is shuffled in blocks, an
            `IterDataset` within the buffer only, so shuffle it yourself.
        n_classes: n_L where y is a label, which becomes a one-hot column.
        examples: m; None: counted, which for an `IterDataset` takes a pass over it.
        block: consecutive records read in one go; None: 256 KiB of them.
        buffer: examples mixed at a time, see `Stream`; None: 16 MiB of them.

    Returns:
        The stream.

    Raises:
        ImportError: grain is not installed.
        TypeError: dataset is no Grain dataset, or holds types that `stream_npy` refuses.
        ValueError: it is empty or endless, records differ in shape or type, n_classes is missing;
            block, buffer or examples is below 1.

    >>> import grain, numpy as np
    >>> dataset = grain.MapDataset.source([3.0, 4.0])
    >>> dataset = dataset.map(lambda x: (np.array([x], np.float32), int(x > 3)))
    >>> [(X.tolist(), Y.tolist()) for X, Y in stream_grain(dataset, n_classes=2).chunks(2)]
    [([[3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]])]
    """
    return _stream(GrainRows.of(dataset, n_classes, examples, block), buffer)


def save_npy(stream: Stream, folder: Path) -> Stream:
    """Write the examples of a stream into X.npy, Y.npy and weights.npy, and return their stream.

    Text and compressed columns, which take long to read, are then read once instead of every epoch.

    Args:
        stream: any stream.
        folder: of the files; it is made where it is missing.

    Returns:
        The stream of the files, in the same order and with the same names of rows.

    Raises:
        FileExistsError: the folder has one of the files already.
        ValueError: the stream holds a value that is refused; the files are then incomplete.

    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/a.npy", np.ones((5, 3), np.float32))
    ...     stream = save_npy(stream_npy(f"{folder}/a.npy", f"{folder}/a.npy"), f"{folder}/new")
    ...     [X.shape for X, Y in stream.chunks(2)]
    [(3, 2), (3, 2), (3, 1)]
    """
    if not isinstance(stream, Stream):
        raise TypeError(f"stream must be a jaxnn.Stream, got {described(stream)}")
    as_path("folder", folder)
    os.makedirs(folder, exist_ok=True)
    paths = [os.path.join(folder, f"{name}.npy") for name in ("X", "Y", "weights")]
    shapes = ((stream.sizes[0],), (stream.sizes[1],), ())
    with ExitStack() as stack:
        files = []
        for path, shape, dtype in zip(paths, shapes, stream.dtypes, strict=False):
            files.append(stack.enter_context(open(path, "xb")))
            header = {
                "descr": np.lib.format.dtype_to_descr(dtype),
                "fortran_order": False,
                "shape": (stream.examples, *shape),
            }
            np.lib.format.write_array_header_1_0(files[-1], header)
        for columns in stream.chunks(stream.buffer):
            for file, array in zip(files, columns, strict=True):
                array.T.tofile(file)
    X, Y, weights = paths
    rows = NpyRows.of(X, Y, weights if len(files) == 3 else None, None, None)
    return _stream(rows, stream.buffer, stream.feature_names, stream.class_names)


def _stream(
    source: Source,
    buffer: int | None,
    feature_names: tuple[str, ...] = (),
    class_names: tuple[str, ...] = (),
) -> Stream:
    if buffer is None:
        buffer = rows_in(BUFFER_BYTES, source.sizes, source.dtypes)
    return Stream(source, buffer, feature_names, class_names)
