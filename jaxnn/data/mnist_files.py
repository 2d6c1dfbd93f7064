"""The four files of MNIST and of Fashion-MNIST: found or downloaded, compared with their checksums.

A file is read only where its content is the original, so its format needs no further check.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import os
import tempfile
import urllib.request
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

TIME_OUT = 30.0  # seconds that a server may keep silent during a download
MOST_BYTES = 2**26  # a file unpacks to no more; the largest of the originals takes 47,040,016

PARTS = {"train": "train", "test": "t10k"}
FILES = tuple(
    f"{part}-{kind}-ubyte.gz" for part in PARTS.values() for kind in ("images-idx3", "labels-idx1")
)


class Archive(NamedTuple):
    """A data set that its authors publish as gzipped IDX files.

    Attributes:
        name: of the data set, and of its folder.
        homes: addresses that hold the files, each ending in a slash, in the order of trying.
        sha256: file name -> published checksum.
        unpacked: file name -> SHA-256 of the unpacked original.
        torchvision: the folder in which torchvision keeps the files, in its subfolder `raw`.
    """

    name: str
    homes: tuple[str, ...]
    sha256: Mapping[str, str]
    unpacked: Mapping[str, str]
    torchvision: str


def _by_file(*checksums: str) -> dict[str, str]:
    return dict(zip(FILES, checksums, strict=True))


MNIST = Archive(
    "mnist",
    (
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    _by_file(
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    _by_file(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "MNIST",
)

FASHION_MNIST = Archive(
    "fashion_mnist",
    ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    _by_file(
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
    _by_file(
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    "FashionMNIST",
)


def read_part(
    archive: Archive, part: str, folder: str | os.PathLike[str] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images, (m, rows, columns), and the labels, (m,), of one part, both uint8."""
    if part not in PARTS:
        raise ValueError(f"part must be 'train' or 'test', got {part!r}")
    images, labels = (
        _array(content_of(archive, f"{PARTS[part]}-{kind}-ubyte.gz", folder))
        for kind in ("images-idx3", "labels-idx1")
    )
    return images, labels


def _array(content: bytes) -> np.ndarray:
    """Return the unsigned bytes of an IDX file.

    Format: 0x000008, the number of dimensions; each dimension as a big-endian uint32; the values.
    Source: yann.lecun.com/exdb/mnist, "The IDX file format".
    """
    n_dimensions = content[3]
    shape = np.frombuffer(content, ">u4", n_dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * n_dimensions).reshape(shape)


def content_of(archive: Archive, file: str, folder: str | os.PathLike[str] | None) -> bytes:
    """Return the unpacked content of an original file; without `folder` it may be downloaded."""
    given = folder if folder is not None else os.environ.get("JAXNN_DATA")
    cache = cache_folder(archive) if folder is None else None
    places = [Path(place) for place in (given, cache) if place]
    found = [path for place in places for path in _found(archive, file, place)]
    errors = []
    for path in found:
        try:
            return original(archive, file, path.read_bytes(), str(path))
        except ValueError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    if folder is not None:
        raise FileNotFoundError(
            f"folder must hold {file}, packed or unpacked, itself or in its subfolder "
            f"{archive.name} or {archive.torchvision}/raw, got {str(folder)!r} without it"
        )
    if cache is None:
        raise FileNotFoundError(
            f"{archive.name} is on this machine in no folder that JAXNN_DATA names, and this user "
            f"has no home folder to download it to: {_advice(archive)}, or name a folder for "
            "downloads in XDG_CACHE_HOME"
        )
    return _download(archive, file, cache)


def _found(archive: Archive, file: str, folder: Path) -> list[Path]:
    """Return the files of that name in a folder and in the usual subfolders."""
    unpacked = file.removesuffix(".gz")
    spelt = unpacked.replace("-idx", ".idx")  # as some programs unpack train-images.idx3-ubyte
    inner = ("", archive.name, "raw", f"{archive.name}/raw", f"{archive.torchvision}/raw")
    paths = [folder / place / name for place in inner for name in (file, unpacked, spelt)]
    return [path for path in paths if path.is_file()]


def cache_folder(archive: Archive) -> Path | None:
    """Return where downloads are kept: $XDG_CACHE_HOME or ~/.cache, jaxnn/NAME; None: no home."""
    home = os.environ.get("XDG_CACHE_HOME")
    try:
        return Path(home or Path.home() / ".cache") / "jaxnn" / archive.name
    except RuntimeError:
        return None


def original(archive: Archive, file: str, content: bytes, where: str) -> bytes:
    """Return the unpacked original from its bytes as published, packed anew or unpacked."""
    what, expected, got = "", archive.sha256[file], _sha256(content)
    if got == expected:
        return gzip.decompress(content)
    unpacked = _unpacked(content)
    if unpacked is not None:
        what, expected, got = ", unpacked,", archive.unpacked[file], _sha256(unpacked)
        if got == expected:
            return unpacked
    raise ValueError(
        f"{where}{what} must have the SHA-256 {expected} of {archive.name}'s original, got {got}; "
        "replace it by the original"
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unpacked(content: bytes) -> bytes | None:
    """Return the first `MOST_BYTES` of an IDX file, packed or not; None: other content."""
    magic = b"\x00\x00\x08"
    if not content.startswith(magic):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                content = file.read(MOST_BYTES)
        except (OSError, EOFError, zlib.error):
            return None
    return content if content.startswith(magic) else None


def _download(archive: Archive, file: str, folder: Path) -> bytes:
    """Fetch a file, keep it in a folder, whole or not at all, and return its unpacked content."""
    try:
        packed, content = _fetch(archive, file)
    except OSError as error:
        raise FileNotFoundError(
            f"{archive.name} is not on this machine and could not be downloaded ({error}): "
            f"{_advice(archive)}, or put them into {folder}"
        ) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            fresh = Path(unfinished, file)
            fresh.write_bytes(packed)
            fresh.replace(folder / file)
    except OSError as error:
        raise FileNotFoundError(
            f"{archive.name} was downloaded and could not be written into {folder} ({error}): name "
            "a folder that can be written in the environment variable XDG_CACHE_HOME, or "
            f"{_advice(archive)}"
        ) from error
    return content


def _fetch(archive: Archive, file: str) -> tuple[bytes, bytes]:
    """Return an original file, packed and unpacked, from the first home that has it."""
    wrong: list[ValueError] = []
    failures: list[str] = []
    for home in archive.homes:
        try:
            with urllib.request.urlopen(home + file, timeout=TIME_OUT) as response:
                packed = response.read()
            return packed, original(archive, file, packed, home + file)
        except (OSError, http.client.HTTPException) as error:
            failures.append(f"{home}: {error}")
        except ValueError as error:
            wrong.append(error)
    if wrong:
        raise wrong[0]
    raise OSError("; ".join(failures))


def _advice(archive: Archive) -> str:
    """Return where to put files that were not found."""
    return (
        f"put its files {', '.join(archive.sha256)} into a folder of your choice and name that "
        "folder with folder=, with a script's --data-dir or in the environment variable JAXNN_DATA"
    )
