"""What small calls of public functions are made of, each made once: networks, data, files."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxnn


class Row(NamedTuple):
    """A public function and arguments that it takes.

    Attributes:
        function: called as `function(**arguments)`.
        arguments: makes them anew, for some are used up.
        skips: which of them are not a public function's.
    """

    function: Callable[..., Any]
    arguments: Callable[[], dict[str, Any]]
    skips: tuple[str, ...] = ()


@functools.cache
def things() -> dict[str, Any]:
    """Return what the calls are made of: a network of 3, 4 and 2 neurons, and its belongings."""
    net = jaxnn.mlp(3, 4, 2)
    params = jaxnn.init(net, jax.random.key(0))
    X = np.linspace(-1, 1, 18, dtype=np.float32).reshape(3, 6)
    Y = np.eye(2, dtype=np.float32)[:, [0, 1, 0, 1, 0, 1]]
    sgd = optax.sgd(0.1)
    fit = functools.partial(
        jaxnn.fit, net, (X, Y), cost="cross_entropy", optimizer=sgd, epochs=2, batch_size=4
    )
    result = fit(key=jax.random.key(1), record_every=1)
    return {
        "net": net, "params": params, "X": X, "Y": Y, "sgd": sgd, "result": result,
        "state": jaxnn.TrainState.create(params, sgd, jax.random.key(2)),
        "trace": jaxnn.trace(net, params, X[:, 0]),
    }  # fmt: skip


def of(*names: str) -> dict[str, Any]:
    return {{"net": "network"}.get(name, name): things()[name] for name in names}


def key() -> jax.Array:
    return jax.random.key(3)


def training(**more: Any) -> dict[str, Any]:
    data = things()["X"], things()["Y"]
    common = {"network": things()["net"], "data": data, "cost": "cross_entropy"}
    return common | {"optimizer": things()["sgd"], "batch_size": 4} | more


def host(**more: Any) -> dict[str, Any]:
    return training(epochs=1, key=key(), metrics=None, shuffle=True, augment=None, progress=False,
                    **more)  # fmt: skip


def validated(**more: Any) -> dict[str, Any]:
    validation = things()["X"], things()["Y"]
    return host(validation=validation, patience=None, maximise=None, listeners=(), **more)


def many(**more: Any) -> dict[str, Any]:
    return {"init": jaxnn.init, "members_per_batch": None} | more


def files() -> Path:
    """Return a folder, made once in the folder of the test, with files of every kind."""
    folder = Path("files")
    if not folder.exists():
        folder.mkdir()
        np.save(folder / "X.npy", np.ascontiguousarray(things()["X"].T))
        np.save(folder / "labels.npy", np.array([0, 1, 0, 1, 0, 1]))
        (folder / "table.csv").write_text("a,b\n1,x\n2,y\n3,x\n", encoding="utf-8")
        jaxnn.save(folder / "model", things()["net"], things()["params"])
        from jaxnn.interop.safetensors import save_safetensors

        save_safetensors(folder / "model.safetensors", things()["net"], things()["params"])
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"a": [1.0, 2.0], "b": ["x", "y"]}), folder / "table.parquet")
    return folder


def new_path(kind: str) -> Path:
    """Return a path where nothing is yet."""
    number = sum(1 for _ in Path().glob(f"{kind}_*"))
    return Path(f"{kind}_{number}")


def grain_records() -> Any:
    import grain

    records = [(np.ones(3, np.float32), i % 2) for i in range(4)]
    return grain.MapDataset.source(records)


@functools.cache
def outcomes() -> dict[str, Any]:
    """Return results whose methods are called, of two networks each."""
    net, params, history = things()["net"], things()["params"], things()["result"].history
    two = {"best_epochs": np.array([1, 2]), "diverged": np.array([False, False])}
    shared = jaxnn.share_weights(jaxnn.mlp(3, 4, 2), members=2)
    histories, stacked = (history, history), jax.tree.map(lambda p: jnp.stack([p, p]), params)
    return {
        "ensemble": jaxnn.Ensemble(net, stacked, jaxnn.cross_entropy, histories, **two),
        "shared_ensemble": jaxnn.SharedEnsemble(
            shared, jaxnn.init_members(shared, key()), jaxnn.cross_entropy, history, 1, False
        ),
        "sweep": jaxnn.SweepResult(
            ({"seed": 0}, {"seed": 1}), (net, net), histories, **two, monitor="loss",
            maximise=False, halved=False, _params=(params, params),
        ),
        "folds": jaxnn.CrossValidation(
            net, 2, {}, np.zeros((1, 6), int), things()["Y"], histories, None, None,
            two["diverged"], stacked,
        ),
        "example": jaxnn.explain(
            **of("net", "params"), x=things()["X"][:, 0], y=things()["Y"][:, 0],
            cost="cross_entropy",
        ),
    }  # fmt: skip


def stream() -> jaxnn.Stream:
    return jaxnn.stream_npy(str(files() / "X.npy"), str(files() / "labels.npy"), n_classes=2)


def streamed(path: str, **more: Any) -> dict[str, Any]:
    common = {"path": files() / path, "target": "b", "task": None}
    return common | more
