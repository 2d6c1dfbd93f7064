"""What a checkpoint of a run holds, and what must be the same for a run to go on from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.arrays import Entry
from jaxnn.checkpoints.step_folder import (
    Leaves,
    check_alike,
    like,
    named_leaves,
    read_about,
    read_leaves,
)
from jaxnn.engine.epochs import StreamPosition
from jaxnn.errors import CheckpointMismatch, CorruptCheckpoint
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.network import Network
from jaxnn.textbook.network_json import as_json
from jaxnn.training.results import History
from jaxnn.training.run_description import check_run
from jaxnn.training.run_state import RunState

_NAME = re.compile(r"step_[0-9]{10}")
_PARTS = ("state", "best")


def all_in(folder: Path) -> list[Path]:
    """Return the checkpoints of a run, the one with the fewest updates first.

    >>> all_in(Path("nowhere"))
    []
    """
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def path_of(folder: Path, step: int) -> Path:
    """Return where the checkpoint after so many updates lies.

    >>> path_of(Path("run"), 12).name
    'step_0000000012'
    """
    return folder / f"step_{step:010d}"


def written(so_far: RunState, run: Mapping[str, Any]) -> tuple[Leaves, dict[str, Any]]:
    """Return the arrays and the JSON of a checkpoint."""
    tree: dict[str, Any] = {name: getattr(so_far, name) for name in _PARTS}
    if so_far.records:
        epochs, params = zip(*so_far.records, strict=True)
        stacked = jax.tree.map(lambda *arrays: np.stack(arrays), *params)
        tree["records"] = {"epochs": np.array(epochs), "params": stacked}
    evaluated = params_to_evaluate(so_far.state)
    if evaluated is not so_far.state.params:
        tree["params"] = evaluated  # which `jaxnn.load` takes instead of the state's
    leaves = named_leaves(tree) | {f"history.{k}": v for k, v in so_far.history.items()}
    within = None if so_far.within is None else so_far.within._asdict()
    about = {"run": dict(run), "network": run["network"]}
    about["scored"] = so_far.best.params is not None and bool(np.isfinite(so_far.best.score))
    return leaves, about | {"epochs": so_far.epochs, "over": so_far.over, "within": within}


class Read(NamedTuple):
    """What a checkpoint says.

    Attributes:
        so_far: what the run had become.
        run: its description.
        changed: what differs from that of the run that goes on, with permission.
    """

    so_far: RunState
    run: Mapping[str, Any]
    changed: frozenset[str]


def read(
    path: Path, run: Mapping[str, Any] | None, fresh: RunState, allowed: Collection[str] = ()
) -> Read:
    """Return what a run had become.

    Args:
        path: of the checkpoint.
        run: what describes the run that is to go on; None: that has been compared.
        fresh: how it would begin: the shapes and types of its arrays.
        allowed: what of the description may differ.

    Raises:
        CorruptCheckpoint: its files have changed.
        CheckpointMismatch: it is of another run; says what differs.
    """
    about, entries = read_about(path)
    if not isinstance(about.get("run"), dict):
        raise CheckpointMismatch(f"{path} is no checkpoint of fit: jaxnn.load reads it")
    if run is not None:
        check_network_json(path, about["run"].get("network"), run["network"])
    template = named_leaves({name: getattr(fresh, name) for name in _PARTS})
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
    trees: Any = like({name: getattr(fresh, name) for name in _PARTS}, on_device)
    try:
        step = int(trees["state"].step)
        if path != path_of(path.parent, step):  # an older jaxnn's manifest has no name
            raise ValueError(f"it is the checkpoint after {step} updates")
        so_far = RunState(
            epochs=int(about["epochs"]),
            history=_history(entries, leaves),
            records=_records(fresh, leaves),
            over=bool(about["over"]),
            within=None if about["within"] is None else StreamPosition(**about["within"]),
            **trees,
        )
        return Read(so_far, about["run"], changed)
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptCheckpoint(f"{path} was not written by jaxnn: {error}") from None


def check_network(path: Path, found: Any, network: Network) -> None:
    """Raise an error unless a description is that of the network.

    Raises:
        CheckpointMismatch: says which W^[l] differs, and how.
    """
    check_network_json(path, found, as_json(network))


def check_network_json(path: Path, found: Any, wanted: Any) -> None:
    """Raise an error unless two descriptions are of one network, see `check_network`."""
    if found == wanted:
        return
    try:
        have, want = tuple(found["sizes"]), tuple(wanted["sizes"])
        depth = max(len(have), len(want)) - 1
        layers = [(l, _shape(have, l), _shape(want, l)) for l in range(1, depth + 1)]
    except (KeyError, TypeError):
        raise CorruptCheckpoint(f"{path} describes no network") from None
    told = [f"W^[{l}]: checkpoint {a}, this network {b}" for l, a, b in layers if a != b]
    if have != want:
        told.append(f"sizes {have} vs {want}")
    told += [
        f"{name}: checkpoint {found.get(name)!r}, this network {wanted[name]!r}"
        for name in sorted(wanted)
        if name != "sizes" and found.get(name) != wanted[name]
    ]
    raise CheckpointMismatch(f"{path} is of another network. {'; '.join(told)}")


def _shape(sizes: tuple[int, ...], l: int) -> Any:
    return (sizes[l], sizes[l - 1]) if l < len(sizes) else "none"


def _history(entries: list[Entry], leaves: Leaves) -> History:
    names = [e.name for e in entries if e.name.startswith("history.")]
    return History({name.removeprefix("history."): leaves[name] for name in names})


def _records(fresh: RunState, leaves: Leaves) -> tuple[Any, ...]:
    if "records.epochs" not in leaves:
        return ()
    epochs = leaves["records.epochs"].tolist()
    stacked = like({"records": {"params": fresh.state.params}}, leaves)["records"]["params"]
    return tuple(
        (epoch, jax.tree.map(lambda array, k=k: array[k], stacked))
        for k, epoch in enumerate(epochs)
    )
