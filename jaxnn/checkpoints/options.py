"""Runs that are never lost: `fit(..., checkpoint=Checkpoints(folder))`, and `save` and `load`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.loading import check_wanted, checkpoint_at, loaded
from jaxnn.checkpoints.lock import HeldFolder, check_shared, locked
from jaxnn.checkpoints.plain_files import failures_told, kind_at
from jaxnn.checkpoints.run_checkpointer import RunCheckpointer
from jaxnn.checkpoints.signals import StopRequest, noted_signals
from jaxnn.checkpoints.step_folder import StepFolder, named_leaves
from jaxnn.checkpoints.sweep_checkpointer import SweepCheckpointer
from jaxnn.checkpoints.whole_step import all_in
from jaxnn.errors import CheckpointError
from jaxnn.parallel.hosts import ALONE, HostGroup
from jaxnn.textbook.checks.arguments import (
    as_flag,
    as_path,
    check_not_traced,
    check_text,
    described,
    is_number,
)
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.network_json import as_json
from jaxnn.training.run_description import CHANGEABLE
from jaxnn.training.run_state import Checkpointer, RunState


@dataclass(frozen=True)
class Checkpoints:
    """Where and how often `fit` or `sweep` saves a run; the same command goes on from there.

    A checkpoint holds parameters, optimiser state, step, key, position in the data, history and
    the network's description.  A run that was killed, even in the middle of a save, ends with the
    same bits as one that was not: with the same numbers of devices, and to 1e-5 with another.
    SIGTERM and Ctrl-C, whenever they come while it runs, save before they end the process, by
    `SystemExit(143)` and `KeyboardInterrupt`; a second one ends it at once.

    A folder never answers for another run: data and validation (arrays by their SHA-256, streams by
    names, sizes and a sample), first parameters, key, the optimiser with its settings, and what
    cost, metrics, activations and augmentation compute, with the values that they capture, must be
    those of before, else a `CheckpointMismatch` says what differs.  A function that JAX cannot
    trace is known by its Python code.  More epochs are the same run.

    A lock keeps a second run out, and ends with its process; a file system without locks is
    refused.  Nothing outside the folder is read or written, whatever links lie in it.

    Several processes that train together write into one folder, on a file system that all share;
    they go on from it in any number.

    Attributes:
        folder: of this run alone; it is made, its parent is there.
        every: epochs from save to save; None: by the clock only.
        seconds: save also when so many have passed, at the end of a call, which is less than a
            second of epochs, or one epoch; in a stream at the end of a chunk.
        keep: checkpoints that stay, at least 1; older ones are deleted.  In a sweep: of each group
            of networks that train as one program.
        on_corrupt: what to do where the newest checkpoint was damaged: "error", or "previous", to
            go on from the newest good one with a warning.
        on_failure: what to do where a save fails (the disk is full, the folder was deleted or
            renamed): "error", or "warn", and train on.
        allow_changes: what may differ from the run that is there, where `fit` goes on from it on
            purpose: names as a `CheckpointMismatch` says them, such as `("optimizer",)` or
            `("data", "cost")`.  What ended by patience goes on; where validation, cost or metrics
            changed, the best epoch is looked for anew.

    Raises:
        TypeError, ValueError: an argument that breaks these rules.

    Source: Orbax writes the arrays, filelock locks the folder; the manifest of SHA-256 and the
    signals are jaxnn's.

    >>> import jax, optax, tempfile, jaxnn
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
        try:
            str(self.folder).encode()
        except UnicodeEncodeError:
            raise ValueError(
                f"folder must have a name in UTF-8, which Orbax needs, got {str(self.folder)!r}"
            ) from None
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
        with failures_told(Path(self.folder)):
            return all_in(Path(self.folder))

    @contextmanager
    def checkpointer(
        self, run: Mapping[str, Any], fresh: RunState, processes: HostGroup
    ) -> Iterator[Checkpointer]:
        """Return the checkpointer of a run, for the length of a `with`; `fit` calls this.

        Raises:
            CheckpointError: the folder cannot be written to, or holds another run, or a damaged
                checkpoint, or is in use.
        """
        with (
            self._held(processes) as (held, writer, stop_request),
            RunCheckpointer(
                self, held, writer, stop_request, processes, run, fresh
            ) as checkpointer,
        ):
            yield checkpointer

    @contextmanager
    def sweep_checkpointer(self, described: Mapping[str, Any]) -> Iterator[SweepCheckpointer]:
        """Yield the checkpointer of a sweep's networks; `sweep` calls this.

        Raises:
            CheckpointError: as `checkpointer`.
        """
        if self.allow_changes:
            raise ValueError(
                f"allow_changes is for fit, a sweep with something changed is another sweep: take "
                f"another folder, got allow_changes={self.allow_changes!r}"
            )
        with self._held(ALONE) as (held, writer, stop_request):
            yield SweepCheckpointer(self, held, writer, stop_request, described)

    @contextmanager
    def _held(self, processes: HostGroup) -> Iterator[tuple[HeldFolder, ArrayWriter, StopRequest]]:
        """Hold the folder, and note signals, for the length of a `with`."""
        folder = Path(self.folder)
        held = HeldFolder(folder)
        with ExitStack() as stack:

            def hold() -> str:
                nonlocal held
                _check_folder(folder)
                held = stack.enter_context(locked(folder))
                return held.owner

            owner = processes.broadcast(hold)
            processes.raise_on_all(lambda: check_shared(folder, owner))
            stop_request = stack.enter_context(noted_signals())
            writer = stack.enter_context(ArrayWriter(together=processes.are_several))
            yield held, writer, stop_request


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

    >>> import jax, tempfile, jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(f"{folder}/model", net, jaxnn.init(net, jax.random.key(0)))
    ...     load(path)[0] == net
    True
    """
    check_params(network, params)
    check_not_traced("save", params, loop=False)
    path = as_path("path", path)
    with failures_told(path):
        if kind_at(path) is not None:
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
        TypeError, ValueError: an argument that breaks these rules.
        CorruptCheckpoint: a file is missing, extra or changed.
        CheckpointMismatch: another network, or another type.
        CheckpointError: there is no checkpoint at the path.

    >>> load("nowhere")
    Traceback (most recent call last):
    jaxnn.errors.CheckpointError: nowhere holds no checkpoint
    """
    path, cast = as_path("path", path), as_flag("cast", cast)
    check_wanted(network, dtype, expected_sha256)
    with failures_told(path):
        return loaded(checkpoint_at(path), network, dtype, cast, expected_sha256)


def _check_parent(path: Path) -> None:
    parent = Path(os.path.realpath(path)).parent
    if not parent.is_dir():
        raise CheckpointError(f"{path} cannot be made: {parent} is no folder")


def _check_folder(folder: Path) -> None:
    """Raise an error, before anything is trained, where nothing could be saved after it."""
    _check_parent(folder)
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise CheckpointError(f"{folder} is {kind_at(folder)}: checkpoints need a folder") from None
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written to: {error.strerror}") from None
