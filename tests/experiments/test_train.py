"""train.py and predict.py: from a data set or a CSV file to a model, and to predictions."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jaxnn
from tests.support.scripts import FOLDER, run

pytestmark = pytest.mark.thorough

WRITTEN = {"model", "results.json", "learning_curves.png", "worked_example.html"}


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


def results_of(folder):
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


def test_train_on_digits_by_default_and_predict_a_file(tmp_path):
    done = run(tmp_path, "train.py", "--epochs", 8)
    assert done.returncode == 0, done.stderr
    assert "W^[1] (64, 64)" in done.stdout
    assert done.stdout.count("Confusion matrix") == 1
    assert "1,221 rows to train on, 216 to validate on, 360 to test on" in done.stdout
    folder = tmp_path / "results" / "train"
    pictures = {"confusion_matrix.png", "wrong_predictions.png"}
    assert {path.name for path in folder.iterdir()} == WRITTEN | pictures
    for path in folder.glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG")
    page = (folder / "worked_example.html").read_text(encoding="utf-8")
    assert '"image_shape":[8,8]' in page
    results = results_of(folder)
    assert results["test"]["accuracy"] > 0.93
    assert results["rows"] == {"train": 1221, "validation": 216, "test": 360}

    model = jaxnn.tables.load(folder / "model")
    assert model.scores == results["test"]
    assert model.network.sizes == (64, 64, 64, 10)
    assert {"loss", "val_loss", "val_accuracy"} <= set(model.history)  # that is what is drawn
    digits = jaxnn.digits()
    pixels = pd.DataFrame(np.rint(digits.X.T[:200] * 16), columns=model.columns.input_names)
    pixels["label"] = jaxnn.class_of(digits.Y[:, :200])
    pixels.to_csv(tmp_path / "new.csv", index=False)
    done = run(tmp_path, "predict.py", folder / "model", "new.csv")
    assert done.returncode == 0, done.stderr
    assert "200 predictions written to predictions.csv" in done.stdout
    assert "scores: accuracy 9" in done.stdout
    found = pd.read_csv(tmp_path / "predictions.csv")
    assert list(found.columns) == ["label", *(f"probability of {i}" for i in range(10))]
    assert (found["label"] == pixels["label"]).mean() > 0.93
    np.testing.assert_allclose(found.iloc[:, 1:], model.predict_proba(pixels), rtol=1e-5)


@pytest.mark.data
@pytest.mark.slow
def test_mnist_from_raw_pixels(tmp_path):
    if "JAXNN_DATA" not in os.environ:
        pytest.skip("JAXNN_DATA names no folder")
    done = run(tmp_path, "train.py", "--dataset", "mnist", "--epochs", 1, "--hidden", 32)
    assert done.returncode == 0, done.stderr
    test = jaxnn.mnist(part="test", pixels="uint8")
    model = jaxnn.tables.load(tmp_path / "results" / "train" / "model")
    assert model.rows == (51_000, 9_000, 10_000)
    pixels = pd.DataFrame(test.X.T[:500], columns=model.columns.input_names)
    assert pixels.max(axis=None) == 255
    pixels["label"] = jaxnn.class_of(test.Y[:, :500])
    pixels.to_csv(tmp_path / "new.csv", index=False)
    done = run(tmp_path, "predict.py", "results/train/model", "new.csv", "--out", "p.csv")
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(tmp_path / "p.csv")
    assert (found["label"] == pixels["label"]).mean() > 0.9
    assert "scores: accuracy" in done.stdout


ADULT = (
    "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,"
    "capital-gain,capital-loss,hours-per-week,native-country,income"
)
TABLES = {
    "adult-train": ("income", ["--names", ADULT], {"accuracy": 0.8}),
    "bank-additional-full": ("y", [], {"accuracy": 0.89}),
    "bike_sharing_hour": ("cnt", ["--drop", "casual,registered,instant"], {"r2": 0.5}),
    "california_housing": ("median_house_value", [], {"r2": 0.6}),
    "winequality-white": ("quality", [], {"accuracy": 0.45}),
}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_table_as_it_is_on_disk(name, tmp_path):
    target, options, least = TABLES[name]
    path = Path(os.environ.get("JAXNN_DATA", ""), "tabular", f"{name}.csv")
    if "JAXNN_DATA" not in os.environ or not path.exists():
        pytest.skip("JAXNN_DATA names no folder with tabular files")
    done = run(tmp_path, "train.py", "--csv", path, "--target", target, *options, "--epochs", 2)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "train"
    results = results_of(folder)
    assert results["test"] == pytest.approx(jaxnn.tables.load(folder / "model").scores)
    ((score, value),) = least.items()
    assert results["test"][score] > value
    assert len(results["baselines"]) == 2
    names = options if "--names" in options else []
    done = run(tmp_path, "predict.py", folder / "model", path, *names, "--out", "p.csv")
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(tmp_path / "p.csv")
    assert len(found) == sum(results["rows"].values())
    assert found.notna().all(axis=None)
    assert f"{len(found):,} predictions written to p.csv" in done.stdout
    assert "scores: " in done.stdout


@pytest.mark.slow
def test_train_on_a_table_for_regression(tmp_path):
    rows = np.random.default_rng(0).normal(size=(200, 2))
    lines = [f"{a},{b},{100 + 3 * a - 2 * b}" for a, b in rows]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,y", *lines]))
    done = run(tmp_path, "train.py", "--csv", "t.csv", "--target", "y", "--hidden", 16,
               "--epochs", 60, "--learning-rate", 0.03, "--members", 2)  # fmt: skip
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "train"
    results = results_of(folder)
    assert results["test"]["r2"] > 0.95
    assert results["test"]["rmse"] < 1.5
    assert results["input_names"] == ["a", "b"]
    assert len(results["best_epochs"]) == 2
    assert {path.name for path in folder.iterdir()} == WRITTEN | {"predictions.png"}
    (tmp_path / "new.csv").write_text("b,a\n0,0\n1,\n")
    done = run(tmp_path, "predict.py", folder / "model", "new.csv")
    assert done.returncode == 0, done.stderr
    found = pd.read_csv(tmp_path / "predictions.csv")
    assert list(found.columns) == ["y"]
    assert found["y"][0] == pytest.approx(100, abs=1.5)


@pytest.mark.slow
def test_train_on_classes_of_any_name_on_a_terminal_of_any_encoding(tmp_path, monkeypatch):
    names = ["[/x]", "$a_$", "[red]:x:", "two words"]
    rows = [f"{i % 4},{i % 7},{names[i % 4]}" for i in range(80)]
    path = tmp_path / "[red] $t_$.csv"
    path.write_text("\n".join(["[b]a,$b,y", *rows]), encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run(tmp_path, "train.py", "--csv", path.name, "--target", "y", "--hidden", 8,
               "--epochs", 2, "--out", "[/out]")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in names)
    folder = tmp_path / "[" / "out]"
    assert results_of(folder)["class_names"] == sorted(names)
    assert {p.name for p in folder.iterdir()} == WRITTEN | {"confusion_matrix.png"}
    done = run(tmp_path, "predict.py", "[/out]/model", path.name, "--out", "[p].csv")
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(tmp_path / "[p].csv")["y"]) <= set(names)


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
    assert {p.name for p in (tmp_path / "here").iterdir()} == {"model", "results.json"}


@pytest.mark.slow
def test_train_goes_on_from_a_checkpoint(tmp_path):
    options = "--dataset", "iris", "--hidden", 8, "--checkpoint", tmp_path / "run"
    for _ in range(2):
        done = run(tmp_path, "train.py", *options, "--epochs", 10)
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "run").glob("step_*"))) >= 1
    assert "all 10 epochs were already run: nothing was left to train" in done.stderr
    path = tmp_path / "results" / "train" / "results.json"
    before = path.read_bytes()
    for name, value in (("--learning-rate", 0.3), ("--seed", 1), ("--epochs", 20)):
        done = run(tmp_path, "train.py", *options, "--epochs", 10, name, value)  # the last counts
        assert done.returncode == 2
        assert "is of another run" in done.stderr
        assert "Traceback" not in done.stderr
        assert path.read_bytes() == before
    more = "--epochs", 20, "--allow-changes", "optimizer", "patience"
    done = run(tmp_path, "train.py", *options, *more)
    assert done.returncode == 0, done.stderr
    assert results_of(path.parent)["epochs"][0] > 10


@pytest.mark.slow
def test_train_says_that_it_diverged(tmp_path):
    done = run(tmp_path, "train.py", "--dataset", "iris", "--optimizer", "sgd",
               "--learning-rate", 1e30, "--epochs", 5)  # fmt: skip
    assert "the loss became NaN or infinite" in done.stderr
    text = (tmp_path / "results" / "train" / "results.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["diverged"] == [True]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        slow(["--csv", "missing.csv", "--target", "y"], "error: [Errno 2] No such file"),
        slow(["--csv", "t.csv"], "--csv FILE and --target COLUMN go together"),
        slow(["--drop", "a"], "--drop is for a file: give --csv FILE and --target COLUMN"),
        slow(["--csv", "t.csv", "--target", "z"], "error: target must be one of the columns"),
        slow(["--csv", "t.csv", "--target", "y", "--drop", "z"], "error: drop must name a column"),
        slow(["--dataset", "digit"], "invalid choice: 'digit'"),
        slow(["--optimizer", "adamm"], "invalid choice: 'adamm'"),
        slow(["--optimizer", "sgd", "--weight-decay", "0.1"], "--weight-decay is for adamw and"),
        slow(["--hidden", "0"], "error: hidden[0] must be at least 1, got 0"),
        slow(["--epochs", "0"], "error: epochs must be at least 1, got 0"),
        slow(["--validation", "2"], "error: validation must be a share in (0, 1)"),
        slow(["--out", "t.csv"], "error: --out must be a folder that can be written, got t.csv"),
        (["--dataset", "mnist", "--data-dir", "."], "error: folder must hold"),
    ],
)
def test_mistakes_are_told_in_one_line(options, text, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n" + "1,2\n2,3\n" * 20)
    done = run(tmp_path, "train.py", *options)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    frame = pd.DataFrame({"x": range(20), "y": ["a", "b"] * 10})
    model = jaxnn.fit_table(frame, target="y", hidden=(2,), epochs=1, progress=False, compare=False)
    return model.save(folder / "model")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        slow(["nowhere", "t.csv"], "error: nowhere holds no table model"),
        slow(["MODEL", "missing.csv"], "error: [Errno 2] No such file"),
        slow(["MODEL"], "the following arguments are required: NEW.csv"),
        slow(["MODEL", "t.csv", "--out", "nowhere/p.csv"], "error: "),
        (["MODEL", "t.csv"], "error: the frame must have the columns of the training part"),
    ],
)
def test_mistakes_of_predictions_are_told_in_one_line(options, text, tmp_path, model_folder):
    (tmp_path / "t.csv").write_text("z,y\n1,2\n2,3\n" if len(options) == 2 else "x\n1\n")
    options = [model_folder if option == "MODEL" else option for option in options]
    done = run(tmp_path, "predict.py", *options)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "predictions.csv").exists()
