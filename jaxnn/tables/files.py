"""A table model as a folder: JSON, arrays and their SHA-256."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.leaves import named_leaves, starting_with
from jaxnn.checkpoints.plain_files import system_errors, whole_at
from jaxnn.checkpoints.step_folder import read_about, read_leaves
from jaxnn.checkpoints.whole_folder import write_folder
from jaxnn.errors import CheckpointError, CorruptCheckpoint
from jaxnn.tables.baselines import Baseline
from jaxnn.tables.recipe.columns import Columns
from jaxnn.textbook.checks.arguments import as_path
from jaxnn.textbook.network import Layer, check_params
from jaxnn.textbook.network_json import as_json, from_json
from jaxnn.training.results import History

WRITTEN = {"network", "class_names", "table"}
VERSION = 1  # of what `about` and the arrays hold


def write_model(folder: str | os.PathLike[str], model: Any, overwrite: bool) -> Path:
    """Write a model into a folder."""
    path = as_path("folder", folder)
    numbers = {
        "params": model.members[0],  # so that `jaxnn.load` reads the first member
        "members": model.members[1:],
        "histories": [dict(history) for history in model.histories],
        "folds": dict(model.fold_scores),
    }
    table = {
        "version": VERSION,
        "columns": model.columns.to_json(),
        "members": len(model.members),
        "best_epochs": model.best_epochs,
        "diverged": model.diverged,
        "scores": dict(model.scores),
        "scored_on": model.scored_on,
        "rows": model.rows,
        "baselines": [one._asdict() for one in model.baselines],
        "point": {name: _plain(value) for name, value in model.point.items()},
    }
    about = {"network": as_json(model.network), "table": table}
    leaves = named_leaves(numbers)
    return write_folder(path, leaves, about, written=WRITTEN, overwrite=overwrite)


def read_model(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the attributes of the model in a folder, its files verified."""
    path = as_path("folder", folder)
    with system_errors(path):
        path = whole_at(path)
        if not path.is_dir():
            raise CheckpointError(f"{path} holds no table model")
        about, entries = read_about(path)
        if "table" not in about:
            raise CheckpointError(
                f"{path} holds no table model, but a network: read it with jaxnn.load"
            )
        leaves = read_leaves(path, entries)
    try:
        return _attributes(about, leaves)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorruptCheckpoint(f"{path} describes no table model: {error}") from None


def _attributes(about: dict[str, Any], leaves: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `TableModel`."""
    table, network = about["table"], from_json(about["network"])
    if table["version"] != VERSION:
        raise ValueError(f"version {table['version']}, and this jaxnn reads version {VERSION}")
    prefixes = ["params.", *(f"members.{i}." for i in range(table["members"] - 1))]
    members = tuple(_params(starting_with(prefix, leaves), network.depth) for prefix in prefixes)
    for params in members:
        check_params(network, params)
    trained = range(len(table["best_epochs"]))  # members that share their weights: once
    histories = [starting_with(f"histories.{i}.", leaves) for i in trained]
    columns = Columns.from_json(table["columns"])
    if (len(columns.input_names), len(columns.class_names) or 1) != (
        network.sizes[0],
        network.sizes[-1],
    ):
        raise ValueError("its columns do not fit its network")
    return {
        "columns": columns,
        "network": network,
        "members": members,
        "histories": tuple(History(history) for history in histories),
        "best_epochs": tuple(int(epoch) for epoch in table["best_epochs"]),
        "diverged": tuple(bool(one) for one in table["diverged"]),
        "scores": table["scores"],
        "scored_on": table["scored_on"],
        "rows": tuple(table["rows"]),
        "baselines": tuple(Baseline(**one) for one in table["baselines"]),
        "fold_scores": starting_with("folds.", leaves),
        "point": {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in table["point"].items()
        },
    }


def _params(leaves: dict[str, Any], depth: int) -> tuple[Layer, ...]:
    return tuple(
        Layer(*(jnp.asarray(leaves[f"{l}.{part}"]) for part in "Wb")) for l in range(depth)
    )


def _plain(value: Any) -> Any:
    """Return a hyperparameter as JSON can hold it."""
    if isinstance(value, np.generic):
        return value.item()
    plain = isinstance(value, bool | int | float | str | None)
    return value if plain else [*value] if isinstance(value, tuple | list) else repr(value)
