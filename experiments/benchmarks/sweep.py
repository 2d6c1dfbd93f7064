"""Many networks on the digits: jaxnn's sweep beside loops of whole fits and stacked modules.

    python experiments/benchmarks/sweep.py
    python experiments/benchmarks/sweep.py --networks 16 --repeats 1 --peers jaxnn sklearn

Networks 64-32-10, batch 32, Adam, 10 epochs: jaxnn trains a grid of learning rates and seeds
together.  A loop's time per network is that of a few whole trainings, warm, by one peer that has
compiled already, which favours the peers: see sweep_peers/loops.py.  Every contender runs in a
fresh process, in turns, and its mean loss is compared with the others'.  Then five-fold
cross-validation beside one fit.  Prints tables and writes sweep.json, sweep.md and sweep.png.  On a
GPU there are 4,096 networks, and what runs on the CPU alone is left out.
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

import device
import machine
import runner
import sweep_report
import workloads
from device import Device
from rich.console import Console
from sweep_peers import CONTENDERS
from training import WIDTH, progress
from workloads import WORKLOADS

NETWORKS = {"cpu": 256, "accelerator": 4096}

CROSS_VALIDATED = ("jaxnn", "sklearn")
"""Libraries whose cross-validation is measured, where they are among the peers."""

TIMEOUT = 1800


@dataclass(frozen=True)
class Run:
    """What one process measures.

    Attributes:
        contender: a key of CONTENDERS; of cross-validation, the library.
        epochs: of every training; each of several is measured in the one process.
        folds: whether cross-validation is measured.
    """

    contender: str
    epochs: tuple[int, ...]
    folds: bool = False


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison that the arguments ask for."""
    a = _arguments(arguments)
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
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
        **compare(keys, networks, a.epochs, repeats=a.repeats, device=found, say=progress(console)),
    }
    sweep_report.summarise(result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "sweep.json").write_text(json.dumps(result, indent=1))
    text = sweep_report.markdown(result)
    (a.out / "sweep.md").write_text(text, encoding="utf-8")
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    import sweep_chart

    sweep_chart.draw(result, a.out / "sweep.png")
    console.print(f"written: {a.out}/sweep.json, .md and .png")


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--networks", type=int, help="of the sweep: 256, on a GPU 4,096")
    parser.add_argument("--epochs", type=int, default=10, help="of every training")
    parser.add_argument("--repeats", type=int, default=3, help="fresh processes for each figure")
    parser.add_argument("--peers", nargs="+", choices=list(CONTENDERS), metavar="PEER",
                        help=", ".join(CONTENDERS))  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    a = parser.parse_args(arguments)
    for name in ("networks", "epochs", "repeats"):
        value = getattr(a, name)
        if value is not None and value < 1:
            parser.error(f"--{name} must be at least 1, got {value}")
    return a


def compare(
    keys: Sequence[str],
    networks: int,
    epochs: int,
    *,
    repeats: int,
    device: Device,
    say: Callable[[str], None] = print,
) -> dict:
    """Measure all in turns and return what was measured, and the rate of matrix products.

    Args:
        keys: of CONTENDERS.
        networks: of the sweep.
        epochs: of every training; one fit and its cross-validation take five times as many as well.
        repeats: rounds, each of fresh processes and with first parameters and orders of its own.
        device: where they run.
        say: is told what runs.
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
            # every second round backwards, so that no one always follows the same one
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
    run: Run, networks: int, place: Path, device: Device, products: str
) -> list[dict] | str:
    """Return the reports of one process, one for each number of epochs, or why it failed.

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
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {TIMEOUT} s"
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return lines[-1][:300]
    return json.loads(report.read_text())


if __name__ == "__main__":
    main()
