"""Rows of .npy files, read block by block without a memory map.

The pages of a memory map stay resident until the system needs memory, so the process would grow
with the file; and a file that becomes shorter would end the process with SIGBUS.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from jaxnn.data.compressed import compression_of, refusal
from jaxnn.errors import DataError, ShapeError
from jaxnn.streams.row_checks import check_inputs, check_targets, check_weights, one_hot_rows
from jaxnn.streams.source import BLOCK_BYTES, Reader, Rows, Slice, Which, assign, rows_in
from jaxnn.textbook.checks.values import check_count

Path = str | os.PathLike[str]

_WHOLE = "must be a whole .npy file of numbers, as numpy.save writes"
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,  # differs in the names of fields alone
}


@dataclass(frozen=True)
class NpyFile:
    """The header of a .npy file: a row-major array of numbers that begins at `offset`."""

    path: str
    shape: tuple[int, ...]
    dtype: np.dtype
    offset: int

    @classmethod
    def of(cls, path: Path) -> NpyFile:
        """Read and check a header; the file must be as long as it says."""
        name = os.fspath(path)
        with open(name, "rb") as file:
            try:
                shape, fortran, dtype = _header(file)
            except OSError:
                raise
            except Exception as error:  # NumPy evaluates the header, which may raise anything
                raise _no_header(name, file, error) from None
            found = cls(name, shape, dtype, file.tell())
            size = os.fstat(file.fileno()).st_size
        if dtype.kind not in "fiub":
            raise TypeError(f"{name} must hold numbers, got an array of {dtype}")
        if size != found.bytes:
            raise ValueError(
                f"{name} {_WHOLE}: {found.bytes} bytes for the shape {shape} of {dtype} that its "
                f"header says, got {size}; save the array again"
            )
        if 0 in shape:
            raise DataError(f"{name} must have at least one example, got shape {shape}")
        if fortran and sum(n > 1 for n in shape) > 1:
            raise ValueError(
                f"{name} must be row-major, one example after the other, got Fortran order; "
                "save numpy.ascontiguousarray(array)"
            )
        return found

    @property
    def bytes(self) -> int:
        """The size of the file: header and numbers."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize

    def check_size(self, file: Any) -> None:
        """Raise an error where the file has become longer; `read` finds a shorter one."""
        size = os.fstat(file.fileno()).st_size
        if size > self.bytes:
            raise DataError(
                f"{self.path} must have {self.bytes} bytes, as when the stream was made, got {size}"
            )

    def read(self, file: Any, start: int, rows: np.ndarray) -> np.ndarray:
        """Fill `rows` with those from `start` on, and return these in the type of the file."""
        found = rows if rows.dtype == self.dtype else np.empty(rows.shape, self.dtype)
        wanted = memoryview(found.reshape(-1).view(np.uint8).data)
        file.seek(self.offset + start * (wanted.nbytes // len(rows)))
        got = 0
        while got < wanted.nbytes:
            n = file.readinto(wanted[got:])
            if not n:
                last = start + got * len(rows) // wanted.nbytes
                raise DataError(
                    f"{self.path} must have {self.shape[0]} examples, as its header says, "
                    f"but ends in example {last}"
                )
            got += n
        if found is not rows:
            assign(rows, found)
        return found

    def pick(self, file: Any, start: int, which: Which, rows: np.ndarray) -> np.ndarray:
        """Fill `rows` with the rows `start` + `which`, reading no others; return as `read`."""
        if isinstance(which, slice):
            return self.read(file, start + which.start, rows)
        found = rows if rows.dtype == self.dtype else np.empty(rows.shape, self.dtype)
        begins = np.flatnonzero(np.diff(which, prepend=-2) != 1).tolist()
        for begin, end in pairwise([*begins, len(which)]):
            self.read(file, start + int(which[begin]), found[begin:end])
        if found is not rows:
            assign(rows, found)
        return found


@dataclass(frozen=True)
class NpyRows:
    """X, Y or labels, and perhaps weights, each in a .npy file; a part is a block of rows."""

    files: tuple[NpyFile, ...]
    n_classes: int | None
    block: int

    @classmethod
    def of(
        cls, X: Path, Y: Path, weights: Path | None, n_classes: int | None, block: int | None
    ) -> NpyRows:
        """Read the headers; refuse files that do not fit together."""
        files = tuple(NpyFile.of(path) for path in (X, Y, weights) if path is not None)
        check_inputs(files[0].path, files[0].shape, files[0].dtype)
        n_classes = check_targets(files[1].path, files[1].shape, files[1].dtype, n_classes)
        if len(files) == 3:
            check_weights(files[2].path, files[2].shape, files[2].dtype)
        m = files[0].shape[0]
        for symbol, file in zip(("Y", "weights"), files[1:], strict=False):
            if file.shape[0] != m:
                raise ShapeError(
                    f"X and {symbol} must have the same number of examples m, got {m} rows in "
                    f"{files[0].path} and {file.shape[0]} in {file.path}; a file has one example "
                    "per row"
                )
        rows = cls(files, n_classes, 1)
        if block is None:
            block = rows_in(BLOCK_BYTES, rows.sizes, rows.dtypes)
        return cls(files, n_classes, check_count("block", block))

    @property
    def names(self) -> tuple[str, ...]:
        """The paths of X, Y and the weights."""
        return tuple(file.path for file in self.files)

    @property
    def examples(self) -> int:
        """The number of examples, m."""
        return self.files[0].shape[0]

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        return self.files[0].shape[1], self.n_classes or self.files[1].shape[1]

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """The types of X, Y and the weights."""
        X, Y, *weights = (file.dtype.newbyteorder("=") for file in self.files)
        return X, Y if self.n_classes is None else np.dtype(np.float32), *weights

    @property
    def parts(self) -> int:
        """The number of blocks."""
        return -(-self.examples // self.block)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open the files, and return a function that reads a block."""
        with ExitStack() as stack:
            handles = [stack.enter_context(open(f.path, "rb", buffering=0)) for f in self.files]
            for file, handle in zip(self.files, handles, strict=True):
                file.check_size(handle)

            def read(part: int) -> Iterator[Slice]:
                start = part * self.block

                def write(to: Rows, which: Which) -> Rows:
                    triples = zip(self.files, handles, to, strict=True)
                    return tuple(self._read(*triple, start, which) for triple in triples)

                yield Slice(start, min(self.block, self.examples - start), write)

            yield read

    def _read(
        self, file: NpyFile, handle: Any, rows: np.ndarray, start: int, which: Which
    ) -> np.ndarray:
        if self.n_classes is None or file is not self.files[1]:
            return file.pick(handle, start, which, rows)
        labels = file.pick(handle, start, which, np.empty(len(rows), file.dtype))
        numbers = np.arange(start, start + self.block)[which]
        rows[...] = one_hot_rows(labels, self.n_classes, file.path, numbers)
        return rows


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return the shape, whether the order is Fortran's, and the type; refuse pickled objects."""
    version = np.lib.format.read_magic(file)
    if version not in _READERS:
        raise ValueError(f"format version {version}, known are {', '.join(map(str, _READERS))}")
    shape, fortran, dtype = _READERS[version](file)
    if dtype.hasobject:
        raise ValueError("Python objects")
    if any(n < 0 for n in shape):
        raise ValueError(f"shape {shape}")
    return shape, fortran, dtype


def _no_header(name: str, file: Any, error: Exception) -> ValueError:
    """Return the error for a file that numpy.save did not write."""
    file.seek(0)
    found = compression_of(file)
    if found is None:
        return ValueError(f"{name} {_WHOLE}, got: {error or type(error).__name__}")
    if found.name == "zip":
        return ValueError(f"{name} {_WHOLE}, got a zip archive: save each array of an .npz alone")
    return refusal(name, found)
