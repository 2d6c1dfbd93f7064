"""Runs that are never lost: `fit(..., checkpoint=Checkpoints(folder))`, and `save` and `load`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn._arguments import as_flag, as_path, check_floating_type, check_text, described, is_number
from jaxnn._array_files import ArrayWriter, Entry
from jaxnn._checks import check_count, check_not_traced
from jaxnn._keeping import Keeper, SoFar
from jaxnn._leaving import Leaving, noted_signals
from jaxnn._lock import check_shared, locked
from jaxnn._manifest import about_of
from jaxnn._network_json import as_json, from_json
from jaxnn._processes import ALONE, Processes
from jaxnn._run_description import CHANGEABLE
from jaxnn._run_keeper import RunKeeper
from jaxnn._stack_keeping import StackKeeper
from jaxnn._step_folder import (
    StepFolder,
    entries_of,
    named_leaves,
    read_about,
    read_leaves,
    symbol,
)
from jaxnn._whole_step import all_in, check_network
from jaxnn.checkpoint_errors import CheckpointError, CheckpointMismatch, CorruptCheckpoint
from jaxnn.network import Layer, Network, Params, check_is_network, check_params


@dataclass(frozen=True)
class Checkpoints:
    """Where and how often `fit` or `sweep` saves a run; the same command goes on from there.

    A checkpoint holds parameters, optimiser state, step, key, position in the data, history and
    the network's description.  A run that was killed, even in the middle of a save, ends with the
    same bits as one that was not: with the same numbers of devices, and to 1e-5 with another.
    SIGTERM and Ctrl-C save before they end the process; a second one ends it at once.

    A folder never answers for another run: data and validation (arrays by their SHA-256, streams by
    names, sizes and a sample), first parameters, key, the optimiser with its settings, and what
    cost, metrics, activations and augmentation compute, with the values that they capture, must be
    those of before, else a `CheckpointMismatch` says what differs.  A function that JAX cannot
    trace is known by its Python code.  More epochs are the same run.

    Several processes that train together write into one folder, on a file system that all share;
    they go on from it in any number.

    Attributes:
        folder: of this run alone; it is made, its parent is there.
        every: epochs from save to save; None: by the clock only.
        seconds: save also when so many have passed, at the end of a call, which is less than a
            second of epochs, or one epoch; in a stream at the end of a chunk.
        keep: checkpoints that stay, at least 1; older ones are deleted.
        on_corrupt: what to do where the newest checkpoint was damaged: "error", or "previous", to
            go on from the newest good one with a warning.
        on_failure: what to do where a save fails (the disk is full): "error", or "warn", and
            train on.
        allow_changes: what may differ from the run that is there, where `fit` goes on from it on
            purpose: names as a `CheckpointMismatch` says them, such as `("optimizer",)` or
            `("data", "cost")`.  What ended by patience goes on; where validation, cost or metrics
            changed, the best epoch is looked for anew.

    Raises:
        TypeError, ValueError: an argument that breaks these rules.

    Source: Orbax writes the arrays; the manifest of SHA-256, the lock and the signals are jaxnn's.

    >>> import optax, tempfile, jaxnn
    >>> net, data = jaxnn.mlp(3, 3, 1, output="sigmoid"), jaxnn.boolean_function()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     checkpoints = Checkpoints(f"{folder}/run")
    ...     for epochs in (10, 20):
    ...         result = jaxnn.fit(net, data, cost="squared_error", optimizer=optax.adam(0.1),
    ...                            epochs=epochs, key=jax.random.key(0), checkpoint=checkpoints)
    ...         print(result.history.epochs, [path.name for path in checkpoints.steps])
    10 ['step_0000000010']
    20 ['step_0000000010', 'step_0000000020']
    """

    folder: str | os.PathLike[str]
    every: int | None = None
    seconds: float = 60.0
    keep: int = 3
    on_corrupt: str = "error"
    on_failure: str = "error"
    allow_changes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the arguments."""
        as_path("folder", self.folder)
        for name in ("every", "keep"):
            if getattr(self, name) is not None or name == "keep":
                check_count(name, getattr(self, name))
        seconds: Any = self.seconds
        if isinstance(seconds, bool) or not isinstance(seconds, int | float | np.number):
            raise TypeError(f"seconds must be a number above 0, got {described(seconds)}")
        if not seconds > 0:
            raise ValueError(f"seconds must be above 0, got {self.seconds!r}")
        for name, known in (
            ("on_corrupt", ("error", "previous")),
            ("on_failure", ("error", "warn")),
        ):
            check_text(name, getattr(self, name), " or ".join(map(repr, known)))
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {known}, got {getattr(self, name)!r}")
        names: Any = self.allow_changes
        if isinstance(names, str) or not isinstance(names, Collection) or is_number(names):
            raise TypeError(f"allow_changes must be a tuple of names, got {described(names)}")
        for name in names:
            check_text("allow_changes", name, "('optimizer',)")
        if unknown := sorted({*names} - {*CHANGEABLE}):
            raise ValueError(
                f"allow_changes must be among {', '.join(CHANGEABLE)}, got {', '.join(unknown)}"
            )

    @property
    def steps(self) -> list[Path]:
        """The checkpoints that are there, oldest first; `jaxnn.load` reads each."""
        return all_in(Path(self.folder))

    @contextmanager
    def keeper(
        self, run: Mapping[str, Any], fresh: SoFar, processes: Processes
    ) -> Iterator[Keeper]:
        """Return the keeper of a run, for the length of a `with`; `fit` calls this.

        Raises:
            CheckpointError: the folder cannot be written to, or holds another run, or a damaged
                checkpoint, or is in use.
        """
        with (
            self._held(processes) as (folder, writer, leaving),
            RunKeeper(self, folder, writer, leaving, processes, run, fresh) as keeper,
        ):
            yield keeper

    @contextmanager
    def stack_keeper(self, described: Mapping[str, Any]) -> Iterator[StackKeeper]:
        """Return the keeper of a sweep's networks, for the length of a `with`; `sweep` calls this.

        Raises:
            CheckpointError: as `keeper`.
        """
        if self.allow_changes:
            raise ValueError(
                f"allow_changes is for fit, a sweep with something changed is another sweep: take "
                f"another folder, got allow_changes={self.allow_changes!r}"
            )
        with self._held(ALONE) as (folder, writer, leaving):
            yield StackKeeper(
                folder, writer, leaving, every=self.every, seconds=self.seconds, described=described
            )

    @contextmanager
    def _held(self, processes: Processes) -> Iterator[tuple[Path, ArrayWriter, Leaving]]:
        """Hold the folder, and note signals, for the length of a `with`."""
        folder = Path(self.folder)
        with ExitStack() as stack:

            def held() -> str:
                _check_folder(folder)
                return stack.enter_context(locked(folder))

            lock = processes.told(held)
            processes.agree(lambda: check_shared(folder, lock))
            leaving = stack.enter_context(noted_signals())
            writer = stack.enter_context(ArrayWriter(together=processes.are_several))
            yield folder, writer, leaving


def save(path: str | os.PathLike[str], network: Network, params: Params) -> Path:
    """Write a network and its parameters into a folder of their own; `load` reads them.

    Args:
        path: of the folder; its parent is there, it is not.
        network: the network.
        params: its parameters.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: parameters that are not the network's.
        CheckpointError: there is something at the path, or it cannot be written.

    >>> import tempfile, jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(f"{folder}/model", net, jaxnn.init(net, jax.random.key(0)))
    ...     load(path)[0] == net
    True
    """
    check_params(network, params)
    check_not_traced("save", params, loop=False)
    path = as_path("path", path)
    if path.exists() or path.is_symlink():
        raise CheckpointError(f"{path} is there already: take another path, or remove it first")
    _check_parent(path)
    with ArrayWriter() as writer:
        step = StepFolder(path, writer)
        step.begin(named_leaves({"params": params}), {"network": as_json(network)})
        step.finish()
    return path


def load(
    path: str | os.PathLike[str],
    *,
    network: Network | None = None,
    dtype: Any = None,
    cast: bool = False,
    expected_sha256: str | None = None,
) -> tuple[Network, Params]:
    """Return the network and the parameters that `save` wrote, or those of a run's checkpoint.

    Of a run they are those that `fit` gives back: of the best epoch so far where it has `patience`,
    else the last.  Of a sweep's folder give the same `sweep` again: its result has `.params(i)`.

    Nothing in the files is ever executed, and no file is read before it was compared with the
    manifest's SHA-256.  Files that are not needed (the optimiser's state) are not read: their names
    and sizes are compared, and their content when a run goes on.  The manifest finds accidents, not
    forgery: pin `expected_sha256` for files from elsewhere.

    Args:
        path: of the folder; of a `Checkpoints` folder, its newest checkpoint.
        network: what it ought to be; needed where activations are not jaxnn's.  None: any.
        dtype: the type that the parameters ought to have; None: any.
        cast: whether to turn parameters of another type into `dtype`.
        expected_sha256: of the file `manifest.json`, as `sha256sum` prints it.

    Returns:
        (network, params), with params on the default device.

    Raises:
        CorruptCheckpoint: a file is missing, extra or changed.
        CheckpointMismatch: another network, or another type.
        CheckpointError: there is no checkpoint at the path.

    >>> load("nowhere")
    Traceback (most recent call last):
    jaxnn.checkpoint_errors.CheckpointError: nowhere holds no checkpoint
    """
    path, cast = as_path("path", path), as_flag("cast", cast)
    if network is not None:
        check_is_network(network)
    if dtype is not None:
        check_floating_type("dtype", dtype, "jnp.float32")
    check_text("expected_sha256", expected_sha256, "'9f86d0…'", or_none=True)
    steps = all_in(path)
    path = steps[-1] if steps else path
    if not path.is_dir():
        raise CheckpointError(f"{path} holds no checkpoint")
    if any(all_in(folder) for folder in path.glob("until_*")):
        raise CheckpointError(
            f"{path} holds a sweep, many networks: call jaxnn.sweep again with the same arguments "
            "and this folder, and take result.params(i)"
        )
    prefix = _prefix_of_params(path)

    def chosen(name: str) -> bool:
        return name.startswith(prefix)

    about, entries = read_about(path, expected_sha256, chosen)
    try:
        found = network or from_json(about["network"])
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
    return jnp.asarray(leaves[name], dtype or leaves[name].dtype)


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


def _check_parent(path: Path) -> None:
    if not path.resolve().parent.is_dir():
        raise CheckpointError(f"{path} cannot be made: {path.resolve().parent} is no folder")


def _check_folder(folder: Path) -> None:
    """Raise an error, before anything is trained, where nothing could be saved after it."""
    _check_parent(folder)
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise CheckpointError(f"{folder} is a file: checkpoints need a folder") from None
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written to: {error.strerror}") from None
