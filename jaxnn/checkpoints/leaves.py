"""A pytree as a dictionary name -> array, its leaves named by their paths: `state.params.0.W`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import numpy as np

from jaxnn.checkpoints.arrays import Entry, entry_of
from jaxnn.errors import CheckpointMismatch
from jaxnn.textbook.keys import is_key

Leaves = dict[str, Any]


def named_leaves(tree: Any) -> Leaves:
    """Return the leaves of a pytree under their names.

    >>> sorted(named_leaves({"loss": np.ones(2), "state": (np.ones(3),)}))
    ['loss', 'state.0']
    """
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {_name_of(path): _as_array(leaf) for path, leaf in leaves}


def like(template: Any, arrays: Mapping[str, Any]) -> Any:
    """Return a pytree with the structure of the template and the arrays of its leaves' names.

    >>> like({"a": 0.0}, {"a": 5.0})
    {'a': 5.0}
    """
    leaves, treedef = jax.tree_util.tree_flatten_with_path(template)
    return jax.tree_util.tree_unflatten(treedef, [arrays[_name_of(path)] for path, _ in leaves])


def starting_with(prefix: str, leaves: Mapping[str, Any]) -> Leaves:
    """Return the leaves whose names start with a prefix, without it.

    >>> starting_with("history.", {"history.loss": 1, "state.step": 2})
    {'loss': 1}
    """
    return {name[len(prefix) :]: leaves[name] for name in leaves if name.startswith(prefix)}


def check_alike(folder: Path, template: Leaves, entries: list[Entry]) -> None:
    """Raise a CheckpointMismatch unless leaves and arrays agree in names, shapes and types."""
    wanted = {name: entry_of(name, leaf) for name, leaf in template.items()}
    found = {entry.name: entry for entry in entries}
    different = [
        f"{symbol(name)}: checkpoint {_in_words(found.get(name))}, "
        f"here {_in_words(wanted.get(name))}"
        for name in sorted(wanted.keys() | found.keys())
        if found.get(name) != wanted.get(name)
    ]
    if different:
        raise CheckpointMismatch(f"{folder} is of another run. " + "; ".join(different))


def symbol(name: str) -> str:
    """Return the name of a leaf in the notation.

    >>> symbol("state.params.1.W"), symbol("state.opt_state.0.mu.0.b")
    ('W^[2]', 'optimiser state 0.mu.0.b')
    """
    parts = name.split(".")
    if parts[-3:-2] == ["params"] and parts[-2].isdigit() and "opt_state" not in parts:
        return f"{parts[-1]}^[{int(parts[-2]) + 1}]"
    if "opt_state" in parts:
        return f"optimiser state {name.partition('opt_state.')[2]}"
    return name


def _name_of(path: Any) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")


def _as_array(leaf: Any) -> Any:
    return leaf if isinstance(leaf, jax.Array | np.ndarray) or is_key(leaf) else np.asarray(leaf)


def _in_words(entry: Entry | None) -> str:
    return "none" if entry is None else f"{entry.shape} {entry.dtype}"
