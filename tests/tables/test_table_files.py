"""A saved model: it predicts the same bits in another process, and nothing damaged is read."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

import jaxnn
from jaxnn.errors import CheckpointError, CorruptCheckpoint
from tests.support.frames import people, trained


@pytest.fixture(scope="module")
def model():
    return trained(test=0.2, compare=True)


@pytest.fixture
def folder(model, tmp_path):
    return model.save(tmp_path / "model")


def assert_equal(one, other):
    """Two models have equal attributes, parameters and histories to the bit."""
    for name in ("columns", "network", "best_epochs", "diverged", "scores", "scored_on", "rows",
                 "baselines", "point", "target", "beats_baselines"):  # fmt: skip
        assert getattr(one, name) == getattr(other, name), name
    jax.tree.map(np.testing.assert_array_equal, one.members, other.members)
    for mine, others in zip(one.histories, other.histories, strict=True):
        assert set(mine) == set(others)
        for name in mine:
            np.testing.assert_array_equal(mine[name], others[name])
    assert repr(one) == repr(other)


def test_what_is_read_is_what_was_saved(model, folder):
    read = jaxnn.tables.load(folder)
    assert_equal(model, read)
    frame = people(40, seed=3)
    np.testing.assert_array_equal(model.predict_proba(frame), read.predict_proba(frame))
    assert read.evaluate(frame) == model.evaluate(frame)


def test_jaxnn_load_reads_network_and_parameters(model, folder):
    network, params = jaxnn.load(folder)
    assert network == model.network
    jax.tree.map(np.testing.assert_array_equal, params, model.params)


def test_members_folds_and_points_are_saved(model, tmp_path):
    other = jax.tree.map(lambda p: p + 1, model.params)
    folds = {"accuracy": np.array([0.5, 0.75]), "roc_auc": np.array([0.5, np.nan])}
    point = {"learning_rate": 0.1, "seed": np.int64(3), "hidden_sizes": (4, 5), "nesterov": True}
    several = replace(
        model, members=(model.params, other), histories=model.histories * 2, best_epochs=(1, 4),
        diverged=(False, True), fold_scores=folds, point=point,
    )  # fmt: skip
    read = jaxnn.tables.load(several.save(tmp_path / "several"))
    assert_equal(several, read)
    assert set(read.fold_scores) == set(folds)
    for score, values in folds.items():
        np.testing.assert_array_equal(values, read.fold_scores[score])


def test_a_model_is_replaced_on_request_only(model, folder):
    with pytest.raises(CheckpointError, match=r"is there already.*or give overwrite=True"):
        model.save(folder)
    assert model.save(folder, overwrite=True) == folder
    assert_equal(jaxnn.tables.load(folder), model)
    with pytest.raises(TypeError, match="overwrite must be True or False, got 'yes'"):
        model.save(folder, overwrite="yes")
    with pytest.raises(TypeError, match="folder must be a path"):
        model.save(3)


def test_something_else_is_never_replaced(model, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thesis.txt").write_text("years of work")
    with pytest.raises(CheckpointError, match="is there already"):
        model.save(tmp_path / "own", overwrite=True)
    assert (tmp_path / "own" / "thesis.txt").read_text() == "years of work"
    with pytest.raises(CheckpointError, match=r"nowhere/model cannot be made: .* is no folder"):
        model.save(tmp_path / "nowhere" / "model")


def files_of(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_flipped_byte_is_found_in_every_file(folder):
    names = [path.name for path in files_of(folder)]
    assert len(names) >= 2
    for path in files_of(folder):
        good = path.read_bytes()
        for place in {len(good) // 3, len(good) // 2, len(good) - 2}:
            bad = bytearray(good)
            bad[place] ^= 1
            path.write_bytes(bytes(bad))
            with pytest.raises(CorruptCheckpoint):
                jaxnn.tables.load(folder)
        path.write_bytes(good)
    jaxnn.tables.load(folder)


def test_missing_and_extra_files_are_found(folder):
    (folder / "more.txt").write_text("?")
    with pytest.raises(CorruptCheckpoint, match=r"more\.txt"):
        jaxnn.tables.load(folder)
    (folder / "more.txt").unlink()
    array = next(path for path in files_of(folder) if path.suffix != ".json")
    array.unlink()
    with pytest.raises(CorruptCheckpoint, match=array.name):
        jaxnn.tables.load(folder)


def test_what_is_no_table_model_is_refused(model, tmp_path):
    with pytest.raises(CheckpointError, match="nowhere holds no table model"):
        jaxnn.tables.load(tmp_path / "nowhere")
    jaxnn.save(tmp_path / "network", model.network, model.params)
    with pytest.raises(CheckpointError, match=r"no table model, but .*jaxnn\.load"):
        jaxnn.tables.load(tmp_path / "network")
    trained(epochs=1, checkpoint=tmp_path / "run")
    for path in (tmp_path / "run", *sorted((tmp_path / "run").glob("step_*"))):
        with pytest.raises(CheckpointError, match="run"):
            jaxnn.tables.load(path)
    with pytest.raises(TypeError, match="folder must be a path"):
        jaxnn.tables.load(3)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda table: table.update(version=9), "version 9, and this jaxnn reads version 1"),
        (lambda table: table.pop("columns"), "'columns'"),
        (lambda table: table["columns"]["inputs"].pop(), "its columns do not fit its network"),
        (lambda table: table["columns"].update(kind="eval"), "must be of the kind"),
        (lambda table: table.update(members=2), "0.W"),
    ],
)
def test_a_description_that_does_not_fit_is_corrupt(change, text, folder, monkeypatch):
    """Even if every SHA-256 is right."""
    from jaxnn.tables import files

    def changed(path):
        about, entries = read_about(path)
        about = json.loads(json.dumps(about))
        change(about["table"])
        return about, entries

    read_about = files.read_about
    monkeypatch.setattr(files, "read_about", changed)
    with pytest.raises(CorruptCheckpoint, match=f"describes no table model: .*{text}"):
        jaxnn.tables.load(folder)


PREDICT = """
import sys
from pathlib import Path
import numpy as np, pandas, jaxnn
for folder in map(Path, sys.argv[1:]):
    model = jaxnn.tables.load(folder / "model")
    found = model.predict(pandas.read_pickle(folder / "new.pkl"))
    X = model.columns.transform(pandas.read_pickle(folder / "new.pkl"))
    np.savez(folder / "found.npz", found=found, outputs=model.outputs(X), X=X)
"""


def predicted_elsewhere(folders):
    """Predict the rows beside each model in a new process, with its own jax."""
    env = os.environ | {"PYTHONPATH": str(Path(jaxnn.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PREDICT, *map(str, folders)], env=env,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [np.load(folder / "found.npz", allow_pickle=False) for folder in folders]


@pytest.mark.thorough
def test_a_new_process_predicts_the_same_bits(model, tmp_path):
    frame = people(40, seed=3)
    frame.loc[:5, "job"] = "astronaut"
    model.save(tmp_path / "model")
    frame.to_pickle(tmp_path / "new.pkl")
    (found,) = predicted_elsewhere([tmp_path])
    np.testing.assert_array_equal(found["X"], model.columns.transform(frame))
    np.testing.assert_array_equal(found["outputs"], model.predict_proba(frame).T)
