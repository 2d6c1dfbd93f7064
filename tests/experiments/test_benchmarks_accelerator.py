"""The comparison on an accelerator: it says where there is none, and what CPUs can show of it.

The times themselves are not tested.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import _worker  # noqa: E402
import accelerator  # noqa: E402
import agreement  # noqa: E402
import device  # noqa: E402
import report  # noqa: E402
import runner  # noqa: E402
import workloads  # noqa: E402
from device import CPU, Device  # noqa: E402
from peers import PEERS  # noqa: E402
from rich.console import Console  # noqa: E402

pytestmark = pytest.mark.thorough

GPU = Device("gpu", "A card", 1, 80.0, "580.1", "cuda 13000", "13.0")
TPU = Device("tpu", "A TPU")
TORCH = importlib.util.find_spec("torch") is not None

needs_torch = pytest.mark.skipif(not TORCH, reason="PyTorch is not installed")


def test_without_an_accelerator_it_says_so_and_measures_nothing(tmp_path, capsys):
    assert accelerator.main(["--out", str(tmp_path / "out")]) == 0
    assert "no accelerator: JAX finds only the CPU; nothing was measured" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_small_settings_run_on_the_cpu(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(device, "find", lambda: CPU)
    monkeypatch.setattr(runner, "matmul_rate", lambda *_: 100.0)
    arguments = ["--allow-cpu", "--synthetic", "--workloads", "wide-bf16", "tiny"]
    peers = ["--peers", "jaxnn", "torch", "torch-graphs"]
    assert accelerator.main([*arguments, *peers, "--out", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "accelerator.json").read_text())
    assert result["agreement"]["agrees"]
    assert result["agreement"]["largest"] == 0
    assert set(result["matmul_gflops"]) == {"bfloat16", "float32"}
    text = capsys.readouterr().out
    assert "256 of synthetic mnist, bfloat16" in text
    assert "products on both sides: float32 on the CPU; wide-bf16: bfloat16" in text
    assert "of the measured rate of bfloat16 products, which" in text
    assert (tmp_path / "accelerator.png").read_bytes()[:4] == b"\x89PNG"
    for entry in result["workloads"].values():
        measured = entry["peers"]
        assert measured["jaxnn"]["status"] == "measured"
        assert measured["torch"]["status"] == ("measured" if TORCH else "not installed")
        assert measured["torch-graphs"]["status"] == PEERS["torch-graphs"].absent(CPU)
        losses = [p["summary"]["loss"] for p in measured.values() if "summary" in p]
        assert losses == pytest.approx([losses[0]] * len(losses), rel=0.02)


def _reports(monkeypatch, *reports: dict) -> None:
    """Let the processes of the check report these, one after the other."""
    waiting = list(reports)
    monkeypatch.setattr(agreement, "run_worker", lambda *_: waiting.pop(0))


@pytest.mark.parametrize("other", [2.0 + 1e-4, float("nan")])
def test_the_check_of_agreement_catches_a_difference(monkeypatch, other):
    one = {"parameters": [[[[1.0, 2.0]], [0.5]]]}
    _reports(monkeypatch, one, {"parameters": [[[[1.0, other]], [0.5]]]})
    verdict = agreement.check(GPU)
    assert not verdict["agrees"]
    assert agreement.describe(verdict).endswith("1e-05 is allowed: FAIL")
    _reports(monkeypatch, one, {"parameters": [[[[1.0, 2.0 + 1e-6]], [0.5]]]})
    verdict = agreement.check(GPU)
    assert verdict["agrees"]
    assert verdict["largest"] == pytest.approx(5e-7)
    assert agreement.describe(verdict).endswith("1e-05 is allowed: PASS")


def test_the_check_of_agreement_reports_a_process_that_failed(monkeypatch):
    _reports(monkeypatch, {"parameters": []}, {"error": "a reason"})
    assert agreement.describe(agreement.check(GPU)).endswith("A card: a reason: FAIL")


def test_the_exit_status_is_1_where_they_disagree(monkeypatch, tmp_path, capsys):
    verdict = {"tolerance": 1e-5, "largest": 0.5, "agrees": False}
    monkeypatch.setattr(device, "find", lambda: GPU)
    monkeypatch.setattr(agreement, "check", lambda found: verdict)
    monkeypatch.setattr(
        runner, "compare", lambda *a, **k: {"matmul_gflops": {"tf32": [4e5]}, "workloads": {}}
    )
    assert accelerator.main(["--out", str(tmp_path)]) == 1
    text = capsys.readouterr().out
    assert "A card, 80 GiB, driver 580.1, JAX on cuda 13000, PyTorch on CUDA 13.0" in text
    assert "matrix products (tf32): 400 TFLOP/s" in text
    assert "differ by 5.0e-01 at most, 1e-05 is allowed: FAIL" in text


def test_a_trained_network_agrees_with_itself_but_not_at_another_learning_rate(tmp_path):
    def parameters(learning_rate: float):
        tiny = dataclasses.replace(workloads.WORKLOADS["tiny"], learning_rate=learning_rate)
        problem = workloads.make(tiny, None)
        got = _worker.measure("jaxnn", problem, first=2, groups=0, group=1, parameters=True)
        return [tuple(np.asarray(a) for a in layer) for layer in got["parameters"]]

    once = parameters(0.5)
    assert agreement.largest_difference(once, parameters(0.5)) == 0
    assert agreement.largest_difference(once, parameters(0.501)) > agreement.TOLERANCE


@needs_torch
def test_absent_peers_are_reported_with_their_reason():
    reason = "absent: it needs CUDA, and PyTorch finds none"
    assert PEERS["torch-graphs"].absent(CPU) == reason
    assert PEERS["torch-graphs"].absent(GPU) is None
    assert PEERS["torch"].absent(CPU) is None
    assert PEERS["torch"].absent(TPU) == reason
    assert PEERS["jaxnn"].absent(TPU) is None


def test_a_device_decides_what_its_processes_see():
    hidden = {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    assert CPU.variables("float32") == CPU.variables("bfloat16") == hidden
    assert GPU.variables("float32") == {"JAX_DEFAULT_MATMUL_PRECISION": "highest"}
    assert GPU.variables("tf32") == {"JAX_DEFAULT_MATMUL_PRECISION": "tensorfloat32"}
    assert GPU.variables("bfloat16") == {}


def test_workloads_are_whole_on_an_accelerator_and_small_on_a_cpu():
    wide = accelerator.suited(workloads.WORKLOADS["wide"], GPU, synthetic=False)
    assert wide == dataclasses.replace(workloads.WORKLOADS["wide"], products="tf32")
    share = accelerator.suited(accelerator.SHARE, GPU, synthetic=True)
    assert share.describe() == (
        "784-1024-1024-10, adam, batch 8192, 57,344 of synthetic mnist, bfloat16"
    )
    small = accelerator.suited(accelerator.SHARE, CPU, synthetic=False)
    assert (small.sizes, small.examples, small.products) == ((784, 32, 32, 10), 256, "bfloat16")


def test_synthetic_data_have_the_shapes_of_mnist():
    X, Y = workloads.load_data("synthetic mnist", 50, None)
    assert (X.shape, Y.shape, X.dtype, Y.dtype) == ((50, 784), (50, 10), np.float32, np.float32)
    assert X.min() >= 0
    assert X.max() <= 1
    np.testing.assert_array_equal(Y.sum(1), 1)


def test_what_is_not_begun_in_time_is_left_out(monkeypatch):
    monkeypatch.setattr(runner, "matmul_rate", lambda *_: 100.0)
    tiny = workloads.WORKLOADS["tiny"]
    result = runner.compare([tiny], ["numpy"], repeats=1, folder=None, until=time.monotonic() - 1)
    result["machine"] = {
        "processor": "", "cores": 1, "system": "", "python": "", "versions": {},
    }  # fmt: skip
    out = io.StringIO()
    report.print_tables(report.summarise(result), Console(file=out, width=120))
    assert "tiny: left out: the time was up" in out.getvalue()


def test_a_warm_call_lasts_as_long_as_is_asked_for():
    tried = []

    def timed(epochs: int) -> float:
        tried.append(epochs)
        return 0.001 * epochs

    assert _worker._lasting(0.3, timed) == 300
    assert tried == [1, 10, 100, 300]


def test_the_targets_are_told_with_what_was_measured():
    def result(share: float, ours: float, theirs: float) -> dict:
        peers = {
            "jaxnn": {"summary": {"share": share, "warm": {"median": ours}}},
            "torch-compile": {"summary": {"share": 0.1, "warm": {"median": theirs}}},
        }
        return {"workloads": {"wide-bf16": {"peers": peers}}}

    assert accelerator.targets(result(0.61, 1.0, 1.4)) == [
        "wide-bf16: 61.0% of the measured rate of bfloat16 products, which meets the target of 60%",
        "wide-bf16: 1.40 times as fast as torch.compile, which meets the target of 1.3",
    ]
    share, ratio = accelerator.targets(result(0.59, 1.0, 1.2))
    assert "which misses the target" in share
    assert "which misses the target" in ratio
    assert accelerator.targets({"workloads": {}}) == []


@needs_torch
@pytest.mark.parametrize("name", ["digits", "tiny"])
def test_graphs_do_the_same_updates_as_eager_pytorch(monkeypatch, name):
    """With graphs that run their work again: the bookkeeping around them, without CUDA."""
    graphs, eager = (PEERS[key].load() for key in ("torch-graphs", "torch"))
    module = sys.modules[graphs.__module__]

    class Graph:
        def __init__(self, work):
            self.work, self.result = work, work()

        def replay(self):
            new = self.work()
            if new is not None:
                self.result.copy_(new)

    def captured(work):
        graph = Graph(work)
        return graph, graph.result

    monkeypatch.setattr(module, "captured", captured)
    monkeypatch.setattr(graphs, "adam", {"fused": True})  # without CUDA there is no `capturable`
    problem = workloads.make(workloads.WORKLOADS[name], None)
    peers = [kind(problem) for kind in (graphs, eager)]
    for peer in peers:
        peer.train(peer.place(problem.orders(2)))
    for one, other in zip(*(peer.parameters() for peer in peers), strict=True):
        for p, q in zip(one, other, strict=True):
            np.testing.assert_array_equal(p, q)
    first, second = problem.X[:5], problem.X[3:8]
    for X in (first, second):
        np.testing.assert_allclose(peers[0].predict(X), peers[1].predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workloads", "huge"], "unknown workload 'huge'; known are predict, wide-bf16, tiny"),
        (["--repeats", "0"], "--repeats must be at least 1, got 0"),
        (["--peers", "flax"], "invalid choice: 'flax'"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(arguments, message, capsys):
    with pytest.raises(SystemExit):
        accelerator.main(arguments)
    assert message in capsys.readouterr().err
