"""A disk that is full while a run is saved: an error that says so, and what was saved before."""

import json
import os
import re
import subprocess
import sys

import pytest

import jaxnn

LIMIT = 120  # seconds that a process has
EPOCHS = 12

CHILD = """
import json, resource, sys, warnings
import jax, numpy as np, optax
import jaxnn

folder, on_failure, limit = sys.argv[1:]
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]


def listener(event):
    if event.epoch == 3 and int(limit):  # from here on no file may be larger
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), hard))


net = jaxnn.mlp(3, 40, 30, 1, output="sigmoid")
checkpoint = folder != "-" and jaxnn.Checkpoints(folder, every=1, keep=50, on_failure=on_failure)
told = {}
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    try:
        result = jaxnn.fit(
            net, jaxnn.boolean_function(), cost="squared_error", optimizer=optax.adam(0.01),
            epochs=EPOCHS, batch_size=8, key=jax.random.key(0), progress=False,
            listeners=[listener], checkpoint=checkpoint or None,
        )
        told["loss"] = result.history["loss"].tolist()
    except jaxnn.CheckpointError as error:
        told["error"] = str(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
told["warnings"] = [str(warning.message) for warning in warned]
print(json.dumps(told))
""".replace("EPOCHS", str(EPOCHS))


def trained(folder, on_failure="error", limit=0):
    """Train in a process of its own; return what it tells."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), on_failure, str(limit)], text=True,
        capture_output=True, timeout=LIMIT, check=True, env=os.environ | {"JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def undisturbed():
    return trained("-")["loss"]


@pytest.fixture(
    params=[
        pytest.param(600, marks=pytest.mark.slow, id="found before"),
        pytest.param(730, id="found while it is written"),
    ]
)
def small_disk(request, tmp_path):
    """A file system of so many kB, where one can be mounted; a checkpoint takes 265."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={request.param}k", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, timeout=10).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True, timeout=10)


def assert_told(text, folder):
    """Assert that a message names the checkpoint, the bytes needed and those free."""
    found = re.match(
        rf"({re.escape(str(folder))}/step_\d{{10}}) could not be written: .*?"
        r"([\d,]+) bytes are needed, ([\d,]+) are free.*Checkpoints before it are whole",
        text,
    )
    assert found, text
    return int(found[2].replace(",", "")), int(found[3].replace(",", ""))


def assert_whole(folder, fewest):
    """Assert that some checkpoints are there, all of them good.

    What is half written is not among them; it may lie beside them until the run is started again.
    """
    steps = jaxnn.Checkpoints(folder).steps
    assert len(steps) >= fewest
    for step in steps:
        jaxnn.load(step)
    known = {"lock", "lock_owner.json", *(step.name for step in steps)}
    others = {path.name for path in folder.iterdir()} - known
    assert all(name.startswith(".saving_") for name in others)
    return steps


@pytest.mark.thorough
def test_a_full_disk(small_disk, undisturbed, request):
    folder = small_disk / "run"
    error = trained(folder)["error"]
    needed, free = assert_told(error, folder)
    assert 20_000 < needed < 600_000
    assert free < 200_000
    assert ("No space left" in error) == ("while" in request.node.callspec.id)
    steps = assert_whole(folder, fewest=1)
    told = trained(folder, "warn")  # goes on from there, and on without saves
    assert told["loss"] == undisturbed
    assert all("training goes on without it" in text for text in told["warnings"])
    assert_told(told["warnings"][0], folder)
    assert assert_whole(folder, fewest=1)[: len(steps)] == steps


@pytest.mark.slow
def test_a_file_that_grows_too_large(tmp_path, undisturbed):
    folder = tmp_path / "run"
    error = trained(folder, limit=2000)["error"]
    assert_told(error, folder)
    assert len(assert_whole(folder, fewest=1)) < EPOCHS
    told = trained(folder, "warn", limit=2000)  # resumes, and saves until it cannot
    assert told["loss"] == undisturbed
    assert_told(told["warnings"][0], folder)
    assert_whole(folder, fewest=1)


UNWAITED = """
import resource, sys
import numpy as np
from pathlib import Path
from jaxnn.checkpoints.arrays import ArrayWriter

resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))
with ArrayWriter() as writer:
    writer.begin(Path(sys.argv[1]), [np.ones(10_000, np.float32)])
print("left")
"""


def test_a_save_that_nobody_waits_for_hides_no_other_error(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", UNWAITED, str(tmp_path / "arrays")], text=True, timeout=LIMIT,
        capture_output=True, env=os.environ | {"JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert done.stdout == "left\n", done.stderr
