"""How much of a TPU's memory an array of a given shape takes, from the compiler's own report."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import SingleDeviceSharding

WIDTHS = (1, 10, 100, 128, 784)
BATCHES = (32, 100, 128, 256, 4096)
DTYPES = ("float32", "bfloat16")


def sizes(device: Any) -> list[tuple[str, int, int, int]]:
    """Return (dtype, n, m, bytes on the device) of A, (n, m), for each of these."""
    return [
        (dtype, n, m, _bytes(device, (n, m), dtype))
        for dtype in DTYPES
        for n in WIDTHS
        for m in BATCHES
    ]


def _bytes(device: Any, shape: tuple[int, ...], dtype: str) -> int:
    """Return the bytes of one array that a program takes."""
    A = jax.ShapeDtypeStruct(shape, dtype, sharding=SingleDeviceSharding(device))
    compiled = jax.jit(lambda A: A + jnp.ones((), dtype)).lower(A).compile()
    return compiled.memory_analysis().argument_size_in_bytes
