"""Memory of chunks is used again, but never while an array still refers to it."""

import gc

import jax
import numpy as np
import pytest

from jaxnn.data.preparation import BOUNDARY
from jaxnn.streams.chunk_memory import ChunkMemory


def test_arrays_begin_on_a_boundary_and_can_be_written():
    memory = ChunkMemory()
    for dtype in (np.float32, np.uint8, np.float64):
        array = memory.array((5, 3), dtype)
        array[...] = 7
        assert array.shape == (5, 3)
        assert array.dtype == dtype
        assert array.ctypes.data % BOUNDARY == 0
        assert (array == 7).all()
    assert memory.array((0, 3), np.float32).shape == (0, 3)


@pytest.mark.parametrize(
    "held",
    [lambda array: array, lambda array: array[1:].T[:2], lambda array: jax.device_put(array)],
    ids=["array", "view", "jax"],
)
def test_memory_is_not_used_again_while_something_refers_to_it(held):
    memory = ChunkMemory()
    array = memory.array((4, 8), np.float32)
    array[...] = 1
    place, still = array.ctypes.data, held(array)
    del array
    gc.collect()
    other = memory.array((4, 8), np.float32)
    other[...] = 2
    assert other.ctypes.data != place
    assert (np.asarray(still) == 1).all()


def test_memory_of_another_size_is_not_used():
    memory = ChunkMemory()
    small = memory.array((2, 2), np.float32)
    place = small.ctypes.data
    del small
    large = memory.array((64, 64), np.float32)
    assert memory.array((2, 2), np.float32).ctypes.data == place
    assert large.nbytes == 64 * 64 * 4


def test_what_a_computation_still_reads_is_not_overwritten():
    memory, step = ChunkMemory(), jax.jit(lambda X: (X @ X.T).sum())
    expected, got = [], []
    for k in range(6):
        chunk = memory.array((256, 256), np.float32)
        chunk[...] = k
        expected.append(256.0**3 * k * k)
        got.append(step(jax.device_put(chunk)))
        del chunk
    np.testing.assert_allclose(got, expected, rtol=1e-5)
