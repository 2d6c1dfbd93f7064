"""The sweep beside other ways to train many networks: all do the same work, and it says so.

The times themselves are not tested.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import device  # noqa: E402
import machine  # noqa: E402
import runner  # noqa: E402
import sweep  # noqa: E402
import sweep_chart  # noqa: E402
import sweep_report  # noqa: E402
import workloads  # noqa: E402
from device import CPU, Device  # noqa: E402
from problem import Problem  # noqa: E402
from sweep_peers import CONTENDERS, Entry, Task, grid, stacked  # noqa: E402

GPU = Device("gpu", "A card", 1, 80.0, "580.1", "cuda 13000", "13.0")


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """Return a folder that holds a problem of 200 digits."""
    place = tmp_path_factory.mktemp("small")
    digits = dataclasses.replace(workloads.WORKLOADS["digits"], examples=200)
    workloads.make(digits, None).save(place / "problem")
    return place


def _report(contender: str, place: Path, monkeypatch, networks: int = 3) -> dict:
    if reason := CONTENDERS[contender].absent(CPU):
        pytest.skip(f"{CONTENDERS[contender].label}: {reason}")
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    got = sweep.run_worker(sweep.Run(contender, (2,)), networks, place, CPU, "float32")
    assert isinstance(got, list), got
    return got[0]


@pytest.mark.slow
def test_a_small_run_writes_tables_and_picture_and_all_agree(tmp_path, monkeypatch, capsys):
    """One test, so that the script runs once."""
    monkeypatch.delenv("XLA_FLAGS", raising=False)  # several devices are for the tests of jaxnn
    monkeypatch.setattr(runner, "matmul_rate", lambda *_: 100.0)
    monkeypatch.setattr(device, "find", lambda: CPU)
    monkeypatch.setattr(sweep, "CROSS_VALIDATED", ("jaxnn",))
    absent = Entry("Nowhere", "nowhere", "Loop", ("a_module_that_nobody_has",), "loop")
    monkeypatch.setitem(CONTENDERS, "nowhere", absent)
    peers = ["--peers", "jaxnn", "jaxnn-own", "jaxnn-loop", "numpy", "sklearn", "nowhere"]
    sizes = ["--networks", "16", "--epochs", "4", "--repeats", "1"]
    sweep.main([*sizes, *peers, "--out", str(tmp_path)])
    result = json.loads((tmp_path / "sweep.json").read_text())
    text = (tmp_path / "sweep.md").read_text()
    assert text in capsys.readouterr().out
    assert (tmp_path / "sweep.png").read_bytes()[:4] == b"\x89PNG"

    contenders = result["contenders"]
    nowhere = contenders.pop("nowhere")
    assert nowhere == {"status": "not installed", "label": "Nowhere", "reports": []}
    assert "| Nowhere | not installed |" in text
    assert {entry["status"] for entry in contenders.values()} == {"measured"}
    reports = {key: entry["reports"][0] for key, entry in contenders.items()}
    trained = {"jaxnn": 16, "jaxnn-own": 16, "jaxnn-loop": 8, "numpy": 4, "sklearn": 4}
    assert {key: report["trained"] for key, report in reports.items()} == trained

    losses = [entry["summary"]["loss"] for entry in contenders.values()]
    assert losses == pytest.approx([np.median(losses)] * 5, rel=sweep_report.TOLERANCE)
    assert "differs!" not in text
    own = reports["jaxnn-own"]["losses"]  # of four seeds at the learning rate of the peers
    assert own == pytest.approx(reports["jaxnn-loop"]["losses"][:4], rel=1e-4)

    for part in (
        "16 networks, 64-32-10, adam, batch 32, 1,797 of digits, 4 epochs",
        "| jaxnn.sweep |", "| jaxnn.fit, loop |", "| scikit-learn, loop |",
        "| jaxnn.cross_validate | 4 |", "| jaxnn.cross_validate | 20 |",
        "float32 matrix products 100 GFLOP/s",
        "- jaxnn.sweep: ", "- jaxnn.cross_validate: 5 folds in ",
    ):  # fmt: skip
        assert part in text
    for entry in result["cross_validation"]:
        assert entry["status"] == "measured"
        assert entry["summary"]["ratio"]["samples"] == 5


def test_cross_validation_by_scikit_learn_is_measured(small, monkeypatch):
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    run = sweep.Run("sklearn", (1, 2), folds=True)
    got = sweep.run_worker(run, 1, small, CPU, "float32")
    assert isinstance(got, list), got
    assert [len(taken) for report in got for taken in report.values()] == [5] * 4


@pytest.mark.parametrize("contender", ["torch-vmap", "equinox-vmap"])
def test_stacked_networks_descend_as_each_does_alone(contender, small, monkeypatch):
    alone = _report("numpy", small, monkeypatch)
    got = _report(contender, small, monkeypatch)
    assert got["losses"] == pytest.approx(alone["losses"], rel=1e-4)
    assert len(got["seconds"]) == 3
    assert got["note"] == "3 at a time"
    assert all("3 at a time" in name for name in got["tried"])


def test_grid_search_fits_each_candidate_on_all_examples(small, monkeypatch):
    got = _report("sklearn-grid", small, monkeypatch, networks=8)
    loop = _report("sklearn", small, monkeypatch, networks=8)
    assert got["note"] == f"{machine.cores()} processes"
    assert len(got["losses"]) == 8
    assert np.mean(got["losses"]) == pytest.approx(np.mean(loop["losses"]), rel=0.1)


def test_a_grid_has_so_many_points_and_the_rate_in_the_middle():
    for networks, (some, seeds) in {1: (1, 1), 7: (1, 7), 12: (3, 4), 4096: (64, 64)}.items():
        rates, numbers = grid(networks, 1e-3)
        assert (len(rates), len(numbers)) == (some, seeds)
        assert 1e-3 in rates
        assert min(rates) >= 1e-4 * (1 - 1e-9)
        assert max(rates) <= 1e-2


def test_stacked_parameters_are_those_of_each_network(small):
    task = Task(Problem.load(small / "problem"), 3, 1)
    (W1, b1), (W2, _) = stacked(task, range(1, 3))
    assert (W1.shape, b1.shape, W2.shape) == ((2, 32, 64), (2, 32), (2, 10, 32))
    np.testing.assert_array_equal(W1[0], task.parameters(1)[0][0])
    np.testing.assert_array_equal(task.parameters(0)[0][0], task.problem.parameters[0][0])


def test_a_contender_that_fails_is_reported_with_its_error(tmp_path):
    got = sweep.run_worker(sweep.Run("numpy", (1,)), 1, tmp_path, CPU, "float32")
    assert "No such file" in got


def test_what_runs_on_the_cpu_alone_is_absent_on_a_gpu():
    assert CONTENDERS["sklearn-grid"].absent(GPU) == "absent: it runs on the CPU alone"
    assert CONTENDERS["jaxnn"].absent(GPU) is None
    assert CONTENDERS["jaxnn"].absent(CPU) is None


def _recorded() -> dict:
    """Return what was measured, with times that are easy to check."""

    def entry(label: str, ms: float, loss: float, note: str = "") -> dict:
        report = {"seconds": [ms / 1e3, 1.2 * ms / 1e3, 1.1 * ms / 1e3], "losses": [loss, loss]}
        return {"status": "measured", "label": label, "reports": [report | {"note": note}]}

    return {
        "networks": 256,
        "epochs": 10,
        "machine": {
            "processor": "A processor", "cores": 2, "system": "Linux", "python": "3.11",
            "versions": {"jax": "0.10.2", "keras": None},
        },
        "workload": dataclasses.asdict(workloads.WORKLOADS["digits"]),
        "matmul_gflops": {"float32": [150.0, 200.0]},
        "contenders": {
            "jaxnn": entry("jaxnn.sweep", 0.2, 0.27),
            "sklearn": entry("scikit-learn, loop", 8.0, 0.28),
            "equinox-lean": entry("Equinox, lean loop", 2.0, 0.26),
            "torch": entry("PyTorch, loop", 4.0, 0.5),
            "torch-vmap": entry("PyTorch, torch.func.vmap", 1.0, 0.27, "64 at a time"),
            "flax": {"status": "failed: a reason", "label": "Flax NNX, loop", "reports": []},
        },
        "cross_validation": [
            {
                "library": "jaxnn", "epochs": 10, "status": "measured",
                "reports": [{"fit": [0.01, 0.02, 0.01], "folds": [0.02, 0.03, 0.025]}],
            },
            {"library": "sklearn", "epochs": 10, "status": "failed: a reason", "reports": []},
        ],
    }  # fmt: skip


def test_the_summary_has_medians_ratios_and_rates():
    result = sweep_report.summarise(_recorded())
    ours, torch = (result["contenders"][key]["summary"] for key in ("jaxnn", "torch-vmap"))
    assert ours["ms"] == pytest.approx({"median": 0.22, "min": 0.2, "max": 0.24, "samples": 3})
    assert torch["times"]["median"] == pytest.approx(5)
    flops = 1797 * (4 * 64 * 32 + 6 * 32 * 10)
    assert ours["gflops"] == pytest.approx(flops / 0.22e-3 / 1e9)
    assert ours["share"] == pytest.approx(ours["gflops"] / 200)
    fits = result["cross_validation"][0]["summary"]["ratio"]
    assert (fits["median"], fits["min"], fits["max"]) == pytest.approx((2.0, 1.5, 2.5))


def test_another_loss_is_marked_and_its_loop_is_not_the_best():
    result = sweep_report.summarise(_recorded())
    text = sweep_report.markdown(result)
    assert "| PyTorch, loop | 4.40 | 4.00 to 4.80 | 20.0 | 0.500 differs! |" in text
    assert "| PyTorch, torch.func.vmap, 64 at a time | 1.10 |" in text
    assert "| Flax NNX, loop | failed: a reason |" in text
    assert "| scikit-learn, cross_val_score, joblib | 10 | failed: a reason |" in text
    assert result["targets"] == [
        "jaxnn.sweep: 0.220 ms per network and epoch, which meets the target of 0.25 ms; "
        "83 GFLOP/s of needed products, 41% of the measured rate",
        "jaxnn.sweep: 40.0 times as fast as the best loop of scikit-learn, PyTorch and Equinox "
        "(scikit-learn, loop), which misses the target of 50",
        "jaxnn.sweep: 10.0 times as fast as the best of all loops (Equinox, lean loop), "
        "which misses the target of 50",
        "jaxnn.cross_validate: 5 folds in 2.00 times one fit of 10 epochs, "
        "which meets the target of 2",
    ]


@pytest.mark.parametrize("left_out", ["jaxnn", "cross_validation"])
def test_table_and_picture_do_with_less(left_out, tmp_path):
    recorded = _recorded()
    if left_out == "jaxnn":
        del recorded["contenders"]["jaxnn"]
        recorded["cross_validation"] = []
    result = sweep_report.summarise(recorded)
    sweep_chart.draw(result, tmp_path / "sweep.png")
    assert (tmp_path / "sweep.png").read_bytes()[:4] == b"\x89PNG"
    assert "| scikit-learn, loop | 8.80 |" in sweep_report.markdown(result)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--networks", "0"], "--networks must be at least 1, got 0"),
        (["--epochs", "-1"], "--epochs must be at least 1, got -1"),
        (["--repeats", "0"], "--repeats must be at least 1, got 0"),
        (["--peers", "theano"], "invalid choice: 'theano'"),
    ],
)
def test_the_command_refuses_what_it_does_not_know(arguments, message, capsys):
    with pytest.raises(SystemExit):
        sweep.main(arguments)
    assert message in capsys.readouterr().err
