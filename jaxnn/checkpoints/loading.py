"""Reads the network and the parameters of a checkpoint: what `jaxnn.load` does, step by step."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.arrays import Entry
from jaxnn.checkpoints.manifest import about_of
from jaxnn.checkpoints.plain_files import FOLDER, kind_at
from jaxnn.checkpoints.step_folder import entries_of, read_about, read_leaves, symbol
from jaxnn.checkpoints.whole_step import all_in, check_network
from jaxnn.errors import CheckpointError, CheckpointMismatch, CorruptCheckpoint
from jaxnn.textbook.checks.arguments import check_floating_type, described
from jaxnn.textbook.network import Layer, Network, Params, check_is_network, check_params
from jaxnn.textbook.network_json import from_json


def check_wanted(network: Any, dtype: Any, expected_sha256: Any) -> None:
    """Raise an error unless what `load` is told to compare can be compared."""
    if network is not None:
        check_is_network(network)
    if dtype is not None:
        check_floating_type("dtype", dtype, "jnp.float32")
    if expected_sha256 is not None and not (
        isinstance(expected_sha256, str) and re.fullmatch("[0-9A-Fa-f]{64}", expected_sha256)
    ):
        raise ValueError(
            "expected_sha256 must be the 64 hexadecimal digits that sha256sum prints, got "
            f"{described(expected_sha256)}"
        )


def checkpoint_at(path: Path) -> Path:
    """Return the folder of the checkpoint to load; only the path itself may be a link."""
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    steps = all_in(path)
    if not steps and not path.is_dir():
        raise CheckpointError(f"{path} holds no checkpoint")
    if any(kind_at(folder) == FOLDER and all_in(folder) for folder in path.glob("until_*")):
        raise CheckpointError(
            f"{path} holds a sweep, many networks: call jaxnn.sweep again with the same arguments "
            "and this folder, and take result.params(i)"
        )
    return steps[-1] if steps else path


def loaded(
    path: Path, network: Network | None, dtype: Any, cast: bool, expected_sha256: str | None
) -> tuple[Network, Params]:
    """Return the network and the parameters of a checkpoint, see `load`."""
    prefix = _prefix_of_params(path)

    def chosen(name: str) -> bool:
        return name.startswith(prefix)

    about, entries = read_about(path, expected_sha256, chosen)
    try:
        found = from_json(about["network"]) if network is None else network
        described = about["network"]
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptCheckpoint(f"{path} describes no network: {error}") from None
    check_network(path, described, found)
    _check_dtypes(path, [entry for entry in entries if chosen(entry.name)], dtype, cast)
    leaves = read_leaves(path, entries, chosen)
    params = tuple(
        Layer(*(_array(leaves, f"{prefix}{l}.{part}", path, dtype) for part in "Wb"))
        for l in range(found.depth)
    )
    check_params(found, params)
    return found, params


def _prefix_of_params(path: Path) -> str:
    """Return what names of the parameters to use begin with: the best, those to evaluate, all."""
    about = about_of(path)
    names = [entry.name for entry in entries_of(path, about)]
    scored = about.get("scored", True)  # else no epoch has ended yet
    known = ("params.", "state.params.")
    found = [p for p in (*(("best.params.",) if scored else ()), *known) if _is_in(names, p)]
    return found[0] if found else known[0]


def _is_in(names: list[str], prefix: str) -> bool:
    return any(name.startswith(prefix) for name in names)


def _array(leaves: Mapping[str, Any], name: str, path: Path, dtype: Any) -> jax.Array:
    if name not in leaves:
        raise CorruptCheckpoint(f"{path} has no array {name}")
    return jnp.asarray(leaves[name], leaves[name].dtype if dtype is None else dtype)


def _check_dtypes(path: Path, entries: list[Entry], dtype: Any, cast: bool) -> None:
    wide = [e for e in entries if e.dtype == "float64"]
    if wide and dtype is None and not jax.config.read("jax_enable_x64"):
        raise CheckpointMismatch(
            f"{path} holds float64, which JAX would cut to float32: enable float64 with "
            "jax.config.update('jax_enable_x64', True), or give dtype=jnp.float32, cast=True"
        )
    if dtype is None or cast:
        return
    for entry in entries:
        if np.dtype(entry.dtype) != np.dtype(dtype):
            raise CheckpointMismatch(
                f"{path} holds {symbol(entry.name)} as {entry.dtype}, dtype is "
                f"{np.dtype(dtype)}: give cast=True to turn it into that"
            )
