"""`from_csv`: a CSV file of numbers and one target as a data set in columns."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from jaxnn.data.cells import missing, numbers, place
from jaxnn.data.dataset import Dataset
from jaxnn.data.preparation import one_hot
from jaxnn.data.table_files import TableFile, read_file
from jaxnn.data.targets import target_kind
from jaxnn.textbook.checks.arguments import check_table_file


def from_csv(
    path: str | os.PathLike[str],
    *,
    target: str,
    task: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Dataset:
    r"""Return the data set in a CSV file: every column but the target is an input.

    The file is read as by `jaxnn.tables.read_table`, which finds out how it is written.  Columns of
    text and missing values are for `jaxnn.fit_table`.

    Args:
        path: a file with a header row; its inputs are numbers, none of them missing.  A file that
            is packed with gzip, bzip2, xz or zip is unpacked.
        target: the column to predict.
        task: "classification" or "regression"; None: classification where the target has text or
            at most 20 different whole numbers, else regression.  Texts that look like quantities
            (1,5 or $1,200 or 5 % or 31.12.2024) or of which nearly every row has its own are then
            refused.
        delimiter: one character between cells; None: found, one of , ; tab | and blanks.
        decimal: the decimal mark of numbers, "." or ","; None: found.

    Returns:
        X (n_0, m), numbers rounded to float32; Y one-hot (n_L, m), its classes sorted, or (1, m).

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a value is missing, text, infinite or too large for float32; rows differ in
            length; a column is missing or doubled; there is no header; the target may be
            quantities or classes.  The message names the row (from 1), its line and the column.

    Equivalent to `pandas.read_csv(path).to_numpy("float32").T` for a file without mistakes.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "trees.csv")
    >>> _ = path.write_text("height,leaf\n20.5,broad\n31,needle\n18,broad\n")
    >>> trees = from_csv(path, target="leaf")
    >>> trees.X.tolist(), trees.class_names, trees.Y.tolist()
    ([[20.5, 31.0, 18.0]], ('broad', 'needle'), [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    """
    check_table_file(path, target, task, delimiter=delimiter, decimal=decimal)
    file = read_file(path, delimiter=delimiter, decimal=decimal, target=target)
    name, names = file.form.path, file.form.names
    column: Any = file.frame[target]
    if (gaps := column.isna().to_numpy()).any():
        row = int(gaps.argmax()) + 1
        line, cells = file.cells(row)
        raise missing(name, target, repr(cells[target]), place(row, line))
    found = target_kind(column, task, path=name, where=file.place, decimal=file.form.decimal)
    features = tuple(other for other in names if other != target)
    X = _columns(file, features, target).T
    if found.class_names:
        Y = one_hot(found.labels_of(column), found.n_L)
    else:
        Y = _columns(file, (target,), target).T
    return Dataset(X, Y, Path(path).stem.removesuffix(".csv"), features, found.class_names)


def _columns(file: TableFile, names: tuple[str, ...], target: str) -> np.ndarray:
    """Return columns of a table, (m, n) float32; refuse what is no number of that type."""
    columns = [file.frame[name] for name in names]
    if all(column.dtype.kind in "iuf" for column in columns):
        rows = np.empty((len(file.frame), len(names)), np.float32)
        with np.errstate(over="ignore"):
            for i, column in enumerate(columns):
                rows[:, i] = column.to_numpy(np.float64)
        if np.isfinite(rows).all():
            return rows
    texts = file.form.rows(file.content)
    return numbers(file.form.path, file.form.names, texts, names, file.form.decimal, target)
