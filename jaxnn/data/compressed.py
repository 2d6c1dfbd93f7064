"""Compressed files: known by their first bytes, unpacked while they are read, or named."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BufferedReader
from shlex import quote
from typing import Any, NamedTuple

from jaxnn.errors import DataError


class Compression(NamedTuple):
    """A format of compressed files.

    Attributes:
        name: what people call it.
        begins: the first bytes of such a file.
        module: of Python's, that reads it; None: it is an archive of files, or Python has none.
        unpack: the command that unpacks a file.
    """

    name: str
    begins: bytes
    module: str | None
    unpack: str


KNOWN = (
    Compression("gzip", b"\x1f\x8b", "gzip", "gunzip -k"),
    Compression("bzip2", b"BZh91AY&SY", "bz2", "bunzip2 -k"),
    Compression("xz", b"\xfd7zXZ\x00", "lzma", "unxz -k"),
    Compression("zip", b"PK\x03\x04", None, "unzip"),
    Compression("zstd", b"\x28\xb5\x2f\xfd", None, "unzstd"),
)


def compression_of(file: BufferedReader) -> Compression | None:
    r"""Return how a file is compressed that stands at its beginning, and stays there.

    >>> import io
    >>> compression_of(io.BufferedReader(io.BytesIO(b"PK\x03\x04"))).name
    'zip'
    """
    begins = file.peek(16)
    return next((one for one in KNOWN if begins.startswith(one.begins)), None)


def refusal(name: str, found: Compression) -> DataError:
    """Return the error that says how a file is compressed, and how to unpack it.

    >>> refusal("t.csv.gz", KNOWN[0])
    DataError('t.csv.gz must not be compressed, got gzip; unpack it: gunzip -k t.csv.gz')
    """
    return DataError(
        f"{name} must not be compressed, got {found.name}; unpack it: {found.unpack} {quote(name)}"
    )


@contextmanager
def unpacked(file: BufferedReader, name: str, found: Compression) -> Iterator[Any]:
    """Return the bytes of a compressed file, unpacked as they are read; refuse a damaged one."""
    if found.module is None:
        raise refusal(name, found)
    module = import_module(found.module)
    damaged = EOFError, OSError, zlib.error, getattr(module, "LZMAError", EOFError)
    try:
        with module.open(file, "rb") as content:
            yield content
    except damaged as error:
        raise DataError(f"{name} must be a whole {found.name} file, got: {error}") from None
