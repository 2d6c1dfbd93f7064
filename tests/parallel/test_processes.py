"""Several processes train as one: the same numbers, each its part, and none waits for ever."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from jaxnn.checkpoints.lock import locked
from jaxnn.errors import ProcessLost
from jaxnn.parallel.environment import joined_processes
from jaxnn.parallel.rendezvous import meet
from tests.support import joined_process
from tests.support.joined_process import M

HOME = Path(__file__).parents[2]


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
            [sys.executable, "-m", "tests.support.joined_process", str(folder), *tasks],
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


@pytest.mark.thorough
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


OTHERWISE = {
    "key": r"key: process 0 has key<fry> \[0, 0\], process 1 has key<fry> \[0, 1\]\.",
    "optimizer": r"step_size=-0.01\)\), process 1 has .*step_size=-0.02\)\)\.",
    "cost": "cost: process 0 has cross_entropy, process 1 has squared_error.",
    "network": r"network: process 0 has .*'dropout': 0\.1.*, process 1 has .*'dropout': 0\.2",
    "epochs": "epochs: process 0 has 3, process 1 has 4.",
    "batch_size": "batch_size: process 0 has 36, process 1 has 30.",
    "shuffle": "shuffle: process 0 has True, process 1 has False.",
    "data": r"data: process 0 has 150 examples, .* \(sha256 \w{12}\), process 1 has 150 examples",
    "fewer": "data: process 0 has 150 examples, .*, process 1 has 149 examples",
    "stream": "data: process 0 has 150 examples, X .*, process 1 has 150 examples in X.npy, Y.npy",
    "validation": "validation: process 0 has None, process 1 has 150 examples, X ",
    "params": "params: process 0 has None, process 1 has 6 arrays.",
    "augment": "augment: process 0 has None, process 1 has .*lambda",
    "metrics": r"metrics: process 0 has \[\], process 1 has \[\['largest', .*lambda",
    "record_every": "record_every: process 0 has None, process 1 has 2.",
    "checkpoint": r"checkpoint: process 0 has None, process 1 has Checkpoints\(every=",
    "listeners": "listeners: process 0 has none, process 1 has some.",
    "fully_sharded": "fully_sharded: process 0 has False, process 1 has True.",
    "mesh": r"mesh: process 0 has data=2 of devices \[0, .*\], process 1 has model=2 of devices",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [["key", "optimizer", "data"], pytest.param([*OTHERWISE], marks=pytest.mark.slow)],
    ids=["some", "all"],
)
def test_processes_with_other_arguments_are_refused_in_all(tmp_path, names):
    for name, array in zip("XY", joined_process.examples(), strict=True):
        np.save(tmp_path / f"{name}.npy", array)
    ran(2, tmp_path, "told", f"differing:{':'.join(names)}")
    assert (tmp_path / "told.0").exists()  # a text may be longer than a message
    assert (tmp_path / "told.1").exists()
    for name in names:
        told = [(tmp_path / f"{name}.{i}.txt").read_text() for i in range(2)]
        assert told[0] == told[1]
        assert told[0].startswith("processes that train together call fit with the same arguments")
        assert re.search(OTHERWISE[name], told[0]), told[0]
        assert told[0].endswith("Start all processes again with the same arguments")
    assert not (tmp_path / "none").exists()


@pytest.mark.thorough
def test_a_function_that_cannot_be_traced_is_the_same_in_every_process():
    """Python prints a set of texts in another order in each process."""
    code = """
from jaxnn.comparison.structure_text import code_of
print(code_of(lambda name: name in {"one", "two", "three", "four", "five"}))
"""
    digests = [
        subprocess.check_output(
            [sys.executable, "-c", code], text=True, env=os.environ | {"PYTHONHASHSEED": seed}
        )
        for seed in "12"
    ]
    assert digests[0] == digests[1]


def copied(files, folder):
    folder.mkdir()
    for name in "XY":
        shutil.copy(files / f"{name}.npy", folder)
    return folder


@pytest.mark.slow
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


def met(calls):
    """Let processes meet, each in a thread; return the error that each raises, None where none."""

    def one(call):
        try:
            meet(*call)
        except (ValueError, ProcessLost) as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_processes_meet_whichever_comes_first():
    here = f"127.0.0.1:{free_port()}"
    with ThreadPoolExecutor(3) as pool:
        second = pool.submit(meet, here, 3, 1, 60)
        time.sleep(0.3)
        first = pool.submit(meet, here, 3, 0, 60)
        with called(here) as stranger:  # who is heard while the third is still awaited
            stranger.sendall(b"GET / HTTP/1.1\r\n")
            third = pool.submit(meet, here, 3, 2, 60)
            for one in (second, first, third):
                one.result(60)
    meet(here, 1, 0, 1)  # the port is free again


def called(address):
    """Return a connection to an address, as soon as one listens there."""
    host, port = address.split(":")
    until = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection((host, int(port)), timeout=60)
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.01)


@pytest.mark.thorough
def test_a_process_that_does_not_come_is_named_in_time():
    here = f"127.0.0.1:{free_port()}"
    start = time.monotonic()
    first, second = met([(here, 3, i, 1) for i in (0, 1)])
    assert isinstance(first, ProcessLost)
    assert str(first) == (
        f"process 0 of 3 waited 1 s at port {here.split(':')[1]}, and these did not come: "
        "process 2: start all 3 processes, and see that they can reach process 0"
    )
    assert str(second) == str(first) or "it has not seen all of them" in str(second)
    (alone,) = met([(here, 2, 1, 1)])
    assert isinstance(alone, ProcessLost)
    assert re.fullmatch(
        f"process 1 of 2 waited 1 s for process 0 at {here} \\(Connection refused\\): start all "
        "processes, and set JAX_COORDINATOR_ADDRESS to where process 0 runs",
        str(alone),
    )
    assert time.monotonic() - start < 20


def test_a_port_in_use_is_said_at_once():
    with socket.create_server(("", free_port())) as taken:
        port = taken.getsockname()[1]
        start = time.monotonic()
        (error,) = met([(f"127.0.0.1:{port}", 2, 0, 60)])
        assert str(error).startswith(f"port {port} is in use: by another program, or an earlier")
        assert isinstance(error, ValueError)
        assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("told", "pattern"),
    [
        (((2, 0), (3, 1)), "JAX_NUM_PROCESSES must be the same in all processes, process 0 has 2"),
        (((3, 0), (3, 1), (3, 1)), "JAX_PROCESS_ID must be a number of its own in each process"),
    ],
)
def test_processes_that_are_counted_wrongly_are_refused_in_all(told, pattern):
    here = f"127.0.0.1:{free_port()}"
    for error in met([(here, *one, 10) for one in told]):
        assert isinstance(error, ValueError)
        assert pattern in str(error)


@pytest.mark.parametrize("address", ["1234", ":1234", "host", "host:0", "host:65536", "host:x"])
def test_an_address_is_host_and_port(address):
    with pytest.raises(ValueError, match=r"JAX_COORDINATOR_ADDRESS must be host:port of process 0"):
        meet(address, 1, 0, 1)


def test_a_training_whose_processes_do_not_come_ends_in_time(tmp_path):
    """Where JAX waited, it ended the process by an abort or a segmentation fault."""
    start = time.monotonic()
    first, second = started(2, tmp_path, "kept:6", environment=lambda i: {
        "JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{free_port()}",  # each another
        "JAX_NUM_PROCESSES": "2",
        "JAX_PROCESS_ID": str(i),
        "JOINED_SECONDS": "2",
    })  # fmt: skip
    (status, said), (other_status, other_said) = ended([first, second])
    assert (status, other_status) == (1, 1)
    assert "ProcessLost: process 0 of 2 waited 2 s at port" in said
    assert "ProcessLost: process 1 of 2 waited 2 s for process 0 at 127.0.0.1:" in other_said
    assert time.monotonic() - start < 60


def test_the_environment_names_all_or_none():
    with pytest.raises(ValueError, match="JAX_NUM_PROCESSES, JAX_PROCESS_ID is not set"):
        joined_processes({"JAX_COORDINATOR_ADDRESS": "host:1"})
    given = {
        "JAX_COORDINATOR_ADDRESS": "host:1",
        "JAX_NUM_PROCESSES": "2",
        "JAX_PROCESS_ID": "0",
    }
    told = joined_processes(given)
    assert told is not None
    assert (told["num_processes"], told["process_id"]) == (2, 0)
    with pytest.raises(ValueError, match=r"JAX_PROCESS_ID must be from 0 to .* = 1, got 2"):
        joined_processes(given | {"JAX_PROCESS_ID": "2"})
    with pytest.raises(ValueError, match=r"JAX_NUM_PROCESSES must be a whole number, got 'two'"):
        joined_processes(given | {"JAX_NUM_PROCESSES": "two"})
    assert joined_processes({"SLURM_NTASKS": "1"}) is None
