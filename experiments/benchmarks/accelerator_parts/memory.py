"""Peak memory of the device, from the processes that did one thing alone."""

from __future__ import annotations

from typing import Any

from peers import PEERS
from sweep_peers import CONTENDERS

from accelerator_parts import Setting, Skipped


def memory(setting: Setting) -> dict[str, Any]:
    """Return GiB of the device's memory, by what was trained."""
    found: dict[str, float | None] = {}
    for name, entry in setting.results.get("peak", {}).get("workloads", {}).items():
        for key, peer in entry["peers"].items():
            for report in peer["reports"].get("timed", ()):
                found[f"{name}, {PEERS[key].label}"] = report.get("device_gib")
    many = setting.results.get("sweep", {})
    for key, one in many.get("contenders", {}).items():
        label = f"{many['networks']:,} networks, {CONTENDERS[key].label}"
        found[label] = one.get("device_gib")
    gib = {label: most for label, most in found.items() if most is not None}
    if not gib:
        raise Skipped("no device memory was reported by the parts peak and sweep")
    return {"gib": gib}
