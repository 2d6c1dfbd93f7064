"""jaxnn: neural networks exactly as the textbook writes them, in JAX.

    net    = jaxnn.mlp(784, 128, 10)                       # sizes n_0, …, n_L and activations
    params = jaxnn.init(net, key)                          # ((W^[1], b^[1]), …), a plain pytree
    A      = jaxnn.predict(net, params, X)                 # (n_0, m) -> (n_L, m)
    result = jaxnn.fit(net, (X, Y), cost="cross_entropy", optimizer=optax.adam(1e-3), key=key)

Every function is pure and composes with `jax.jit`, `jax.grad`, `jax.vmap` and `jax.lax.scan`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from jaxlib.version import __version__ as jaxlib_version

from jaxnn.activations import (
    Activation,
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
from jaxnn.chain_rule import Sensitivities, backward, sensitivities
from jaxnn.costs import (
    Cost,
    absolute_error,
    binary_cross_entropy,
    cross_entropy,
    squared_error,
    total_error,
)
from jaxnn.data import batches, class_of, one_hot, split
from jaxnn.errors import DataError, ProcessLost, ShapeError, WrongNumbers
from jaxnn.evaluation import evaluate
from jaxnn.fit_result import Event, FitResult
from jaxnn.fitting import fit
from jaxnn.history import History
from jaxnn.network import Layer, Network, Params, check_params, init, mlp
from jaxnn.propagation import (
    Trace,
    forward,
    loss,
    predict,
    trace,
    weighted_sum,
)
from jaxnn.recording import Recording
from jaxnn.releases import check_release
from jaxnn.scaling import Standardisation, standardisation, standardise, unstandardise
from jaxnn.stream import Stream
from jaxnn.training import TrainState, epoch, update

if TYPE_CHECKING:
    from jaxnn import augment, parallel, plots
    from jaxnn.calibration import Reliability, expected_calibration_error, reliability
    from jaxnn.checkpoint_errors import (
        CheckpointError,
        CheckpointLocked,
        CheckpointMismatch,
        CorruptCheckpoint,
    )
    from jaxnn.checkpoints import Checkpoints, load, save
    from jaxnn.cross_validation import CrossValidation, cross_validate
    from jaxnn.datasets import (
        Dataset,
        boolean_function,
        breast_cancer,
        diabetes,
        digits,
        fashion_mnist,
        from_csv,
        iris,
        load_dataset,
        mnist,
        wine,
    )
    from jaxnn.ensembles import Ensemble, ensemble
    from jaxnn.streams import save_npy, stream_csv, stream_grain, stream_npy, stream_parquet
    from jaxnn.sweep_result import SweepMember, SweepResult
    from jaxnn.sweeps import sweep
    from jaxnn.verification import SelfTest, self_test
    from jaxnn.worked_example import WorkedExample, explain

    __version__: str

__all__ = [
    "Activation",
    "CheckpointError",
    "CheckpointLocked",
    "CheckpointMismatch",
    "Checkpoints",
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
    "Standardisation",
    "Stream",
    "SweepMember",
    "SweepResult",
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
    "forward",
    "from_csv",
    "gelu",
    "identity",
    "init",
    "iris",
    "leaky_relu",
    "load",
    "load_dataset",
    "loss",
    "mlp",
    "mnist",
    "one_hot",
    "parallel",
    "plots",
    "predict",
    "reliability",
    "relu",
    "save",
    "save_npy",
    "self_test",
    "sensitivities",
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
    "tanh",
    "total_error",
    "trace",
    "unstandardise",
    "update",
    "weighted_sum",
    "wine",
]

check_release(jaxlib_version)

_MODULES = ("augment", "parallel", "plots")
_LAZY = {
    "calibration": ("Reliability", "expected_calibration_error", "reliability"),
    "checkpoint_errors": (
        "CheckpointError",
        "CheckpointLocked",
        "CheckpointMismatch",
        "CorruptCheckpoint",
    ),
    "checkpoints": ("Checkpoints", "load", "save"),
    "cross_validation": ("CrossValidation", "cross_validate"),
    "datasets": (
        "Dataset",
        "boolean_function",
        "breast_cancer",
        "diabetes",
        "digits",
        "fashion_mnist",
        "from_csv",
        "iris",
        "load_dataset",
        "mnist",
        "wine",
    ),
    "ensembles": ("Ensemble", "ensemble"),
    "streams": ("save_npy", "stream_csv", "stream_grain", "stream_npy", "stream_parquet"),
    "sweep_result": ("SweepMember", "SweepResult"),
    "sweeps": ("sweep",),
    "verification": ("SelfTest", "self_test"),
    "worked_example": ("WorkedExample", "explain"),
}
_HOMES = {name: f"jaxnn.{module}" for module, names in _LAZY.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import what is heavy, or rarely wanted, when it is first asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("jaxnn-textbook")
    if name in _MODULES:
        return importlib.import_module(f"jaxnn.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'jaxnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
