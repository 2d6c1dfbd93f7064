"""The checkpointers save any arrays and JSON: they know nothing of training."""

import numpy as np
import pytest

from jaxnn import CheckpointMismatch, Checkpoints
from jaxnn.checkpoints.leaves import named_leaves
from jaxnn.checkpoints.open_folder import open_folder
from jaxnn.checkpoints.run_checkpointer import RunCheckpointer
from jaxnn.checkpoints.step_folder import read_about, read_leaves
from jaxnn.checkpoints.sweep_checkpointer import SavedNetworks, SweepCheckpointer
from jaxnn.parallel.hosts import ALONE


def read(path):
    about, entries = read_about(path)
    return about["note"], read_leaves(path, entries)


def read_with_note(path):
    return read(path), ["changed"]


def test_a_run_is_arrays_and_json(tmp_path):
    options = Checkpoints(tmp_path / "run", every=2, seconds=1e9)
    tree = {"weights": (np.arange(3.0), np.zeros((0, 2)))}

    def contents():
        return named_leaves(tree), {"note": "any JSON"}

    with open_folder(options.folder) as opened, RunCheckpointer(options, opened, ALONE) as run:
        assert run.resume(read_with_note, read) is None
        assert run.epochs_to_run(3, 10) == 1
        run.keep(7, lambda: pytest.fail("it is not time"), epochs=1)
        run.keep(9, contents, epochs=2)
    with open_folder(options.folder) as opened, RunCheckpointer(options, opened, ALONE) as run:
        (note, leaves), notes = run.resume(read_with_note, read)
        run.keep(9, lambda: pytest.fail("it was saved"), epochs=2)
        assert run.look_back(lambda paths: [path.name for path in paths]) == ["step_0000000009"]
    assert (note, notes) == ("any JSON", ["changed"])
    np.testing.assert_array_equal(leaves["weights.0"], np.arange(3.0))
    assert leaves["weights.1"].shape == (0, 2)


def test_networks_are_arrays_and_json(tmp_path):
    def check(path, about):
        if about["sweep"] != {"of": "ours"}:
            raise CheckpointMismatch(f"{path} is another's")

    def opened_sweep(opened, of="ours"):
        return SweepCheckpointer(Checkpoints(tmp_path), opened, {"of": of}, check)

    start, table = {"w": np.zeros(2, np.float32)}, {"loss": np.ones((3, 2))}
    with open_folder(tmp_path) as opened:
        sweep = opened_sweep(opened)
        assert sweep.found("until_3", start) is None
        sweep.keep("until_3", SavedNetworks({"w": np.ones(2, np.float32)}, table, 3))
    with open_folder(tmp_path) as opened:
        found = opened_sweep(opened).found("until_3", start)
        assert found.epochs == 3
        np.testing.assert_array_equal(found.stack["w"], np.ones(2))
        np.testing.assert_array_equal(found.table["loss"], table["loss"])
        other = opened_sweep(opened, of="others")
        other.keep("until_6", SavedNetworks(start, table, 6))
        with pytest.raises(CheckpointMismatch, match="is another's"):
            opened_sweep(opened)
