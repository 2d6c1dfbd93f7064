"""jaxnn beside PyTorch on this machine's accelerator, in one call of a few minutes.

    python experiments/benchmarks/accelerator.py
    python experiments/benchmarks/accelerator.py --synthetic --workloads wide-bf16 tiny

The workloads of training.py against PyTorch eager, torch.compile and CUDA graphs, data on the
device; `wide-bf16`, wide at batch 8,192 in bfloat16, as a share of the measured rate of matrix
products; and whether CPU and accelerator agree to 1e-5 in float32 after one epoch (exit status 1 if
not).  Prints tables and writes accelerator.json and accelerator.png.  The same code runs on GPU and
TPU; where JAX finds neither, nothing is measured.  PyTorch comes with `pip install -e .[bench]`;
MNIST is read from --data-dir, or from the folder that JAXNN_DATA names.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import agreement
import device
import machine
import report
import runner
from device import CPU, Device
from peers import PEERS
from rich.console import Console
from runner import Run
from training import WIDTH, progress
from workloads import WORKLOADS, Workload, chosen

MEASURED = ("jaxnn", "torch", "torch-compile", "torch-graphs")

BATCH = 8192

SHARE = replace(
    WORKLOADS["wide"],
    name="wide-bf16",
    examples=7 * BATCH,  # full batches alone: the share is of arithmetic that is needed
    batch_size=BATCH,
    products="bfloat16",
)

KNOWN = {SHARE.name: SHARE} | WORKLOADS

TARGETS = {"share": 0.6, "ratio": 1.3}
"""Of wide-bf16: share of the rate of bfloat16 products; how many times as fast as torch.compile."""

SECONDS = 0.3
"""How long one warm measurement of training lasts at least about; three are taken in a process."""


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for and return the exit status."""
    a, some = _arguments(arguments)
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    start, found = time.monotonic(), device.find()
    if found.platform == "cpu" and not a.allow_cpu:
        console.print("no accelerator: JAX finds only the CPU; nothing was measured (--allow-cpu)")
        return 0
    some = [suited(workload, found, synthetic=a.synthetic) for workload in some]
    say = progress(console)
    say(f"{found.describe()}: agreement with the CPU")
    verdict = agreement.check(found)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "repeats": a.repeats,
        "machine": machine.describe() | {"device": found.describe()},
        "device": asdict(found),
        "precision": precision(found),
        "agreement": verdict,
        **runner.compare(
            some,
            a.peers,
            repeats=a.repeats,
            folder=a.data_dir,
            say=say,
            device=found,
            plan=lambda workload, repeats: [[one_process(workload, found)]] * repeats,
            until=start + 60 * a.minutes,
        ),
    }
    report.summarise(result)
    result["targets"] = targets(result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "accelerator.json").write_text(json.dumps(result, indent=1))
    report.print_tables(result, console)
    for line in (result["precision"], *result["targets"], agreement.describe(verdict)):
        console.print(line, highlight=False)
    import chart

    chart.draw(result, a.out / "accelerator.png")
    console.print(f"written: {a.out / 'accelerator.json'}, {a.out / 'accelerator.png'}")
    return 0 if verdict["agrees"] else 1


def _arguments(arguments: list[str] | None) -> tuple[argparse.Namespace, list[Workload]]:
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workloads", nargs="+", default=list(KNOWN), help=", ".join(KNOWN))
    parser.add_argument("--peers", nargs="+", default=list(MEASURED), choices=MEASURED)
    parser.add_argument("--repeats", type=int, default=1, help="fresh processes for each figure")
    parser.add_argument(
        "--minutes", type=float, default=6.0, help="after which no workload or repeat is begun"
    )
    parser.add_argument("--data-dir", type=Path, help="folder of the MNIST files")
    parser.add_argument(
        "--synthetic", action="store_true", help="random data of MNIST's shapes in its place"
    )
    parser.add_argument(
        "--allow-cpu", action="store_true", help="run small workloads where there is only a CPU"
    )
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    a = parser.parse_args(arguments)
    if a.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {a.repeats}")
    try:
        return a, chosen(a.workloads, KNOWN)
    except ValueError as error:
        parser.error(str(error))


def suited(workload: Workload, found: Device, *, synthetic: bool) -> Workload:
    """Return the workload as it is run there: TF32 on an accelerator, small on a CPU."""
    if synthetic and workload.data.startswith("mnist"):
        workload = replace(workload, data=f"synthetic {workload.data}")
    if found.platform != "cpu":
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


def one_process(workload: Workload, found: Device) -> Run:
    """Return what a process does: cold and warm times, then the loss of training in file order."""
    seconds = 0.01 if found is CPU else SECONDS
    check = 0 if workload.predicts else workload.check
    groups = workload.groups if workload.predicts else 3
    return Run("timed", groups=groups, seconds=seconds, check=check)


def precision(found: Device) -> str:
    """Return in words how both sides multiply; a TPU's tf32 is three products of bfloat16."""
    float32 = "float32 on the CPU" if found is CPU else "tf32 (JAX: tensorfloat32, PyTorch: high)"
    return (
        f"products on both sides: {float32}; {SHARE.name}: bfloat16 (jaxnn: compute_dtype, "
        "PyTorch: autocast), parameters, cost and updates float32"
    )


def targets(result: dict) -> list[str]:
    """Return for each target, in words, what was measured; nothing where wide-bf16 was not."""
    peers = result["workloads"].get(SHARE.name, {}).get("peers", {})
    summaries = {key: p["summary"] for key, p in peers.items() if "summary" in p}
    if "jaxnn" not in summaries:
        return []
    ours, lines = summaries["jaxnn"], []
    lines.append(
        f"{SHARE.name}: {ours['share']:.1%} of the measured rate of bfloat16 products, "
        f"{_met(ours['share'], TARGETS['share'])} of {TARGETS['share']:.0%}"
    )
    if "torch-compile" in summaries:
        ratio = summaries["torch-compile"]["warm"]["median"] / ours["warm"]["median"]
        lines.append(
            f"{SHARE.name}: {ratio:.2f} times as fast as {PEERS['torch-compile'].label}, "
            f"{_met(ratio, TARGETS['ratio'])} of {TARGETS['ratio']}"
        )
    return lines


def _met(value: float, target: float) -> str:
    return "which meets the target" if value >= target else "which misses the target"


if __name__ == "__main__":
    sys.exit(main())
