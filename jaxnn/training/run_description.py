"""Describes a run as JSON, and compares two descriptions before a run goes on."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax

from jaxnn.checkpoints.arrays import words_of
from jaxnn.checkpoints.options import CHANGEABLE
from jaxnn.comparison.computation import Computation
from jaxnn.comparison.equality import OptimizerKey, SameFunction
from jaxnn.comparison.structure import fingerprint
from jaxnn.comparison.structure_text import plain, text_of
from jaxnn.engine.plan import Plan
from jaxnn.errors import CheckpointMismatch
from jaxnn.textbook import activations, costs
from jaxnn.textbook.functions import Activation, Cost
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.network_json import as_json
from jaxnn.textbook.parameter_trees import named_arrays
from jaxnn.training.data_digest import Described, described_data
from jaxnn.training.run_differences import difference, unknown_before, words

WITHIN_AN_EPOCH = frozenset({"data", "batch_size", "shuffle"})
"""Entries that must not change inside an epoch: they say which examples are left."""

OF_THE_BEST = frozenset({"validation", "cost", "metrics", "activations"})
"""Entries after whose change new scores cannot be compared with the best one."""

RELEASES = "releases"


def description_of(
    plan: Plan, start: TrainState, data: Any, validation: Any, key: Any = None
) -> dict[str, Any]:
    """Return the description of a run; `key` is the one that the state was made from."""
    params = plan.layout.everywhere(start.params)
    seed = {} if key is None else {"is": _key_in_words(key)}
    return described_plan(plan, data, validation) | {
        "params": _described_params(params),
        "key": described_key(start.key) | seed,
    }


def described_plan(plan: Plan, data: Any, validation: Any) -> dict[str, Any]:
    """Return the description of a plan and its data."""
    return {
        "network": as_json(plan.network),
        "activations": [described(g) for g in plan.network.activations if _is_own(g)],
        "cost": described(plan.cost),
        "optimizer": described_optimizer(plan.optimizer),
        "batch_size": plan.batch_size,
        "shuffle": plan.shuffle,
        "augment": None if plan.augment is None else described(plan.augment),
        "metrics": [[name, described(metric)] for name, metric in plan.metrics],
        "monitor": plan.monitor,
        "maximise": plan.maximise,
        "patience": plan.patience,
        "data": described_data(data),
        "validation": described_data(validation),
        RELEASES: {
            "jax": jax.__version__,
            "optax": optax.__version__,
            "Python": platform.python_version(),
        },
    }


def described(function: Any) -> str | Described:
    """Return the description of a function: ours by name, any other by what it computes.

    >>> described(costs.squared_error)
    'squared_error'
    >>> described(optax.losses.l2_loss)["is"]
    'l2_loss'
    """
    if isinstance(function, Cost) and function is costs.BY_NAME.get(function.name):
        return function.name
    if isinstance(function, SameFunction):
        return _described(function.function, function.key)
    if isinstance(function, Activation | Cost) and isinstance(function.function, SameFunction):
        return {"is": function.name} | {"sha256": _sha256_of(function.function.key)}
    return _described(function, fingerprint(function))


def described_optimizer(optimizer: OptimizerKey) -> Described:
    """Return the description of an optimiser.

    >>> described_optimizer(OptimizerKey(optax.sgd(0.5)))["is"]
    'chain(identity(), scale(step_size=-0.5))'
    """
    return _described(optimizer.optimizer, optimizer.key)


def _is_own(g: Any) -> bool:
    return activations.our_name(g) is None


def _described(value: Any, key: Any) -> Described:
    named = isinstance(getattr(type(value), "name", None), property)  # it names itself
    return {"is": value.name if named else text_of(fingerprint(value)), "sha256": _sha256_of(key)}


def _sha256_of(key: Any) -> str:
    if isinstance(key, Computation) and not key.calls:
        return key.sha256
    text = key.sha256 + plain(key.calls) if isinstance(key, Computation) else plain(key)
    return hashlib.sha256(text.encode()).hexdigest()


def _digest_of(arrays: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.asarray(array).tobytes())
    return digest.hexdigest()


def _described_params(params: Any) -> dict[str, Any]:
    named = named_arrays(params).items()
    parts = {f"values of {name}": _digest_of([array]) for name, array in named}
    digest = _digest_of(jax.tree.leaves(params))
    return {"is": "first parameters", "sha256": digest, "parts": parts}


def described_key(key: jax.Array) -> Described:
    """Return the description of a random key: its seed, if it was made from one.

    >>> described_key(jax.random.key(7))["is"]
    'seed 7'
    """
    return {"is": _key_in_words(key), "sha256": _digest_of([jax.random.key_data(key)])}


def _key_in_words(key: Any) -> str:
    key = single_key(key)
    words = jax.random.key_data(key).tolist()
    seeded = jax.random.key(words[-1], impl=jax.random.key_impl(key))
    if jax.random.key_data(seeded).tolist() == words:
        return f"seed {words[-1]}"
    return f"a key of the words {', '.join(map(str, words))}"


def described_program(plan: Plan, given: Any) -> str:
    """Return a SHA-256 of a plan and of the arrays that each of its networks begins with."""
    functions = [described(g) for g in plan.network.activations if _is_own(g)]
    alike = as_json(plan.network), functions, described_optimizer(plan.optimizer), plan.batch_size
    digest = hashlib.sha256(json.dumps(alike, sort_keys=True).encode())
    digest.update(_digest_of(words_of(leaf) for leaf in jax.tree.leaves(given)).encode())
    return digest.hexdigest()


def check_run(
    path: Path,
    found: Mapping[str, Any],
    wanted: Mapping[str, Any],
    allowed: Collection[str] = (),
    *,
    within: bool = False,
    of: str = "run",
) -> frozenset[str]:
    """Return the allowed entries in which a checkpoint's description differs from that wanted.

    A CheckpointMismatch says of each other entry that differs what it was and is.  `within`: the
    checkpoint is inside an epoch.  `of` is "run" or "sweep", for the message.
    """
    names = [name for name in wanted if name not in ("network", RELEASES)]
    different = [name for name in names if not _are_same(found, wanted, name)]
    fixed = {name for name in different if not _may_change(found, wanted, name, within=within)}
    refused = [name for name in different if name in fixed or name not in allowed]
    if not refused:
        return frozenset(different)
    differences = "; ".join(
        difference(name, found[name], wanted[name])
        if name in found
        else unknown_before(name, wanted[name])
        for name in sorted(refused)
    )
    ways = "Take another folder"
    if of == "run":
        ways += f", or go on from its parameters: network, params = jaxnn.load({str(path)!r})"
        if not fixed:
            names = tuple(sorted({*refused, *allowed}))
            ways += f", or go on with the change: Checkpoints(..., allow_changes={names!r})"
    releases = _of_releases(found, wanted, refused)
    raise CheckpointMismatch(f"{path} is of another {of}. {differences}.{releases} {ways}")


def _are_same(found: Mapping[str, Any], wanted: Mapping[str, Any], name: str) -> bool:
    return name in found and _essence(found[name]) == _essence(wanted[name])


def _essence(entry: Any) -> Any:
    """Return the part of an entry that is compared: its SHA-256, if it has one."""
    if isinstance(entry, dict) and "sha256" in entry:
        return entry["sha256"]
    return [_essence(part) for part in entry] if isinstance(entry, list) else entry


def _may_change(
    found: Mapping[str, Any], wanted: Mapping[str, Any], name: str, *, within: bool
) -> bool:
    if name not in CHANGEABLE or (within and name in WITHIN_AN_EPOCH):
        return False
    if name not in found:
        return True
    was, now = found[name], wanted[name]
    if name == "validation":  # else the history would have other columns
        return (was is None) == (now is None)
    if name == "metrics":
        return [metric[0] for metric in was] == [metric[0] for metric in now]
    return True


def _of_releases(found: Mapping[str, Any], wanted: Mapping[str, Any], refused: list[str]) -> str:
    """Return a sentence where another release of JAX or optax may be all that differs."""
    was, now = found.get(RELEASES), wanted.get(RELEASES)
    if not isinstance(was, dict) or not isinstance(now, dict) or was == now:
        return ""
    functions = {
        name
        for name in refused
        if isinstance(wanted[name], dict | list) and name not in ("data", "validation")
    }
    alike = [
        n for n in refused if n in functions & {*found} and words(found[n]) == words(wanted[n])
    ]
    if not alike:
        return ""
    parts = (
        f"{name} {was.get(name)}, this is {name} {now[name]}"
        for name in now
        if was.get(name) != now[name]
    )
    return (
        f" It was written with {', '.join(parts)}, which traces functions otherwise: that may be "
        f"all that differs in {', '.join(alike)}."
    )
