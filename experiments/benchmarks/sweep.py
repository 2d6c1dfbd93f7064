"""Many networks on the digits: jaxnn's sweep beside loops of trainings and stacked modules.

  python experiments/benchmarks/sweep.py
  python experiments/benchmarks/sweep.py --networks 16 --repeats 1 --peers jaxnn sklearn

The networks are 64-32-10, with batches of 32 and Adam. jaxnn trains a grid of learning rates and
seeds together. The time of a loop is that of a few whole trainings by one peer that has compiled
already, which favours the peers (see sweep_peers/loops.py). Each contender runs in a fresh process,
in turns, and its mean loss is compared with the others'. Then five-fold cross-validation is
measured beside one training. Prints tables and writes sweep.json, sweep.md and sweep.png.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from command_line import add_out, add_repeats, check_counts, console, parser, progress
from sweep_peers import CONTENDERS

NETWORKS = {"cpu": 256, "accelerator": 4096}
CROSS_VALIDATED = ("jaxnn", "sklearn")  # libraries whose cross-validation is measured
TIMEOUT = 1800


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__)
    text = "networks in the sweep; if not given, 256 on a CPU and 4,096 on an accelerator"
    made.add_argument("--networks", type=int, metavar="N", help=text)
    text = "epochs of each training (default: %(default)s)"
    made.add_argument("--epochs", type=int, default=10, metavar="N", help=text)
    add_repeats(made, 3)
    text = (
        f"ways to train the networks, of {', '.join(CONTENDERS)}; if not given, all that run on "
        "the device"
    )
    made.add_argument("--peers", nargs="+", choices=list(CONTENDERS), metavar="NAME", help=text)
    add_out(made)
    a = made.parse_args(arguments)
    check_counts(made, a, "networks", "epochs", "repeats")
    return a


if __name__ == "__main__":
    options()  # answers --help before JAX is imported

import device
import machine
import runner
import sweep_report
import workloads
from device import Device
from workloads import WORKLOADS


@dataclass(frozen=True)
class Run:
    """What one process measures.

    Attributes:
        contender: a key of CONTENDERS; for cross-validation, the library.
        epochs: epochs of each training; several numbers are measured in one process.
        folds: whether cross-validation is measured.
    """

    contender: str
    epochs: tuple[int, ...]
    folds: bool = False


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison."""
    a, screen = options(arguments), console()
    found = device.find()
    on_cpu = found.platform == "cpu"
    networks = a.networks or NETWORKS["cpu" if on_cpu else "accelerator"]
    keys = a.peers or [key for key, entry in CONTENDERS.items() if on_cpu or not entry.cpu]
    about = machine.describe() | ({} if on_cpu else {"device": found.describe()})
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "repeats": a.repeats,
        "networks": networks,
        "epochs": a.epochs,
        "machine": about,
        **compare(keys, networks, a.epochs, repeats=a.repeats, device=found, say=progress(screen)),
    }
    sweep_report.summarise(result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "sweep.json").write_text(json.dumps(result, indent=1))
    text = sweep_report.markdown(result)
    (a.out / "sweep.md").write_text(text, encoding="utf-8")
    screen.print(text, highlight=False, markup=False, soft_wrap=True)
    import sweep_chart

    sweep_chart.draw(result, a.out / "sweep.png")
    screen.print(f"written: {a.out}/sweep.json, .md and .png")


def compare(
    keys: Sequence[str],
    networks: int,
    epochs: int,
    *,
    repeats: int,
    device: Device,
    say: Callable[[str], None] = print,
) -> dict:
    """Measure all in turns and return the measurements and the rate of matrix products.

    Args:
        keys: keys of CONTENDERS.
        networks: networks in the sweep.
        epochs: epochs of each training; cross-validation is measured with five times as many too.
        repeats: rounds of fresh processes; each has its own first parameters and orders.
        device: the device on which they run.
        say: called with a line about the progress.
    """
    products = "float32" if device.platform == "cpu" else "tf32"
    workload = replace(WORKLOADS["digits"], products=products)
    rates = [runner.matmul_rate(device, products)]
    absent = {key: CONTENDERS[key].absent(device) for key in keys}
    trained = {
        key: {"status": absent[key] or "measured", "label": CONTENDERS[key].label, "reports": []}
        for key in keys
    }
    folds = [
        {"library": key, "epochs": n, "status": absent[key] or "measured", "reports": []}
        for key in CROSS_VALIDATED
        if key in keys
        for n in (epochs, 5 * epochs)
    ]
    runs = [(Run(key, (epochs,)), [entry]) for key, entry in trained.items()]
    for key in dict.fromkeys(entry["library"] for entry in folds):
        some = [entry for entry in folds if entry["library"] == key]
        runs.append((Run(key, tuple(entry["epochs"] for entry in some), folds=True), some))
    with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as folder:
        for number in range(repeats):
            place = Path(folder) / str(number)
            workloads.make(workload, None, seed=number).save(place / "problem")
            # every second round in reverse order, so that none always follows the same one
            for run, entries in runs if number % 2 == 0 else reversed(runs):
                if entries[0]["status"] != "measured":
                    continue
                what = "cross-validation" if run.folds else "networks"
                say(f"{number + 1}/{repeats}  {what:16}  {run.contender}")
                got = run_worker(run, networks, place, device, products)
                for i, entry in enumerate(entries):
                    if isinstance(got, str):
                        entry["status"] = f"failed: {got}"
                    else:
                        entry["reports"].append(got[i])
    rates.append(runner.matmul_rate(device, products))
    return {
        "workload": asdict(workload),
        "matmul_gflops": {products: rates},
        "contenders": trained,
        "cross_validation": folds,
    }


def run_worker(
    run: Run,
    networks: int,
    place: Path,
    device: Device,
    products: str,
    timeout: float = TIMEOUT,
) -> list[dict] | str:
    """Return the reports of a process, one for each number of epochs, or its error.

    Its problem has been saved in `place`.
    """
    report = place / "report.json"
    command = [
        sys.executable,
        str(runner.HERE / "_sweep_worker.py"),
        *("--contender", run.contender),
        *("--problem", str(place / "problem")),
        *("--report", str(report)),
        *("--networks", str(networks)),
        *("--epochs", *map(str, run.epochs)),
        *(("--folds",) if run.folds else ()),
    ]
    try:
        done = subprocess.run(
            command,
            env=runner.environment(place, device, products, keep=False),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {timeout:.0f} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return lines[-1][:300]
    return json.loads(report.read_text())


if __name__ == "__main__":
    main()
