"""What tells one run from another, as JSON: what must be the same for a run to go on."""

from __future__ import annotations

import functools
import hashlib
import re
from typing import Any

import jax
import numpy as np

from jaxnn._network_json import as_json
from jaxnn.epochs import Plan
from jaxnn.network import Params
from jaxnn.training import TrainState


def description_of(plan: Plan, start: TrainState, m: int, m_validation: int) -> dict[str, Any]:
    """Return the description of a run; an optimiser is known by its state alone.

    Args:
        plan: what stays the same.
        start: the state that it begins with.
        m: examples.
        m_validation: examples of the validation, 0: there is none.
    """
    return described_plan(plan, m) | {
        "validation examples": m_validation,
        "first parameters and key": _digest_of(plan.division.everywhere(start.params), start.key),
    }


def described_plan(plan: Plan, m: int) -> dict[str, Any]:
    """Return the description of what stays the same from epoch to epoch, on m examples."""
    return {
        "network": as_json(plan.network),
        "cost": _name(plan.cost),
        "batch_size": plan.batch_size,
        "shuffle": plan.shuffle,
        "augment": None if plan.augment is None else _name(plan.augment),
        "metrics": [name for name, _ in plan.metrics],
        "monitor": plan.monitor,
        "maximise": plan.maximise,
        "patience": plan.patience,
        "examples": m,
    }


def _name(function: Any) -> str:
    if isinstance(function, functools.partial):
        given = [
            *map(_told, function.args),
            *(f"{k}={_told(v)}" for k, v in function.keywords.items()),
        ]
        return f"{_name(function.func)}({', '.join(given)})"
    return getattr(function, "name", None) or getattr(function, "__name__", type(function).__name__)


def _told(argument: Any) -> str:
    """Return an argument's repr without addresses, which are others in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(argument))


def _digest_of(params: Params, key: jax.Array) -> str:
    """Return the SHA-256 of the parameters and the key: other seeds have others."""
    digest = hashlib.sha256()
    for array in (*jax.tree.leaves(params), jax.random.key_data(key)):
        digest.update(np.asarray(array).tobytes())
    return digest.hexdigest()
