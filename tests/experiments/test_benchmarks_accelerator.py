"""The measurements on an accelerator: a rehearsal on a CPU, failures, goals, tables.

The times themselves are not tested.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import sys
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import accelerator  # noqa: E402
import accelerator_parts  # noqa: E402
import agreement  # noqa: E402
import device  # noqa: E402
import workloads  # noqa: E402
from accelerator_parts import (  # noqa: E402  # noqa: E402
    PARTS,
    Part,
    Setting,
    Skipped,
    checks,
    fitting,
    many,
    memory,
    networks,
    processes,
    record,
    reserved,
)
from accelerator_parts import worker as several  # noqa: E402
from device import CPU, Device  # noqa: E402
from peers import PEERS  # noqa: E402

GPU = Device("gpu", "NVIDIA H100 80GB HBM3", 1, 80.0, "580.1", "cuda 13000", "13.0")
TORCH = importlib.util.find_spec("torch") is not None


def setting(**changes) -> Setting:
    """Return the setting of a rehearsal."""
    made = Setting(CPU, time.monotonic() + 600, small=True, say=lambda line: None)
    return dataclasses.replace(made, **changes)


@pytest.fixture
def parts(monkeypatch):
    """A function that puts parts of functions in the place of PARTS."""

    def replace(**functions) -> None:
        made = {name: Part("memory", name, 10) for name in functions}
        for module in (accelerator, accelerator_parts):
            monkeypatch.setattr(module, "PARTS", made)
        for name, function in functions.items():
            monkeypatch.setattr(memory, name, function, raising=False)
        monkeypatch.setattr(device, "find", lambda: GPU)

    return replace


@pytest.mark.thorough
def test_without_an_accelerator_it_says_so_and_measures_nothing(tmp_path, capsys):
    assert accelerator.main(["--out", str(tmp_path / "out")]) == 0
    assert "no accelerator: JAX finds only the CPU; nothing was measured" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.fixture
def short(monkeypatch):
    """Make the rehearsal short: three parts are not what they are, and are tested elsewhere."""

    def record_itself(command, *_):
        numbers = {"final_error": [9.0], "best_error": [8.0], "seconds": 1}
        out = Path(command[command.index("--out") + 1])
        (out / "results.json").write_text(json.dumps(numbers | {"options": {"epochs": 3}}))

    monkeypatch.setattr(checks, "SELF_TEST", "print('a table'); print(1e-6)")
    monkeypatch.setattr(agreement, "WORKLOAD", workloads.WORKLOADS["tiny"])
    monkeypatch.setattr(record, "printed", record_itself)


@pytest.mark.slow
@pytest.mark.parametrize("length", ["short", ""])
def test_all_parts_are_rehearsed_on_the_cpu(length, request, monkeypatch, tmp_path, capsys):
    if length:
        request.getfixturevalue(length)
    monkeypatch.setattr(device, "find", lambda: CPU)
    monkeypatch.setattr(networks, "rate_of_products", lambda _: 100.0)
    assert accelerator.main(["--allow-cpu", "--out", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "accelerator.json").read_text())
    found = {name: part["status"] for name, part in result["parts"].items()}
    without_data = "skipped: there is no folder of MNIST: give --data-dir or set JAXNN_DATA"
    assert found == dict.fromkeys(PARTS, "measured") | {
        "memory": "skipped: no device memory was reported by the parts peak and sweep",
        "record": "measured" if "JAXNN_DATA" in os.environ else without_data,
        "compiled": "skipped: it is not rehearsed: compiling takes long",
    }
    assert result["parts"]["agreement"]["largest"] == 0
    assert result["parts"]["self-test"]["largest"] < 1e-4
    assert set(result["parts"]["command-buffers"]["epochs"]) == {"off", "loops unrolled"}
    digits = result["parts"]["networks"]["workloads"]["digits"]["peers"]
    assert digits["torch"]["status"] == ("measured" if TORCH else "not installed")
    assert digits["torch-graphs"]["status"] == PEERS["torch-graphs"].absent(CPU)
    text = (tmp_path / "accelerator.md").read_text(encoding="utf-8")
    assert text.rstrip() in capsys.readouterr().out
    assert text.startswith("A rehearsal in small, no measurement: made on ")
    assert text.count("not measured |") == len(result["goals"])
    assert (tmp_path / "accelerator.png").read_bytes()[:4] == b"\x89PNG"


def test_a_part_that_fails_does_not_stop_the_others(parts, tmp_path, capsys):
    def fails(_):
        raise RuntimeError("RESOURCE_EXHAUSTED: out of memory")

    def lacks(_):
        raise Skipped("it lacks something")

    parts(first=lambda _: {}, second=fails, third=lacks, fourth=lambda _: {"failed": ["one row"]})
    assert accelerator.main(["--out", str(tmp_path), "--synthetic"]) == 1
    result = json.loads((tmp_path / "accelerator.json").read_text())
    assert [part["status"] for part in result["parts"].values()] == [
        "measured", "failed: RuntimeError: RESOURCE_EXHAUSTED: out of memory",
        "skipped: it lacks something", "measured",
    ]  # fmt: skip
    text = capsys.readouterr().out
    for line in (
        "Measured on ", "NVIDIA H100 80GB HBM3, 80 GiB, driver 580.1, JAX on cuda 13000",
        "- second: failed: RuntimeError: RESOURCE_EXHAUSTED", "- third: skipped: it lacks",
        "- fourth: one row",
    ):  # fmt: skip
        assert line in text
    parts(first=lambda _: {}, third=lacks)
    assert accelerator.main(["--out", str(tmp_path), "--synthetic"]) == 0


def test_a_run_that_is_killed_keeps_what_it_had(parts, tmp_path):
    def killed(_):
        raise KeyboardInterrupt

    parts(first=lambda _: {"value": 7}, second=killed)
    with pytest.raises(KeyboardInterrupt):
        accelerator.main(["--out", str(tmp_path), "--synthetic"])
    result = json.loads((tmp_path / "accelerator.json").read_text())
    assert result["parts"]["first"]["value"] == 7
    assert set(result["parts"]) == {"first"}
    assert "| goal |" in (tmp_path / "accelerator.md").read_text()


def test_each_part_leaves_the_later_ones_their_time(parts, tmp_path):
    left = []

    def ends(given):
        left.append(given.until - time.monotonic())
        return {}

    parts(first=ends, second=ends, third=ends)
    accelerator.main(["--out", str(tmp_path), "--synthetic", "--minutes", "0.5"])
    assert left == [pytest.approx(seconds, abs=2) for seconds in (10, 20, 30)]
    accelerator.main(["--out", str(tmp_path), "--synthetic", "--minutes", "0.35"])
    result = json.loads((tmp_path / "accelerator.json").read_text())
    assert result["parts"]["third"] == {"status": "left out: 0.35 minutes are too few for it"}


def test_all_parts_fit_into_eight_minutes():
    assert fitting(PARTS, 480) == list(PARTS)
    assert reserved(PARTS) + 10 <= 480  # and JAX and PyTorch are imported to find the device
    assert "record" not in fitting(PARTS, 240)


def test_a_disagreement_is_a_failure(monkeypatch):
    verdict = {"tolerance": 1e-5, "largest": 0.5, "agrees": False}
    monkeypatch.setattr(agreement, "check", lambda *_: verdict)
    found = accelerator.measured(PARTS["agreement"], setting(device=GPU))
    assert found["failed"] == [found["line"]]
    assert found["line"].endswith("differ by 5.0e-01 at most, 1e-05 is allowed: FAIL")
    assert accelerator.has_failed(found)


def test_workloads_are_whole_on_an_accelerator_and_small_on_a_cpu():
    given = setting(device=GPU, small=False, data=Path("data"))
    wide = networks.suited(workloads.WORKLOADS["wide"], given)
    assert wide == dataclasses.replace(workloads.WORKLOADS["wide"], products="tf32")
    share = networks.suited(networks.WIDE, setting(device=GPU, small=False))
    assert share.describe() == (
        "784-4096-4096-10, adam, batch 8192, 57,344 of synthetic mnist, bfloat16"
    )
    small = networks.suited(networks.WIDE, setting())
    assert (small.sizes, small.examples, small.products) == ((784, 32, 32, 10), 256, "bfloat16")


def test_a_process_that_ends_early_costs_one_workload(monkeypatch, tmp_path):
    some = [workloads.WORKLOADS[name] for name in ("tiny", "digits", "wide")]
    started = []

    def printed(command, environment, until):
        names = [task["name"] for task in json.loads((tmp_path / "tasks.json").read_text())]
        started.append(names)
        done = {"tiny": 1, "digits": 0, "wide": 1}
        with (tmp_path / "jaxnn.jsonl").open("w") as file:
            for name in names:
                if not done[name]:
                    raise processes.ProcessFailed("Segmentation fault")
                file.write(json.dumps({"name": name, "warm": [1.0]}) + "\n")

    monkeypatch.setattr(networks, "printed", printed)
    found = networks.measured(setting(), some, "jaxnn", tmp_path)
    assert started == [["tiny", "digits", "wide"], ["wide"]]
    assert found["digits"] == {"error": "failed: Segmentation fault"}
    assert found["tiny"] == found["wide"] == {"warm": [1.0]}


def test_what_is_not_done_in_time_is_left_out():
    late = setting(until=time.monotonic() - 1)
    found = networks.compared(late, [workloads.WORKLOADS["tiny"]], ("jaxnn", "torch-graphs"))
    peers = found["workloads"]["tiny"]["peers"]
    assert peers["jaxnn"] == {"status": "left out: the time was up", "reports": {}}
    assert found["failed"] == []
    assert many.sweep(late)["contenders"]["jaxnn"]["status"] == "left out: the time was up"
    with pytest.raises(Skipped, match=r"less than 0\.25 minutes are left for its training"):
        record.record(dataclasses.replace(late, data=Path("data")))


def test_a_process_is_ended_when_its_time_is_up():
    endless = ["-c", "import time; time.sleep(60)"]
    with pytest.raises(processes.ProcessFailed, match="the time was up after 0 s"):
        processes.printed(endless, os.environ, time.monotonic())
    with pytest.raises(processes.ProcessFailed, match="ValueError: a reason"):
        processes.printed(["-c", "raise ValueError('a reason')"], os.environ, time.monotonic() + 60)


def test_what_a_library_raises_is_one_row(tmp_path):
    task = {"name": "absent", "groups": 1, "group": 1, "seconds": 0.0, "check": None}
    found = several.measure("numpy", task, tmp_path)
    assert found["error"].startswith("failed: FileNotFoundError: ")


def test_no_folder_of_mnist_is_no_error(monkeypatch, tmp_path):
    monkeypatch.delenv("JAXNN_DATA", raising=False)
    assert accelerator.mnist_folder(None) is None
    assert accelerator.mnist_folder(tmp_path) is None
    with pytest.raises(Skipped, match="there is no folder of MNIST: give --data-dir or set"):
        record.record(setting())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--parts", "huge"], "invalid choice: 'huge'"),
        (["--minutes", "0"], "--minutes must be above 0, got 0"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(arguments, message, capsys):
    with pytest.raises(SystemExit):
        accelerator.main(arguments)
    assert message in capsys.readouterr().err
