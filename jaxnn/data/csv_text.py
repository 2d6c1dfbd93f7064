"""Rows of text from a CSV file, in one piece or from any mark in it."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import TextIOWrapper
from typing import NamedTuple, TextIO

from jaxnn.data.compressed import compression_of, refusal, unpacked
from jaxnn.data.text_table import Place, Table, check_columns
from jaxnn.errors import DataError

Lines = Iterator[tuple[int, list[str]]]
"""For each row the line that it ends on, from 1, and its cells."""


class CsvFile(NamedTuple):
    """The path of a CSV file with a header row, its delimiter and its decimal mark."""

    path: str
    delimiter: str
    decimal: str

    @classmethod
    def of(cls, path: str | os.PathLike[str], delimiter: str, decimal: str) -> CsvFile:
        """Check how the file is written."""
        if len(delimiter) != 1 or delimiter in '\r\n"':
            raise ValueError(f"delimiter must be one character, got {delimiter!r}")
        if decimal not in (".", ","):
            raise ValueError(f"decimal must be '.' or ',', got {decimal!r}")
        return cls(os.fspath(path), delimiter, decimal)

    @contextmanager
    def opened(self, *, unpacks: bool = False) -> Iterator[TextIO]:
        """Open the file without its byte-order mark; `unpacks` reads a compressed one, in order."""
        as_text = partial(TextIOWrapper, encoding="utf-8-sig", newline="")
        with open(self.path, "rb") as file:
            found = compression_of(file)
            if found is None:
                with as_text(file) as text:
                    yield text
            elif unpacks:
                with unpacked(file, self.path, found) as content, as_text(content) as text:
                    yield text
            else:
                raise refusal(self.path, found)

    def lines(self, text: TextIO, line: int = 0) -> Lines:
        """Yield the rows from the position of `text` on, `line` lines into the file.

        Cells are stripped, blank lines skipped.  After each row `text.tell()` is where the next
        one begins, so that a later read can begin there.
        """
        reader = csv.reader(
            iter(text.readline, ""),  # `for line in text` would forbid tell()
            delimiter=self.delimiter,
            skipinitialspace=self.delimiter != " ",
            strict=True,
        )
        try:
            for row in reader:
                cells = [cell.strip() for cell in row]
                if len(cells) > 1 or any(cells):
                    yield line + reader.line_num, cells
        except csv.Error as error:
            raise ValueError(
                f"{self.path}: line {line + reader.line_num} must be CSV, got: {error}"
            ) from None
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{self.path} must be UTF-8 text, got byte 0x{error.object[error.start]:02x} "
                f"({error.reason}); save it as UTF-8"
            ) from None

    def header(self, lines: Lines, target: str) -> tuple[int, tuple[str, ...]]:
        """Return the line that the header ends on, and the names of the columns."""
        line, names = next(lines, (0, None))
        if names is None:
            raise DataError(f"{self.path} must begin with a header row, got an empty file")
        check_columns(self.path, names, target)
        return line, tuple(names)

    def numbered(
        self, names: tuple[str, ...], lines: Lines, start: int = 0
    ) -> Iterator[tuple[Place, list[str]]]:
        """Yield rows after the first `start` with their places; each has one cell per column."""
        for row, (line, cells) in enumerate(lines, start + 1):
            if len(cells) != len(names):
                raise DataError(
                    f"{self.path}: row {row} (line {line}) must have {len(names)} values, one per "
                    f"column, got {len(cells)}"
                )
            yield (row, line), cells

    def table(self, names: tuple[str, ...], lines: Lines, start: int = 0) -> Table:
        """Return rows after the first `start` as a table."""
        found = list(self.numbered(names, lines, start))
        places, rows = [where for where, _ in found], [cells for _, cells in found]
        return Table(self.path, names, rows, places, self.decimal)

    def check_rows(self, m: int) -> None:
        """Raise an error where a file has no row."""
        if m == 0:
            raise DataError(f"{self.path} must have at least one row after the header, got none")
