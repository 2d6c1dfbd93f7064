"""Small calls of what is given back, drawn, deformed and handed to other libraries."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import jax.numpy as jnp

import jaxnn
from jaxnn import augment
from tests.support.made_for_calls import Row, files, key, new_path, of, outcomes, stream, things


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
    if find_spec("torch"):
        from jaxnn.interop import torch as door

        some |= {
            "torch.to_torch": Row(door.to_torch, lambda: of("net", "params")),
            "torch.from_torch": Row(door.from_torch, lambda: {"module": module(door.to_torch)}),
            "torch.params_from_state_dict": Row(
                door.params_from_state_dict,
                lambda: of("net") | {"state_dict": module(door.to_torch).state_dict()},
            ),
        }
    if find_spec("keras"):
        from jaxnn.interop import keras as other

        some["keras.from_keras"] = Row(other.from_keras, lambda: {"model": _keras_model()})
    return some


def _keras_model() -> Any:
    import keras

    layers = [keras.layers.Input((3,)), keras.layers.Dense(2, activation="softmax")]
    return keras.Sequential(layers)


def plots() -> dict[str, Row]:
    from jaxnn import plots

    def scores(**more: Any) -> dict[str, Any]:
        return of("Y") | {"A": things()["Y"] * 0.8 + 0.1, "ax": None} | more

    def found() -> Any:
        return jaxnn.reliability(things()["Y"], things()["Y"])

    def recording() -> Any:
        return things()["result"].recording

    return {
        f"plots.{name}": Row(getattr(plots, name), arguments)
        for name, arguments in {
            "activation_curves": lambda: {"g": "relu", "ax": None},
            "activation_table": lambda: {"names": ("relu",), "ax": None},
            "calibration_curve": lambda: {
                "y": [0, 1], "p": [0.2, 0.9], "event": "rain", "bins": 2, "ax": None,
            },
            "confusion_matrix": lambda: scores(class_names=("a", "b")),
            "decision_regions": lambda: {
                "network": jaxnn.mlp(2, 2),
                "params": jaxnn.init(jaxnn.mlp(2, 2), key()),
                "X": things()["X"][:2], "Y": things()["Y"], "class_names": (), "ax": None,
            },
            "first_layer_weights": lambda: of("params")
            | {"image_shape": (1, 3), "most": 2, "ax": None},
            "gradient_histograms": lambda: of("net") | {
                "recording": recording(), "data": (things()["X"], things()["Y"]),
                "cost": "cross_entropy", "layer": 1, "ax": None,
            },
            "importance": lambda: {
                "names": ("a", "b"), "values": [0.1, 0.2],
                "deviations": [0.0, 0.1], "metric": "accuracy", "most": 1, "ax": None,
            },
            "learning_curves": lambda: {
                "history": things()["result"].history, "metric": "loss", "ax": None
            },
            "network_diagram": lambda: of("net", "params") | {"ax": None},
            "neuron_curves": lambda: {
                "x": [0.0, 1.0], "curves": [[0.0, 1.0]], "column": "age", "edges": [0.0, 1.0],
                "layer": 1, "most": 1, "ax": None,
            },
            "new_axes": lambda: {"width": 2.0, "height": 2.0},
            "partial_dependence": lambda: {
                "x": [0.0, 1.0], "curves": [[0.0, 1.0]], "column": "age", "outcome": "price",
                "marks": [0.5], "most": 1, "ax": None,
            },
            "predicted_against_true": lambda: scores(),
            "reliability_diagram": lambda: {"found": found(), "ax": None},
            "sweep_scores": lambda: {
                "result": outcomes()["sweep"], "x": "seed", "y": None, "metric": None,
                "maximise": None, "ax": None,
            },
            "tidy": lambda: {"ax": plots.new_axes(2.0, 2.0)},
            "weight_histograms": lambda: {"recording": recording(), "layer": 1, "ax": None},
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

    def data() -> Any:
        return things()["X"], things()["Y"]

    def history() -> Any:
        return things()["result"].history

    def bound(owner: Callable[[], Any], method: str) -> Callable[..., Any]:
        return lambda **arguments: getattr(owner(), method)(**arguments)

    def shared() -> Any:
        return outcomes()["shared_ensemble"]

    def ensemble() -> Any:
        return outcomes()["ensemble"]

    def swept() -> Any:
        return outcomes()["sweep"]

    def example() -> Any:
        return outcomes()["example"]

    ranked = {"metric": "loss", "maximise": None}
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
        "SharedEnsemble.evaluate": Row(
            bound(shared, "evaluate"), lambda: {"data": data(), "bins": 3}
        ),
        "SharedEnsemble.member": Row(bound(shared, "member"), lambda: {"i": 0}),
        "SharedEnsemble.outputs": Row(bound(shared, "outputs"), lambda: {"X": things()["X"]}),
        "SharedEnsemble.predict": Row(bound(shared, "predict"), lambda: {"X": things()["X"]}),
        "SharedEnsemble.some": Row(bound(shared, "some"), lambda: {"numbers": [0]}),
        "Ensemble.evaluate": Row(bound(ensemble, "evaluate"), lambda: {"data": data(), "bins": 3}),
        "Ensemble.outputs": Row(bound(ensemble, "outputs"), lambda: {"X": things()["X"]}),
        "Ensemble.predict": Row(bound(ensemble, "predict"), lambda: {"X": things()["X"]}),
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
        "History.plot": Row(bound(history, "plot"), lambda: {"metric": "loss", "ax": None}),
        "History.then": Row(bound(history, "then"), lambda: {"other": history()}),
        "History.until": Row(bound(history, "until"), lambda: {"epoch": 1}),
        "Recording.of": Row(
            jaxnn.Recording.of, lambda: {"records": [(0, things()["params"])]}
        ),
        "Recording.params_at": Row(
            lambda record: things()["result"].recording.params_at(record), lambda: {"record": 0}),
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
                "image_shape": None, "data": data(), "run": None, "max_bytes": 3_000_000,
            },
        ),
        "WorkedExample.widget": Row(
            bound(example, "widget"),
            lambda: {
                "title": "t", "input_names": None, "class_names": None, "image_shape": None,
                "data": data(), "run": None, "max_bytes": 1_000_000,
            },
        ),
        "WorkedExample.to_latex": Row(bound(example, "to_latex"), lambda: {"digits": 3}),
        "WorkedExample.to_text": Row(bound(example, "to_text"), lambda: {"digits": 3}),
    }  # fmt: skip
