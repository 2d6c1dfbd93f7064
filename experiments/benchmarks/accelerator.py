"""jaxnn beside PyTorch on this machine's accelerator, in one call of a few minutes.

  python experiments/benchmarks/accelerator.py
  python experiments/benchmarks/accelerator.py --synthetic --workloads wide-bf16 tiny

The workloads of training.py beside PyTorch eager, torch.compile and CUDA graphs, with the data on
the device; `wide-bf16` (wide with batches of 8,192 in bfloat16) as a share of the measured rate of
matrix products; and whether CPU and accelerator agree to 1e-5 in float32 after one epoch (exit
status 1 if not). Prints tables and writes accelerator.json and accelerator.png. The same code runs
on GPU and TPU; where JAX finds neither, nothing is measured. PyTorch is installed by
`pip install -e '.[bench]'`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, replace

from command_line import add_data_dir, add_out, add_repeats, check_counts, console, parser, progress
from peers import PEERS
from workloads import WORKLOADS, Workload, chosen

MEASURED = ("jaxnn", "torch", "torch-compile", "torch-graphs")
BATCH = 8192
SHARE = replace(
    WORKLOADS["wide"],
    name="wide-bf16",
    examples=7 * BATCH,  # full batches only: the share counts arithmetic that is needed
    batch_size=BATCH,
    products="bfloat16",
)
KNOWN = {SHARE.name: SHARE} | WORKLOADS
# Of wide-bf16: share of the rate of bfloat16 products; times as fast as torch.compile.
TARGETS = {"share": 0.6, "ratio": 1.3}
SECONDS = 0.3  # the least length of a warm measurement of training, about; a process takes three


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line; `workloads` are Workloads."""
    made = parser(__doc__)
    text = f"workloads to measure, of {', '.join(KNOWN)} (default: all)"
    made.add_argument("--workloads", nargs="+", default=list(KNOWN), metavar="NAME", help=text)
    text = f"libraries to measure, of {', '.join(MEASURED)} (default: all)"
    made.add_argument(
        "--peers", nargs="+", default=list(MEASURED), choices=MEASURED, metavar="NAME", help=text
    )
    add_repeats(made, 1)
    text = "minutes after which no further workload or repeat is begun (default: %(default)s)"
    made.add_argument("--minutes", type=float, default=6.0, metavar="N", help=text)
    add_data_dir(made)
    text = "use random data of MNIST's shapes; if not given, MNIST"
    made.add_argument("--synthetic", action="store_true", help=text)
    text = "run small workloads where there is only a CPU; if not given, nothing is measured there"
    made.add_argument("--allow-cpu", action="store_true", help=text)
    add_out(made)
    a = made.parse_args(arguments)
    check_counts(made, a, "repeats")
    try:
        a.workloads = chosen(a.workloads, KNOWN)
    except ValueError as error:
        made.error(str(error))
    return a


if __name__ == "__main__":
    options()  # answers --help before JAX is imported

import agreement
import device
import machine
import report
import runner
from device import CPU, Device
from runner import Run


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and return the exit status."""
    a, screen = options(arguments), console()
    start, found = time.monotonic(), device.find()
    if found.platform == "cpu" and not a.allow_cpu:
        screen.print("no accelerator: JAX finds only the CPU; nothing was measured (--allow-cpu)")
        return 0
    some = [suited(workload, found, synthetic=a.synthetic) for workload in a.workloads]
    say = progress(screen)
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
    report.print_tables(result, screen)
    for line in (result["precision"], *result["targets"], agreement.describe(verdict)):
        screen.print(line, highlight=False)
    import chart

    chart.draw(result, a.out / "accelerator.png")
    screen.print(f"written: {a.out / 'accelerator.json'}, {a.out / 'accelerator.png'}")
    return 0 if verdict["agrees"] else 1


def suited(workload: Workload, found: Device, *, synthetic: bool) -> Workload:
    """Return the workload for this device: TF32 on an accelerator, small on a CPU."""
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
    """Return what a process does: cold and warm times, then a training in file order."""
    seconds = 0.01 if found is CPU else SECONDS
    check = 0 if workload.predicts else workload.check
    groups = workload.groups if workload.predicts else 3
    return Run("timed", groups=groups, seconds=seconds, check=check)


def precision(found: Device) -> str:
    """Return the precision of the products in words; a TPU's tf32 is three bfloat16 products."""
    float32 = "float32 on the CPU" if found is CPU else "tf32 (JAX: tensorfloat32, PyTorch: high)"
    return (
        f"products on both sides: {float32}; {SHARE.name}: bfloat16 (jaxnn: compute_dtype, "
        "PyTorch: autocast), parameters, cost and updates float32"
    )


def targets(result: dict) -> list[str]:
    """Return a sentence for each target; none if wide-bf16 was not measured."""
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
