"""A checkpoint of some devices is restored on others, to the bit; training on agrees to 1e-5."""

import json
import os
import subprocess
import sys

import jax
import numpy as np
import pytest

import jaxnn
from tests.support.device_process import described, sha256, trained

SAVED, LAST = 3, 8  # epochs
LIMIT = 120  # seconds that a process has


def child(devices, *folders_and_epochs):
    """Start a process with so many devices."""
    changed = {
        "JAX_PLATFORMS": "cpu", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
    }  # fmt: skip
    arguments = [
        sys.executable,
        "-m",
        "tests.support.device_process",
        *map(str, folders_and_epochs),
    ]
    return subprocess.Popen(
        arguments, env=os.environ | changed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def told_by(process):
    """Return what a process says of each folder."""
    try:
        out, _ = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, out
    return [json.loads(line) for line in out.splitlines() if line.startswith("{")]


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What was written on 8, 1 and 4 devices, restored on 1, 8 and 2, and trained further there.

    This process has eight devices itself.
    """
    folder = tmp_path_factory.mktemp("runs")
    of_4, of_1 = child(4, folder / "4", SAVED), child(1, folder / "1", SAVED)
    found = {8: {"written": described(trained(SAVED, folder / "8"))}}
    for devices, process in ((4, of_4), (1, of_1)):
        found[devices] = {"written": told_by(process)[0]}
    for devices in (8, 1, 4):  # as it is on disk, before anyone goes on
        found[devices]["loaded"] = sha256(jaxnn.load(folder / str(devices))[1])
    on_1 = child(1, folder / "8", SAVED, folder / "8", LAST)
    on_2 = child(2, folder / "4", SAVED, folder / "4", LAST)
    on_8 = [described(trained(epochs, folder / "1")) for epochs in (SAVED, LAST)]
    for devices, told in ((8, told_by(on_1)), (4, told_by(on_2)), (1, on_8)):
        found[devices] |= dict(zip(("restored", "further"), told, strict=True))
        found[devices]["params"] = jaxnn.load(folder / str(devices))[1]
    return found


@pytest.fixture(scope="module")
def undisturbed():
    return trained(LAST)


CHANGES = pytest.mark.parametrize(
    ("before", "after"), [(8, 1), (1, 8), pytest.param(4, 2, marks=pytest.mark.slow)]
)


@CHANGES
def test_restored_values_are_the_same_bits(runs, before, after):
    run = runs[before]
    assert (run["written"]["devices"], run["restored"]["devices"]) == (before, after)
    assert (run["written"]["shards"], run["restored"]["shards"]) == (before, after)
    assert run["restored"]["params"] == run["written"]["params"] == run["loaded"]
    assert run["restored"]["state"] == run["written"]["state"]  # the optimiser's, step and key


@CHANGES
def test_further_training_agrees(runs, before, after, undisturbed):
    run = runs[before]
    assert run["further"]["state"] != run["restored"]["state"]
    assert sha256(run["params"]) == run["further"]["params"]
    for found, expected in zip(
        jax.tree.leaves(run["params"]), jax.tree.leaves(undisturbed.params), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
