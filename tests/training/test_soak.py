"""A process that trains for ever stays as large as it is: its memory and its compiled programs."""

import ctypes
import gc
import itertools
import sys
from pathlib import Path

import jax
import numpy as np
import optax
import pytest

import jaxnn
from tests.support.compilations import compilations

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc"),
]
NOISE = 12.0
"""MB by which a process grows without a leak: what an allocator keeps, a thread that starts."""

compiled = itertools.count()


def resident():
    """Return the resident memory, in MB, once all that can be given back has been."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def boolean_fit(epochs, **options):
    net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
    return jaxnn.fit(
        net, jaxnn.boolean_function(), cost="binary_cross_entropy", optimizer=optax.adam(0.01),
        epochs=epochs, batch_size=8, key=jax.random.key(0), **options,
    )  # fmt: skip


def random_fit(seed):
    """Fit a network of random depth and widths to a random number of random examples."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 20, size=rng.integers(2, 5)).tolist()
    m, batch_size = rng.integers(1, 40, size=2).tolist()
    X, Y = (rng.normal(size=(n, m)).astype(np.float32) for n in (sizes[0], sizes[-1]))
    jaxnn.fit(
        jaxnn.mlp(*sizes, hidden="tanh", output="identity"), (X, Y), cost="squared_error",
        optimizer=optax.adam(1e-3), epochs=3, batch_size=batch_size, key=jax.random.key(seed),
    )  # fmt: skip


def assert_flat(work, times):
    """Assert that work, done once before, costs neither memory nor programs when done again."""
    work()
    arrays, before = len(jax.live_arrays()), resident()
    with compilations() as found:
        for _ in range(times):
            work()
    after = resident()
    assert not found
    assert len(jax.live_arrays()) <= arrays
    assert after - before < NOISE, f"{before:.1f} MB became {after:.1f} MB"


@pytest.mark.slow
def test_a_hundred_thousand_epochs():
    assert boolean_fit(100_000).history.epochs == 100_000
    assert_flat(lambda: boolean_fit(25_000), times=4)


def test_a_thousand_epochs_with_a_listener_and_a_recording():
    assert_flat(lambda: boolean_fit(300, listeners=[lambda event: None], record_every=50), times=3)


@pytest.mark.slow
def test_two_hundred_fits_of_a_few_random_shapes():
    def work():
        for seed in range(2):
            random_fit(seed)

    assert_flat(work, times=100)


def test_the_counter_counts():
    with compilations() as found:
        jax.jit(lambda x: x + next(compiled))(1.0)
    assert len(found) >= 1


@pytest.mark.slow
def test_two_hundred_fits_of_as_many_random_shapes(capsys):
    """Every shape is two programs of its own, 12 MB in all, of which the last 64 shapes stay."""
    seeds = iter(range(10_000))

    def round_of_fits():
        with compilations() as found:
            for _ in range(50):
                random_fit(next(seeds))
        return resident(), len(found)

    round_of_fits()
    (first, _), *rest = (round_of_fits() for _ in range(3))
    with capsys.disabled():
        print(f"\nMB, compilations a round of 50: {first:.0f}", *(f"{a:.0f}, {n}" for a, n in rest))
    assert all(n <= 50 * 3 for _, n in rest)
    assert rest[-1][0] - first < 60  # MB for 100 shapes: what JAX's own rules remember of them
