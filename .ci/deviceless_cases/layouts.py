"""How much of a TPU's memory an array of a given shape takes, from the compiler's own report."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax.sharding import SingleDeviceSharding

from deviceless_cases.compiling import devices_of

WIDTHS = (1, 10, 100, 128, 784)
BATCHES = (32, 100, 128, 256, 4096)


def table() -> str:
    """Return how many times its numbers A^[l], (n_l, m), takes on a v5e, as a Markdown table."""
    lines = [
        ["n_l", *(f"m = {m:,}" for m in BATCHES)],
        ["---:"] * (1 + len(BATCHES)),
        *([str(n), *(_cell((n, m)) for m in BATCHES)] for n in WIDTHS),
    ]
    return "".join(f"| {' | '.join(columns)} |\n" for columns in lines)


def _cell(shape: tuple[int, int]) -> str:
    """Return the ratio in float32 and, where it is another one, in bfloat16."""
    narrow, wide = (f"{_ratio(shape, dtype):.2f}" for dtype in (jnp.bfloat16, jnp.float32))
    return wide if narrow == wide else f"{wide} / {narrow}"


def _ratio(shape: tuple[int, int], dtype: type) -> float:
    """Return the bytes that an array takes, of those of its numbers."""
    sharding = SingleDeviceSharding(devices_of("v5e")[0])
    A = jax.ShapeDtypeStruct(shape, dtype, sharding=sharding)
    compiled = jax.jit(lambda A: A + jnp.ones((), A.dtype)).lower(A).compile()
    taken = compiled.memory_analysis().argument_size_in_bytes
    return taken / (math.prod(shape) * A.dtype.itemsize)
