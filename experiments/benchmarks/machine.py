"""What the figures were measured on: processor, versions, and its rate of matrix products."""

from __future__ import annotations

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

SIZES = (512, 1024, 2048)


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
    """Return how many cores this process may use."""
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
    """Return the installed version; None: not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def matmul_rate(sizes: tuple[int, ...] = SIZES, times: int = 7) -> float:
    """Return the best rate of float32 products of square matrices in JAX, in GFLOP/s."""
    import jax
    import jax.numpy as jnp

    product = jax.jit(jnp.matmul)
    best = 0.0
    for n in sizes:
        A = jnp.ones((n, n), jnp.float32)
        product(A, A).block_until_ready()
        for _ in range(times):
            start = time.perf_counter()
            product(A, A).block_until_ready()
            best = max(best, 2 * n**3 / (time.perf_counter() - start) / 1e9)
    return best


if __name__ == "__main__":
    print(json.dumps(matmul_rate()))
