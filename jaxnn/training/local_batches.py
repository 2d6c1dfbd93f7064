"""Batches of a stream for a mesh: each process reads only the examples of its own devices.

The order of a chunk's examples is drawn on the host, as `epoch` draws it on the device, so that the
batches are the same on any devices.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.compilation import BoundedJit
from jaxnn.data.batching import batches_of
from jaxnn.engine.plan import Plan
from jaxnn.engine.steps import epoch_of_batches, order_keys
from jaxnn.streams.chunks import chunks_of
from jaxnn.streams.source import Rows, Source
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.means import scaled_weights
from jaxnn.textbook.metrics import Metrics
from jaxnn.textbook.parameter_trees import dtype_of


class LocalChunk(NamedTuple):
    """The examples of a chunk that one process trains on: its places in each batch.

    Attributes:
        X: (steps, places, n_0).
        Y: (steps, places, n_L).
        weights: (steps, places), 0 where a place is empty.
        size: places of a whole batch, in all processes.
    """

    X: np.ndarray
    Y: np.ndarray
    weights: np.ndarray
    size: int


class LocalBatches:
    """The chunks of one pass over a stream, as this process reads them.

    `key` and `step` are those of the state as the pass began; `size` counts the examples of every
    chunk but the last.
    """

    def __init__(self, plan: Plan, key: tuple[np.ndarray, str], step: int, size: int):
        self._plan, self._key, self._step = plan, key, step
        self._steps_per_chunk = -(-size // plan.batch_size)
        batch = min(plan.batch_size, size)
        self._size = batch + -batch % plan.layout.axis_size("data")
        self._mine = plan.layout.places_here(self._size)

    def chunks(
        self, source: Source, size: int, seed: Sequence[int] | None, dtypes: Any, skipped: int
    ) -> Generator[LocalChunk]:
        """Yield the chunks of a pass after those that are skipped."""
        placed: dict[int, tuple[np.ndarray, np.ndarray]] = {}

        def wanted(number: int, m: int) -> np.ndarray:
            if number < skipped:
                return np.zeros(0, np.int64)
            places = self._places(number, m)
            read = np.unique(places[places >= 0])
            placed[number] = places, read
            return read

        for number, columns in enumerate(chunks_of(source, size, seed, dtypes, wanted)):
            if number >= skipped:
                yield self._laid_out(*placed.pop(number), columns)

    def _places(self, number: int, m: int) -> np.ndarray:
        """Return the example at each place of a chunk, (steps, places); −1: none."""
        plan, batch = self._plan, min(self._plan.batch_size, m)
        with jax.default_device(_host_device()):
            words, impl = self._key
            step = np.asarray(self._step + number * self._steps_per_chunk, np.int32)
            order = np.asarray(_order(words, step, impl, m, batch, plan.shuffle), np.int64)
        order[np.arange(order.size).reshape(order.shape) >= m] = -1
        filled = np.pad(order, ((0, 0), (0, self._size - batch)), constant_values=-1)
        return filled[:, self._mine]

    def _laid_out(self, places: np.ndarray, read: np.ndarray, columns: Rows) -> LocalChunk:
        """Return the examples that were read, one column each, at their places."""
        present = places >= 0
        index = np.searchsorted(read, places[present])

        def laid_out(rows: np.ndarray) -> np.ndarray:
            found = np.zeros((*places.shape, *rows.shape[1:]), rows.dtype)
            found[present] = rows[index]
            return found

        X, Y, *weights = (laid_out(array.T) for array in columns)
        return LocalChunk(X, Y, weights[0] if weights else present.astype(np.float32), self._size)


def _host_device() -> Any:
    """Return the CPU, or a device of this process where `JAX_PLATFORMS` leaves the CPU out."""
    try:
        return jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        return jax.local_devices()[0]


@partial(BoundedJit, static_argnums=(2, 3, 4, 5))
def _order(
    words: jax.Array, step: jax.Array, impl: str, m: int, batch: int, shuffle: bool
) -> jax.Array:
    """Return the order of a chunk as `run_chunk` draws it, (steps, batch)."""
    key = jax.random.wrap_key_data(words, impl=impl)
    order_key = order_keys(jax.random.fold_in(key, step), m > batch)[0] if shuffle else None
    chosen = batches_of(order_key, m, batch, None, jnp.float32).chosen
    return jnp.arange(m, dtype=jnp.uint32)[None] if chosen is None else chosen


@partial(BoundedJit, donate_argnums=1)
def run_batches(
    plan: Plan, state: TrainState, batches: tuple[jax.Array, jax.Array, jax.Array]
) -> tuple[TrainState, Metrics, tuple[jax.Array, jax.Array]]:
    """Run an epoch over the batches of a chunk, and return their weight; the state is donated.

    The weight is the product of two numbers, taken in float64 on the host: the largest weight, and
    the sum of the others relative to it.
    """
    key = rest = state.key
    if plan.shuffle:
        _, rest = order_keys(jax.random.fold_in(key, state.step), len(batches[0]) > 1)
    state = state._replace(key=rest)
    state, metrics = epoch_of_batches(plan, plan.optimizer.optimizer, state, batches)
    scaled = scaled_weights(batches[2], dtype_of(state.params))
    largest = jnp.max(scaled)
    weight = jnp.max(batches[2]), jnp.sum(scaled) / jnp.where(largest == 0, 1, largest)
    return state._replace(key=key), metrics, weight
