"""The experiments run from the command line, write what they say, and refuse in one line."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.support.scripts import FOLDER, run, start

pytestmark = pytest.mark.thorough


def test_a_second_run_finds_its_programs_and_is_silent(tmp_path, monkeypatch):
    """With jaxlib 0.8 to 0.10.1 each program read from the cache gives a warning of SIGILL."""
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    code = (
        "from types import SimpleNamespace\n"
        "from shared.common import before_jax, remember_compilations\n"
        "before_jax(SimpleNamespace)\n"
        "remember_compilations()\n"
        "import jax\n"
        "jax.jit(lambda x: x @ x + 1)(jax.numpy.ones((3, 3))).block_until_ready()\n"
    )
    env = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    written = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=FOLDER, env=env, capture_output=True, text=True,
            timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        written.append({path: path.stat().st_mtime_ns for path in tmp_path.rglob("*-cache")})
    assert written[0] == written[1] != {}


def test_what_is_piped_is_neither_wrapped_nor_cut():
    code = (
        "from rich.table import Table\n"
        "from shared.common import console\n"
        "console().print('word ' * 100)\n"
        "table = Table(*(f'column {i}' for i in range(50)))\n"
        "table.add_row(*('text' for _ in range(50)))\n"
        "console().print(table)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=FOLDER, env=os.environ | {"COLUMNS": "80"},
        capture_output=True, text=True, encoding="utf-8", timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    line, _, head, _, row, _ = done.stdout.splitlines()
    assert (line.count("word"), head.count("column"), row.count("text")) == (100, 50, 50)


def test_boolean_function(tmp_path):
    done = run(tmp_path, "boolean_function.py", "--out", "here")
    assert done.returncode == 0, done.stderr
    assert "8 of 8 rows right" in done.stdout
    results = json.loads((tmp_path / "here" / "results.json").read_text())
    assert results["example"]["∂E/∂w_11^[2], their product"] == pytest.approx(0.0994956, abs=1e-7)
    assert results["rows_right"] == 8
    assert (tmp_path / "here" / "network.png").stat().st_size > 5000
    assert "w_1,1^[2] ← 0.3 − 0.5 × 0.0995 = 0.2503" in done.stdout
    assert "</html>" in (tmp_path / "here" / "worked_example.html").read_text(encoding="utf-8")


def test_published_examples(tmp_path):
    done = run(tmp_path, "published_examples.py", "--example", "macleod", "nielsen")
    assert done.returncode == 0, done.stderr
    assert (
        "macleod: The hidden δ are computed with the output weights after their update"
        in done.stdout
    )
    folder = tmp_path / "results" / "published_examples"
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert results["verdicts"] == {"right": 9, "slip": 10, "unexplained": 1}
    row = results["examples"]["macleod"]["new w_1,1^[1]"]
    assert (row["printed"], row["exact"]) == ("0.09916", pytest.approx(0.09907093, abs=5e-9))
    files = {"index.html", "results.json", "macleod.txt", "macleod.html", "nielsen.txt"}
    assert {path.name for path in folder.iterdir()} == files
    text = (folder / "macleod.txt").read_text(encoding="utf-8")
    assert "w_1,1^[1] ← 0.1 + (−0.000929071) = 0.099070929" in text
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert 'href="macleod.html"' in index


@pytest.mark.slow
def test_stream(tmp_path):
    done = run(tmp_path, "stream.py", "--dataset", "digits", "--epochs", 2, "--rounds", 1,
               "--buffer", 300, "--folder", "files")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "an epoch from disk takes" in done.stdout
    results = json.loads((tmp_path / "results" / "stream" / "results.json").read_text())
    assert results["examples"] == len(np.load(tmp_path / "files" / "X.npy")) == 1797
    assert {len(seconds) for seconds in results["seconds"].values()} == {2}
    losses = [results["last_epoch"][place]["loss"] for place in ("memory", "disk")]
    assert losses[0] == pytest.approx(losses[1], rel=0.2)


@pytest.mark.slow
def test_multihost(tmp_path):
    options = "--hidden", 16, "--epochs", 2, "--every", 1, "--buffer", 512
    done = run(tmp_path, "multihost.py", "--processes", 2, *options)
    assert done.returncode == 0, done.stderr
    assert "2 processes, 2 devices: {'data': 2}" in done.stdout
    results = json.loads((tmp_path / "results" / "multihost" / "results.json").read_text())
    assert results["processes"] == 2
    assert results["epochs"] == 2
    again = run(tmp_path, "multihost.py", *options)
    assert "1 processes, 1 devices" in again.stdout
    assert (
        json.loads((tmp_path / "results" / "multihost" / "results.json").read_text())["parameters"]
        == results["parameters"]
    )  # nothing was left to do


def test_scaling_on_paper(tmp_path):
    done = run(tmp_path, "scaling.py", "--paper")
    assert done.returncode == 0, done.stderr
    tables = (FOLDER / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert done.stdout.strip() in tables


@pytest.mark.slow
def test_sweep(tmp_path):
    done = run(tmp_path, "sweep.py", "--dataset", "iris", "--rates", 3, "--weight-decays", 0, 0.1,
               "--seeds", 2, "--epochs", 9, "--halving", 3, "--hidden", 8)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "SweepResult of 12 networks" in done.stdout
    folder = tmp_path / "results" / "sweep"
    results = json.loads((folder / "results.json").read_text())
    assert results["networks"] == 12
    assert np.mean(results["test_accuracy"]) > 0.8
    rows = (folder / "networks.csv").read_text().splitlines()
    assert rows[0].startswith("learning_rate,weight_decay,seed,accuracy,loss,val_accuracy")
    assert len(rows) == 13
    for name in ("sweep.png", "learning_curves.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_ensemble(tmp_path):
    done = run(tmp_path, "ensemble.py", "--dataset", "breast_cancer", "--members", 4, "--epochs", 9,
               "--bootstrap", "--hidden", 8)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "calibration error" in done.stdout
    results = json.loads((tmp_path / "results" / "ensemble" / "results.json").read_text())
    assert list(results["scores"]) == ["1", "2", "4"]
    assert results["scores"]["4"]["accuracy"] > 0.9
    assert (tmp_path / "results" / "ensemble" / "ensemble.png").stat().st_size > 5000


RECORD = "--subset", 1500, "--epochs", 1, "--network", "32-16"


@pytest.mark.slow
@pytest.mark.skipif("JAXNN_DATA" not in os.environ, reason="JAXNN_DATA names no folder")
def test_mnist_record(tmp_path):
    done = run(tmp_path, "mnist_record.py", *RECORD, "--members", 2, "--validate")
    assert done.returncode == 0, done.stderr
    assert "trains on 1,500 images, is tested on 1,500" in done.stdout
    folder = tmp_path / "results" / "mnist_record"
    results = json.loads((folder / "results.json").read_text())
    final, committee = results["final_error"], results["committee_error"]
    assert len(final) == len(committee) == 2
    assert all(10 < error < 90 for error in final)  # better than guessing, far from learnt
    assert committee[0] == pytest.approx(np.mean(final), abs=1e-4)
    for name in ("wrong.png", "error.png", "deformed.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
@pytest.mark.skipif("JAXNN_DATA" not in os.environ, reason="JAXNN_DATA names no folder")
def test_mnist_record_trains_as_many_epochs_as_fit_into_some_minutes(tmp_path):
    done = run(tmp_path, "mnist_record.py", *RECORD, "--minutes", 0.01)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "mnist_record"
    results = json.loads((folder / "results.json").read_text())
    epochs = results["options"]["epochs"]
    assert f"{epochs:,} epochs fit into 0.01 minutes" in done.stdout
    assert epochs == results["epochs_in_these_seconds"] > 1
    assert not (folder / "run").exists()  # no checkpoint, for the next run trains another number


@pytest.mark.slow
@pytest.mark.skipif("JAXNN_DATA" not in os.environ, reason="JAXNN_DATA names no folder")
@pytest.mark.parametrize("options", [["--dataset", "fashion_mnist"], ["--plain", "--dropout", 0.2]])
def test_mnist_record_goes_on_and_ends_as_if_never_stopped(options, tmp_path):
    options = [*RECORD, "--epochs", 40, "--members", 2, *options, "--out"]
    whole = run(tmp_path, "mnist_record.py", *options, "whole")
    assert whole.returncode == 0, whole.stderr
    with start(tmp_path, "mnist_record.py", *options, "parts") as stopped:
        while not (tmp_path / "parts" / "run").is_dir():
            assert stopped.poll() is None
        time.sleep(1)  # it compiles, or trains; an epoch is saved before it ends
        stopped.terminate()
        stopped.communicate(timeout=60)
    assert stopped.returncode == 143
    again = run(tmp_path, "mnist_record.py", *options, "parts")
    assert "trained before" in again.stdout
    one, other = (
        json.loads((tmp_path / name / "results.json").read_text()) for name in ("whole", "parts")
    )
    for name in ("final_error", "best_error", "committee_error"):
        assert one[name] == other[name]


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("dataset", "name"), [slow("breast_cancer", "accuracy"), slow("diabetes", "r2")]
)
def test_cross_validate(dataset, name, tmp_path):
    done = run(tmp_path, "cross_validate.py", "--dataset", dataset, "--repeats", 2, "--hidden", 8,
               "--epochs", 9)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "10 networks in" in done.stdout
    folder = tmp_path / "results" / "cross_validate"
    results = json.loads((folder / "results.json").read_text())
    assert len(results["scores"][name]) == 10
    assert results["mean"] > {"accuracy": 0.9, "r2": 0.3}[name]
    assert (folder / "folds.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("script", "options", "text"),
    [
        ("sweep.py", ["--rates", "0"], "error: grid['learning_rate'] must have at least one value"),
        slow("ensemble.py", ["--members", "0"], "error: members must be at least 1, got 0"),
        slow("cross_validate.py", ["--folds", "300"], "error: folds must be at most the size of"),
    ],
)
def test_mistakes_with_many_networks_are_told_in_one_line(script, options, text, tmp_path):
    done = run(tmp_path, script, *options)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
