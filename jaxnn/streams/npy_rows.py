"""Rows of .npy files, read block by block into memory of our own, not through a memory map.

The pages of a memory map count as resident while the system sees no need to drop them, so the size
of a process would grow with the file; what is read is in memory only as long as it is used.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from jaxnn.data.compressed import compression_of, refusal
from jaxnn.data.preparation import one_hot
from jaxnn.errors import DataError, ShapeError
from jaxnn.streams.source import BLOCK_BYTES, Reader, Rows, Slice, Which, assign, rows_in
from jaxnn.textbook.checks.values import check_count

Path = str | os.PathLike[str]

_WHOLE = "must be a whole .npy file of numbers, as numpy.save writes"
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,  # has other letters in names of fields, not here
}


@dataclass(frozen=True)
class NpyFile:
    """What the header of a .npy file says: an array of numbers, row by row from `offset` on."""

    path: str
    shape: tuple[int, ...]
    dtype: np.dtype
    offset: int

    @classmethod
    def of(cls, path: Path) -> NpyFile:
        """Read a header; refuse what is no row-major array of numbers, or shorter than it says."""
        name = os.fspath(path)
        with open(name, "rb") as file:
            try:
                shape, fortran, dtype = _header(file)
            except OSError:
                raise
            except Exception as error:  # NumPy evaluates a header: of other bytes, anything
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
        """What the file takes, header and numbers."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize

    def check_size(self, file: Any) -> None:
        """Raise an error where a file has become longer; `read` finds where a shorter one ends."""
        size = os.fstat(file.fileno()).st_size
        if size > self.bytes:
            raise DataError(
                f"{self.path} must have {self.bytes} bytes, as when the stream was made, got {size}"
            )

    def read(self, file: Any, start: int, rows: np.ndarray) -> np.ndarray:
        """Fill rows with those from `start` on, and return them in the type of the file."""
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
        """Fill rows with some of those from `start` on, reading no others; return as `read`."""
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
        """Look at the headers; refuse files that do not fit together."""
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
        """The paths."""
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
        """Of X, Y and the weights."""
        X, Y, *weights = (file.dtype.newbyteorder("=") for file in self.files)
        return X, Y if self.n_classes is None else np.dtype(np.float32), *weights

    @property
    def parts(self) -> int:
        """The number of blocks."""
        return -(-self.examples // self.block)

    @contextmanager
    def opened(self) -> Iterator[Reader]:
        """Open the files, and return what reads a block."""
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
    """Return what a header says: shape, whether in Fortran order, type; never unpickle.

    Raises:
        ValueError: it is none, or that of an array of objects.
    """
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
    """Return the error of a file that does not begin as numpy.save begins it."""
    file.seek(0)
    found = compression_of(file)
    if found is None:
        return ValueError(f"{name} {_WHOLE}, got: {error or type(error).__name__}")
    if found.name == "zip":
        return ValueError(f"{name} {_WHOLE}, got a zip archive: save each array of an .npz alone")
    return refusal(name, found)


def check_inputs(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Raise an error unless these are the rows of X: numbers, or pixels of one byte."""
    if dtype.kind != "f" and dtype != np.uint8:
        raise TypeError(
            f"X must be of a floating type, or uint8 for pixels, got {dtype} in {name}; "
            "save it as float32"
        )
    if len(shape) != 2:
        raise ShapeError(
            f"X must have one example per row, shape (m, n_0), got {shape} in {name}; "
            "save array.reshape(len(array), -1)"
        )


def check_targets(
    name: str, shape: tuple[int, ...], dtype: np.dtype, n_classes: int | None
) -> int | None:
    """Return n_classes where the targets are labels (m,), None where they are rows (m, n_L)."""
    if n_classes is not None:
        n_classes = check_count("n_classes", n_classes)
        if len(shape) != 1 or dtype.kind not in "iu":
            raise ValueError(
                f"n_classes is for labels, whole numbers of shape (m,), got {dtype} {shape} "
                f"in {name}"
            )
        return n_classes
    if len(shape) == 1 and dtype.kind in "iu":
        raise ValueError(
            f"n_classes must be given for labels, shape (m,): which whole numbers are there? "
            f"got {dtype} {shape} in {name}"
        )
    if len(shape) != 2:
        raise ShapeError(
            f"Y must have one example per row, shape (m, n_L), got {shape} in {name}; "
            "save array[:, None] for one number an example"
        )
    if dtype.kind != "f":
        raise TypeError(
            f"Y must be of a floating type, got {dtype} in {name}; save it as float32, "
            "or labels (m,) with n_classes"
        )
    return None


def check_weights(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Raise an error unless these are example weights, (m,) of a floating type."""
    if dtype.kind != "f":
        raise TypeError(f"weights must be of a floating type, got {dtype} in {name}")
    if len(shape) != 1:
        raise ShapeError(f"weights must have shape (m,), got {shape} in {name}")


def one_hot_rows(
    labels: np.ndarray, n_classes: int, name: str, numbers: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Return one-hot rows (k, n_classes), or say which label, of the numbered ones, is none."""
    inside = (labels >= 0) & (labels < n_classes)
    if not inside.all():
        j = int(np.argmin(inside))
        raise DataError(
            f"labels must lie in 0 … {n_classes - 1}, got labels[{numbers[j]}] = {labels[j]} "
            f"(example {numbers[j]} of {name})"
        )
    return one_hot(labels, n_classes).T
