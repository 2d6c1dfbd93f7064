"""The rates of bfloat16 matrix products that the makers of accelerators state."""

from __future__ import annotations

# the first words of JAX's device_kind -> dense TFLOP/s of the data sheet, which often states twice
# as many, for sparse matrices; the first row that fits counts
BFLOAT16_TFLOPS = {
    "NVIDIA H100 PCIe": 756,
    "NVIDIA H100 NVL": 835,
    "NVIDIA H100": 989,
    "NVIDIA H200 NVL": 835,
    "NVIDIA H200": 989,
    "NVIDIA B200": 2250,
    "NVIDIA A100": 312,
    "NVIDIA A30": 165,
    "NVIDIA L40S": 362,
    "NVIDIA L4": 121,
    "TPU v4": 275,
    "TPU v5 lite": 197,
    "TPU v5": 459,
    "TPU v5p": 459,
    "TPU v6 lite": 918,
    "TPU7x": 2307,
}


def bfloat16_tflops(kind: str) -> float | None:
    """Return the rate of a device's data sheet in TFLOP/s, or None if the table lacks it.

    >>> bfloat16_tflops("NVIDIA H100 80GB HBM3"), bfloat16_tflops("NVIDIA A100-SXM4-40GB")
    (989, 312)
    >>> bfloat16_tflops("Tesla T4") is bfloat16_tflops("NVIDIA L40") is None
    True
    """
    words = kind.replace("-", " ") + " "
    return next(
        (rate for name, rate in BFLOAT16_TFLOPS.items() if words.startswith(f"{name} ")), None
    )
