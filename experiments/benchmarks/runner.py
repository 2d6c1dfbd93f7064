"""Runs every peer on every workload, each in a fresh process, in turns, so that noise is shared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import workloads
from device import CPU, Device
from peers import PEERS
from workloads import Workload

HERE = Path(__file__).parent
TIMEOUT = 1800

Say = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """What one process does.

    Attributes:
        kind: check, timed, whole, first-cached, whole-cached or agreement.
        first: epochs of the first call.
        groups: warm calls after it.
        cached: whether compilation caches are kept from process to process.
        ordered: whether the examples come in file order.
        parameters: whether W^[l] and b^[l] are reported.
        counts: whether the report is kept; if not, the run only fills the caches.
    """

    kind: str
    first: int = 1
    groups: int = 0
    cached: bool = False
    ordered: bool = False
    parameters: bool = False
    counts: bool = True


def runs(workload: Workload) -> list[Run]:
    """Return the processes of one repeat; the loss is checked before all repeats."""
    some = [Run("timed", groups=workload.groups)]
    if not workload.predicts:
        some.append(Run("whole", first=workload.whole))
    if workload.cached:
        some.append(Run("first-cached", cached=True))
        some.append(Run("whole-cached", first=workload.whole, cached=True))
    return some


def rounds(workload: Workload, repeats: int) -> list[list[Run]]:
    """Return the rounds: first the check and the filling of the caches, then the repeats."""
    some = runs(workload)
    fill = [replace(run, counts=False) for run in some if run.cached]
    return [[Run("check", first=workload.check, ordered=True), *fill]] + [some] * repeats


def compare(
    chosen: list[Workload],
    peers: list[str],
    *,
    repeats: int,
    folder: Path | None,
    say: Say = print,
) -> dict:
    """Measure all on the CPU and return the measurements of each workload, and the matmul rates.

    Args:
        chosen: the workloads.
        peers: keys in PEERS.
        repeats: fresh processes for each figure.
        folder: folder of MNIST; None: see `workloads.load_data`.
        say: called with a line about the progress.
    """
    rates: dict[str, list[float]] = {}
    for products in dict.fromkeys(workload.products for workload in chosen):
        rates[products] = [matmul_rate(CPU, products)]
    result: dict = {"matmul_gflops": rates, "workloads": {}}
    absent = {peer: PEERS[peer].absent(CPU) for peer in peers}
    for workload in chosen:
        entry = result["workloads"][workload.name] = {
            "workload": asdict(workload),
            "status": "measured",
            "peers": {
                peer: {"status": absent[peer] or "measured", "reports": {}} for peer in peers
            },
        }
        with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as place:
            try:
                workloads.make(workload, folder).save(Path(place) / "problem")
            except OSError as error:
                entry["status"] = f"absent: {error}"
                continue
            _measure(workload, rounds(workload, repeats), entry["peers"], Path(place), say)
        # other programs use the processor too, more or less, so its rate varies
        rates[workload.products].append(matmul_rate(CPU, workload.products))
    return result


def _measure(workload, rounds, reports, place: Path, say: Say) -> None:
    """Fill `reports` with what each process reports."""
    for number, some in enumerate(rounds):
        for run in some:
            # every second round in reverse order, so that no peer always follows the same one
            for peer in reports if number % 2 == 0 else reversed(reports):
                entry = reports[peer]
                if entry["status"] != "measured":
                    continue
                say(f"{workload.name:12} {run.kind:13} {number + 1}/{len(rounds)}  {peer}")
                report = run_worker(workload, peer, run, place)
                if "error" in report:
                    entry["status"] = f"failed: {report['error']}"
                elif run.counts:
                    entry["reports"].setdefault(run.kind, []).append(report)


def run_worker(
    workload: Workload,
    peer: str,
    run: Run,
    place: Path,
    device: Device = CPU,
    timeout: float = TIMEOUT,
) -> dict:
    """Return the report of one process, with `process`, its whole duration in seconds.

    Args:
        workload: its problem must have been saved in `place`.
        peer: key in PEERS.
        run: what the process does.
        place: folder for problem, report and caches.
        device: the device on which it runs.
        timeout: seconds after which it is ended.
    """
    report = place / "report.json"
    command = [
        sys.executable,
        str(HERE / "_worker.py"),
        *("--peer", peer),
        *("--problem", str(place / "problem")),
        *("--report", str(report)),
        *("--first", str(run.first)),
        *("--groups", str(run.groups)),
        *("--group", str(0 if workload.predicts else workload.group * workload.unit)),
        *(("--ordered",) if run.ordered else ()),
        *(("--parameters",) if run.parameters else ()),
    ]
    with tempfile.TemporaryDirectory(prefix="jaxnn-cache-") as fresh:
        cache = place / "cache" / peer if run.cached else Path(fresh)
        start = time.perf_counter()
        try:
            done = subprocess.run(
                command,
                env=environment(cache, device, workload.products, keep=run.cached),
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"error": f"took more than {timeout:.0f} s"}
        seconds = time.perf_counter() - start
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return {"error": lines[-1][:300]}
    return json.loads(report.read_text()) | {"process": seconds}


def environment(
    cache: Path, device: Device, products: str, *, keep: bool, flags: str = ""
) -> dict[str, str]:
    """Return the environment of a process: its device, and compilation caches if `keep`.

    `flags` are added to those of XLA.
    """
    variables = {k: v for k, v in os.environ.items() if not k.startswith("JAX_COMPILATION_CACHE")}
    variables |= device.variables(products) | {"TORCHINDUCTOR_CACHE_DIR": str(cache / "torch")}
    if flags:
        variables["XLA_FLAGS"] = f"{variables.get('XLA_FLAGS', '')} {flags}".strip()
    if keep:
        variables |= {
            "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
    return variables


def matmul_rate(device: Device = CPU, products: str = "float32") -> float:
    """Return the rate of matrix products in GFLOP/s, measured in a fresh process."""
    done = subprocess.run(
        [sys.executable, str(HERE / "machine.py"), "--products", products],
        env=os.environ | device.variables(products),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
