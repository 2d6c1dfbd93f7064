"""Every public function with a small call of it: a new one needs a row here, or beside."""

import functools
import importlib.util
import inspect
import os
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxnn
from jaxnn import augment, parallel, tables, teaching
from tests.support.made_for_calls import (
    Row,
    files,
    grain_records,
    host,
    key,
    many,
    new_path,
    of,
    stream,
    streamed,
    things,
    training,
    validated,
)
from tests.support.public_results import augmentations, interop, methods, plots
from tests.support.table_calls import table_functions
from tests.support.table_ingredients import ingredients

CONTAINERS = {
    "Activation", "Columns", "Cost", "CrossValidation", "Dataset", "Ensemble", "Event", "FitResult",
    "History", "Layer", "Recording", "Reliability", "SelfTest", "Sensitivities", "SharedEnsemble",
    "SharedParams", "Standardisation", "SweepMember", "SweepResult", "TableModel", "Trace",
    "TrainState", "WorkedExample",
}  # fmt: skip
"""Classes that hold what they are given: JAX builds pytrees of anything, so that none may check."""

BLOCKS = {"block": None, "buffer": None}
TEXT = {"delimiter": ",", "decimal": "."}


def networks() -> dict[str, Row]:
    """Return the functions of the textbook."""
    X, Y, x, y = (lambda: things()["X"]), (lambda: things()["Y"]), _x, _y
    return {
        "Network": Row(
            jaxnn.Network,
            lambda: {
                "sizes": (3, 2), "activations": ("relu",), "dropout": 0.1, "compute_dtype": None
            },
        ),
        "mlp": Row(
            lambda sizes, n_L, **options: jaxnn.mlp(sizes, n_L, **options),
            lambda: {
                "sizes": 3, "n_L": 2, "hidden": "relu", "output": "softmax", "dropout": 0.1,
                "compute_dtype": None,
            },
            ("n_L",),
        ),
        "init": Row(
            jaxnn.init,
            lambda: of("net") | {
                "key": key(), "weights": jax.nn.initializers.normal(),
                "biases": jax.nn.initializers.zeros, "dtype": jnp.float32,
            },
        ),
        "share_weights": Row(
            jaxnn.share_weights,
            lambda: {
                "network": shared_things()[0].network, "members": 2, "factors": "all",
                "groups": (0, 0, 1),
            },
        ),
        "SharedNetwork": Row(
            jaxnn.SharedNetwork,
            lambda: {
                "sizes": (3, 2), "activations": ("relu",), "dropout": 0.1, "compute_dtype": None,
                "members": 2, "factors": "all", "groups": (0, 0, 1),
            },
        ),
        "init_members": Row(
            jaxnn.init_members,
            lambda: {
                "network": shared_things()[0], "key": key(), "first_factors": "signs",
                "dtype": jnp.float32,
            },
        ),
        "member": Row(
            jaxnn.member,
            lambda: dict(zip(("network", "params"), shared_things(), strict=True)) | {"i": 0},
        ),
        "member_forward": Row(
            jaxnn.member_forward,
            lambda: {
                "network": shared_things()[0], "shared": shared_things()[1].shared,
                "own": jax.tree.map(lambda array: array[0], shared_things()[1].members),
                "x": x(), "key": key(),
            },
        ),
        "check_params": Row(jaxnn.check_params, lambda: of("net", "params")),
        "weighted_sum": Row(
            jaxnn.weighted_sum, lambda: {"layer": things()["params"][0], "a": x()}
        ),
        "forward": Row(jaxnn.forward, lambda: of("net", "params") | {"x": x(), "key": key()}),
        "trace": Row(jaxnn.trace, lambda: of("net", "params") | {"x": x(), "key": key()}),
        "predict": Row(jaxnn.predict, lambda: of("net", "params", "X")),
        "predict of a result": Row(
            jaxnn.predict, lambda: {"network": things()["result"], "X": X()}
        ),
        "classify": Row(jaxnn.classify, lambda: of("net", "params", "X")),
        "loss": Row(
            jaxnn.loss,
            lambda: of("net", "params", "X", "Y")
            | {"cost": "cross_entropy", "weights": None, "key": None},
        ),
        "backward": Row(
            jaxnn.backward,
            lambda: of("net", "params", "X", "Y") | {"cost": "cross_entropy", "weights": None},
        ),
        "sensitivities": Row(
            jaxnn.sensitivities,
            lambda: of("net", "params")
            | {"tr": things()["trace"], "y": y(), "cost": "cross_entropy"},
        ),
        "update": Row(
            jaxnn.update,
            lambda: of("net", "state") | {
                "cost": "cross_entropy", "optimizer": things()["sgd"], "batch": (X(), Y()),
                "augment": None,
            },
        ),
        "epoch": Row(
            jaxnn.epoch, lambda: training(shuffle=True, augment=None) | of("state")
        ),
        "evaluate": Row(
            jaxnn.evaluate,
            lambda: of("net", "params")
            | {"data": (X(), Y()), "cost": "cross_entropy", "metrics": None},
        ),
        "evaluate a result": Row(
            jaxnn.evaluate, lambda: {"network": things()["result"], "data": (X(), [0, 1] * 3)}
        ),
        "explain": Row(
            jaxnn.explain,
            lambda: of("net", "params") | {
                "x": x(), "y": y(), "cost": "cross_entropy", "optimizer": things()["sgd"],
                "opt_state": None, "digits": 3,
            },
        ),
        "teaching.check": Row(
            teaching.check,
            lambda: {
                "answer": 0.5, "right": 1.0, "hint": "Look at E.", "digits": 3,
                "mistakes": {"The factor ½ is missing.": 2.0},
            },
        ),
        "teaching.questions": Row(
            teaching.questions, lambda: {"example": worked(), "key": key(), "count": 2}
        ),
    }  # fmt: skip


@functools.cache
def worked() -> jaxnn.WorkedExample:
    return jaxnn.explain(*of("net", "params").values(), _x(), _y(), cost="cross_entropy")


@functools.cache
def shared_things() -> tuple[jaxnn.SharedNetwork, jaxnn.SharedParams]:
    """Return a network whose members share their weights, and parameters of it."""
    net = jaxnn.share_weights(jaxnn.mlp(3, 4, 2), members=2, groups=(0, 0, 1))
    return net, jaxnn.init_members(net, key())


def _x() -> np.ndarray:
    return things()["X"][:, 0]


def _y() -> np.ndarray:
    return things()["Y"][:, 0]


def loops() -> dict[str, Row]:
    """Return the loops on the host, and files."""
    more = {"share_batches": True, "monitor": "val_loss"}
    return {
        "fit": Row(
            jaxnn.fit,
            lambda: validated(
                params=None, monitor="val_loss", record_every=None, checkpoint=None, mesh=None,
                fully_sharded=False,
            ),
        ),
        "fit from a state": Row(
            jaxnn.fit,
            lambda: training(epochs=1, progress=False) | of("state"),
        ),
        "fit with patience": Row(
            jaxnn.fit, lambda: validated(monitor="val_loss") | {"patience": 1, "progress": False}
        ),
        "sweep": Row(
            jaxnn.sweep,
            lambda: validated(
                **many(grid={"seed": [0, 1]}, samples=None, halving=None, checkpoint=None,
                       mesh=None, **more)
            ),
        ),
        "sweep of a factory": Row(
            jaxnn.sweep,
            lambda: host(grid={"learning_rate": [0.1, 0.2]}) | {"optimizer": optax.sgd},
        ),
        "ensemble": Row(
            jaxnn.ensemble, lambda: validated(**many(members=2, bootstrap=False, **more))
        ),
        "shared_ensemble": Row(
            jaxnn.shared_ensemble,
            lambda: validated(
                members=2, factors="inputs", groups=None, params=None, monitor="val_loss",
                record_every=None, checkpoint=None, mesh=None, fully_sharded=False,
            ),
        ),
        "cross_validate": Row(
            jaxnn.cross_validate,
            lambda: host(
                **many(folds=2, stratify=True, repeats=1, standardise=False,
                       standardise_targets=False)
            ),
        ),
        "Checkpoints": Row(
            jaxnn.Checkpoints,
            lambda: {
                "folder": "run", "every": None, "seconds": 60.0, "keep": 3, "on_corrupt": "error",
                "on_failure": "error", "allow_changes": (),
            },
        ),
        "playground": Row(
            jaxnn.playground,
            lambda: {
                "path": new_path("lesson.html"), "title": None,
                "data": (things()["X"], things()["Y"]), "input_names": None,
                "class_names": None, "image_shape": None, "max_bytes": 3_000_000,
            },
        ),
        "save": Row(
            jaxnn.save,
            lambda: {"path": new_path("model"), "overwrite": False} | of("net", "params"),
        ),
        "save a result": Row(
            jaxnn.save,
            lambda: {"path": new_path("model"), "network": things()["result"], "overwrite": True},
        ),
        "load": Row(
            jaxnn.load,
            lambda: {
                "path": files() / "model", "network": None, "dtype": None, "cast": False,
                "expected_sha256": None,
            },
        ),
    }  # fmt: skip


def on_sums(function: Callable[..., Any]) -> Row:
    """Return the row of an activation or a cost."""
    z = jnp.array([0.5, -0.5, 0.25])
    if isinstance(function, jaxnn.Cost):
        return Row(function, lambda: {"a": jnp.abs(z), "y": jnp.array([0.0, 1.0, 0.0])})
    return Row(function, lambda: {"z": z})


def data_sets() -> dict[str, Row]:
    """Return what makes and changes data."""
    X, Y = (lambda: things()["X"]), (lambda: things()["Y"])
    of_nothing = (
        "boolean_function", "breast_cancer", "diabetes", "digits", "iris", "wine", "self_test",
    )  # fmt: skip
    images = {"part": "test", "folder": None, "pixels": "uint8"}
    return {
        **{name: Row(getattr(jaxnn, name), dict) for name in of_nothing},
        **{
            name: Row(getattr(jaxnn, name), lambda: dict(images))
            for name in ("mnist", "fashion_mnist")
            if "JAXNN_DATA" in os.environ
        },
        "load_dataset": Row(
            jaxnn.load_dataset, lambda: {"name": "iris", "part": "train", "folder": None}
        ),
        "from_csv": Row(jaxnn.from_csv, lambda: streamed("table.csv", **TEXT)),
        "tables.read_table": Row(
            tables.read_table,
            lambda: {
                "path": files() / "table.csv", **TEXT, "missing": None, "header": "found",
                "names": None, "encoding": None, "progress": False,
            },
        ),
        "stream_csv": Row(jaxnn.stream_csv, lambda: streamed("table.csv", **TEXT, **BLOCKS)),
        "stream_parquet": Row(jaxnn.stream_parquet, lambda: streamed("table.parquet", **BLOCKS)),
        "stream_npy": Row(
            jaxnn.stream_npy,
            lambda: {
                "X": files() / "X.npy", "Y": files() / "labels.npy", "weights": None,
                "n_classes": 2, **BLOCKS,
            },
        ),
        "stream_grain": Row(
            jaxnn.stream_grain,
            lambda: {"dataset": grain_records(), "n_classes": 2, "examples": None, **BLOCKS},
        ),
        "save_npy": Row(
            jaxnn.save_npy, lambda: {"stream": stream(), "folder": new_path("arrays")}
        ),
        "Stream": Row(
            jaxnn.Stream,
            lambda: {
                "source": stream().source, "buffer": 3, "feature_names": (), "class_names": ()
            },
        ),
        "one_hot": Row(
            jaxnn.one_hot, lambda: {"labels": [0, 1], "n_classes": 2, "dtype": np.float32}
        ),
        "class_of": Row(jaxnn.class_of, lambda: {"A": Y()}),
        "split": Row(
            jaxnn.split,
            lambda: {"X": X(), "Y": Y(), "test": 0.5, "seed": 0, "stratify": True},
        ),
        "batches": Row(
            lambda **arguments: list(jaxnn.batches(**arguments)),
            lambda: {"key": key(), "data": (X(), Y()), "batch_size": 4},
        ),
        "standardisation": Row(jaxnn.standardisation, lambda: {"X": X(), "weights": None}),
        "standardise": Row(
            jaxnn.standardise, lambda: {"X": X(), "by": jaxnn.standardisation(X())}
        ),
        "unstandardise": Row(
            jaxnn.unstandardise, lambda: {"X": X(), "by": jaxnn.standardisation(X())}
        ),
        "reliability": Row(jaxnn.reliability, lambda: {"Y": Y(), "A": Y(), "bins": 3}),
        "expected_calibration_error": Row(
            jaxnn.expected_calibration_error, lambda: {"Y": Y(), "A": Y(), "bins": 3}
        ),
    }  # fmt: skip


def devices() -> dict[str, Row]:
    def join(**arguments: Any) -> None:
        with parallel.processes(**arguments):
            pass

    placed = {"network": jaxnn.mlp(2, 4, 2), "fully_sharded": False}
    return {
        "parallel.mesh": Row(parallel.mesh, lambda: {"data": 1, "model": 1, "devices": None}),
        "parallel.processes": Row(join, lambda: {"seconds": 60}),
        "parallel.gathered": Row(parallel.gathered, lambda: {"tree": things()["params"]}),
        "parallel.param_shardings": Row(
            parallel.param_shardings, lambda: placed | {"mesh": parallel.mesh(data=1)}
        ),
    }


@functools.cache
def rows() -> dict[str, Row]:
    """Return every public function with a small call of it."""
    formulas = {
        name: on_sums(getattr(jaxnn, name))
        for name in jaxnn.__all__
        if isinstance(getattr(jaxnn, name), jaxnn.Activation | jaxnn.Cost)
    }
    return {
        **formulas, **networks(), **loops(), **data_sets(), **devices(), **augmentations(),
        **table_functions(), **ingredients(), **methods(), **plots(), **interop(),
    }  # fmt: skip


def public_names() -> set[str]:
    """Return the names of all that a user may call."""
    from jaxnn import plots
    from jaxnn.interop import equinox, export, flax, onnx, safetensors

    doors = [equinox, export, flax, onnx, safetensors]
    for library in ("torch", "keras"):
        if importlib.util.find_spec(library):
            doors.append(importlib.import_module(f"jaxnn.interop.{library}"))

    def named(module: Any, prefix: str, names: Any = None) -> set[str]:
        found = vars(module) if names is None else names
        own = {
            name
            for name in found
            if callable(thing := getattr(module, name))
            and not name.startswith("_")
            and (names is not None or getattr(thing, "__module__", "") == module.__name__)
            and inspect.isfunction(thing)
        }
        return {prefix + name for name in own}

    face = {
        name
        for name in jaxnn.__all__
        if callable(thing := getattr(jaxnn, name))
        and name != "Params"
        and not (inspect.isclass(thing) and issubclass(thing, Exception))
    }
    return (face - CONTAINERS).union(
        named(parallel, "parallel.", parallel.__all__),
        named(augment, "augment.", augment.__all__),
        named(plots, "plots.", plots.__all__),
        named(teaching, "teaching.", teaching.__all__),
        named(tables, "tables.", {*tables.__all__} - {"fit_table"}),  # it has a row
        *(named(door, f"{door.__name__.rpartition('.')[2]}.") for door in doors),
    )
