"""`RunState` as the arrays and the JSON of a checkpoint, and back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.leaves import Leaves, check_alike, like, named_leaves, starting_with
from jaxnn.checkpoints.network_mismatch import check_network_json
from jaxnn.checkpoints.step_folder import path_of, read_about, read_leaves
from jaxnn.engine.epochs import StreamPosition
from jaxnn.errors import CheckpointMismatch, CorruptCheckpoint
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.training.history import History
from jaxnn.training.run_description import check_run
from jaxnn.training.run_state import RunState

_PARTS = ("state", "best")


def contents_of(so_far: RunState, run: Mapping[str, Any]) -> tuple[Leaves, dict[str, Any]]:
    """Return the arrays and the JSON of a run that is described by `run`."""
    tree: dict[str, Any] = {name: getattr(so_far, name) for name in _PARTS}
    if so_far.records:
        epochs, params = zip(*so_far.records, strict=True)
        stacked = jax.tree.map(lambda *arrays: np.stack(arrays), *params)
        tree["records"] = {"epochs": np.array(epochs), "params": stacked}
    evaluated = params_to_evaluate(so_far.state)
    if evaluated is not so_far.state.params:
        tree["params"] = evaluated  # `jaxnn.load` reads these instead of the state's
    leaves = named_leaves(tree) | {f"history.{k}": v for k, v in so_far.history.items()}
    about = {
        "run": dict(run),
        "network": run["network"],
        "scored": so_far.best.params is not None and bool(np.isfinite(so_far.best.score)),
        "epochs": so_far.epochs,
        "over": so_far.over,
        "within": None if so_far.within is None else so_far.within._asdict(),
    }
    return leaves, about


class SavedRun(NamedTuple):
    """A run as a checkpoint has it."""

    so_far: RunState
    run: Mapping[str, Any]  # its description
    changed: frozenset[str] = frozenset()  # what the run that goes on changes, with permission


def read_run(
    path: Path, run: Mapping[str, Any] | None, fresh: RunState, allowed: Collection[str] = ()
) -> SavedRun:
    """Return the run of a checkpoint; `run` describes the one that goes on, None: compared before.

    `fresh` is how the run would begin: the shapes and types of its arrays.  A CheckpointMismatch
    says what differs, unless `allowed` names it.
    """
    about, entries = read_about(path)
    if not isinstance(about.get("run"), dict):
        raise CheckpointMismatch(f"{path} is no checkpoint of fit: jaxnn.load reads it")
    if run is not None:
        check_network_json(path, about["run"].get("network"), run["network"])
    parts = {name: getattr(fresh, name) for name in _PARTS}
    template = named_leaves(parts)
    check_alike(path, template, [e for e in entries if e.name.partition(".")[0] in _PARTS])
    changed: frozenset[str] = frozenset()
    if run is not None:
        inside = about.get("within") is not None
        changed = check_run(path, about["run"], run, allowed, within=inside)
    leaves = read_leaves(path, entries)
    on_device = {
        name: leaf if isinstance(leaf, jax.Array) else jnp.asarray(leaf)
        for name, leaf in leaves.items()
        if name in template
    }
    trees: Any = like(parts, on_device)
    try:
        step = int(trees["state"].step)
        if path != path_of(path.parent, step):  # an older jaxnn's manifest has no name
            raise ValueError(f"it is the checkpoint after {step} updates")
        so_far = RunState(
            epochs=int(about["epochs"]),
            history=History(starting_with("history.", leaves)),
            records=_records(fresh, leaves),
            over=bool(about["over"]),
            within=None if about["within"] is None else StreamPosition(**about["within"]),
            **trees,
        )
        return SavedRun(so_far, about["run"], changed)
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptCheckpoint(f"{path} was not written by jaxnn: {error}") from None


def _records(fresh: RunState, leaves: Leaves) -> tuple[Any, ...]:
    if "records.epochs" not in leaves:
        return ()
    epochs = leaves["records.epochs"].tolist()
    stacked = like({"records": {"params": fresh.state.params}}, leaves)["records"]["params"]
    return tuple(
        (epoch, jax.tree.map(lambda array, k=k: array[k], stacked))
        for k, epoch in enumerate(epochs)
    )
