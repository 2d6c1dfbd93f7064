"""Every public function with arguments that are right, and values that are wrong for most of them.

A row of `ROWS` is a small call; a new public function needs a row, or a place in `CONTAINERS`.
"""

import contextlib
import datetime
import decimal
import dis
import functools
import importlib.util
import inspect
import math
import os
import re
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxnn
from jaxnn import augment, parallel
from jaxnn.errors import ProcessLost

HOME = str(Path(jaxnn.__file__).parent)
OURS = (ValueError, TypeError, OSError, jaxnn.CheckpointError, ProcessLost)

CONTAINERS = {
    "Activation", "Cost", "CrossValidation", "Dataset", "Ensemble", "Event", "FitResult", "History",
    "Layer", "Recording", "Reliability", "SelfTest", "Sensitivities", "Standardisation",
    "SweepMember", "SweepResult", "Trace", "TrainState", "WorkedExample",
}  # fmt: skip
"""Classes that hold what they are given: JAX builds pytrees of anything, so that none may check."""

UNBOUNDED = {
    "bins", "block", "buffer", "epochs", "examples", "folds", "k", "members", "n_classes",
    "repeats", "samples", "size", "sizes", "width", "height", "halving", "strength", "degrees",
    "pixels",
}  # fmt: skip
"""Arguments that may be as large as one likes: 10³⁰ epochs would be trained."""

ALIASES = {
    "data": r"\b(X|Y|weights)\b",
    "network": r"\b(params|X|Y|x|y)\b|[Wb]\^\[|g\^\[",
    "module": r"params",
    "batch": r"\b(X|Y|weights)\b",
    "params": r"[Wb]\^\[",
    "state": r"\b(params|opt_state|key)\b|[Wb]\^\[",
    "validation": r"monitor",  # which is of the validation
    "sizes": r"activations",
    "activations": r"activation",
    "hidden": r"activation",
    "output": r"activation",
    "names": r"activation",
    "g": r"activation",
    "run": r"\brun\b",
    "init": r"[Wb]\^\[|params",
    "hook": r"hook",
}
"""Argument -> what of it a message may name instead."""


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


def on_sums(function: Callable[..., Any]) -> Row:
    """Return the row of an activation or a cost."""
    z = jnp.array([0.5, -0.5, 0.25])
    if isinstance(function, jaxnn.Cost):
        return Row(function, lambda: {"a": jnp.abs(z), "y": jnp.array([0.0, 1.0, 0.0])})
    return Row(function, lambda: {"z": z})


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
    """Return results whose methods are called."""
    return {
        "ensemble": jaxnn.ensemble(**validated(**many(members=2, bootstrap=False))),
        "sweep": jaxnn.sweep(**validated(**many(grid={"seed": [0, 1]}))),
        "folds": jaxnn.cross_validate(**host(**many(folds=2))),
        "example": jaxnn.explain(
            **of("net", "params"), x=things()["X"][:, 0], y=things()["Y"][:, 0],
            cost="cross_entropy"),
    }  # fmt: skip


def interop() -> dict[str, Row]:
    from jaxnn.interop import equinox, export, flax, onnx, safetensors

    def module(convert: Callable[..., Any]) -> Any:
        return convert(things()["net"], things()["params"])

    def elementwise() -> dict[str, Any]:
        net = jaxnn.mlp(3, 4, 2, output="identity")
        return {"network": net, "params": jaxnn.init(net, key())}

    some = {
        "equinox.to_equinox": Row(equinox.to_equinox, elementwise),
        "equinox.from_equinox": Row(
            equinox.from_equinox, lambda: {"module": equinox.to_equinox(**elementwise())}
        ),
        "export.to_stablehlo": Row(
            export.to_stablehlo,
            lambda: of("net", "params") | {"platforms": ("cpu",), "input_dtype": None},
        ),
        "flax.to_nnx": Row(flax.to_nnx, lambda: of("net", "params") | {"rngs": None}),
        "flax.from_nnx": Row(
            flax.from_nnx, lambda: {"module": module(flax.to_nnx)}
        ),
        "flax.to_linen": Row(flax.to_linen, lambda: of("net", "params")),
        "flax.from_linen": Row(
            flax.from_linen,
            lambda: dict(zip(("module", "variables"), module(flax.to_linen), strict=True)),
        ),
        "onnx.to_onnx": Row(onnx.to_onnx, lambda: of("net", "params") | {"input_dtype": None}),
        "safetensors.save_safetensors": Row(
            safetensors.save_safetensors, lambda: {"path": new_path("safe")} | of("net", "params")
        ),
        "safetensors.load_safetensors": Row(
            safetensors.load_safetensors,
            lambda: {"path": files() / "model.safetensors", "network": None},
        ),
    }  # fmt: skip
    with contextlib.suppress(ImportError):
        import torch  # noqa: F401

        from jaxnn.interop import torch as door

        some |= {
            "torch.to_torch": Row(door.to_torch, lambda: of("net", "params")),
            "torch.from_torch": Row(door.from_torch, lambda: {"module": module(door.to_torch)}),
            "torch.params_from_state_dict": Row(
                door.params_from_state_dict,
                lambda: of("net") | {"state_dict": module(door.to_torch).state_dict()},
            ),
        }
    with contextlib.suppress(ImportError):
        import keras

        from jaxnn.interop import keras as other

        some["keras.from_keras"] = Row(
            other.from_keras,
            lambda: {
                "model": keras.Sequential(
                    [keras.layers.Input((3,)), keras.layers.Dense(2, activation="softmax")]
                )
            },
        )
    return some


def plots() -> dict[str, Row]:
    from jaxnn import plots

    def scores(**more: Any) -> dict[str, Any]:
        return of("Y") | {"A": things()["Y"] * 0.8 + 0.1, "ax": None} | more

    recording = things()["result"].recording
    found = jaxnn.reliability(things()["Y"], things()["Y"])
    return {
        f"plots.{name}": Row(getattr(plots, name), arguments)
        for name, arguments in {
            "activation_curves": lambda: {"g": "relu", "ax": None},
            "activation_table": lambda: {"names": ("relu",), "ax": None},
            "confusion_matrix": lambda: scores(class_names=("a", "b")),
            "decision_regions": lambda: {
                "network": jaxnn.mlp(2, 2),
                "params": jaxnn.init(jaxnn.mlp(2, 2), key()),
                "X": things()["X"][:2], "Y": things()["Y"], "class_names": (), "ax": None,
            },
            "first_layer_weights": lambda: of("params")
            | {"image_shape": (1, 3), "most": 2, "ax": None},
            "gradient_histograms": lambda: of("net") | {
                "recording": recording, "data": (things()["X"], things()["Y"]),
                "cost": "cross_entropy", "layer": 1, "ax": None,
            },
            "learning_curves": lambda: {
                "history": things()["result"].history, "metric": "loss", "ax": None
            },
            "network_diagram": lambda: of("net", "params") | {"ax": None},
            "new_axes": lambda: {"width": 2.0, "height": 2.0},
            "predicted_against_true": lambda: scores(),
            "reliability_diagram": lambda: {"found": found, "ax": None},
            "sweep_scores": lambda: {
                "result": outcomes()["sweep"], "x": "seed", "y": None, "metric": None,
                "maximise": None, "ax": None,
            },
            "tidy": lambda: {"ax": plots.new_axes(2.0, 2.0)},
            "weight_histograms": lambda: {"recording": recording, "layer": 1, "ax": None},
            "write_title": lambda: {"ax": plots.new_axes(2.0, 2.0), "title": "t", "note": ""},
            "wrong_predictions": lambda: scores(
                X=things()["X"] * 0, A=things()["Y"][::-1], image_shape=(1, 3), class_names=(),
                most=2,
            ),
        }.items()
    }  # fmt: skip


def augmentations() -> dict[str, Row]:
    return {
        f"augment.{name}": row
        for name, row in {
            "compose": Row(lambda parts: augment.compose(parts), lambda: {"parts": augment.flip()}),
            "elastic": Row(augment.elastic, lambda: {"strength": 1.0, "width": 2.0}),
            "flip": Row(augment.flip, lambda: {"probability": 0.5}),
            "of_vectors": Row(
                augment.of_vectors, lambda: {"deform": augment.flip(), "image_shape": (2, 2)}
            ),
            "resample": Row(
                augment.resample, lambda: {"image": jnp.ones((2, 2)), "points": jnp.ones((2, 2, 2))}
            ),
            "rotation": Row(augment.rotation, lambda: {"degrees": 3.0}),
            "scaling": Row(augment.scaling, lambda: {"share": 0.1}),
            "shear": Row(augment.shear, lambda: {"degrees": 3.0}),
            "translation": Row(augment.translation, lambda: {"pixels": 1}),
        }.items()
    }


def methods() -> dict[str, Row]:
    """Return the methods of what is given back."""
    result = things()["result"]
    X, Y = things()["X"], things()["Y"]

    def bound(owner: Callable[[], Any], method: str) -> Callable[..., Any]:
        return lambda **arguments: getattr(owner(), method)(**arguments)

    def ensemble() -> Any:
        return outcomes()["ensemble"]

    def swept() -> Any:
        return outcomes()["sweep"]

    def example() -> Any:
        return outcomes()["example"]

    ranked = {"metric": "val_loss", "maximise": None}
    return {
        "TrainState.create": Row(
            jaxnn.TrainState.create,
            lambda: of("params") | {"optimizer": things()["sgd"], "key": key()},
        ),
        "Activation.derivative": Row(jaxnn.sigmoid.derivative, lambda: {"z": jnp.ones(3)}),
        "Activation.pullback": Row(
            jaxnn.sigmoid.pullback, lambda: {"z": jnp.ones(3), "v": jnp.ones(3)}
        ),
        "Activation.with_options": Row(jaxnn.elu.with_options, lambda: {"alpha": 0.5}),
        "Ensemble.evaluate": Row(bound(ensemble, "evaluate"), lambda: {"data": (X, Y), "bins": 3}),
        "Ensemble.outputs": Row(bound(ensemble, "outputs"), lambda: {"X": X}),
        "Ensemble.predict": Row(bound(ensemble, "predict"), lambda: {"X": X}),
        "Ensemble.some": Row(bound(ensemble, "some"), lambda: {"numbers": [0]}),
        "CrossValidation.params": Row(lambda i: outcomes()["folds"].params(i), lambda: {"i": 0}),
        "SweepResult.best": Row(bound(swept, "best"), lambda: dict(ranked)),
        "SweepResult.order": Row(bound(swept, "order"), lambda: dict(ranked)),
        "SweepResult.history": Row(bound(swept, "history"), lambda: {"metric": "loss"}),
        "SweepResult.is_larger_better": Row(
            bound(swept, "is_larger_better"), lambda: {"metric": "loss"}
        ),
        "SweepResult.params": Row(bound(swept, "params"), lambda: {"i": 0}),
        "SweepResult.plot": Row(
            bound(swept, "plot"), lambda: {"x": "seed", "y": None, "ax": None} | ranked
        ),
        "SweepResult.scores": Row(bound(swept, "scores"), lambda: {"metric": "loss"}),
        "SweepResult.top": Row(bound(swept, "top"), lambda: {"k": 1} | ranked),
        "History.plot": Row(result.history.plot, lambda: {"metric": "loss", "ax": None}),
        "History.then": Row(result.history.then, lambda: {"other": result.history}),
        "History.until": Row(result.history.until, lambda: {"epoch": 1}),
        "Recording.of": Row(
            jaxnn.Recording.of, lambda: {"records": [(0, things()["params"])]}
        ),
        "Recording.params_at": Row(result.recording.params_at, lambda: {"record": 0}),
        "Stream.chunks": Row(
            lambda **arguments: list(stream().chunks(**arguments)), lambda: {"size": 2, "seed": 0}
        ),
        "WorkedExample.bias": Row(bound(example, "bias"), lambda: {"l": 1, "i": 1}),
        "WorkedExample.neuron": Row(bound(example, "neuron"), lambda: {"l": 1, "i": 1}),
        "WorkedExample.weight": Row(bound(example, "weight"), lambda: {"l": 1, "i": 1, "j": 1}),
        "WorkedExample.to_html": Row(
            bound(example, "to_html"),
            lambda: {
                "path": new_path("page"), "title": "t", "input_names": None, "class_names": None,
                "image_shape": None, "data": (X, Y), "run": None, "max_bytes": 3_000_000,
            },
        ),
        "WorkedExample.to_latex": Row(bound(example, "to_latex"), lambda: {"digits": 3}),
        "WorkedExample.to_text": Row(bound(example, "to_text"), lambda: {"digits": 3}),
    }  # fmt: skip


def stream() -> jaxnn.Stream:
    return jaxnn.stream_npy(str(files() / "X.npy"), str(files() / "labels.npy"), n_classes=2)


def streamed(path: str, **more: Any) -> dict[str, Any]:
    common = {"path": files() / path, "target": "b", "task": None}
    return common | more


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
        "check_params": Row(jaxnn.check_params, lambda: of("net", "params")),
        "weighted_sum": Row(
            jaxnn.weighted_sum, lambda: {"layer": things()["params"][0], "a": x()}
        ),
        "forward": Row(jaxnn.forward, lambda: of("net", "params") | {"x": x(), "key": key()}),
        "trace": Row(jaxnn.trace, lambda: of("net", "params") | {"x": x(), "key": key()}),
        "predict": Row(jaxnn.predict, lambda: of("net", "params", "X")),
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
        "explain": Row(
            jaxnn.explain,
            lambda: of("net", "params") | {
                "x": x(), "y": y(), "cost": "cross_entropy", "optimizer": things()["sgd"],
                "opt_state": None, "digits": 3,
            },
        ),
    }  # fmt: skip


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
        "save": Row(jaxnn.save, lambda: {"path": new_path("model")} | of("net", "params")),
        "load": Row(
            jaxnn.load,
            lambda: {
                "path": files() / "model", "network": None, "dtype": None, "cast": False,
                "expected_sha256": None,
            },
        ),
    }  # fmt: skip


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
        "parallel.division_of": Row(
            parallel.division_of, lambda: placed | {"mesh": parallel.mesh(data=1)}
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
        **methods(), **plots(), **interop(),
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
        named(parallel, "parallel."),
        named(augment, "augment.", augment.__all__),
        named(plots, "plots.", plots.__all__),
        *(named(door, f"{door.__name__.rpartition('.')[2]}.") for door in doors),
    )


def frame() -> Any:
    import pandas

    return pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})


def sparse() -> Any:
    import scipy.sparse

    return scipy.sparse.csr_matrix(np.eye(3))


def raises(*_: Any, **__: Any) -> Any:
    raise RuntimeError("raised by a function of the user's")


WRONG: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "text": lambda: "adam",
    "empty text": lambda: "",
    "bytes": lambda: b"x",
    "0": lambda: 0,
    "-1": lambda: -1,
    "seven": lambda: 7,
    "huge": lambda: 10**30,
    "0.1": lambda: 0.1,
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "True": lambda: True,
    "complex": lambda: 1j,
    "decimal": lambda: decimal.Decimal("0.1"),
    "date": lambda: datetime.date(2020, 1, 1),
    "empty list": list,
    "list of sizes": lambda: [4, 8, 3],
    "nested list": lambda: [[1.0, 2.0, 3.0]],
    "list of text": lambda: ["a", "b"],
    "ragged list": lambda: [[1.0], [2.0, 3.0]],
    "empty dict": dict,
    "dict": lambda: {"a": 1},
    "empty tuple": tuple,
    "tuple": lambda: (1, 2),
    "pair of text": lambda: ("a", "b"),
    "pair of None": lambda: (None, None),
    "triple of arrays": lambda: (things()["X"],) * 3,
    "four arrays": lambda: (things()["X"],) * 4,
    "set": lambda: {1, 2},
    "object": object,
    "class": lambda: int,
    "function of nothing": lambda: lambda: 0,
    "function of one": lambda: lambda x: x,
    "function that raises": lambda: raises,
    "function of any": lambda: lambda *_, **__: None,
    "generator": lambda: (x for x in (1, 2)),
    "range": lambda: range(3),
    "path": lambda: Path("nowhere/nothing"),
    "module": lambda: math,
    "0-d": lambda: np.array(1.0),
    "0-d bool": lambda: np.array(True),
    "empty array": lambda: np.zeros((0,), np.float32),
    "vector": lambda: np.ones(5, np.float32),
    "flags": lambda: np.array([True, False]),
    "whole numbers": lambda: np.arange(6),
    "3-d": lambda: np.ones((2, 3, 4), np.float32),
    "table": lambda: np.ones((5, 7), np.float32),
    "objects": lambda: np.array([[None, "a"]], object),
    "array of text": lambda: np.array(["a", "b"]),
    "complex array": lambda: np.ones((3, 6), complex),
    "dates": lambda: np.array(["2020-01-01"], "datetime64[D]"),
    "NaN array": lambda: np.full((3, 6), np.nan, np.float32),
    "jax vector": lambda: jnp.ones(5),
    "jax 3-d": lambda: jnp.ones((2, 3, 4)),
    "masked": lambda: np.ma.masked_array(np.ones((3, 6), np.float32), mask=np.eye(3, 6)),
    "sparse": sparse,
    "DataFrame": frame,
    "Series": lambda: frame()["a"],
    "optax.adam": lambda: optax.adam,
    "optimizer": lambda: optax.adam(1e-3),
    "schedule": lambda: optax.linear_schedule(0.1, 0.0, 10),
    "optimizer's state": lambda: things()["state"].opt_state,
    "other optimizer's state": lambda: optax.adam(1e-3).init(things()["params"]),
    "network": lambda: things()["net"],
    "other network": lambda: jaxnn.mlp(5, 6, 7, 2),
    "network's class": lambda: jaxnn.Network,
    "params": lambda: things()["params"],
    "other params": lambda: jaxnn.init(jaxnn.mlp(5, 6, 2), key()),
    "params in dicts": lambda: [layer._asdict() for layer in things()["params"]],
    "a layer": lambda: things()["params"][0],
    "layer of None": lambda: (jaxnn.Layer(None, None),) * 2,
    "state": lambda: things()["state"],
    "result": lambda: things()["result"],
    "history": lambda: things()["result"].history,
    "raw key": lambda: jax.random.PRNGKey(0),
    "keys": lambda: jax.random.split(key(), 4),
    "key": key,
    "activation": lambda: jaxnn.relu,
    "cost": lambda: jaxnn.squared_error,
    "trace": lambda: things()["trace"],
    "data set": jaxnn.iris,
    "shape": lambda: jax.ShapeDtypeStruct((3, 6), jnp.float32),
}
"""Values that are wrong for most arguments, made anew for each call."""


class Call(NamedTuple):
    row: str
    argument: str
    value: str

    def __str__(self) -> str:
        return f"{self.row}({self.argument}={self.value})"


def calls(row: str) -> list[Call]:
    """Return the calls of a row, one wrong argument each."""
    names = [name for name in rows()[row].arguments() if name not in rows()[row].skips]
    return [
        Call(row, name, value)
        for name in names
        for value in WRONG
        if not (value in ("huge", "seven") and name in UNBOUNDED)
    ]


def some_calls(row: str, each: int = 1) -> list[Call]:
    """Return a few calls of each argument, the same ones every time."""
    chosen: dict[str, list[Call]] = {}
    for call in sorted(calls(row), key=lambda call: zlib.crc32(str(call).encode())):
        chosen.setdefault(call.argument, []).append(call)
    return [call for of_one in chosen.values() for call in of_one[:each]]


def unclear(call: Call) -> str | None:
    """Return what is wrong with how a call ends; None: it works, or says what is wrong."""
    row = rows()[call.row]
    arguments = row.arguments() | {call.argument: WRONG[call.value]()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            row.function(**arguments)
        except Exception as error:
            told = _judged(call.argument, arguments[call.argument], error)
            return told and f"{call}: {told}: {type(error).__name__}: {str(error)[:150]}"
    return None


def _judged(argument: str, value: Any, error: Exception) -> str | None:
    if f"the function given as {argument}" in "".join(getattr(error, "__notes__", ())):
        return None  # the user's function raises what it likes
    if not isinstance(error, OURS):
        return "is of another kind"
    if (where := _raised_at(error)) is not None:
        return f"was raised by {where}"
    if isinstance(value, str | Path) and str(value) and str(value) in str(error):
        return None
    name = ALIASES.get(argument)
    if re.search(rf"\b{re.escape(argument)}\b", str(error)) is None and not (
        name and re.search(name, str(error))
    ):
        return "does not name the argument"
    return None


def _raised_at(error: Exception) -> str | None:
    """Return where an error comes from; None: from a `raise` of ours."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    code = trace.tb_frame.f_code
    if not code.co_filename.startswith(HOME):
        return f"{code.co_filename}:{trace.tb_lineno}"
    if code.co_code[trace.tb_lasti] not in (dis.opmap["RAISE_VARARGS"], dis.opmap["RERAISE"]):
        return f"what {Path(code.co_filename).name}:{trace.tb_lineno} calls"
    return None
