"""`save` of a result and over an older network: the old or the new one is always whole."""

import os
from types import SimpleNamespace

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.checkpoints import whole_folder
from jaxnn.checkpoints.manifest import about_of, write_manifest
from jaxnn.errors import CheckpointError, CorruptCheckpoint

NET = jaxnn.mlp(2, 2)
OLD, NEW = (jaxnn.init(NET, jax.random.key(seed)) for seed in (0, 1))
X = np.array([[0.0, 1.0, 0.5, 0.2], [1.0, 0.0, 0.1, 0.9]], np.float32)
LABELS = ["no", "yes", "yes", "no"]


def trained(labels=LABELS):
    return jaxnn.fit(
        NET, (X, labels), optimizer=optax.sgd(0.5), epochs=1, key=jax.random.key(0), progress=False
    )


def same(params, others):
    jax.tree.map(np.testing.assert_array_equal, tuple(params), tuple(others))


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (LABELS, ("no", "yes")),
        (["näin", "日本", "日本", "näin"], ("näin", "日本")),
        ([5, 7, 7, 5], (5, 7)),
        ([True, False, False, True], (False, True)),
        (jaxnn.one_hot([0, 1, 1, 0], 2), ()),
    ],
)
def test_a_result_is_saved_with_its_classes(labels, names, tmp_path):
    result = trained(labels)
    network, params = loaded = jaxnn.load(jaxnn.save(tmp_path / "model", result))
    assert network == NET
    same(params, result.params)
    assert loaded.class_names == names
    np.testing.assert_array_equal(jaxnn.classify(loaded, X), jaxnn.classify(result, X))
    np.testing.assert_array_equal(jaxnn.predict(loaded, X), jaxnn.predict(result, X))
    assert jaxnn.evaluate(loaded, (X, labels)) == jaxnn.evaluate(result, (X, labels))


def test_a_run_and_params_have_no_classes(tmp_path):
    assert jaxnn.load(jaxnn.save(tmp_path / "model", NET, OLD)).class_names == ()
    assert about_of(tmp_path / "model").keys() == {"network", "name", "arrays"}


def test_class_names_that_do_not_fit_are_no_checkpoint(tmp_path):
    path = jaxnn.save(tmp_path / "model", trained())
    about = about_of(path)
    for names in (["one"], [1.5, 2.5], "ab"):
        (path / "manifest.json").unlink()
        write_manifest(path, about | {"class_names": names})
        with pytest.raises(CorruptCheckpoint, match="names no classes of its network"):
            jaxnn.load(path)


def test_params_beside_a_result(tmp_path):
    with pytest.raises(TypeError, match=r"write save\(path, result\), got params too"):
        jaxnn.save(tmp_path / "model", trained(), OLD)


def test_overwriting_leaves_the_new_network_alone(tmp_path):
    path = tmp_path / "model"
    jaxnn.save(path, NET, OLD, overwrite=True)
    same(jaxnn.load(path)[1], OLD)
    jaxnn.save(path, trained(), overwrite=True)
    jaxnn.save(path, NET, NEW, overwrite=True)
    same(jaxnn.load(path)[1], NEW)
    assert [found.name for found in tmp_path.iterdir()] == ["model"]
    with pytest.raises(CheckpointError, match="is there already: take another path, remove it fir"):
        jaxnn.save(path, NET, OLD)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("call", range(4))
def test_a_process_that_is_killed_leaves_the_old_or_the_new_one(call, tmp_path, monkeypatch):
    path = jaxnn.save(tmp_path / "model", NET, OLD)
    calls = []

    def killing(function):
        def replaced(*arguments):
            calls.append(function)
            if len(calls) > call:
                raise Killed
            return function(*arguments)

        return replaced

    with monkeypatch.context() as patch:
        patch.setattr(whole_folder, "os", SimpleNamespace(rename=killing(os.rename)))
        patch.setattr(whole_folder, "remove_folder", killing(whole_folder.remove_folder))
        if call < 3:
            with pytest.raises(Killed):
                jaxnn.save(path, NET, NEW, overwrite=True)
        else:
            jaxnn.save(path, NET, NEW, overwrite=True)
    same(jaxnn.load(path)[1], NEW if call >= 2 else OLD)
    jaxnn.save(path, NET, OLD, overwrite=True)
    same(jaxnn.load(path)[1], OLD)
    assert [found.name for found in tmp_path.iterdir()] == ["model"]


def test_a_rename_that_fails_puts_the_old_one_back(tmp_path, monkeypatch):
    path = jaxnn.save(tmp_path / "model", NET, OLD)

    def failing(old, new):
        if ".saving" in str(old):
            raise OSError("no")
        real(old, new)

    real = os.rename
    monkeypatch.setattr(whole_folder, "os", SimpleNamespace(rename=failing))
    with pytest.raises(CheckpointError, match="could not be written: no"):
        jaxnn.save(path, NET, NEW, overwrite=True)
    same(jaxnn.load(path)[1], OLD)
    assert [found.name for found in tmp_path.iterdir()] == ["model"]


def foreign_folder(path):
    path.mkdir()
    (path / "thesis.txt").write_text("all of it")


def file_beside_ours(path):
    jaxnn.save(path, NET, OLD)
    (path / "notes.txt").write_text("mine")


def link_to_ours(path):
    path.symlink_to(jaxnn.save(path.with_name("other"), NET, OLD), target_is_directory=True)


def run_of(path):
    jaxnn.fit(
        NET, (X, LABELS), optimizer=optax.sgd(0.5), epochs=1, key=jax.random.key(0),
        checkpoint=path, progress=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "make",
    [foreign_folder, file_beside_ours, link_to_ours, run_of, lambda path: path.write_text("file")],
)
def test_nothing_is_replaced_that_save_did_not_write(make, tmp_path):
    path = tmp_path / "model"
    make(path)
    before = sorted(str(found) for found in tmp_path.rglob("*"))
    with pytest.raises(CheckpointError, match=r"is there already, and not as it was saved"):
        jaxnn.save(path, NET, NEW, overwrite=True)
    assert sorted(str(found) for found in tmp_path.rglob("*")) == before


def test_a_checkpoint_of_a_run_is_not_replaced(tmp_path):
    run_of(tmp_path / "run")
    (step,) = jaxnn.Checkpoints(tmp_path / "run").steps
    with pytest.raises(CheckpointError, match="holds something else, such as a checkpoint of a"):
        jaxnn.save(step, NET, NEW, overwrite=True)
