"""Two trainings in two threads of one process are each what it is alone, to the bit."""

import threading
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn

X = np.random.default_rng(0).normal(size=(3, 40)).astype(np.float32)
Y = jaxnn.one_hot(np.arange(40) % 2, 2)
SETTINGS = {"cost": "cross_entropy", "epochs": 40, "batch_size": 8}


def trained(net, seed, data=(X, Y), **options):
    return jaxnn.fit(
        net, data, optimizer=optax.adam(0.01), key=jax.random.key(seed), **SETTINGS | options
    )


def at_once(*tasks):
    """Run tasks in a thread each, all beginning at the same moment."""
    barrier = threading.Barrier(len(tasks), timeout=60)

    def run(task):
        barrier.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        futures = [pool.submit(run, task) for task in tasks]
        return [future.result(timeout=120) for future in futures]


def same_bits(one, other):
    jax.tree.map(np.testing.assert_array_equal, one.params, other.params)
    jax.tree.map(np.testing.assert_array_equal, one.state.opt_state, other.state.opt_state)
    for name, values in other.history.items():
        np.testing.assert_array_equal(one.history[name], values)


def nets():
    """Return two networks that nobody has compiled yet."""
    return [jaxnn.mlp(3, n, 2, hidden=lambda z: jnp.tanh(z), dropout=0.1) for n in (4, 5)]


@pytest.mark.thorough
def test_two_fits_at_once_are_each_the_fit_alone():
    """Once while both are being compiled, and often when they are."""
    one, two = nets()
    tasks = (lambda: trained(one, 1)), (lambda: trained(two, 2))
    first = at_once(*tasks)
    alone = [task() for task in tasks]
    assert not np.array_equal(alone[0].params[1].W[:, :4], alone[1].params[1].W[:, :4])
    for found in (first, *(at_once(*tasks) for _ in range(5))):
        for here, there in zip(found, alone, strict=True):
            same_bits(here, there)


def test_two_streams_at_once_and_one_stream_twice(tmp_path):
    for name, array in zip("XY", (X, Y), strict=True):
        np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array.T))
    stream = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy", block=3, buffer=16)
    net = jaxnn.mlp(3, 4, 2, hidden="tanh")
    tasks = [lambda seed=seed: trained(net, seed, stream, epochs=4) for seed in (1, 2)]
    for found, task in zip(at_once(*tasks), tasks, strict=True):
        same_bits(found, task())


def test_what_one_thread_is_told_the_other_is_not():
    """A mistake, and a loss that diverges, stay in the thread that they are of."""
    net = jaxnn.mlp(3, 4, 2, hidden="tanh")
    good = trained(net, 3, epochs=5)

    def bad():
        with pytest.raises(jaxnn.DataError, match="X must be finite"):
            trained(net, 1, (X * np.float32(np.nan), Y))

    for _ in range(3):
        _, found = at_once(bad, lambda: trained(net, 3, epochs=5))
        same_bits(found, good)


def test_two_progress_bars_at_once(capsys):
    net = jaxnn.mlp(3, 4, 2, hidden="tanh")
    at_once(*(lambda seed=seed: trained(net, seed, epochs=5, progress=True) for seed in (1, 2)))
    assert "accuracy" in capsys.readouterr().out
