"""Runs every peer on every workload, each in a fresh process, in turns: noise hits all alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import workloads
from peers import PEERS
from workloads import Workload

HERE = Path(__file__).parent
TIMEOUT = 1800

Say = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """What one process does.

    Attributes:
        kind: check, timed, whole, first-cached or whole-cached.
        first: epochs of the first call.
        groups: warm calls after it.
        cached: whether compilation caches are kept from process to process.
        ordered: whether the examples come in the order in which they lie, for every peer.
    """

    kind: str
    first: int = 1
    groups: int = 0
    cached: bool = False
    ordered: bool = False


def runs(workload: Workload) -> list[Run]:
    """Return the processes of one repeat; the check of the loss comes before all repeats."""
    some = [Run("timed", groups=workload.groups)]
    if not workload.predicts:
        some.append(Run("whole", first=workload.whole))
    if workload.cached:
        some.append(Run("first-cached", cached=True))
        some.append(Run("whole-cached", first=workload.whole, cached=True))
    return some


def compare(
    chosen: list[Workload], peers: list[str], *, repeats: int, folder: Path | None, say: Say = print
) -> dict:
    """Measure all and return what was measured, workload by workload, and the matmul rates."""
    result: dict = {"matmul_gflops": [matmul_rate()], "workloads": {}}
    present = [peer for peer in peers if not PEERS[peer].missing()]
    for workload in chosen:
        entry = result["workloads"][workload.name] = {"status": "measured", "peers": {}}
        for peer in peers:
            status = "measured" if peer in present else "not installed"
            entry["peers"][peer] = {"status": status, "reports": {}}
        with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as place:
            try:
                workloads.make(workload, folder).save(Path(place) / "problem")
            except OSError as error:
                entry["status"] = f"absent: {error}"
                continue
            _measure(workload, present, entry["peers"], Path(place), repeats, say)
        result["matmul_gflops"].append(matmul_rate())
    return result


def _measure(workload, present, reports, place: Path, repeats: int, say: Say) -> None:
    """Fill `reports` with what each process reports."""
    check = Run("check", first=workload.check, ordered=True)
    fill = [run for run in runs(workload) if run.cached]
    rounds = [[check, *fill]] + [runs(workload)] * repeats
    for number, some in enumerate(rounds):
        for run in some:
            # every second round backwards, so that no peer always follows the same one
            for peer in present if number % 2 == 0 else present[::-1]:
                entry = reports[peer]
                if entry["status"] != "measured":
                    continue
                say(f"{workload.name:12} {run.kind:13} {number}/{repeats}  {peer}")
                report = run_worker(workload, peer, run, place)
                if "error" in report:
                    entry["status"] = f"failed: {report['error']}"
                elif number or run is check:  # the other runs of round 0 only fill the caches
                    entry["reports"].setdefault(run.kind, []).append(report)


def run_worker(workload: Workload, peer: str, run: Run, place: Path) -> dict:
    """Return the report of one process, with `process`, its seconds as its parent saw them."""
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
    ]
    with tempfile.TemporaryDirectory(prefix="jaxnn-cache-") as fresh:
        cache = place / "cache" / peer if run.cached else Path(fresh)
        start = time.perf_counter()
        try:
            done = subprocess.run(
                command,
                env=environment(cache, keep=run.cached),
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"error": f"took more than {TIMEOUT} s"}
        seconds = time.perf_counter() - start
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return {"error": lines[-1][:300]}
    return json.loads(report.read_text()) | {"process": seconds}


def environment(cache: Path, *, keep: bool) -> dict[str, str]:
    """Return the environment of a process: the CPU alone, compilation caches where asked for."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("JAX_COMPILATION_CACHE")}
    variables |= {
        "JAX_PLATFORMS": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "torch"),
    }
    if keep:
        variables |= {
            "JAX_COMPILATION_CACHE_DIR": str(cache / "jax"),
            "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
            "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        }
    return variables


def matmul_rate() -> float:
    """Return the rate of matrix products in GFLOP/s, measured in a fresh process."""
    done = subprocess.run(
        [sys.executable, str(HERE / "machine.py")],
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
