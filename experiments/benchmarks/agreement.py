"""Compares CPU and accelerator: one epoch in float32, in file order, on both."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import workloads
from device import CPU, Device
from problem import Parameters
from runner import Run, run_worker
from workloads import WORKLOADS

TOLERANCE = 1e-5

RUN = Run("agreement", ordered=True, parameters=True)

# After its 57 updates of Adam float32 and float64 differ by 4e-7, so 1e-5 is no rounding error.
WORKLOAD = WORKLOADS["digits"]


def check(device: Device, until: float) -> dict:
    """Train on CPU and device, each in a process, and compare the parameters.

    Args:
        device: the device to compare with the CPU.
        until: time on `time.monotonic` at which a process that still runs is ended.

    Returns:
        {"largest": the largest relative difference, "tolerance", "agrees"}, or, if a process
        failed, {"error", "tolerance", "agrees": False}.
    """
    verdict = {"workload": WORKLOAD.describe(), "tolerance": TOLERANCE, "agrees": False}
    found = []
    with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as place:
        workloads.make(WORKLOAD, None).save(Path(place) / "problem")
        for where in (CPU, device):
            left = max(until - time.monotonic(), 0.1)
            report = run_worker(WORKLOAD, "jaxnn", RUN, Path(place), where, timeout=left)
            if "error" in report:
                return verdict | {"error": f"{where.kind}: {report['error']}"}
            found.append([(np.asarray(W), np.asarray(b)) for W, b in report["parameters"]])
    largest = largest_difference(*found)
    return verdict | {"largest": largest, "agrees": largest <= TOLERANCE}


def largest_difference(one: Parameters, other: Parameters) -> float:
    """Return the largest max |p − q| / max |p| over the arrays p of `one` and q of `other`.

    >>> W, b = np.array([[1.0, -2.0]]), np.array([0.5])
    >>> largest_difference([(W, b)], [(W + 0.2, b)])
    0.1
    """
    differences = [
        float(np.abs(p - q).max() / np.abs(p).max())
        for first, second in zip(one, other, strict=True)
        for p, q in zip(first, second, strict=True)
    ]
    return float(np.max(differences))  # NaN where one of them is


def describe(verdict: dict) -> str:
    """Return the verdict in one line."""
    what = "CPU and accelerator after one epoch in float32 (highest precision, file order): "
    end = "PASS" if verdict["agrees"] else "FAIL"
    if "error" in verdict:
        return f"{what}{verdict['error']}: {end}"
    return (
        f"{what}parameters differ by {verdict['largest']:.1e} at most, "
        f"{verdict['tolerance']:.0e} is allowed: {end}"
    )
