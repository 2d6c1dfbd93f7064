"""The device on which the peers run, as JAX and PyTorch find it in a process of their own.

The process that starts the others does not use the device: JAX would take most of its memory.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

DRIVER = Path("/proc/driver/nvidia/version")

# JAX's names of the precisions; products of bfloat16 arrays need no setting
PRECISION = {"float32": "highest", "tf32": "tensorfloat32"}


@dataclass(frozen=True)
class Device:
    """One device.

    Attributes:
        platform: cpu, gpu or tpu, as JAX calls it.
        kind: its name.
        count: number of such devices; the peers use one.
        memory_gib: its memory, or the part that JAX may use, or None if unknown.
        driver: version of its driver, or empty if unknown.
        jax: version of JAX's plugin for it.
        cuda: PyTorch's version of CUDA, or empty if PyTorch finds none.
    """

    platform: str = "cpu"
    kind: str = "cpu"
    count: int = 1
    memory_gib: float | None = None
    driver: str = ""
    jax: str = ""
    cuda: str = ""

    def describe(self) -> str:
        """Return the device in words."""
        parts = [f"{self.count} × {self.kind}" if self.count > 1 else self.kind]
        if self.memory_gib:
            parts.append(f"{self.memory_gib:.0f} GiB")
        parts += [f"driver {self.driver}"] if self.driver else []
        parts += [f"JAX on {self.jax}"] if self.jax else []
        parts += [f"PyTorch on CUDA {self.cuda}"] if self.cuda else []
        return ", ".join(parts)

    def variables(self, products: str) -> dict[str, str]:
        """Return the environment variables of a process that uses this device.

        `products` is the number type of the matrix products, float32, tf32 or bfloat16; on a CPU
        the first two are the same.
        """
        if self.platform == "cpu":
            return {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
        if products in PRECISION:
            return {"JAX_DEFAULT_MATMUL_PRECISION": PRECISION[products]}
        return {}


CPU = Device()


def find() -> Device:
    """Return the device that JAX chooses by default."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__))], capture_output=True, text=True, check=True
    )
    found = Device(**json.loads(done.stdout.splitlines()[-1]))
    return CPU if found.platform == "cpu" else found


def peak_gib(peer: str) -> float | None:
    """Return the most memory of the device that arrays of this process took, in GiB, if known."""
    most = None
    if peer.startswith("torch"):
        import torch  # pyright: ignore[reportMissingImports]

        if torch.cuda.is_available():
            most = torch.cuda.max_memory_allocated()
    elif "jax" in sys.modules:
        import jax

        most = (jax.devices()[0].memory_stats() or {}).get("peak_bytes_in_use")
    return None if most is None else most / 2**30


def _found() -> dict:
    import jax

    devices = jax.devices()
    first = devices[0]
    memory = (first.memory_stats() or {}).get("bytes_limit")
    cuda = ""
    if find_spec("torch") is not None:
        import torch  # pyright: ignore[reportMissingImports]

        if torch.cuda.is_available():
            cuda = str(torch.version.cuda)
            memory = torch.cuda.get_device_properties(0).total_memory  # JAX names its own share
    driver = re.search(r"\d+\.\d+(\.\d+)?", DRIVER.read_text()) if DRIVER.exists() else None
    version = getattr(first.client, "platform_version", "").strip()
    return {
        "platform": jax.default_backend(),
        "kind": first.device_kind,
        "count": len(devices),
        "memory_gib": memory and memory / 2**30,
        "driver": driver[0] if driver else "",
        "jax": version.splitlines()[-1] if version else "",
        "cuda": cuda,
    }


if __name__ == "__main__":
    print(json.dumps(_found()))
