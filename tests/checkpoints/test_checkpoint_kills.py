"""Processes that train are killed and signalled; started again, they end with the same bits."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

import jaxnn

EPOCHS, EVERY = 600, 40
LIMIT = 180  # seconds that a process has


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What became of a training that nobody disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out.json"
    run(out, "-").communicate(timeout=LIMIT)
    return json.loads(out.read_text())


def run(out, folder, *, pause=0.0, epochs=EPOCHS, every=EVERY):
    arguments = [out, folder, epochs, every, pause]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.training_process", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": ""},
    )  # fmt: skip


def seconds_of_a_whole_run(tmp_path):
    start = time.monotonic()
    run(tmp_path / "timed.json", tmp_path / "timed").communicate(timeout=LIMIT)
    return time.monotonic() - start


def killed_until(count, tmp_path, whole, seed=0):
    """Kill runs at random moments of their whole length; return how often, and in mid-save."""
    rng, kills, rounds, in_mid_save = random.Random(seed), 0, 0, 0
    most = seconds_of_a_whole_run(tmp_path)
    while kills < count:
        rounds += 1
        out, folder = tmp_path / f"out{rounds}.json", tmp_path / f"run{rounds}"
        while not out.exists():
            process = run(out, folder)
            try:
                process.wait(rng.uniform(0, most) if kills < count else LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
                in_mid_save += bool(list(folder.glob(".saving_*")))
            process.communicate()
        assert json.loads(out.read_text()) == whole
    return kills, in_mid_save, rounds


@pytest.mark.slow
def test_fifty_kills(tmp_path, whole, capsys):
    kills, in_mid_save, rounds = killed_until(50, tmp_path, whole, seed=1)
    with capsys.disabled():
        print(f"\n{kills} kills survived in {rounds} runs, {in_mid_save} in the middle of a save")


@pytest.mark.thorough
def test_killed_in_mid_save(tmp_path, whole):
    """The process is killed when a save has begun, and is not yet in its place."""
    out, folder = tmp_path / "out.json", tmp_path / "run"
    process = run(out, folder)
    until = time.monotonic() + LIMIT
    while not list(folder.glob(".saving_*/arrays*")):
        assert time.monotonic() < until
        assert process.poll() is None
    process.kill()
    process.communicate()
    assert not out.exists()
    run(out, folder).communicate(timeout=LIMIT)
    assert json.loads(out.read_text()) == whole
    assert not list(folder.glob(".saving_*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "statuses"),
    [(signal.SIGTERM, {143}), (signal.SIGINT, {130, -signal.SIGINT})],
)
def test_signals_save_before_they_end_it(tmp_path, number, statuses):
    out, folder = tmp_path / "out.json", tmp_path / "run"
    process = run(out, folder, pause=0.01, epochs=300, every=1000)
    wait_for_epoch(out, 20, process)
    process.send_signal(number)
    process.communicate(timeout=LIMIT)
    assert process.returncode in statuses
    (step,) = jaxnn.Checkpoints(folder).steps  # none was its turn
    epoch = int(out.with_name("out.json.epoch").read_text())
    assert int(step.name[-10:]) == 2 * epoch
    run(out, folder, epochs=300, every=1000).communicate(timeout=LIMIT)
    undisturbed = tmp_path / "undisturbed.json"
    run(undisturbed, "-", epochs=300).communicate(timeout=LIMIT)
    assert json.loads(out.read_text()) == json.loads(undisturbed.read_text())


def test_second_signal_ends_it_at_once(tmp_path):
    out, folder = tmp_path / "out.json", tmp_path / "run"
    process = run(out, folder, pause=30, epochs=3, every=1000)
    wait_for_epoch(out, 1, process)
    start = time.monotonic()
    process.send_signal(signal.SIGINT)  # noted; the listener sleeps on
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT)
    assert time.monotonic() - start < 20
    assert process.returncode in {130, -signal.SIGINT}
    assert jaxnn.Checkpoints(folder).steps == []


def wait_for_epoch(out, epoch, process):
    path, until = out.with_name(f"{out.name}.epoch"), time.monotonic() + LIMIT
    while not (path.exists() and (text := path.read_text()) and int(text) >= epoch):
        assert time.monotonic() < until
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.005)


@pytest.mark.slow
def test_lock_dies_with_its_owner(tmp_path, whole):
    out, folder = tmp_path / "out.json", tmp_path / "run"
    first = run(tmp_path / "first.json", folder, pause=0.01)
    wait_for_epoch(tmp_path / "first.json", 1, first)
    second = run(out, folder)
    told, _ = second.communicate(timeout=LIMIT)
    assert second.returncode == 1
    assert f"CheckpointLocked: {folder} is in use by another run: process {first.pid} on" in told
    first.kill()
    first.communicate()
    run(out, folder).communicate(timeout=LIMIT)
    assert json.loads(out.read_text()) == whole
