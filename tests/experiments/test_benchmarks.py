"""The comparison with other libraries: everyone does the same work, and the report is honest.

The times themselves are not tested.
"""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import _worker  # noqa: E402
import chart  # noqa: E402
import markdown_tables  # noqa: E402
import reference  # noqa: E402
import report  # noqa: E402
import runner  # noqa: E402
import training  # noqa: E402
import workloads  # noqa: E402
from device import CPU  # noqa: E402
from peers import PEERS, Entry  # noqa: E402
from problem import Problem, Settings, chunks, first_parameters  # noqa: E402
from rich.console import Console  # noqa: E402
from runner import Run  # noqa: E402

pytestmark = pytest.mark.thorough

CHECK = Run("check", first=3, ordered=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """Return a folder that holds the problem of digits."""
    folder = tmp_path_factory.mktemp("digits")
    workloads.make(workloads.WORKLOADS["digits"], None).save(folder / "problem")
    return folder


@pytest.fixture(scope="module")
def yardstick(place) -> float:
    """Return the loss after the same updates in NumPy."""
    return _loss("numpy", "digits", CHECK, place)


def _loss(peer: str, workload: str, run: Run, place: Path) -> float:
    got = runner.run_worker(workloads.WORKLOADS[workload], peer, run, place)
    assert "error" not in got, got
    return got["loss"]


def peers(without: str | None = None) -> list:
    """Return the peers; those that are JAX underneath, and long to compile, for the slow tests."""
    marks = {"flax": pytest.mark.slow, "equinox": pytest.mark.slow}
    return [pytest.param(key, marks=marks.get(key, ())) for key in PEERS if key != without]


def _skip_if_missing(peer: str) -> None:
    if reason := PEERS[peer].absent(CPU):
        pytest.skip(f"{PEERS[peer].label}: {reason}")


@pytest.mark.thorough_cases(1)
@pytest.mark.parametrize("peer", peers(without="numpy"))
def test_every_peer_reaches_the_same_loss_on_digits(peer, place, yardstick):
    _skip_if_missing(peer)
    assert _loss(peer, "digits", CHECK, place) == pytest.approx(yardstick, rel=0.02)


@pytest.mark.thorough_cases(1)
@pytest.mark.parametrize("peer", peers(without="numpy"))
def test_every_peer_descends_the_same_way_on_the_boolean_function(peer, tmp_path):
    _skip_if_missing(peer)
    workloads.make(workloads.WORKLOADS["tiny"], None).save(tmp_path / "problem")
    run = Run("check", first=500, ordered=True)
    expected = _loss("numpy", "tiny", run, tmp_path)
    assert _loss(peer, "tiny", run, tmp_path) == pytest.approx(expected, rel=0.02)


@pytest.mark.thorough_cases(2)
@pytest.mark.parametrize("peer", peers())
def test_every_peer_predicts_the_same(peer, place):
    _skip_if_missing(peer)
    predicting = dataclasses.replace(workloads.WORKLOADS["digits"], predicts=True)
    got = runner.run_worker(predicting, peer, Run("check"), place)
    problem = Problem.load(place / "problem")
    A = reference.outputs(problem.settings, problem.parameters, problem.X)
    assert got["loss"] == pytest.approx(reference.loss(A, problem.Y), rel=1e-5)


def _problem(sizes: tuple[int, ...], m: int) -> Problem:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(m, sizes[0])).astype(np.float32)
    Y = np.eye(sizes[-1], dtype=np.float32)[np.arange(m) % sizes[-1]]
    settings = Settings(sizes, "relu", "adam", 1e-3, batch_size=m)
    return Problem(settings, X, Y, first_parameters(sizes, 0))


def test_a_worker_reports_everything(place):
    problem = Problem.load(place / "problem")
    got = _worker.measure("numpy", problem, first=1, groups=2, group=1)
    assert set(got) == {"imports", "setup", "first", "epochs", "warm", "peak_mib", "loss"}
    assert len(got["warm"]) == 2
    assert got["epochs"] == 1
    assert 0 < got["setup"] <= got["first"]
    assert got["peak_mib"] > 10


def test_a_problem_is_the_same_after_saving(tmp_path):
    problem = _problem((4, 5, 3), m=6)
    problem.save(tmp_path)
    again = Problem.load(tmp_path)
    assert again.settings == problem.settings
    np.testing.assert_array_equal(again.X, problem.X)
    for (W, b), (V, c) in zip(problem.parameters, again.parameters, strict=True):
        np.testing.assert_array_equal(W, V)
        np.testing.assert_array_equal(b, c)


def test_the_orders_of_the_examples_are_permutations_that_everyone_gets(place):
    problem = Problem.load(place / "problem")
    first, second = problem.orders(2)
    np.testing.assert_array_equal(np.sort(first), np.arange(1797))
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(problem.orders(1, start=1)[0], second)
    ordered = problem.in_order()
    np.testing.assert_array_equal(ordered.orders(1)[0], np.arange(1797))


def test_the_last_batch_is_shorter_and_nothing_is_left_out():
    parts = [index.tolist() for index in chunks(np.arange(5) * 10, 2)]
    assert parts == [[0, 10], [20, 30], [40]]
    assert list(chunks(np.arange(5), 5)) == [None]


def test_flops_are_those_of_the_products():
    """Layer 1 (2, 3): forward and gradient of W; layer 2 (1, 2): those and the gradient of A."""
    one_example = 2 * (2 * 2 * 3) + 3 * (2 * 1 * 2)
    assert reference.training_flops((3, 2, 1), 1) == one_example
    assert reference.training_flops((3, 2, 1), 10) == 10 * one_example
    assert reference.prediction_flops((3, 2, 1), 1) == 2 * (2 * 3 + 1 * 2)
    assert workloads.WORKLOADS["wide"].flops == 20_000 * (
        6 * (784 * 1024 + 1024 * 1024 + 1024 * 10) - 2 * 784 * 1024
    )


def test_flops_agree_with_what_xla_counts():
    """XLA's own count of the gradient's program, which adds only elementwise work."""
    import jax
    import jax.numpy as jnp

    sizes, m = (64, 256, 128, 10), 128
    params = [
        (jnp.ones((after, before)), jnp.ones(after)) for before, after in itertools.pairwise(sizes)
    ]

    def loss(params, X):
        for W, b in params:
            X = jnp.tanh(X @ W.T + b[None, :])
        return jnp.sum(X)

    compiled = jax.jit(jax.grad(loss)).lower(params, jnp.ones((m, 64))).compile()
    counted = compiled.cost_analysis()["flops"]
    assert reference.training_flops(sizes, m) == pytest.approx(counted, rel=0.05)


def test_a_peer_that_is_not_installed_is_reported_as_such(monkeypatch):
    absent = Entry("Nowhere", "nowhere_peer", ("a_module_that_nobody_has",))
    monkeypatch.setitem(PEERS, "nowhere", absent)
    monkeypatch.setattr(runner, "matmul_rate", lambda *_: 100.0)
    result = runner.compare([], ["nowhere"], repeats=1, folder=None)
    assert result["workloads"] == {}
    tiny = workloads.WORKLOADS["tiny"]
    result = runner.compare([tiny], ["nowhere"], repeats=1, folder=None)
    assert result["workloads"]["tiny"]["peers"]["nowhere"] == {
        "status": "not installed",
        "reports": {},
    }
    assert "not installed" in _printed(result)


def test_a_workload_without_its_data_is_reported_as_absent(monkeypatch, tmp_path):
    monkeypatch.setattr(runner, "matmul_rate", lambda *_: 100.0)
    wide = workloads.WORKLOADS["wide"]
    result = runner.compare([wide], ["numpy"], repeats=1, folder=tmp_path)
    assert result["workloads"]["wide"]["status"].startswith("absent: ")
    assert "wide: absent: " in _printed(result)


def test_a_peer_that_fails_is_reported_with_its_error(tmp_path):
    got = runner.run_worker(workloads.WORKLOADS["tiny"], "numpy", Run("check"), tmp_path)
    assert "No such file" in got["error"]


def _recorded() -> dict:
    """Return a result as the runner gives it, with times that are easy to check."""

    def reports(warm: float, loss: float) -> dict:
        one = {"imports": 1.0, "setup": 0.1, "first": 0.5, "peak_mib": 200.0, "loss": loss}
        one["epochs"] = 10
        timed = [one | {"warm": [10 * warm, 12 * warm, 11 * warm], "process": 3.0}]
        cold = one | {"warm": [], "process": 2.0}
        return {"check": [cold], "timed": timed, "whole": [cold]}

    peers = {
        "jaxnn": {"status": "measured", "reports": reports(0.001, 0.90)},
        "sklearn": {"status": "measured", "reports": reports(0.010, 0.91)},
        "torch": {"status": "measured", "reports": reports(0.020, 0.90)},
        "flax": {"status": "measured", "reports": reports(0.005, 1.50)},
        "equinox": {"status": "not installed", "reports": {}},
        "keras": {"status": "failed: a reason", "reports": {}},
    }
    return {
        "machine": {
            "processor": "A processor", "cores": 2, "system": "Linux", "python": "3.11",
            "versions": {"jax": "0.10.2", "keras": None},
        },
        "matmul_gflops": {"float32": [150.0, 200.0]},
        "workloads": {
            "digits": {
                "workload": dataclasses.asdict(workloads.WORKLOADS["digits"]),
                "status": "measured", "peers": peers,
            },
        },
    }  # fmt: skip


def _printed(result: dict) -> str:
    out = io.StringIO()
    result.setdefault("machine", _recorded()["machine"])
    report.summarise(result)
    report.print_tables(result, Console(file=out, width=200))
    return out.getvalue()


def test_the_summary_has_medians_spreads_and_ratios_to_the_best_peer():
    peers = report.summarise(_recorded())["workloads"]["digits"]["peers"]
    warm = peers["jaxnn"]["summary"]["warm"]
    assert warm["median"] == pytest.approx(0.0011)
    assert (warm["min"], warm["max"]) == pytest.approx((0.001, 0.0012))
    assert warm["ratio"] == pytest.approx(10)
    assert peers["sklearn"]["summary"]["warm"]["ratio"] == pytest.approx(1)
    assert peers["torch"]["summary"]["warm"]["ratio"] == pytest.approx(0.5)
    share = workloads.WORKLOADS["digits"].flops / 0.0011 / 200e9
    assert peers["jaxnn"]["summary"]["share"] == pytest.approx(share)


def test_a_peer_that_reached_another_loss_is_not_the_best():
    peers = report.summarise(_recorded())["workloads"]["digits"]["peers"]
    assert not peers["flax"]["summary"]["comparable"]
    assert peers["sklearn"]["summary"]["comparable"]


def test_the_table_says_everything():
    text = _printed(_recorded())
    for part in (
        "A processor, 2 cores, Linux, Python 3.11", "jax 0.10.2", "150 to 200 GFLOP/s",
        "64-32-10, adam, batch 32", "1.10 ms", "1.00 ms to 1.20 ms", "10.0", "2.00 s",
        "not installed", "failed: a reason", "1.5000 differs!",
    ):  # fmt: skip
        assert part in text


def test_the_markdown_tables_say_the_same():
    warm, process = markdown_tables.tables(report.summarise(_recorded())).split("\n\n")
    assert warm.splitlines()[0].startswith(
        "|  | jaxnn | scikit-learn | PyTorch | Flax NNX | jaxnn ×"
    )
    assert warm.splitlines()[2].startswith("| *digits*, epoch | 1.10 ms | 11.0 ms | 22.0 ms |")
    assert "| 10.0 |" in warm
    assert "| *digits*, whole process | 2.00 s | 2.00 s | 2.00 s | 2.00 s |" in process


def test_the_picture_is_drawn(tmp_path):
    chart.draw(report.summarise(_recorded()), tmp_path / "training.png")
    assert (tmp_path / "training.png").read_bytes()[:4] == b"\x89PNG"


def test_the_command_writes_its_result(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(runner, "compare", lambda *a, **k: _recorded())
    training.main(["--workloads", "digits", "--peers", "jaxnn", "--out", str(tmp_path)])
    assert "× best peer" in capsys.readouterr().out
    result = json.loads((tmp_path / "training.json").read_text())
    assert result["workloads"]["digits"]["peers"]["jaxnn"]["summary"]["warm"]["samples"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--workloads", "huge"], "unknown workload 'huge'"),
        (["--repeats", "0"], "--repeats must be at least 1, got 0"),
        (["--peers", "theano"], "invalid choice: 'theano'"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(arguments, message, capsys):
    with pytest.raises(SystemExit):
        training.main(arguments)
    assert message in capsys.readouterr().err
