"""The text of a CSV file: its encoding, its delimiter, its rows and where its numbers begin."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from io import BytesIO, TextIOWrapper
from itertools import islice
from typing import IO, NamedTuple

from jaxnn.data.cells import MISSING, check_names, check_target
from jaxnn.data.compressed import compression_of, unpacked
from jaxnn.data.quantities import as_number
from jaxnn.errors import DataError

HEAD = 2**18  # bytes from which delimiter, decimal mark and header are found
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_NAMES = {"utf-8": "UTF-8", "utf-16": "UTF-16"}
_BLANKS_AT_ENDS = re.compile(rb"(?:\A|(?<=[\r\n]))[ \t]+|[ \t]+(?=[\r\n]|\Z)")
_BLANKS = re.compile(rb'("(?:[^"]|"")*")|[ \t]+')
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")  # 1,234, which may be 1.234


Row = tuple[int, int, list[str]]
"""The number of a row, from 1, the line that it ends on, and its cells."""


class Form(NamedTuple):
    """How a table is written; `header` says whether its first row is one, `names` its columns."""

    path: str
    delimiter: str
    decimal: str
    header: bool
    names: tuple[str, ...]

    def prepared(self, content: bytes) -> bytes:
        """Return content whose cells a single character separates, also where blanks do."""
        return _tabbed(content) if self.delimiter == " " else content

    @property
    def separator(self) -> str:
        """The character between the cells of prepared content."""
        return "\t" if self.delimiter == " " else self.delimiter

    def rows(self, content: bytes) -> Iterator[Row]:
        """Yield the rows in the prepared UTF-8 content of a file, without the header."""
        rows = self.numbered(lines_of(content), row=-int(self.header))
        return islice(rows, int(self.header), None)

    def numbered(self, lines: Iterable[str], row: int = 0, line: int = 0) -> Iterator[Row]:
        """Yield rows of text, `row` rows and `line` lines into the file; refuse what is no CSV."""
        for number, (end, cells) in enumerate(_rows(self.path, lines, self.separator), row + 1):
            if len(cells) != len(self.names):
                raise DataError(
                    f"{self.path}: row {number} (line {line + end}) must have {len(self.names)} "
                    f"values, one per column, got {len(cells)}"
                )
            yield number, line + end, cells


def _tabbed(content: bytes) -> bytes:
    """Return content with a tab for the blanks between cells, and none at the ends of lines."""
    return _BLANKS.sub(lambda found: found[1] or b"\t", _BLANKS_AT_ENDS.sub(b"", content))


def lines_of(content: bytes) -> Iterable[str]:
    """Return the lines of UTF-8 content, each with its end."""
    return TextIOWrapper(BytesIO(content), "utf-8", newline="")


def _rows(path: str, lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line that each row ends on, and its cells without the blanks around them."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        with refusing_bytes(path):
            for cells in _stripped(reader):
                yield reader.line_num, cells
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num} must be CSV, got: {error}") from None


def _stripped(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """Yield rows that are not blank, without the blanks around their cells."""
    for row in rows:
        cells = [cell.strip() for cell in row]
        if len(cells) > 1 or any(cells):
            yield cells


@contextmanager
def refusing_bytes(path: str) -> Iterator[None]:
    """Refuse a file in which bytes are met that are not UTF-8."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} must be UTF-8 text, got byte 0x{error.object[error.start]:02x} "
            f"({error.reason}); save it as UTF-8"
        ) from None


def read_content(path: str, encoding: str | None) -> tuple[bytes, str]:
    """Return the content of a file, unpacked, as UTF-8 without a mark, and its encoding in words.

    What is not UTF-8 and has no mark of UTF-16 is read as Windows' cp1252, or else as latin-1.
    """
    with open(path, "rb") as file:
        found = compression_of(file)
        if found is None:
            content = file.read()
        else:
            with unpacked(file, path, found) as inside:
                content = inside.read()
    marked = (name for mark, name in _MARKS.items() if content.startswith(mark))
    known = encoding or next(marked, None)
    for name in (known,) if known else ("utf-8", "cp1252", "latin-1"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError as error:
            if known:
                raise DataError(f"{path} must be {known} text, got: {error}") from None
        except LookupError:
            raise ValueError(f"encoding must be one that Python knows, got {name!r}") from None
        else:
            if "\0" in text:
                raise DataError(
                    f"{path} must be text, got a binary file (a byte 0 in it); where it is UTF-16, "
                    "pass encoding='utf-16' to jaxnn.tables.read_table"
                )
            utf_8 = content if name == "utf-8" else text.encode()
            return utf_8.removeprefix(codecs.BOM_UTF8), _NAMES.get(name, name)
    raise AssertionError("latin-1 has every byte")


def head_of(file: IO[bytes]) -> bytes:
    """Return the lines in the first 256 KiB of a file, and three more, should they be long."""
    return file.read(HEAD) + b"".join(islice(file, 3))


def form_of(
    path: str,
    head: bytes,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    header: str | int | None = "found",
    names: Sequence[str] | None = None,
    target: str | None = None,
) -> Form:
    """Return how a table is written, from its first bytes.

    Args:
        path: of the file, for errors.
        head: its first lines, in UTF-8.
        delimiter: of the cells; None: found out.
        decimal: the decimal mark; None: found out.
        header: 0 or None, as in pandas; "found".
        names: of the columns, where they are given.
        target: a column that the first row must name.
    """
    plain = delimiter is None or (len(delimiter) == 1 and delimiter.isascii())
    if not plain or delimiter in ("\r", "\n", '"'):
        raise ValueError(f"delimiter must be one character of ASCII, got {delimiter!r}")
    if decimal not in (".", ",", None):
        raise ValueError(f"decimal must be '.' or ',', got {decimal!r}")
    with refusing_bytes(path):
        head.decode()
    delimiter = _delimiter(head) if delimiter is None else delimiter
    form = Form(path, delimiter, decimal or ".", False, ())
    rows = _some_rows(form.prepared(head), form.separator)
    if not rows:
        raise DataError(f"{path} must begin with a header row, got an empty file")
    first, *below = rows
    if decimal is None and delimiter != ",":
        form = form._replace(decimal=_decimal(below or rows, len(first)))
    if names is not None and len(names) != len(first):
        raise ValueError(
            f"names must be {len(first)} texts, one for each column of {path}, got {len(names)}"
        )
    if header == "found" and names is None and target not in first:
        _check_header(path, first, below, form.decimal)
    is_header = header in ("found", 0) and (names is None or header == 0 or list(names) == first)
    if names is None:
        names = first if is_header else [f"column_{i + 1}" for i in range(len(first))]
    check_names(path, names)
    if target is not None:
        check_target(path, names, target)
    return form._replace(header=is_header, names=tuple(names))


def _some_rows(content: bytes, delimiter: str) -> list[list[str]]:
    """Return rows of a beginning, without refusing any."""
    text = TextIOWrapper(BytesIO(content), "utf-8", errors="replace", newline="")
    rows = []
    with suppress(csv.Error):  # refused where all rows are read
        for cells in _stripped(csv.reader(text, delimiter=delimiter, skipinitialspace=True)):
            rows.append(cells)  # one by one: those before an error are kept
    return rows


def _delimiter(head: bytes) -> str:
    """Return the delimiter with which most rows have as many cells as the first, more than one."""
    best, most = ",", 0.0
    for one in "\t;|,":
        widths = [len(row) for row in _some_rows(head, one)]
        agree = widths.count(widths[0]) / len(widths) if widths and widths[0] > 1 else 0.0
        if agree > most:
            best, most = one, agree
    if most == 0:
        widths = {len(row) for row in _some_rows(_tabbed(head), "\t")}
        return " " if len(widths) == 1 and widths != {1} else best
    return best


def _decimal(rows: list[list[str]], n: int) -> str:
    """Return "," where columns hold numbers such as 1,5 and none such as 1.5; 1,234 is unclear."""
    commas: list[str] = []
    for column in zip(*(row for row in rows if len(row) == n), strict=True):
        cells = [cell for cell in column if cell not in MISSING]
        for mark in ".,":
            if any(mark in cell for cell in cells) and _all_numbers(cells, mark):
                if mark == ".":
                    return "."
                commas += cells
    return "," if any("," in cell and not _THOUSANDS.fullmatch(cell) for cell in commas) else "."


def _all_numbers(cells: Sequence[str], decimal: str) -> bool:
    return all(as_number(cell, decimal) is not None for cell in cells)


def _check_header(path: str, first: list[str], below: list[list[str]], decimal: str) -> None:
    """Raise an error where the first row holds numbers above numbers, as a file without header.

    The names 0, 1, 2, …, which pandas gives, are a header where another name is a text above
    numbers.
    """
    rows = [row for row in below if len(row) == len(first)]
    numeric = []
    for i in range(len(first)):
        cells = [row[i] for row in rows if row[i] not in MISSING]
        if cells and _all_numbers(cells, decimal):
            numeric.append(i)
    above = [first[i] for i in numeric]
    numbers = [cell for cell in above if as_number(cell, decimal) is not None]
    counted = numbers == [str(j) for j in range(len(numbers))]
    if numbers and not (counted and any(cell and cell not in numbers for cell in above)):
        raise DataError(
            f"{path}: the first line must hold the names of the columns, got "
            f"{numbers[0]!r} above numbers: where the file has no header, read it with "
            f"jaxnn.tables.read_table(path, names=[…]), {len(first)} names, or with header=None, "
            f"which names them column_1 … column_{len(first)}; where these are names, with header=0"
        )
