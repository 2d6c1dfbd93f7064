"""One of several processes: `python -m tests.support.joined_process FOLDER TASK …`.

The environment says which one it is.  What became of a training is written by each.
"""

import os
import signal
import sys
import time
from pathlib import Path

import jax
import numpy as np
import optax

import jaxnn
from jaxnn import parallel
from jaxnn.parallel.sharding import MeshLayout
from jaxnn.training import streaming

jax.config.update("jax_default_matmul_precision", "highest")

NET = jaxnn.mlp(12, 16, 8, 5, dropout=0.1)
M = 150


def examples():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(M, 12)).astype(np.float32)
    Y = np.eye(5, dtype=np.float32)[rng.integers(0, 5, M)]
    return X, Y


class Records:
    """Examples for Grain, which remember who was read."""

    def __init__(self):
        self.rows, self.read = examples(), []

    def __len__(self):
        return M

    def __getitem__(self, j):
        self.read.append(j)
        return tuple(array[j] for array in self.rows)


def fit(data, mesh=None, **changed):
    settings = {
        "network": NET,
        "cost": "cross_entropy",
        "optimizer": optax.adam(1e-2),
        "epochs": 3,
        "batch_size": 36,
        "key": jax.random.key(0),
        "progress": False,
    }
    return jaxnn.fit(data=data, mesh=mesh, **settings | changed)


def written(path, result):
    """Write parameters, optimiser state and history."""
    state = parallel.gathered((result.params, result.state.opt_state))
    arrays = [np.asarray(leaf) for leaf in jax.tree.leaves((state, dict(result.history)))]
    np.savez(path, *arrays)


def stream_of(folder, **options):
    return jaxnn.stream_npy(folder / "X.npy", folder / "Y.npy", block=7, buffer=72, **options)


def arrays(folder, mesh):
    """Train on arrays that every process has."""
    X, Y = (array.T for array in examples())
    validation = X[:, :40], Y[:, :40]
    return fit((X, Y), mesh, validation=validation, patience=9, record_every=1)


def files(folder, mesh):
    """Train on a stream, and validate on one."""
    return fit(stream_of(folder), mesh, validation=stream_of(folder))


def records(folder, mesh):
    """Train on Grain's records, and write down which were read."""
    import grain

    found = Records()
    stream = jaxnn.stream_grain(grain.MapDataset.source(found), block=7, buffer=72)
    found.read.clear()
    result = fit(stream, mesh, epochs=1)
    np.save(folder / f"read.{jax.device_count()}.{jax.process_index()}.npy", found.read)
    return result


def meshes():
    devices = jax.device_count()
    yield "data", parallel.mesh(data=devices)
    yield "model", parallel.mesh(data=-(-devices // 2), model=min(devices, 2))


def trained(folder, *ways):
    """Train in some ways, such as arrays-model, on the devices of all processes."""
    for name, mesh in meshes():
        for data in (arrays, files, records):
            way = f"{data.__name__}-{name}"
            if way in ways:
                result = data(folder, mesh)
                written(folder / f"{way}.{jax.device_count()}.{jax.process_index()}.npz", result)


def kept(folder, epochs, victim="", number="9"):
    """Train from files with checkpoints; a signal meets the victim in its second epoch."""
    after = []

    def listener(event):
        after.append(event.epoch)

    if victim == str(jax.process_index()):
        train = streaming.run_batches

        def run_batches(*arguments):
            if after == [1]:
                while not (folder / "run" / "step_0000000005").exists():
                    time.sleep(0.05)
                os.kill(os.getpid(), int(number))
            return train(*arguments)

        streaming.run_batches = run_batches
    result = fit(
        stream_of(folder), parallel.mesh(data=jax.device_count()), epochs=int(epochs),
        listeners=[listener], checkpoint=jaxnn.Checkpoints(folder / "run", every=1),
    )  # fmt: skip
    written(folder / f"kept.{jax.device_count()}.{jax.process_index()}.npz", result)


def refused(folder, name, own=""):
    """Train into a folder that not all can write to, and write down what each is told."""
    me = jax.process_index()
    checkpoint = jaxnn.Checkpoints(folder / f"{name}{me if own else ''}")
    try:
        fit([array.T for array in examples()], dict(meshes())["data"], checkpoint=checkpoint)
    except jaxnn.CheckpointError as error:
        (folder / f"{name}.error.{me}").write_text(f"{type(error).__name__}: {error}")


def other_arguments(folder):
    """Return what one process may give otherwise: name -> (arguments of fit, mesh)."""
    X, Y = (array.T for array in examples())
    mesh, other_mesh = parallel.mesh(data=2), parallel.mesh(model=2)
    changed = X.copy()
    changed[3, 7] += 1
    network = jaxnn.mlp(12, 16, 8, 5, dropout=0.2)
    settings = {
        "key": {"key": jax.random.key(1)},
        "optimizer": {"optimizer": optax.adam(2e-2)},
        "cost": {"cost": "squared_error"},
        "network": {"network": network},
        "epochs": {"epochs": 4},
        "batch_size": {"batch_size": 30},
        "shuffle": {"shuffle": False},
        "data": {"data": (changed, Y)},
        "fewer": {"data": (X[:, 1:], Y[:, 1:])},
        "stream": {"data": stream_of(folder)},
        "validation": {"validation": (X, Y)},
        "params": {"params": jaxnn.init(NET, jax.random.key(5))},
        "augment": {"augment": lambda key, x: x * 2},
        "metrics": {"metrics": {"largest": lambda A, Y: A.max()}, "validation": (X, Y)},
        "record_every": {"record_every": 2},
        "checkpoint": {"checkpoint": jaxnn.Checkpoints(folder / "none")},
        "listeners": {"listeners": [lambda event: None]},
        "fully_sharded": {"fully_sharded": True},
    }
    cases = {name: (given, mesh) for name, given in settings.items()}
    return cases | {"mesh": ({}, other_mesh)}


def differing(folder, *names):
    """Train with one argument that the second process gives otherwise; write what each is told."""
    me = jax.process_index()
    X, Y = (array.T for array in examples())
    mesh = parallel.mesh(data=2)
    cases = other_arguments(folder)
    for name in names:
        given, other_mesh = cases[name]
        other = {"data": (X, Y), **given} if me else {"data": (X, Y)}
        try:
            fit(mesh=other_mesh if me else mesh, **other)
            told = "trained"
        except ValueError as error:
            told = str(error)
        (folder / f"{name}.{me}.txt").write_text(told)
    fit((X, Y), mesh, progress=bool(me), epochs=1)  # what may differ


LONG = "naïve “path” \udcff\n" * 700
"""A text of more than one message, with what UTF-8 cannot write."""


def told(folder):
    """Tell each other long texts, and an error with one."""
    processes = MeshLayout(parallel.mesh(data=2)).processes
    me = jax.process_index()
    assert processes.broadcast(lambda: LONG) == LONG
    assert processes.each([me, LONG * me]) == [[0, ""], [1, LONG]]

    def fails():
        raise jaxnn.CheckpointError(LONG)

    said = ""
    try:
        processes.broadcast(fails)
    except jaxnn.CheckpointError as error:
        said = str(error)
    assert said == LONG
    (folder / f"told.{me}").touch()


def main(folder, *tasks):
    """Run tasks such as `kept:6:1`, one after the other."""
    with parallel.processes(seconds=int(os.environ.get("JOINED_SECONDS", "15"))):
        for task in tasks:
            name, *arguments = task.split(":")
            globals()[name](Path(folder), *arguments)


if __name__ == "__main__":
    signal.alarm(150)
    main(*sys.argv[1:])
