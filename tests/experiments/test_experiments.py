"""The experiments run from the command line, write what they say, and refuse in one line."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.support.plugin import cache_of_children

pytestmark = pytest.mark.thorough

FOLDER = Path(__file__).parents[2] / "experiments"


def start(tmp_path, script, *options):
    env = os.environ | {"XDG_CACHE_HOME": cache_of_children(), "COLUMNS": "120"}
    env.pop("XLA_FLAGS", None)
    return subprocess.Popen(
        [sys.executable, FOLDER / script, *map(str, options)],
        cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(tmp_path, script, *options):
    with start(tmp_path, script, *options) as process:
        out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


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


def test_train_on_digits_by_default(tmp_path):
    done = run(tmp_path, "train.py", "--epochs", 15)
    assert done.returncode == 0, done.stderr
    assert "W^[1] (256, 64)" in done.stdout
    assert "Confusion matrix" in done.stdout
    folder = tmp_path / "results" / "train"
    results = json.loads((folder / "results.json").read_text())
    assert results["test"]["accuracy"] > 0.95
    assert np.load(folder / "params.npz")["W2"].shape == (10, 256)
    for name in ("learning_curves.png", "confusion_matrix.png", "wrong_predictions.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    page = (folder / "worked_example.html").read_text(encoding="utf-8")
    assert '"image_shape":[8,8]' in page


@pytest.mark.slow
def test_train_on_a_table_for_regression(tmp_path):
    rows = np.random.default_rng(0).normal(size=(80, 2))
    lines = [f"{a},{b},{100 + 3 * a - 2 * b}" for a, b in rows]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,y", *lines]))
    done = run(tmp_path, "train.py", "--csv", "t.csv", "--target", "y", "--hidden", 16,
               "--dropout", 0, "--epochs", 150, "--learning-rate", 0.01)  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results" / "train" / "results.json").read_text())
    assert results["test"]["r2"] > 0.95
    assert results["test"]["rmse"] < 1.5
    assert results["feature_names"] == ["a", "b"]
    arrays = np.load(tmp_path / "results" / "train" / "params.npz")
    assert sorted(arrays.files) == sorted(
        ["W1", "b1", "W2", "b2", "input_mean", "input_scale", "target_mean", "target_scale"]
    )


@pytest.mark.slow
def test_train_on_classes_of_any_name_on_a_terminal_of_any_encoding(tmp_path, monkeypatch):
    names = ["[/x]", "$a_$", "[red]:x:", "two lines\1"]
    rows = [f"{i % 4},{i % 7},{names[i % 4]}" for i in range(80)]
    path = tmp_path / "[red] $t_$.csv"
    path.write_text("\n".join(["[b]a,$b,y", *rows]), encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run(tmp_path, "train.py", "--csv", path.name, "--target", "y", "--hidden", 8,
               "--epochs", 2, "--out", "[/out]")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Dataset '[red] $t_$'" in done.stdout
    assert all(f"| {name[:5]}" in done.stdout for name in names)
    folder = tmp_path / "[" / "out]"
    assert json.loads((folder / "results.json").read_text())["class_names"] == sorted(names)
    assert {p.name for p in folder.iterdir()} == {
        "params.npz", "results.json", "learning_curves.png", "confusion_matrix.png",
        "worked_example.html",
    }  # fmt: skip


@pytest.mark.slow
def test_train_writes_its_numbers_before_what_could_fail(tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); import train; "
        "train.report = lambda *_: 1 / 0; train.main()"
    )
    options = "--dataset", "iris", "--epochs", "1", "--hidden", "4", "--out", "here"
    done = subprocess.run(
        [sys.executable, "-c", code, FOLDER, *options], cwd=tmp_path, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert "ZeroDivisionError" in done.stderr
    assert {p.name for p in (tmp_path / "here").iterdir()} == {"params.npz", "results.json"}


@pytest.mark.slow
def test_train_goes_on_from_a_checkpoint(tmp_path):
    options = "--dataset", "iris", "--hidden", 8, "--checkpoint", tmp_path / "run"
    for _ in range(2):
        done = run(tmp_path, "train.py", *options, "--epochs", 20)
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "run").glob("step_*"))) == 1
    assert "all 20 epochs were already run: nothing was left to train" in done.stderr
    path = tmp_path / "results" / "train" / "results.json"
    before = path.read_bytes()
    for name, value in (
        ("--learning-rate", 0.3),
        ("--seed", 1),
        ("--epochs", 10),
        ("--epochs", 30),
    ):
        done = run(tmp_path, "train.py", *options, "--epochs", 20, name, value)  # the last counts
        assert done.returncode == 2
        assert "is of another run" in done.stderr
        assert "Traceback" not in done.stderr
        assert path.read_bytes() == before
    assert "decay_steps=80" in done.stderr  # more epochs are another schedule
    more = "--epochs", 30, "--allow-changes", "optimizer"
    done = run(tmp_path, "train.py", *options, *more)
    assert done.returncode == 0, done.stderr
    assert json.loads(path.read_bytes())["resumed_at"] == 20
    before = path.read_bytes()
    done = run(tmp_path, "train.py", *options, *more, "--learning-rate", 0.3)
    assert "all 30 epochs were already run, before optimizer changed" in done.stderr
    assert path.read_bytes() == before


@pytest.mark.slow
def test_train_says_that_it_diverged(tmp_path):
    done = run(tmp_path, "train.py", "--dataset", "iris", "--optimizer", "sgd",
               "--learning-rate", 1e30, "--epochs", 5)  # fmt: skip
    assert "the loss became NaN or infinite" in done.stderr
    text = (tmp_path / "results" / "train" / "results.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["diverged"] is True


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


@pytest.mark.parametrize(
    ("options", "text"),
    [
        slow(["--csv", "missing.csv", "--target", "y"], "error: [Errno 2] No such file"),
        slow(["--csv", "t.csv"], "--csv FILE and --target COLUMN go together"),
        slow(["--csv", "t.csv", "--target", "z"], "error: target must be one of the columns"),
        slow(["--dataset", "digit"], "invalid choice: 'digit'"),
        slow(["--optimizer", "adamm"], "invalid choice: 'adamm'"),
        slow(["--optimizer", "sgd", "--weight-decay", "0.1"], "--weight-decay is for adamw and"),
        slow(["--hidden", "0"], "error: sizes must be at least 1, got n_1 = 0"),
        slow(["--epochs", "0"], "error: epochs must be at least 1, got 0"),
        slow(["--out", "t.csv"], "error: --out must be a folder that can be written, got t.csv"),
        (["--dataset", "mnist", "--data-dir", "."], "error: folder must hold"),
    ],
)
def test_mistakes_are_told_in_one_line(options, text, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,2\n2,3\n")
    done = run(tmp_path, "train.py", *options)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
