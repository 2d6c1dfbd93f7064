"""The class `Stream`: examples that are read block by block as they are needed.

A pass is a function of (stream, size, seed) alone and a stream has no state, so a training that
resumes reads what it would have read.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import jax
import numpy as np

from jaxnn.streams.chunk_memory import ChunkMemory
from jaxnn.streams.chunks import chunks_of
from jaxnn.streams.source import Rows, Source
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_count


@dataclass(frozen=True, eq=False, repr=False)
class Stream:
    """Examples that are read as they are needed: data for `jaxnn.fit` and `jaxnn.evaluate`.

    In a shuffled pass the parts of the source (blocks of consecutive examples, the row groups of a
    Parquet file) come in a random order, and `buffer` examples at a time are mixed.  Two examples
    of one block stay within `buffer` of each other; all others are as far apart as in a full
    shuffle.  The shuffle is full where a block is one example or the buffer holds all examples.

    Attributes:
        source: of the examples, a `jaxnn.streams.source.Source`.
        buffer: how many examples are mixed, and given to the device, at a time; about five such
            buffers are in memory.
        feature_names: names of the n_0 rows of X; empty where the source has none.
        class_names: names of the n_L rows of Y; empty where they are no classes with names.

    Raises:
        ValueError: buffer is below 1.

    >>> import tempfile, jaxnn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/X.npy", np.arange(10, dtype=np.float32).reshape(5, 2))
    ...     np.save(f"{folder}/labels.npy", np.array([0, 1, 2, 1, 0]))
    ...     stream = jaxnn.stream_npy(f"{folder}/X.npy", f"{folder}/labels.npy", n_classes=3)
    ...     [(X.shape, Y.shape) for X, Y in stream.chunks(2)]
    [((2, 2), (3, 2)), ((2, 2), (3, 2)), ((2, 1), (3, 1))]
    """

    source: Source
    buffer: int
    feature_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_count("buffer", self.buffer)

    @property
    def examples(self) -> int:
        """The number of examples, m."""
        return self.source.examples

    @property
    def sizes(self) -> tuple[int, int]:
        """(n_0, n_L)."""
        return self.source.sizes

    @property
    def dtypes(self) -> tuple[np.dtype, ...]:
        """The types of X, Y and the weights in chunks: as stored, but float64 as JAX's default."""
        return tuple(np.dtype(jax.dtypes.canonicalize_dtype(d)) for d in self.source.dtypes)

    def __repr__(self) -> str:
        n_0, n_L = self.sizes
        return f"Stream of {self.source.names[0]}: X ({n_0}, {self.examples}), n_L = {n_L}"

    def __iter__(self) -> NoReturn:
        raise TypeError(
            "a Stream cannot be unpacked into X and Y, which may not fit into memory: "
            "pass it to jaxnn.fit or jaxnn.evaluate, or loop over stream.chunks(size)"
        )

    def chunks(self, size: int, *, seed: Sequence[int] | int | None = None) -> Generator[Rows]:
        """Yield every example once, in chunks: (X, Y) or (X, Y, weights), one column per example.

        Args:
            size: examples in a chunk; the last may be shorter.
            seed: of the order of the blocks, one number or several; examples of a block keep
                their order, and `jaxnn.epoch(..., shuffle=True)` mixes a chunk.  None: the order
                of the source.

        Yields:
            X (n_0, size), Y (n_L, size) and, where examples have weights, (size,), as views of
            row-major arrays of the types `dtypes`.

        Raises:
            TypeError: seed is neither a whole number of at least 0 nor several of them.
            ValueError: size is below 1; a value is NaN or infinite, a weight negative, all weights
                are 0, or the source has changed; the message names the file and the example.
        """
        size = check_count("size", size)
        listed: Any = seed.tolist() if isinstance(seed, np.ndarray) else seed
        is_list = isinstance(listed, Sequence) and not isinstance(listed, str | bytes)
        numbers = listed if is_list else [listed]
        if seed is not None and not all(_is_seed(number) for number in numbers):
            raise TypeError(f"seed must be a whole number of at least 0, got {described(seed)}")
        return chunks_of(self.source, size, seed, self.dtypes, new_array=ChunkMemory().array)


def _is_seed(number: Any) -> bool:
    whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    return whole and bool(number >= 0)
