"""Resident memory does not grow with the size of the file."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="needs /proc, which tells peak memory"
    ),
]

CHILD = """
import sys
import jax, optax, jaxnn
X, Y, buffer = sys.argv[1], sys.argv[2], int(sys.argv[3]) or None
stream = jaxnn.stream_npy(X, Y, n_classes=10, buffer=buffer)
net = jaxnn.mlp(784, 16, 10)
result = jaxnn.fit(
    net, stream, cost="cross_entropy", optimizer=optax.sgd(0.1), epochs=1, batch_size=128,
    key=jax.random.key(0),
)
assert result.state.step == -(-stream.examples // 128)
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def sparse_npy(path, shape, dtype):
    """Write the header of an array of zeros, and its zeros as a hole that takes no disk space."""
    with open(path, "wb") as file:
        descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + int(np.prod(shape)) * np.dtype(dtype).itemsize)
    return path


def peak_megabytes(folder, file_bytes, buffer):
    """Return the peak resident memory of a process that trains on a file of so many bytes."""
    m = file_bytes // (784 * 4)
    X = sparse_npy(folder / "X.npy", (m, 784), "float32")
    Y = sparse_npy(folder / "Y.npy", (m,), "uint8")
    assert abs(os.path.getsize(X) - file_bytes) < 4096
    env = os.environ | {"XLA_FLAGS": ""}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, X, Y, str(buffer)],
        env=env, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1024


@pytest.mark.slow
def test_a_file_of_160_mb_takes_no_more_than_one_of_20(tmp_path):
    small, large = (peak_megabytes(tmp_path, size, 1024) for size in (20 * 10**6, 160 * 10**6))
    assert large < small + 40


@pytest.mark.slow
def test_a_file_of_4_gb_takes_no_more_than_one_of_200_mb(tmp_path):
    small, large = (peak_megabytes(tmp_path, size, 0) for size in (200 * 10**6, 4 * 10**9))
    print(f"peak resident memory: {small:.0f} MB for a file of 200 MB, {large:.0f} MB for 4 GB")
    assert large < small + 100
