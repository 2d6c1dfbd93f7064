"""XLA's command buffers (CUDA graphs) around loops, on and off, each in a process of its own.

An epoch is a loop of small kernels.  XLA captures the kernels of a loop's body by itself, but not
the loop.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

import workloads
from workloads import WORKLOADS, Workload

from accelerator_parts import Setting, Skipped
from accelerator_parts.networks import measured, suited

WHILE = "--xla_gpu_enable_command_buffer=+WHILE"
FLAGS = {
    "off": "",
    "loops unrolled": f"{WHILE} --xla_gpu_command_buffer_unroll_loops=true",
    "loops": WHILE,
}


def command_buffers(setting: Setting) -> dict[str, Any]:
    """Return the seconds of an epoch of each workload for each set of flags."""
    if setting.device.platform == "tpu":
        raise Skipped("command buffers are a matter of GPUs")
    names = ("digits",) if setting.small else ("digits", "mnist-small")
    chosen = [suited(WORKLOADS[name], setting) for name in names]
    found, failed = {}, []
    with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as place:
        for one in chosen:
            workloads.make(one, setting.data).save(Path(place) / one.name)
        for name, flags in list(FLAGS.items())[: 2 if setting.small else None]:
            reports = measured(setting, chosen, "jaxnn", Path(place), flags)
            found[name] = {
                one.name: seconds(one, reports[one.name])
                for one in chosen
                if "warm" in reports.get(one.name, ())
            }
            failed += [
                f"{name}, {key}: {report['error']}"
                for key, report in reports.items()
                if "error" in report
            ]
    return {"flags": FLAGS, "epochs": found, "failed": failed}


def seconds(workload: Workload, report: dict[str, Any]) -> float:
    """Return the median seconds of the workload's unit."""
    return statistics.median(report["warm"]) * workload.unit / report["epochs"]
