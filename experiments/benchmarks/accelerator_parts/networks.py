"""jaxnn beside PyTorch, one process for each: the workloads of training.py, and a wide network."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import runner
import workloads
from peers import PEERS
from workloads import WORKLOADS, Workload

from accelerator_parts import Setting, Skipped
from accelerator_parts.cards import bfloat16_tflops
from accelerator_parts.processes import ProcessFailed, printed

BATCH = 8192
WIDE = replace(
    WORKLOADS["wide"],
    name="wide-4096",
    sizes=(784, 4096, 4096, 10),
    examples=7 * BATCH,  # full batches only: the share counts arithmetic that is needed
    batch_size=BATCH,
    products="bfloat16",
)
SMALL = ("tiny", "digits", "mnist-small")  # whose speed beside CUDA graphs has a goal
# torch.compile takes 12 s for each program, so the workloads that say most about it come first
COMPILED = ("digits", "mnist-wide", "wide", "mnist-small", "tiny", "predict-10k", "predict-1")
SECONDS = {True: 0.01, False: 0.3}  # the least length of a warm measurement, if small or not
UP = "left out: the time was up"


def networks(setting: Setting) -> dict[str, Any]:
    """Return the times of jaxnn, PyTorch and CUDA graphs on all workloads."""
    names = ("tiny", "digits") if setting.small else tuple(WORKLOADS)
    chosen = [suited(WORKLOADS[name], setting) for name in names]
    return compared(setting, chosen, ("jaxnn", "torch-graphs", "torch"))


def peak(setting: Setting) -> dict[str, Any]:
    """Return the rate of bfloat16 products, and the times of a network 4,096 wide."""
    rate = rate_of_products(setting)
    found = compared(setting, [suited(WIDE, setting)], ("jaxnn", "torch"))
    card = bfloat16_tflops(setting.device.kind)
    return found | {"matmul_gflops": {"bfloat16": [rate]}, "card_tflops": card}


def rate_of_products(setting: Setting) -> float:
    """Return the rate of bfloat16 matrix products in GFLOP/s."""
    setting.say("rate of bfloat16 matrix products")
    command = [runner.HERE / "machine.py", "--products", "bfloat16"]
    variables = os.environ | setting.device.variables("bfloat16")
    return json.loads(printed(command, variables, setting.until).splitlines()[-1])


def compiled(setting: Setting) -> dict[str, Any]:
    """Return the times of torch.compile, of as many workloads as the time that is left allows."""
    if setting.small:
        raise Skipped("it is not rehearsed: compiling takes long")
    wide = compared(setting, [suited(WIDE, setting)], ("torch-compile",))
    others = [suited(WORKLOADS[name], setting) for name in COMPILED]
    found = compared(setting, others, ("torch-compile",))
    return {
        "workloads": wide["workloads"] | found["workloads"],
        "failed": wide["failed"] + found["failed"],
    }


def suited(workload: Workload, setting: Setting) -> Workload:
    """Return the workload for this device: TF32 on an accelerator, small on a CPU."""
    if setting.data is None and workload.data.startswith("mnist"):
        workload = replace(workload, data=f"synthetic {workload.data}")
    if not setting.small:
        return replace(workload, products="tf32" if workload.products == "float32" else "bfloat16")
    n0, *hidden, nL = workload.sizes
    return replace(
        workload,
        sizes=(n0, *(min(n, 32) for n in hidden), nL),
        examples=min(workload.examples, 256),
        batch_size=min(workload.batch_size, 64),
        check=min(workload.check, 100),
        groups=min(workload.groups, 3),
    )


def compared(setting: Setting, some: Sequence[Workload], peers: Sequence[str]) -> dict[str, Any]:
    """Return `workloads`, as `runner.compare` does, and `failed`, a line for each failure."""
    entries: dict[str, Any] = {
        one.name: {"workload": asdict(one), "status": "measured", "peers": {}} for one in some
    }
    failed = []
    with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as place:
        for one in some if time.monotonic() < setting.until else ():
            workloads.make(one, setting.data).save(Path(place) / one.name)
        for number, peer in enumerate(peers):
            absent = PEERS[peer].absent(setting.device)
            left = setting.until - time.monotonic()
            share = min(1, 2 / (len(peers) - number))  # some time is kept for the others
            mine = replace(setting, until=setting.until - (1 - share) * left)
            found = {} if absent else measured(mine, some, peer, Path(place))
            for one in some:
                report = found.get(one.name, {"error": absent or UP})
                status = report.get("error", "measured")
                reports = {} if "error" in report else {"timed": [report]}
                entries[one.name]["peers"][peer] = {"status": status, "reports": reports}
                if status.startswith("failed"):
                    failed.append(f"{PEERS[peer].label}, {one.name}: {status}")
    return {"workloads": entries, "failed": failed}


def measured(
    setting: Setting, some: Sequence[Workload], peer: str, place: Path, flags: str = ""
) -> dict[str, dict]:
    """Return the report of a peer on each workload whose problem is in a folder, or its error.

    All are measured in one process, which saves starts.  One that ends early is started again for
    the workloads after the one that ended it.

    Args:
        setting: device, and time until which to measure.
        some: the workloads, which all have the same type of products.
        peer: key in PEERS.
        place: the folder of the problems, each in a folder of the workload's name.
        flags: added to XLA_FLAGS.
    """
    found: dict[str, dict] = {}
    left = list(some)
    lines = place / f"{peer}.jsonl"
    while left and time.monotonic() < setting.until:
        setting.say(f"{PEERS[peer].label}: {', '.join(one.name for one in left)} {flags}".rstrip())
        lines.unlink(missing_ok=True)
        (place / "tasks.json").write_text(json.dumps([task(one, setting) for one in left]))
        with tempfile.TemporaryDirectory(prefix="jaxnn-cache-") as cache:
            variables = runner.environment(
                Path(cache), setting.device, left[0].products, keep=False, flags=flags
            )
            worker = Path(__file__).with_name("worker.py")
            arguments = "--peer", peer, "--folder", place, "--report", lines
            error = "failed: the process ended early"
            try:
                printed([worker, *arguments], variables, setting.until)
            except ProcessFailed as reason:
                error = f"failed: {reason}"
        if lines.exists():
            rows = map(json.loads, lines.read_text().splitlines())
            found |= {row.pop("name"): row for row in rows}
        left = [one for one in left if one.name not in found]
        if left and time.monotonic() < setting.until:
            found[left.pop(0).name] = {"error": error}
    return found


def task(one: Workload, setting: Setting) -> dict[str, Any]:
    """Return what the worker does with a workload."""
    return {
        "name": one.name,
        "groups": one.groups if one.predicts else 3,
        "group": 0 if one.predicts else 1,
        "seconds": SECONDS[setting.small],
        # in file order, so that all must reach one loss; this compiles jaxnn's program anew
        "check": one.check if one.predicts or one.name in SMALL else None,
    }
