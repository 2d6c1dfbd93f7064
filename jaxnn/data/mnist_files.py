"""The four IDX files of MNIST and of Fashion-MNIST: found or downloaded, checked, read."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import math
import os
import tempfile
import urllib.request
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

TIME_OUT = 30.0
"""Seconds that a server may keep silent during a download."""

PARTS = {"train": "train", "test": "t10k"}
"""How the files of a part begin."""


MOST_BYTES = 2**26
"""Bytes that a file unpacks to at most; the largest of the originals takes 47,040,016."""


class Archive(NamedTuple):
    """A data set that its authors publish as gzipped IDX files.

    Attributes:
        name: what the data set, and its folder, is called.
        homes: addresses that hold the files, each ending in a slash, the first to be tried first.
        sha256: file name -> published checksum.
        unpacked: file name -> SHA-256 of what the original unpacks to.
        torchvision: the folder in which torchvision keeps the files, in its subfolder `raw`.
    """

    name: str
    homes: tuple[str, ...]
    sha256: Mapping[str, str]
    unpacked: Mapping[str, str]
    torchvision: str


MNIST = Archive(
    "mnist",
    (
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    {
        "train-images-idx3-ubyte.gz": (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
        ),
        "train-labels-idx1-ubyte.gz": (
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
        ),
    },
    {
        "train-images-idx3-ubyte.gz": (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        "train-labels-idx1-ubyte.gz": (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    },
    "MNIST",
)

FASHION_MNIST = Archive(
    "fashion_mnist",
    ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    {
        "train-images-idx3-ubyte.gz": (
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
        ),
        "train-labels-idx1-ubyte.gz": (
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
        ),
    },
    {
        "train-images-idx3-ubyte.gz": (
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        "train-labels-idx1-ubyte.gz": (
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
        ),
        "t10k-images-idx3-ubyte.gz": (
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        "t10k-labels-idx1-ubyte.gz": (
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
        ),
    },
    "FashionMNIST",
)


def read_part(
    archive: Archive, part: str, folder: str | os.PathLike[str] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the images, (m, rows, columns), and the labels, (m,), of one part, both uint8."""
    if part not in PARTS:
        raise ValueError(f"part must be 'train' or 'test', got {part!r}")
    images, labels = (
        read_idx(locate(archive, f"{PARTS[part]}-{kind}-ubyte.gz", folder), dimensions=dimensions)
        for kind, dimensions in (("images-idx3", 3), ("labels-idx1", 1))
    )
    if len(images) != len(labels):
        raise ValueError(
            f"{archive.name} must have one label per image, "
            f"got {len(images)} images and {len(labels)} labels in its {part} part"
        )
    return images, labels


def read_idx(path: str | os.PathLike[str], *, dimensions: int | None = None) -> np.ndarray:
    """Return the array of unsigned bytes in an IDX file, gzipped or not.

    Format: two zero bytes, 0x08 (unsigned byte), the number of dimensions; each dimension as a
    big-endian uint32; then the values, the last index running fastest.

    Args:
        path: the file.
        dimensions: how many the array must have; None: as many as it has.

    Returns:
        A uint8 array of its own memory.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is empty, damaged, or not what the format says; it is named.

    Source: yann.lecun.com/exdb/mnist, "The IDX file format".
    """
    content = Path(path).read_bytes()
    try:
        content = content if _begins_as_idx(content) else gzip.decompress(content)
    except EOFError:
        raise ValueError(f"{path} must be a whole gzip file, got a truncated one") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} must be a sound gzip file, got: {error}") from None
    if not content:
        raise ValueError(f"{path} must be an IDX file, got an empty one")
    if len(content) < 4 or content[:3] != b"\x00\x00\x08" or content[3] == 0:
        raise ValueError(
            f"{path} must begin with the IDX magic 0x000008nn (unsigned bytes, nn dimensions), "
            f"got 0x{content[:4].hex()}"
        )
    ndim = content[3]
    if dimensions is not None and ndim != dimensions:
        raise ValueError(f"{path} must have {dimensions} dimensions, got {ndim}")
    start = 4 + 4 * ndim
    if len(content) < start:
        raise ValueError(
            f"{path} must have a header of {start} bytes for {ndim} dimensions, "
            f"got a file of {len(content)}"
        )
    shape = tuple(int(n) for n in np.frombuffer(content, ">u4", ndim, offset=4))
    if not all(shape):
        raise ValueError(f"{path} must hold at least one value, got shape {shape}")
    if len(content) - start != math.prod(shape):
        raise ValueError(
            f"{path} must hold {math.prod(shape)} values, as its header's shape {shape} says, "
            f"got {len(content) - start}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy()


def locate(archive: Archive, file: str, folder: str | os.PathLike[str] | None) -> Path:
    """Return the path of a file that is the original, packed by its authors, anew or not at all.

    Without `folder` it is downloaded where it is not found.
    """
    given = folder if folder is not None else os.environ.get("JAXNN_DATA")
    cache = cache_folder(archive) if folder is None else None
    found = []
    for place in (given, cache):
        found += _found(archive, file, Path(place)) if place else []
    for path in found:
        if _is_original(archive, file, path.read_bytes()):
            return path
    if found:
        check_sum(archive, file, found[0].read_bytes(), str(found[0]))
    if folder is not None:
        raise FileNotFoundError(
            f"folder must hold {file}, packed or unpacked, itself or in its subfolder "
            f"{archive.name} or {archive.torchvision}/raw, got {str(folder)!r} without it"
        )
    if cache is None:
        raise FileNotFoundError(
            f"{archive.name} is on this machine in no folder that JAXNN_DATA names, and this user "
            f"has no home folder to download it to: {_put(archive)}, or name a folder for "
            "downloads in XDG_CACHE_HOME"
        )
    return download(archive, file, cache)


def _put(archive: Archive) -> str:
    """Return what to do with files that jaxnn does not find."""
    return (
        f"put its files {', '.join(archive.sha256)} into a folder of your choice and name that "
        "folder with folder=, with a script's --data-dir or in the environment variable JAXNN_DATA"
    )


def _found(archive: Archive, file: str, folder: Path) -> list[Path]:
    """Return the files in a folder, and in the subfolders that people keep them in."""
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


def download(archive: Archive, file: str, folder: Path) -> Path:
    """Fetch a file from the first home that gives it whole; a half-written file is never left."""
    try:
        content = fetch(archive, file)
    except OSError as error:
        raise FileNotFoundError(
            f"{archive.name} is not on this machine and could not be downloaded ({error}): "
            f"{_put(archive)}, or put them into {folder}"
        ) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            fresh = Path(unfinished, file)
            fresh.write_bytes(content)
            return fresh.replace(folder / file)
    except OSError as error:
        raise FileNotFoundError(
            f"{archive.name} was downloaded and could not be written into {folder} ({error}): name "
            "a folder that can be written in the environment variable XDG_CACHE_HOME, or "
            f"{_put(archive)}"
        ) from error


def fetch(archive: Archive, file: str) -> bytes:
    """Return the bytes of a file, whose checksum is right, from the first home that has them."""
    failures: list[Exception] = []
    for home in archive.homes:
        try:
            with urllib.request.urlopen(home + file, timeout=TIME_OUT) as response:
                content = response.read()
        except (OSError, http.client.HTTPException) as error:
            failures.append(OSError(f"{home}: {error}"))
            continue
        try:
            check_sum(archive, file, content, home + file)
        except ValueError as error:
            failures.append(error)
        else:
            return content
    for failure in failures:
        if isinstance(failure, ValueError):
            raise failure
    raise OSError("; ".join(str(failure) for failure in failures))


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def check_sum(archive: Archive, file: str, content: bytes, where: str) -> None:
    """Raise an error unless some bytes are a file, as published, packed anew or unpacked."""
    if _is_original(archive, file, content):
        return
    what, expected, got = "", archive.sha256[file], sha256(content)
    unpacked = _unpacked(content)
    if unpacked is not None:
        what, expected, got = ", unpacked,", archive.unpacked[file], sha256(unpacked)
    raise ValueError(
        f"{where}{what} must have the SHA-256 {expected} of {archive.name}'s original, got {got}; "
        "replace it by the original"
    )


def _is_original(archive: Archive, file: str, content: bytes) -> bool:
    if sha256(content) == archive.sha256[file]:
        return True
    unpacked = _unpacked(content)
    return unpacked is not None and sha256(unpacked) == archive.unpacked[file]


def _unpacked(content: bytes) -> bytes | None:
    """Return an IDX file, of the size of the originals at most, unpacked; None: it is none."""
    if not _begins_as_idx(content):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                content = file.read(MOST_BYTES)
        except (OSError, EOFError, zlib.error):
            return None
    return content if _begins_as_idx(content) else None


def _begins_as_idx(content: bytes) -> bool:
    return content.startswith(b"\x00\x00\x08")
