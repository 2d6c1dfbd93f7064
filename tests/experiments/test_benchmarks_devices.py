"""The devices of the comparisons: what peers find there, and whether it agrees with the CPU."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import _worker  # noqa: E402
import agreement  # noqa: E402
import runner  # noqa: E402
import workloads  # noqa: E402
from device import CPU, Device  # noqa: E402
from peers import PEERS  # noqa: E402

GPU = Device("gpu", "NVIDIA H100 80GB HBM3", 1, 80.0, "580.1", "cuda 13000", "13.0")
TPU = Device("tpu", "TPU v6 lite")

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
)


def _reports(monkeypatch, *reports: dict) -> None:
    """Let the processes of the check report these, one after the other."""
    waiting = list(reports)
    monkeypatch.setattr(agreement, "run_worker", lambda *_, **__: waiting.pop(0))


@pytest.mark.parametrize("other", [2.0 + 1e-4, float("nan")])
def test_the_check_of_agreement_catches_a_difference(monkeypatch, other):
    one = {"parameters": [[[[1.0, 2.0]], [0.5]]]}
    _reports(monkeypatch, one, {"parameters": [[[[1.0, other]], [0.5]]]})
    verdict = agreement.check(GPU, time.monotonic() + 9)
    assert not verdict["agrees"]
    assert agreement.describe(verdict).endswith("1e-05 is allowed: FAIL")
    _reports(monkeypatch, one, {"parameters": [[[[1.0, 2.0 + 1e-6]], [0.5]]]})
    verdict = agreement.check(GPU, time.monotonic() + 9)
    assert verdict["agrees"]
    assert verdict["largest"] == pytest.approx(5e-7)
    assert agreement.describe(verdict).endswith("1e-05 is allowed: PASS")


def test_the_check_of_agreement_reports_a_process_that_failed(monkeypatch):
    _reports(monkeypatch, {"parameters": []}, {"error": "a reason"})
    assert agreement.describe(agreement.check(GPU, time.monotonic() + 9)).endswith(
        "HBM3: a reason: FAIL"
    )


@pytest.mark.thorough
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


def test_synthetic_data_have_the_shapes_of_mnist():
    X, Y = workloads.load_data("synthetic mnist", 50, None)
    assert (X.shape, Y.shape, X.dtype, Y.dtype) == ((50, 784), (50, 10), np.float32, np.float32)
    assert X.min() >= 0
    assert X.max() <= 1
    np.testing.assert_array_equal(Y.sum(1), 1)


def test_flags_are_added_to_those_of_the_environment(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--one")
    made = runner.environment(Path("cache"), CPU, "float32", keep=False, flags="--two=2")
    assert made["XLA_FLAGS"] == "--one --two=2"
    assert runner.environment(Path("cache"), CPU, "float32", keep=False)["XLA_FLAGS"] == "--one"


def test_a_warm_call_lasts_as_long_as_is_asked_for():
    tried = []

    def timed(epochs: int) -> float:
        tried.append(epochs)
        return 0.001 * epochs

    assert _worker.lasting(0.3, timed) == 300
    assert tried == [1, 10, 100, 300]


@needs_torch
@pytest.mark.thorough
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
