"""Several processes train as one: the same numbers, each its part, and none waits for ever."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from jaxnn._environment import told_by_environment
from jaxnn._lock import locked
from tests import joined_process
from tests.joined_process import M

HOME = Path(__file__).parent.parent


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def started(n, folder, *tasks, environment=None):
    """Start n processes with one device each."""
    port = free_port()

    def told(i):
        if environment is not None:
            return environment(i)
        return {
            "JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{port}",
            "JAX_NUM_PROCESSES": str(n),
            "JAX_PROCESS_ID": str(i),
        }

    inherited = {name: v for name, v in os.environ.items() if name != "XLA_FLAGS"}
    return [
        subprocess.Popen(
            [sys.executable, "-m", "tests.joined_process", str(folder), *tasks],
            cwd=HOME,
            env=inherited | {"JAX_PLATFORMS": "cpu"} | told(i),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for i in range(n)
    ]


def ended(children, timeout=120):
    """Return the exit status and what it said, of each."""
    ends = []
    try:
        for child in children:
            _, errors = child.communicate(timeout=timeout)
            ends.append((child.returncode, errors))
    finally:
        for child in children:
            child.kill()
            child.communicate()
    return ends


def ran(n, folder, *tasks, **options):
    ends = ended(started(n, folder, *tasks, **options))
    assert [status for status, _ in ends] == [0] * n, "\n".join(errors for _, errors in ends)


def arrays(path):
    with np.load(path) as found:
        return [found[f"arr_{i}"] for i in range(len(found.files))]


def assert_close(path, other, tolerance=1e-6):
    for a, b in zip(arrays(path), arrays(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


SHORT = ["records-data"]
WAYS = ["arrays-data", "arrays-model", "files-data", "files-model", "records-data"]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with the examples, and the results of one process alone."""
    folder = tmp_path_factory.mktemp("joined")
    for name, array in zip("XY", joined_process.examples(), strict=True):
        np.save(folder / f"{name}.npy", array)
    ran(1, folder, f"trained:{':'.join(w for w in WAYS if 'data' in w)}", "kept:6")
    shutil.rmtree(folder / "run")
    return folder


@pytest.mark.parametrize(
    ("n", "ways"),
    [
        (2, SHORT),
        pytest.param(2, WAYS, marks=pytest.mark.slow),
        pytest.param(4, WAYS, marks=pytest.mark.slow),
    ],
)
def test_several_processes_train_as_one(files, n, ways):
    (files / "held").mkdir(exist_ok=True)
    with locked(files / "held"):
        ran(n, files, f"trained:{':'.join(ways)}", "refused:held", "refused:each:own")
    for i in range(n):
        assert (files / f"held.error.{i}").read_text().startswith("CheckpointLocked: ")
        told = (files / f"each.error.{i}").read_text()
        assert "not the same folder in all processes" in told or "another process" in told
    for way in ways:
        alone = files / f"{way.replace('model', 'data')}.1.0.npz"
        for i in range(n):
            assert_close(files / f"{way}.{n}.{i}.npz", alone)
    read = [np.load(files / f"read.{n}.{i}.npy") for i in range(n)]
    assert sorted(np.concatenate(read)) == list(range(M))  # each example once, by one process
    assert max(map(len, read)) <= -(-M // n) + n * 5  # 5 batches, the last of which is short


def copied(files, folder):
    folder.mkdir()
    for name in "XY":
        shutil.copy(files / f"{name}.npy", folder)
    return folder


def test_a_killed_process_ends_the_others_and_all_go_on(files, tmp_path):
    folder = copied(files, tmp_path / "two")
    start = time.monotonic()
    (first, said), (second, _) = ended(started(2, folder, "kept:6:1"))
    assert second == -9
    assert first == 1, said
    assert "error: process 0 of 2 waited for another one that has ended" in said
    assert time.monotonic() - start < 100
    steps = sorted(path.name for path in (folder / "run").glob("step_*"))
    assert steps == ["step_0000000005"]  # after the first epoch; the second was not ended
    ran(1, folder, "kept:6")
    assert_close(folder / "kept.1.0.npz", files / "kept.1.0.npz")


@pytest.mark.slow
def test_other_numbers_of_processes_go_on(files, tmp_path):
    folder = copied(files, tmp_path / "run")
    ran(4, folder, "kept:2")
    ran(2, folder, "kept:4")
    ran(4, folder, "kept:6")
    for i in range(4):
        assert_close(folder / f"kept.4.{i}.npz", files / "kept.1.0.npz")


@pytest.mark.slow
def test_a_signal_to_one_ends_both_after_a_save(files, tmp_path):
    folder = copied(files, tmp_path / "two")
    ends = ended(started(2, folder, "kept:6:1:15"))
    assert [status for status, _ in ends] == [143, 143], ends
    newest = max((folder / "run").glob("step_*"))
    assert 5 < int(newest.name[-10:]) < 10  # inside the second epoch, of 5 updates
    ran(1, folder, "kept:6")
    assert_close(folder / "kept.1.0.npz", files / "kept.1.0.npz")


@pytest.mark.slow
def test_slurm_says_who_takes_part(files):
    job = int(time.time()) % 4096 + free_port() % 4096

    def environment(i):
        return {
            "SLURM_JOB_ID": str(job),
            "SLURM_STEP_NODELIST": "localhost",
            "SLURM_NTASKS": "2",
            "SLURM_PROCID": str(i),
            "SLURM_LOCALID": str(i),
        }

    ran(2, files, "trained:arrays-data", environment=environment)
    for i in range(2):
        assert_close(files / f"arrays-data.2.{i}.npz", files / "arrays-data.1.0.npz")


@pytest.mark.slow
def test_bad_data_in_one_process_end_all(files, tmp_path):
    folder = copied(files, tmp_path / "two")
    X, _ = joined_process.examples()
    X[117, 3] = np.nan
    np.save(folder / "X.npy", X)
    ends = ended(started(2, folder, "kept:6"))
    ((status, told),) = [end for end in ends if "DataError" in end[1]]
    assert status == 1
    assert "X[3, 117] = nan" in told
    ((status, lost),) = [end for end in ends if "DataError" not in end[1]]
    assert status != 0
    # the first process is JAX's coordinator: where it ends, JAX may be quicker to say so
    assert "waited for another one that has ended" in lost or "another task died" in lost


def test_the_environment_names_all_or_none():
    with pytest.raises(ValueError, match="JAX_NUM_PROCESSES, JAX_PROCESS_ID is not set"):
        told_by_environment({"JAX_COORDINATOR_ADDRESS": "host:1"})
    given = {
        "JAX_COORDINATOR_ADDRESS": "host:1",
        "JAX_NUM_PROCESSES": "2",
        "JAX_PROCESS_ID": "0",
    }
    told = told_by_environment(given)
    assert told is not None
    assert (told["num_processes"], told["process_id"]) == (2, 0)
    assert told_by_environment({"SLURM_NTASKS": "1"}) is None
