"""jaxnn: neural networks exactly as the textbook writes them, in JAX.

    net    = jaxnn.mlp(784, 128, 10)                       # sizes n_0, …, n_L and activations
    params = jaxnn.init(net, key)                          # ((W^[1], b^[1]), …), a plain pytree
    A      = jaxnn.predict(net, params, X)                 # (n_0, m) -> (n_L, m)
    result = jaxnn.fit(net, (X, labels), optimizer=optax.adam(1e-3), key=key)
    labels = jaxnn.classify(result, X)                     # (n_0, m) -> (m,)

Every function is pure and composes with `jax.jit`, `jax.grad`, `jax.vmap` and `jax.lax.scan`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from jaxlib.version import __version__ as jaxlib_version

from jaxnn.compilation import check_release
from jaxnn.data.preparation import batches, class_of, one_hot
from jaxnn.data.scaling import Standardisation, standardisation, standardise, unstandardise
from jaxnn.data.splitting import split
from jaxnn.engine.classification import classify
from jaxnn.engine.prediction import predict
from jaxnn.errors import (
    CheckpointError,
    CheckpointLocked,
    CheckpointMismatch,
    CorruptCheckpoint,
    DataError,
    ProcessLost,
    ShapeError,
    WrongNumbers,
)
from jaxnn.textbook.activations import (
    arctan,
    elu,
    gelu,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softmax,
    softplus,
    step,
    tanh,
)
from jaxnn.textbook.chain_rule import Sensitivities, backward, sensitivities
from jaxnn.textbook.costs import (
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    squared_error,
    total_error,
)
from jaxnn.textbook.functions import Activation, Cost
from jaxnn.textbook.gradient_descent import TrainState, update
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.member_parameters import init_members, member
from jaxnn.textbook.members_propagation import member_forward
from jaxnn.textbook.network import Layer, Network, Params, check_params, mlp
from jaxnn.textbook.objective import loss
from jaxnn.textbook.propagation import (
    Trace,
    forward,
    trace,
    weighted_sum,
)
from jaxnn.textbook.shared_members import SharedNetwork, SharedParams, share_weights

if TYPE_CHECKING:
    from jaxnn import augment, parallel, plots, tables, teaching
    from jaxnn.checkpoints.loading import load
    from jaxnn.checkpoints.options import Checkpoints
    from jaxnn.checkpoints.saving import save
    from jaxnn.data.calibration import Reliability, expected_calibration_error, reliability
    from jaxnn.data.csv_dataset import from_csv
    from jaxnn.data.dataset import Dataset
    from jaxnn.data.datasets import (
        boolean_function,
        breast_cancer,
        diabetes,
        digits,
        fashion_mnist,
        iris,
        load_dataset,
        mnist,
        wine,
    )
    from jaxnn.streams.openers import save_npy, stream_csv, stream_grain, stream_npy, stream_parquet
    from jaxnn.streams.stream import Stream
    from jaxnn.sweeps.cross_validation import CrossValidation, cross_validate
    from jaxnn.sweeps.ensemble_result import Ensemble
    from jaxnn.sweeps.ensembles import ensemble
    from jaxnn.sweeps.hyperparameters import sweep
    from jaxnn.sweeps.results import SweepMember, SweepResult
    from jaxnn.sweeps.shared_ensemble_result import SharedEnsemble
    from jaxnn.sweeps.shared_ensembles import shared_ensemble
    from jaxnn.tables.fitting import fit_table
    from jaxnn.tables.model import TableModel
    from jaxnn.tables.recipe.columns import Columns
    from jaxnn.training.evaluation import evaluate
    from jaxnn.training.fitting import fit
    from jaxnn.training.listeners import Event
    from jaxnn.training.one_epoch import epoch
    from jaxnn.training.results import FitResult, History, Recording
    from jaxnn.verification.comparisons import SelfTest, self_test
    from jaxnn.worked_example import WorkedExample, explain, playground

    __version__: str

__all__ = [
    "Activation",
    "CheckpointError",
    "CheckpointLocked",
    "CheckpointMismatch",
    "Checkpoints",
    "Columns",
    "CorruptCheckpoint",
    "Cost",
    "CrossValidation",
    "DataError",
    "Dataset",
    "Ensemble",
    "Event",
    "FitResult",
    "History",
    "Layer",
    "Network",
    "Params",
    "ProcessLost",
    "Recording",
    "Reliability",
    "SelfTest",
    "Sensitivities",
    "ShapeError",
    "SharedEnsemble",
    "SharedNetwork",
    "SharedParams",
    "Standardisation",
    "Stream",
    "SweepMember",
    "SweepResult",
    "TableModel",
    "Trace",
    "TrainState",
    "WorkedExample",
    "WrongNumbers",
    "absolute_error",
    "arctan",
    "augment",
    "backward",
    "batches",
    "binary_cross_entropy",
    "boolean_function",
    "breast_cancer",
    "check_params",
    "class_of",
    "classify",
    "cross_entropy",
    "cross_validate",
    "diabetes",
    "digits",
    "elu",
    "ensemble",
    "epoch",
    "evaluate",
    "expected_calibration_error",
    "explain",
    "fashion_mnist",
    "fit",
    "fit_table",
    "forward",
    "from_csv",
    "gelu",
    "identity",
    "init",
    "init_members",
    "iris",
    "leaky_relu",
    "load",
    "load_dataset",
    "loss",
    "member",
    "member_forward",
    "mlp",
    "mnist",
    "one_hot",
    "parallel",
    "playground",
    "plots",
    "predict",
    "reliability",
    "relu",
    "save",
    "save_npy",
    "self_test",
    "sensitivities",
    "share_weights",
    "shared_ensemble",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "split",
    "squared_error",
    "standardisation",
    "standardise",
    "step",
    "stream_csv",
    "stream_grain",
    "stream_npy",
    "stream_parquet",
    "sweep",
    "tables",
    "tanh",
    "teaching",
    "total_error",
    "trace",
    "unstandardise",
    "update",
    "weighted_sum",
    "wine",
]

check_release(jaxlib_version)

_PACKAGES = (
    "augment",
    "checkpoints",
    "parallel",
    "plots",
    "streams",
    "tables",
    "teaching",
    "training",
)
_LAZY = {
    "checkpoints.loading": ("load",),
    "checkpoints.options": ("Checkpoints",),
    "checkpoints.saving": ("save",),
    "data.calibration": ("Reliability", "expected_calibration_error", "reliability"),
    "data.csv_dataset": ("from_csv",),
    "data.datasets": (
        "Dataset",
        "boolean_function",
        "breast_cancer",
        "diabetes",
        "digits",
        "fashion_mnist",
        "iris",
        "load_dataset",
        "mnist",
        "wine",
    ),
    "streams.openers": ("save_npy", "stream_csv", "stream_grain", "stream_npy", "stream_parquet"),
    "streams.stream": ("Stream",),
    "sweeps.cross_validation": ("CrossValidation", "cross_validate"),
    "sweeps.ensemble_result": ("Ensemble",),
    "sweeps.ensembles": ("ensemble",),
    "sweeps.hyperparameters": ("sweep",),
    "sweeps.results": ("SweepMember", "SweepResult"),
    "sweeps.shared_ensemble_result": ("SharedEnsemble",),
    "sweeps.shared_ensembles": ("shared_ensemble",),
    "tables.recipe.columns": ("Columns",),
    "tables.model": ("TableModel",),
    "tables.fitting": ("fit_table",),
    "training.evaluation": ("evaluate",),
    "training.fitting": ("fit",),
    "training.listeners": ("Event",),
    "training.one_epoch": ("epoch",),
    "training.results": ("FitResult", "History", "Recording"),
    "verification.comparisons": ("SelfTest", "self_test"),
    "worked_example": ("WorkedExample", "explain", "playground"),
}
_HOMES = {name: f"jaxnn.{module}" for module, names in _LAZY.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what is heavy, or rarely wanted, when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("jaxnn-textbook")
    if name in _PACKAGES:
        for module in _LAZY:  # `jaxnn.training.results` needs no import of its own
            if module.startswith(f"{name}."):
                importlib.import_module(f"jaxnn.{module}")
        return importlib.import_module(f"jaxnn.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'jaxnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
