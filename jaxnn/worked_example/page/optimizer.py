"""The optimiser of a worked example as JSON for its page, which knows those of `optimizers.js`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax

from jaxnn.worked_example.optimizer_numbers import OptimizerStep

CONSTANTS = {
    "sgd": ("learning_rate",),
    "momentum": ("learning_rate", "momentum", "nesterov"),
    "adam": ("learning_rate", "b1", "b2", "eps"),
}


def optimizer_data(
    step: OptimizerStep | None, layers: Callable[[Any], Any]
) -> dict[str, Any] | None:
    """Return {name, its constants, count, m, v}; None: the page does not know the optimiser.

    `count` are the steps before this one.  `m` is the velocity of momentum or Adam's m, written by
    `layers`; None are zeros.
    """
    if step is None or step.kind not in CONSTANTS:
        return None
    m, v = (step.v, None) if step.kind == "momentum" else (step.m, step.v)
    return {
        "name": step.kind,
        **{name: getattr(step, name) for name in CONSTANTS[step.kind]},
        "count": (step.t or 1) - 1,
        "m": layers(m) if _any(m) else None,
        "v": layers(v) if _any(v) else None,
    }


def _any(moment: Any) -> bool:
    return any(array.any() for array in jax.tree.leaves(moment))
