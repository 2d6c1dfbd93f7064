"""Describes data in words and by a SHA-256: arrays by all their bytes, streams by a sample."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from jaxnn.parallel.hosts import local
from jaxnn.streams.stream import Stream

PIECE = 2**24  # bytes that a thread hashes at a time
PARTS, ROWS = 16, 64  # of a stream: the parts sampled, evenly spread, and first examples of each

Described = dict[str, Any]
"""{"is": words, "sha256": of all, "parts": name -> SHA-256, "unordered": the same in any order}."""


def described_data(data: Any) -> Described | None:
    """Return the description of (X, Y), of (X, Y, weights), or of a `Stream`; None of None.

    Of arrays every byte counts, whatever their memory order; of a stream the names and sizes of its
    files, the types, parts and buffer, and the first examples of some parts.  All processes that
    share arrays call it together.

    >>> X, Y = np.ones((2, 3), np.float32), np.ones((1, 3), np.float32)
    >>> described_data((X, Y))["is"]
    '3 examples, X (2, 3) float32, Y (1, 3) float32'
    >>> described_data((X, Y)) == described_data((np.asfortranarray(X), Y))
    True
    """
    if data is None:
        return None
    if isinstance(data, Stream):
        return _described_stream(data)
    arrays = [np.asarray(local(array)) for array in data]
    named = zip(("X", "Y", "weights"), arrays, strict=False)
    shapes = ", ".join(f"{name} {array.shape} {array.dtype}" for name, array in named)
    words = f"{arrays[0].shape[1]} examples, {shapes}"
    total, parts, sums = _digests_of_rows(words, [array.T for array in arrays])
    names = [f"values of {name}" for name in ("X", "Y", "weights")]
    return {
        "is": words,
        "sha256": total,
        "parts": dict(zip(names, parts, strict=False)),
        "unordered": dict(zip(names, sums, strict=False)),
    }


def digest_of_rows(words: str, arrays: Iterable[np.ndarray]) -> str:
    """Return the SHA-256 of some words and of the digests of pieces of arrays, in row order.

    >>> digest_of_rows("", [np.ones((3, 2))]) == digest_of_rows("", [np.ones((2, 3)).T])
    True
    """
    return _digests_of_rows(words, arrays)[0]


def _digests_of_rows(words: str, arrays: Iterable[np.ndarray]) -> tuple[str, list[str], list[str]]:
    """Return `digest_of_rows`, a SHA-256 of each array, and one that does not depend on order."""
    total, parts, unordered = hashlib.sha256(words.encode()), [], []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for array in arrays:
            step = max(1, PIECE // max(1, array[:1].nbytes))
            pieces = (array[i : i + step] for i in range(0, len(array), step))
            part, sums = hashlib.sha256(), np.zeros(array.shape[1:], np.uint64)
            for digest, its_sums in pool.map(_digest, pieces):
                total.update(digest)
                part.update(digest)
                sums += its_sums
            parts.append(part.hexdigest())
            unordered.append(hashlib.sha256(sums.tobytes()).hexdigest())
    return total.hexdigest(), parts, unordered


def _digest(rows: np.ndarray) -> tuple[bytes, np.ndarray]:
    """Return the SHA-256 of rows, and the sums over rows of their bits as unsigned integers."""
    rows = np.ascontiguousarray(rows)
    bits = rows.view(f"u{rows.dtype.itemsize}")
    kind = np.uint64 if rows.dtype.itemsize == 8 else np.uint32  # a fifth of the time of SHA-256
    sums = bits.sum(axis=0, dtype=kind).astype(np.uint64)
    return hashlib.sha256(rows.view(np.uint8).data).digest(), sums


def stream_in_words(stream: Stream) -> str:
    """Return the description of a stream in words, without reading any example."""
    source = stream.source
    names = ", ".join(os.path.basename(name) for name in source.names)
    types = ", ".join(map(str, source.dtypes))
    return f"{source.examples} examples in {names}, {source.sizes} of {types}, {stream.buffer=}"


def _described_stream(stream: Stream) -> Described:
    source, words = stream.source, stream_in_words(stream)
    sizes = [os.path.getsize(name) if os.path.isfile(name) else 0 for name in source.names]
    more = sizes, source.parts, stream.feature_names, stream.class_names
    total, values, _ = _digests_of_rows(f"{words} {more}", _sample(stream))
    parts = {
        "sizes of files": sizes,
        "numbers of parts": source.parts,
        "names of inputs": list(stream.feature_names),
        "names of classes": list(stream.class_names),
        "values of examples": values,
    }
    return {"is": words, "sha256": total, "parts": parts}


def _sample(stream: Stream) -> list[np.ndarray]:
    """Return the first examples of some parts."""
    source, found = stream.source, []
    chosen = np.unique(np.linspace(0, source.parts - 1, PARTS).astype(int))
    with source.opened() as read:
        for part in chosen.tolist():
            first = next(iter(read(part)), None)
            if first is None:
                continue
            k = min(ROWS, first.examples)
            shapes = ((k, source.sizes[0]), (k, source.sizes[1]), (k,))
            pairs = zip(shapes, source.dtypes, strict=False)
            to = tuple(np.empty(shape, dtype) for shape, dtype in pairs)
            found += first.write(to, slice(0, k))
    return found
