"""The manifest of a checkpoint, written last: JSON, and the SHA-256 of every file.

A file that has changed is not read.  The manifest finds accidents, not forgery: whoever can write
the files can write a manifest that fits them.  Of files from elsewhere, compare its own SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from jaxnn.checkpoints.plain_files import check_folder, files_in, open_file, read_file, write_file
from jaxnn.errors import CheckpointError, CorruptCheckpoint

FORMAT = 1  # that is written, and the only one that is read
NAME = "manifest.json"
MOST_BYTES = 2**26  # of a manifest; a thousand layers take less than 1 MB

_KEYS = {"format", "about", "files"}
_STEP = re.compile(r"step_[0-9]{10}")
_PART = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9_.+=,-]+")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def write_manifest(folder: Path, about: dict[str, Any]) -> None:
    """Write the manifest of all files in a folder, with the JSON `about`, to the disk."""
    files = {
        name: {"bytes": size, "sha256": digest_of(folder / name)}
        for name, size in sorted(files_in(folder))
    }
    body = {"format": FORMAT, "about": about, "files": files}
    write_file(folder / NAME, _text(body))
    sync_folder(folder)


def about_of(folder: Path) -> dict[str, Any]:
    """Return the JSON of a manifest; no other file is compared."""
    return _body(folder, _manifest_text(folder))["about"]


def verified(
    folder: Path,
    expected_sha256: str | None = None,
    is_needed: Callable[[str], bool] = lambda name: True,
) -> dict[str, Any]:
    """Return the JSON of a manifest after the files were compared with it.

    Of files that are not needed only name and size are compared.  A CorruptCheckpoint names a file
    that is missing, extra, changed or not a plain file.
    """
    text = _manifest_text(folder)
    if expected_sha256 is not None:
        found = hashlib.sha256(text).hexdigest()
        if found != expected_sha256.lower():
            raise CorruptCheckpoint(
                f"{folder / NAME} has the SHA-256 {found}, expected_sha256 is {expected_sha256}"
            )
    body = _body(folder, text)
    try:
        _check_files(folder, body["files"], is_needed)
    except OSError as error:
        raise CorruptCheckpoint(
            f"{error.filename or folder} cannot be read: {error.strerror or error}"
        ) from None
    return body["about"]


def _check_files(folder: Path, files: dict[str, Any], is_needed: Callable[[str], bool]) -> None:
    """Compare files with a manifest: names and sizes of all before the content of any."""
    sizes = {}
    for name, size in files_in(folder, most=1000 + 4 * len(files)):
        if name == NAME:
            continue
        if name not in files:
            raise CorruptCheckpoint(f"{folder / name} is not in the manifest")
        sizes[name] = size
    for name in sorted(set(files) - set(sizes)):
        raise CorruptCheckpoint(f"{folder / name} is missing; the manifest names it")
    for name, entry in files.items():
        if sizes[name] != entry["bytes"]:
            raise CorruptCheckpoint(
                f"{folder / name} has changed: {sizes[name]} bytes, the manifest says "
                f"{entry['bytes']} bytes"
            )
    for name, entry in files.items():
        if is_needed(name) and (digest := digest_of(folder / name)) != entry["sha256"]:
            raise CorruptCheckpoint(
                f"{folder / name} has changed: {sizes[name]} bytes with SHA-256 {digest}, the "
                f"manifest says {entry['bytes']} bytes with SHA-256 {entry['sha256']}"
            )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     digest_of(Path(file.name))[:8]
    'e3b0c442'
    """
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk, where the system can."""
    if os.name == "nt":  # it has no such call
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(body: dict[str, Any]) -> str:
    inner = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    digest = hashlib.sha256(inner.encode("ascii")).hexdigest()
    return f'{{"sha256":"{digest}","manifest":{inner}}}\n'


def _manifest_text(folder: Path) -> bytes:
    check_folder(folder)
    return read_file(folder / NAME, MOST_BYTES)


def _body(folder: Path, text: bytes) -> dict[str, Any]:
    """Return the checked body of a manifest that is byte for byte as jaxnn writes it."""
    path = folder / NAME
    try:
        whole: Any = json.loads(text)
        body = whole["manifest"]
        version = body["format"]
        unchanged = _text(body).encode("ascii") == text
    except (ValueError, KeyError, TypeError, RecursionError):
        _not_ours(path)
    if type(version) is int and version != FORMAT:
        raise CheckpointError(
            f"{path} is of format {version}, this jaxnn reads format {FORMAT}: "
            "use the version of jaxnn that wrote it"
        )
    if not unchanged or not isinstance(body.get("about"), dict) or set(body) != _KEYS:
        _not_ours(path)
    if not isinstance(body["files"], dict):
        _not_ours(path)
    for name, entry in body["files"].items():
        if not all(_PART.fullmatch(part) for part in name.split("/")):
            raise CorruptCheckpoint(
                f"{path} names {name!r}: no plain name of a file inside its folder"
            )
        if not isinstance(entry, dict) or set(entry) != {"bytes", "sha256"}:
            _not_ours(path)
        sound = type(entry["bytes"]) is int and isinstance(entry["sha256"], str)
        if not sound or not _DIGEST.fullmatch(entry["sha256"]):
            _not_ours(path)
    name = body["about"].get("name", folder.name)  # an older jaxnn's has no name
    if name != folder.name and _STEP.fullmatch(folder.name):
        raise CorruptCheckpoint(
            f"{folder} was written as {name}, and renamed: give it that name again, or remove it"
        )
    return body


def _not_ours(path: Path) -> NoReturn:
    raise CorruptCheckpoint(f"{path} has changed, or is no manifest that jaxnn wrote") from None
