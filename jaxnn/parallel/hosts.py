"""Processes that train together exchange values, decisions and errors.

All must run the same lines on the same values, or they would wait for each other for ever.  So what
only one of them sees (a clock, a signal, a file) is exchanged before anything follows from it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from jaxnn import errors
from jaxnn.errors import CheckpointError, ProcessLost
from jaxnn.textbook.keys import is_key

PIECE = 4096  # bytes of a message; a longer text takes several
HEAD = 4  # bytes of the first message that hold the length of the text


@dataclass(frozen=True)
class HostGroup:
    """The processes whose devices a mesh has; without a mesh this process alone."""

    mesh: Mesh | None = None

    @classmethod
    @cache
    def of(cls, mesh: Mesh | None) -> HostGroup:
        """Return the processes of a mesh; a ValueError if it has devices of some but not all."""
        owners = set() if mesh is None else {d.process_index for d in mesh.devices.flat}
        if owners <= {jax.process_index()}:
            return ALONE
        if len(owners) < jax.process_count():
            raise ValueError(
                f"a mesh across processes needs devices of all {jax.process_count()}, got those of "
                f"{sorted(owners)}: take jaxnn.parallel.mesh(data=jax.device_count())"
            )
        return cls(mesh)

    @property
    def are_several(self) -> bool:
        """Whether there is more than one."""
        return self.mesh is not None

    @property
    def is_first(self) -> bool:
        """Whether this process decides for all and writes the files."""
        return self.mesh is None or jax.process_index() == 0

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in any process."""
        return bool(self.all_max(flag))

    def all_max(self, value: int) -> int:
        """Return the maximum over all processes."""
        return int(self._max(np.asarray([value], np.int32))[0])

    def number(self, value: int) -> int:
        """Return the value of the first process, at least 0."""
        return self.all_max(value if self.is_first else 0)

    def broadcast(self, action: Callable[[], str]) -> str:
        """Run an action in the first process; return its text, or raise its error, in all."""
        if self.mesh is None:
            return action()
        sent = {"kind": "", "text": ""}
        if self.is_first:
            try:
                sent["text"] = action()
            except CheckpointError as error:
                sent = {"kind": type(error).__name__, "text": str(error)}
        (received,) = _exchanged(sent, self._of_first)
        if received["kind"]:
            raise getattr(errors, received["kind"])(received["text"])
        return received["text"]

    def raise_on_all(self, action: Callable[[], None]) -> None:
        """Run an action in all processes; if it fails in any, raise a CheckpointError in all."""
        failed: CheckpointError | None = None
        try:
            action()
        except CheckpointError as error:
            failed = error
        if self.any(failed is not None):
            raise failed or CheckpointError("another process could not save: see its message")

    def each(self, value: Any) -> list[Any]:
        """Return the values of all processes, in their order; a value is JSON."""
        return [value] if self.mesh is None else _exchanged(value, _rows)

    def _of_first(self, piece: np.ndarray) -> np.ndarray:
        """Return the piece of the first process as a row; cheaper than a row of each process."""
        return self._max(piece if self.is_first else np.zeros_like(piece))[None]

    def _max(self, values: np.ndarray) -> np.ndarray:
        """Return the elementwise maximum over the processes."""
        if self.mesh is None:
            return values
        axes = self.mesh.axis_names
        shape = self.mesh.size, len(values)
        each = NamedSharding(self.mesh, P(axes))
        rows = jax.make_array_from_callback(shape, each, lambda _: values[None])
        return np.asarray(_column_max(rows, NamedSharding(self.mesh, P())))


ALONE = HostGroup()


def _exchanged(value: Any, send: Callable[[np.ndarray], np.ndarray]) -> list[Any]:
    """Send a JSON value in pieces of one size, so that one compiled function serves all texts.

    `send` turns a piece of this process, (PIECE,) int32, into those of n processes, (n, PIECE).
    """
    text = json.dumps(value).encode()  # ASCII: a file's name may hold what UTF-8 cannot
    text = len(text).to_bytes(HEAD, "big") + text

    def piece(i: int) -> np.ndarray:
        part = np.frombuffer(text[i * PIECE : (i + 1) * PIECE], np.uint8)
        return np.pad(part, (0, PIECE - len(part))).astype(np.int32)

    rows = send(piece(0)).astype(np.uint8)
    lengths = [HEAD + int.from_bytes(row[:HEAD].tobytes(), "big") for row in rows]
    more = [send(piece(i)).astype(np.uint8) for i in range(1, -(-max(lengths) // PIECE))]
    texts = np.concatenate([rows, *more], axis=1)
    return [
        json.loads(row[HEAD:length].tobytes()) for row, length in zip(texts, lengths, strict=True)
    ]


def _rows(piece: np.ndarray) -> np.ndarray:
    """Return the pieces of all processes, (processes, PIECE); they need not share a mesh."""
    device_of = {device.process_index: device for device in reversed(jax.devices())}
    mesh = Mesh(np.array([device_of[i] for i in sorted(device_of)]), ("process",))
    each = NamedSharding(mesh, P("process"))
    rows = jax.make_array_from_callback((mesh.size, PIECE), each, lambda _: piece[None])
    return np.asarray(_replicated(rows, NamedSharding(mesh, P())))


@partial(jax.jit, static_argnums=1)
def _replicated(rows: jax.Array, whole: NamedSharding) -> jax.Array:
    return jax.lax.with_sharding_constraint(rows, whole)


@partial(jax.jit, static_argnums=1)
def _column_max(rows: jax.Array, whole: NamedSharding) -> jax.Array:
    return jax.lax.with_sharding_constraint(rows.max(axis=0), whole)


def put(leaf: Any, sharding: Any) -> jax.Array:
    """Place an array that every process has, or one on the mesh, as the sharding says."""
    # jax.device_put refuses random keys on devices of another process, and compares numbers first
    if sharding is None or sharding.is_fully_addressable:
        return jax.device_put(leaf, sharding)
    if isinstance(leaf, jax.Array) and not leaf.is_fully_addressable:
        return jax.device_put(leaf, sharding)
    if is_key(leaf):
        words = put(np.asarray(jax.random.key_data(leaf)), sharding)
        return jax.random.wrap_key_data(words, impl=jax.random.key_impl(leaf))
    host = np.asarray(leaf, jax.dtypes.canonicalize_dtype(np.asarray(leaf).dtype))
    return jax.make_array_from_callback(host.shape, sharding, lambda index: host[index])


def local(leaf: Any) -> Any:
    """Return a whole copy of an array in this process; all processes call it together."""
    if not isinstance(leaf, jax.Array) or leaf.is_fully_addressable:
        return leaf
    sharding: Any = leaf.sharding
    whole = jax.device_put(leaf, NamedSharding(sharding.mesh, P()))
    if is_key(leaf):
        words = jax.numpy.asarray(np.asarray(jax.random.key_data(whole)))
        return jax.random.wrap_key_data(words, impl=jax.random.key_impl(leaf))
    return jax.numpy.asarray(np.asarray(whole))


@contextmanager
def raising_process_lost(processes: HostGroup) -> Iterator[None]:
    """Turn JAX's error for a missing answer, inside a `with`, into a ProcessLost."""
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if not processes.are_several:
            raise
        raise ProcessLost(
            f"process {jax.process_index()} of {jax.process_count()} waited for another one that "
            "has ended or cannot be reached: see that one's output. Start all of them again; with "
            f"checkpoint= they go on from the newest one. JAX says: {str(error)[:300]}"
        ) from error
