"""Thousands of networks at once: jaxnn's sweep beside PyTorch's vmap."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import sweep as comparison
import workloads
from sweep_peers import CONTENDERS
from workloads import WORKLOADS

from accelerator_parts import Setting
from accelerator_parts.networks import UP

NETWORKS, EPOCHS = 4096, 10
MEASURED = ("jaxnn", "torch-vmap", "jaxnn-own")


def sweep(setting: Setting) -> dict[str, Any]:
    """Return microseconds for one network and epoch of 4,096 networks 64-32-10 on the digits."""
    networks, epochs = (4, 1) if setting.small else (NETWORKS, EPOCHS)
    products = "float32" if setting.small else "tf32"
    workload = replace(WORKLOADS["digits"], products=products)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as place:
        workloads.make(workload, None).save(Path(place) / "problem")
        for key in MEASURED[:1] if setting.small else MEASURED:
            left = setting.until - time.monotonic()
            absent = CONTENDERS[key].absent(setting.device)
            if absent or left <= 0:
                found[key] = {"status": absent or UP}
                continue
            setting.say(f"{CONTENDERS[key].label}: {networks:,} networks")
            run = comparison.Run(key, (epochs,))
            got = comparison.run_worker(
                run, networks, Path(place), setting.device, products, timeout=left
            )
            if isinstance(got, str):
                found[key] = {"status": f"failed: {got}"}
                continue
            (report,) = got
            us = 1e6 * statistics.median(report["seconds"])
            found[key] = {"status": "measured", "us": us, **report}
    failed = [
        f"{CONTENDERS[key].label}: {one['status']}"
        for key, one in found.items()
        if one["status"].startswith("failed")
    ]
    return {"networks": networks, "epochs": epochs, "contenders": found, "failed": failed}
