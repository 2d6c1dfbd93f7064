"""`read_table`: a CSV file as a pandas data frame; how it is written is found out."""

from __future__ import annotations

import csv
import os
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jaxnn.data.cells import MISSING, place
from jaxnn.data.output import shows_progress
from jaxnn.data.table_text import Form, form_of, head_of, read_content
from jaxnn.errors import DataError
from jaxnn.textbook.checks.arguments import as_flag_or_none, as_path, check_text, described

if TYPE_CHECKING:
    import pandas as pd

_SHOWN_NAMES = 8  # of columns with missing values


class TableFile(NamedTuple):
    """A table, how it is written, its text in UTF-8, and the name of its encoding."""

    form: Form
    content: bytes
    encoding: str
    frame: pd.DataFrame

    def cells(self, row: int) -> tuple[int, dict[str, str]]:
        """Return the line of a row, counted from 1, and its texts by column."""
        _, line, cells = next(islice(self.form.rows(self.content), row - 1, None))
        return line, dict(zip(self.form.names, cells, strict=True))

    def place(self, row: int) -> str:
        """Return the place of a row in words."""
        return place(row, self.cells(row)[0])


def read_table(
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    missing: str | Sequence[Any] | None = None,
    header: str | int | None = "found",
    names: Sequence[str] | None = None,
    encoding: str | None = None,
    progress: bool | None = None,
) -> pd.DataFrame:
    r"""Return the table in a CSV file as a pandas data frame; how it is written is found out.

    Delimiter, decimal mark and header are found in the first 256 KiB of the file.  Blanks around
    cells and blank lines are dropped.  A file that is packed with gzip, bzip2, xz or zip is
    unpacked, whatever its name.

    Args:
        path: of the file.
        delimiter: one character between cells; None: found, one of , ; tab | and blanks.
        decimal: the decimal mark, "." or ","; None: found.  Numbers such as 1,234 alone, which
            may have a thousands separator, stay text.
        missing: what stands for a missing value, one text or several, beside empty cells; None: ?,
            NA, N/A, null, None, NaN and their other spellings.  "unknown" is a text.
        header: 0 where the first row names the columns, None where it does not; "found": it does,
            unless it holds numbers above numbers, which is refused.
        names: of all columns; the file then has no header, unless its first row is these names, or
            header=0 says that they replace it.  None, with header=None: column_1, column_2, …
        encoding: of the file; None: UTF-8, or UTF-16 where it begins with a byte-order mark, else
            cp1252, or latin-1.
        progress: whether a line says what was found; None: where the output is a terminal or a
            notebook.  It is stored in `frame.attrs["jaxnn_source"]` too.

    Returns:
        The frame.  Columns of numbers, and of True and False, have such types; all others,
        dates among them, hold text.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, binary or damaged, or not in its encoding; the first line
            holds numbers; a column has no name, or that of another; a row has more or fewer cells
            than there are columns, or a quote is not closed.  The message names file and line.

    Equivalent to `pandas.read_csv` with the arguments that the file needs.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "trees.csv")
    >>> _ = path.write_text("height; leaf\n20,5; broad\n31; ?\n")
    >>> frame = read_table(path, progress=True)
    trees.csv: 2 rows, 2 columns; delimiter ';', decimal comma, UTF-8; missing values ('?') in leaf
    >>> frame["height"].tolist()
    [20.5, 31.0]
    """
    as_path("path", path)
    check_text("delimiter", delimiter, "','", or_none=True)
    check_text("decimal", decimal, "'.'", or_none=True)
    check_text("encoding", encoding, "'utf-8'", or_none=True)
    if header is not None and (type(header) not in (str, int) or header not in ("found", 0)):
        raise ValueError(f"header must be 0, None or 'found', got {described(header)}")
    names = None if names is None else _texts("names", names, str)
    if missing is not None:
        several = [missing] if isinstance(missing, str | int | float) else missing
        missing = _texts("missing", several, str | int | float)
    shown = as_flag_or_none("progress", progress)
    file = read_file(
        path, delimiter=delimiter, decimal=decimal, missing=missing, header=header, names=names,
        encoding=encoding,
    )  # fmt: skip
    line = _source(file)
    file.frame.attrs["jaxnn_source"] = line
    if shows_progress(shown):
        with suppress(OSError, ValueError):  # a closed output ends no reading
            print(line)
    return file.frame


def _texts(name: str, values: Any, kind: Any) -> list[str]:
    """Return several texts, or raise an error if values are none."""
    try:
        found = None if isinstance(values, str | bytes | Mapping) else list(values)
    except TypeError:
        found = None
    if found is None or not all(isinstance(value, kind) for value in found):
        raise TypeError(f"{name} must be a list of texts, got {described(values)}")
    return [str(value) for value in found]


def read_file(
    path: str | os.PathLike[str],
    *,
    missing: Sequence[str] | None = None,
    encoding: str | None = None,
    **given: Any,
) -> TableFile:
    """Read a table; `missing` are marks beside empty cells, `given` arguments of `form_of`."""
    name = os.fspath(path)
    content, words = read_content(name, encoding)
    form = form_of(name, head_of(BytesIO(content)), **given)
    content = form.prepared(content)
    marks = MISSING if missing is None else {"", *missing}
    return TableFile(form, content, words, _frame(form, content, marks))


def _frame(form: Form, content: bytes, missing: set[str]) -> pd.DataFrame:
    """Return the frame that pandas reads; refuse rows of another length, which pandas fills."""
    import pandas as pd

    if next(form.rows(content), None) is None:  # pandas does not check the first row's length
        raise DataError(f"{form.path} must have at least one row after the header, got none")
    walked = b'"' in content
    if walked:  # pandas takes "4"4 for 44
        _check_rows(form, content)
    clean = content if _is_tidy(form, content) else _tidied(form, content)
    exact = tuple(map(int, pd.__version__.split(".")[:2])) >= (3, 1)  # numbers are read exactly
    options: dict[str, Any] = {} if exact else {"float_precision": "round_trip"}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                BytesIO(clean),
                sep=form.separator,
                decimal=form.decimal,
                header=0 if form.header else None,
                names=list(form.names),
                index_col=False,
                skipinitialspace=True,
                na_values=sorted(missing),
                keep_default_na=False,
                low_memory=False,
                **options,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        _check_rows(form, content)
        raise DataError(f"{form.path} must be CSV, got: {error}") from None
    if not walked and frame.iloc[:, -1].isna().to_numpy().any():  # as in a row with too few cells
        _check_rows(form, content)
    return frame


def _check_rows(form: Form, content: bytes) -> None:
    for _ in form.rows(content):
        pass


def _is_tidy(form: Form, content: bytes) -> bool:
    """Return whether pandas drops all blanks around cells: only those before one, and no tabs."""
    mark = form.separator.encode()
    ends = (mark, b"\n", b"\r", b'"')
    blanks = (b" ",) if mark == b"\t" else (b" ", b"\t")
    untidy = [blank + end for blank in blanks for end in ends]
    untidy += [begin + b"\t" for begin in ends] if len(blanks) > 1 else []
    return b'" ' not in content and not any(pair in content for pair in untidy)


def _tidied(form: Form, content: bytes) -> bytes:
    """Return content without blanks around its cells."""
    text = StringIO()
    writer = csv.writer(text, delimiter=form.separator, lineterminator="\n")
    if form.header:
        writer.writerow(form.names)
    writer.writerows(cells for _, _, cells in form.rows(content))
    return text.getvalue().encode()


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'s' * (n != 1)}"


def _source(file: TableFile) -> str:
    """Return one line that says what was found in a file."""
    form, frame = file.form, file.frame
    header = "" if form.header else ", no header"
    delimiter = {"\t": "tab", " ": "blanks"}.get(form.delimiter, repr(form.delimiter))
    comma = ", decimal comma" if form.decimal == "," else ""
    rows, n = _count(len(frame), "row"), _count(len(form.names), "column")
    line = (
        f"{Path(form.path).name}: {rows}, {n}{header}; delimiter {delimiter}{comma}, "
        f"{file.encoding}"
    )
    gaps = frame.isna().to_numpy()
    columns = np.flatnonzero(gaps.any(axis=0))
    if len(columns) == 0:
        return line
    first = {i: int(gaps[:, i].argmax()) + 1 for i in columns.tolist()}
    seen = islice(form.rows(file.content), max(first.values()))
    marks = {cells[i] for row, _, cells in seen for i in first if first[i] == row}
    shown = ", ".join(repr(mark) if mark else "empty" for mark in sorted(marks))
    names = ", ".join(form.names[i] for i in columns[:_SHOWN_NAMES])
    others = len(columns) - _SHOWN_NAMES
    return f"{line}; missing values ({shown}) in {names}" + f" and {others} others" * (others > 0)
