"""Describes the machine: processor, versions, and the rate of matrix products in JAX."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from importlib import metadata
from pathlib import Path

DISTRIBUTIONS = {
    "jaxnn": "jaxnn-textbook",
    "jax": "jax",
    "jaxlib": "jaxlib",
    "numpy": "numpy",
    "optax": "optax",
    "scikit-learn": "scikit-learn",
    "torch": "torch",
    "flax": "flax",
    "equinox": "equinox",
    "keras": "keras",
}

# Sides of the square matrices, and products in one timed call, so that its launch does not count
SIZES = {"cpu": ((512, 1024, 2048), 1), "accelerator": ((2048, 4096, 8192), 16)}


def describe() -> dict:
    """Return processor, cores, operating system, Python and library versions."""
    return {
        "processor": _processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "versions": {name: _version(found) for name, found in DISTRIBUTIONS.items()},
    }


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(distribution: str) -> str | None:
    """Return the installed version, or None if it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def matmul_rate(products: str = "float32", times: int = 7) -> float:
    """Return the best rate of products of square matrices in JAX, in GFLOP/s.

    Args:
        products: bfloat16 for such matrices; otherwise float32 ones, with JAX's precision.
        times: timed calls for each size.
    """
    import jax
    import jax.numpy as jnp

    dtype = jnp.bfloat16 if products == "bfloat16" else jnp.float32
    sizes, chain = SIZES["cpu" if jax.default_backend() == "cpu" else "accelerator"]

    @jax.jit
    def multiplied(A, B):
        for _ in range(chain):
            A = A @ B
        return A

    best = 0.0
    for n in sizes:
        # random numbers whose norms stay the same: zeros and ones may run faster than data
        keys = jax.random.split(jax.random.key(0))
        A, B = (jax.random.normal(key, (n, n), dtype) / n**0.5 for key in keys)
        multiplied(A, B).block_until_ready()
        for _ in range(times):
            start = time.perf_counter()
            multiplied(A, B).block_until_ready()
            best = max(best, 2 * chain * n**3 / (time.perf_counter() - start) / 1e9)
    return best


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    text = "number type of the matrix products (default: %(default)s)"
    types = ("float32", "tf32", "bfloat16")
    parser.add_argument("--products", choices=types, default="float32", help=text)
    print(json.dumps(matmul_rate(parser.parse_args().products)))
