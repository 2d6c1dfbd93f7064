"""Compressed files: recognised by their first bytes, and unpacked or refused by name."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import BufferedReader
from shlex import quote
from typing import Any, NamedTuple
from zipfile import ZipFile

from jaxnn.errors import DataError


class Compression(NamedTuple):
    """A format: its first bytes, the Python module that reads it or None, how to unpack it."""

    name: str
    begins: bytes
    module: str | None
    unpack: str


KNOWN = (
    Compression("gzip", b"\x1f\x8b", "gzip", "gunzip -k"),
    Compression("bzip2", b"BZh91AY&SY", "bz2", "bunzip2 -k"),
    Compression("xz", b"\xfd7zXZ\x00", "lzma", "unxz -k"),
    Compression("zip", b"PK\x03\x04", "zipfile", "unzip"),
    Compression("zstd", b"\x28\xb5\x2f\xfd", None, "unzstd"),
)


def compression_of(file: BufferedReader) -> Compression | None:
    """Return the compression of a file, without moving from its beginning; None: there is none."""
    begins = file.peek(16)
    return next((one for one in KNOWN if begins.startswith(one.begins)), None)


def refusal(name: str, found: Compression) -> DataError:
    """Return the error that names a file's compression and the command that unpacks it."""
    return DataError(
        f"{name} must not be compressed, got {found.name}; unpack it: {found.unpack} {quote(name)}"
    )


@contextmanager
def unpacked(file: BufferedReader, name: str, found: Compression) -> Iterator[Any]:
    """Return a reader of the unpacked content; refuse a damaged file."""
    if found.module is None:
        raise refusal(name, found)
    module = import_module(found.module)
    damaged = (
        EOFError,
        OSError,
        zlib.error,
        *(getattr(module, error, EOFError) for error in ("LZMAError", "BadZipFile")),
    )
    try:
        with _member(file, name) if found.name == "zip" else module.open(file, "rb") as content:
            yield content
    except damaged as error:
        raise DataError(f"{name} must be a whole {found.name} file, got: {error}") from None


@contextmanager
def _member(file: BufferedReader, name: str) -> Iterator[Any]:
    """Return a reader of the only file in a zip archive."""
    with ZipFile(file) as archive:
        members = [one for one in archive.namelist() if not one.endswith("/")]
        if len(members) != 1:
            hint = "; pandas.read_excel reads it" if "[Content_Types].xml" in members else ""
            raise DataError(f"{name} must hold one file, got {len(members)} in the archive{hint}")
        with archive.open(members[0]) as content:
            yield content
