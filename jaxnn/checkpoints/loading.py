"""`load`: reads the network and the parameters of a checkpoint."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.arrays import Entry
from jaxnn.checkpoints.leaves import like, named_leaves, symbol
from jaxnn.checkpoints.manifest import about_of
from jaxnn.checkpoints.network_mismatch import check_network
from jaxnn.checkpoints.plain_files import FOLDER, kind_at, system_errors, whole_at
from jaxnn.checkpoints.step_folder import entries_of, read_about, read_leaves, steps_in
from jaxnn.comparison.equality import shapes_of
from jaxnn.data.labels import ClassNames
from jaxnn.errors import CheckpointError, CheckpointMismatch, CorruptCheckpoint
from jaxnn.textbook.checks.arguments import as_flag, as_path, check_floating_type, described
from jaxnn.textbook.network import Network, Params, check_is_network, check_params
from jaxnn.textbook.network_json import from_json
from jaxnn.textbook.shared_members import SharedNetwork, check_shared_params


class _Pair(NamedTuple):
    network: Network
    params: Params


class LoadedNetwork(_Pair):
    """(network, params), and the names of the classes; `classify` and `evaluate` take it whole."""

    class_names: ClassNames = ()


def load(
    path: str | os.PathLike[str],
    *,
    network: Network | None = None,
    dtype: Any = None,
    cast: bool = False,
    expected_sha256: str | None = None,
) -> LoadedNetwork:
    """Return the network and the parameters that `save` wrote, or those of a run's checkpoint.

    Of a run they are the parameters that `fit` returns: of the best epoch so far with `patience`,
    else the last; of `shared_ensemble`, a `SharedNetwork` and `SharedParams`.  For a sweep call the
    same `sweep` again: its result has `.params(i)`.

    Nothing in the files is executed, and no file is read before its SHA-256 was compared with the
    manifest.  Of files that are not needed (the optimiser state) only names and sizes are compared;
    their content is compared when a run goes on.  The manifest finds accidents, not forgery: give
    `expected_sha256` for files from elsewhere.

    Args:
        path: the folder that `save` wrote, or one checkpoint of a run, or a `Checkpoints` folder,
            of which the newest checkpoint is read.
        network: the network that is expected; needed where activations are not jaxnn's.  None: any.
        dtype: the type of parameters that is expected; None: any.
        cast: whether to convert parameters of another type to `dtype`.
        expected_sha256: of the file `manifest.json`, as `sha256sum` prints it; None: any.

    Returns:
        (network, params), with params on the default device.  The pair has an attribute
        `class_names`, those of the result that was saved, else (), and can be used like that
        result: `jaxnn.classify(jaxnn.load(path), X)`.

    Raises:
        TypeError, ValueError: an argument that breaks these rules.
        CorruptCheckpoint: a file is missing, extra or changed.
        CheckpointMismatch: another network, or another type.
        CheckpointError: there is no checkpoint at the path.

    >>> load("nowhere")
    Traceback (most recent call last):
    jaxnn.errors.CheckpointError: nowhere holds no checkpoint
    """
    path, cast = as_path("path", path), as_flag("cast", cast)
    _check_arguments(network, dtype, expected_sha256)
    with system_errors(path):
        return _loaded(_checkpoint_at(path), network, dtype, cast, expected_sha256)


def _check_arguments(network: Any, dtype: Any, expected_sha256: Any) -> None:
    """Check the arguments of `load`."""
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


def _checkpoint_at(path: Path) -> Path:
    """Return the folder of the checkpoint; the path itself may be a link, nothing in it is one."""
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    path = whole_at(path)
    steps = steps_in(path)
    if not steps and not path.is_dir():
        raise CheckpointError(f"{path} holds no checkpoint")
    if any(kind_at(folder) == FOLDER and steps_in(folder) for folder in path.glob("until_*")):
        raise CheckpointError(
            f"{path} holds a sweep, many networks: call jaxnn.sweep again with the same arguments "
            "and this folder, and take result.params(i)"
        )
    return steps[-1] if steps else path


def _loaded(
    path: Path, network: Network | None, dtype: Any, cast: bool, expected_sha256: str | None
) -> LoadedNetwork:
    """Return the network and the parameters of a checkpoint."""
    prefix = _prefix_of_params(path)

    def is_chosen(name: str) -> bool:
        return name.startswith(prefix)

    about, entries = read_about(path, expected_sha256, is_chosen)
    try:
        found = from_json(about["network"]) if network is None else network
        described = about["network"]
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptCheckpoint(f"{path} describes no network: {error}") from None
    check_network(path, described, found)
    _check_dtypes(path, [entry for entry in entries if is_chosen(entry.name)], dtype, cast)
    leaves = read_leaves(path, entries, is_chosen)
    shapes = shapes_of(found, dtype or jnp.float32)
    arrays = {name: _array(leaves, prefix + name, path, dtype) for name in named_leaves(shapes)}
    params: Any = like(shapes, arrays)
    check: Any = check_shared_params if isinstance(found, SharedNetwork) else check_params
    check(found, params)
    loaded = LoadedNetwork(found, params)
    loaded.class_names = _class_names(path, about, found)
    return loaded


def _class_names(path: Path, about: Mapping[str, Any], network: Network) -> ClassNames:
    """Return the class names of a saved result, () of any other."""
    names = about.get("class_names", [])
    known = isinstance(names, list) and all(isinstance(name, str | int) for name in names)
    if not known or len(names) not in (0, max(2, network.sizes[-1])):
        raise CorruptCheckpoint(f"{path} names no classes of its network: {names}")
    return tuple(names)


def _prefix_of_params(path: Path) -> str:
    """Return the prefix of the best parameters, else of those to evaluate, else of the last."""
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
