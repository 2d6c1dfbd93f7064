"""`Checkpoints`: where and how often a run is saved, `fit(..., checkpoint=Checkpoints(folder))`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jaxnn.checkpoints.plain_files import system_errors
from jaxnn.checkpoints.step_folder import steps_in
from jaxnn.errors import CheckpointError
from jaxnn.textbook.checks.arguments import as_path, check_text, described, is_number
from jaxnn.textbook.checks.values import check_count

CHANGEABLE = (
    "data",
    "validation",
    "cost",
    "metrics",
    "activations",
    "optimizer",
    "augment",
    "batch_size",
    "shuffle",
    "patience",
    "params",
    "key",
)
"""The names that `allow_changes` may hold."""


@dataclass(frozen=True)
class Checkpoints:
    """Where and how often `fit` or `sweep` saves a run; the same command goes on from there.

    A checkpoint holds parameters, optimiser state, step, key, position in the data, history, and
    the description of the network.  A run that was killed, even in the middle of a save, and then
    resumed ends with the same bits as one that was not (with another number of devices, within
    1e-5).  SIGTERM and Ctrl-C save before they end the process with `SystemExit(143)` or
    `KeyboardInterrupt`; a second signal ends it at once.

    A folder never answers for another run.  Data and validation (arrays by their SHA-256, streams
    by names, sizes and a sample), first parameters, key, the optimiser with its settings, and what
    cost, metrics, activations and augmentation compute, with the values that they capture, must be
    the same as before; otherwise a `CheckpointMismatch` says what differs.  A function that JAX
    cannot trace is compared by its Python code.  More epochs are the same run.

    A lock, which ends with its process, keeps a second run out; a file system without locks is
    refused.  Nothing outside the folder is read or written, even if the folder holds links.

    Several processes that train together write into one folder on a file system that all share;
    any number of processes can go on from it.

    Attributes:
        folder: the folder, of this run alone; it is made, its parent must exist.
        every: save after every so many epochs, at least 1; None: by the clock only.
        seconds: save also after so many seconds, above 0; checked after each call of the engine,
            which takes less than a second or one epoch, and in a stream after each chunk.
        keep: the number of newest checkpoints that stay, at least 1; of a sweep, for each group of
            networks that train together.
        on_corrupt: if the newest checkpoint is damaged, raise ("error"), or go on from the newest
            good one with a warning ("previous").
        on_failure: if a save fails (the disk is full, the folder was deleted or renamed), raise
            ("error"), or train on with a warning ("warn").
        allow_changes: what `fit` may change when it goes on: names as a `CheckpointMismatch` says
            them, such as `("optimizer",)` or `("data", "cost")`.  A run that patience has ended
            goes on; if validation, cost or metrics change, the best epoch is searched anew.

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
        """Paths of the checkpoints, oldest first; `jaxnn.load` reads each."""
        with system_errors(Path(self.folder)):
            return steps_in(Path(self.folder))


def as_checkpoints(checkpoint: Any) -> Checkpoints | None:
    """Return `Checkpoints` where an argument `checkpoint` is a folder, text or a path.

    >>> as_checkpoints("run") == Checkpoints(Path("run"))
    True
    """
    if checkpoint is None or isinstance(checkpoint, Checkpoints):
        return checkpoint
    if not isinstance(checkpoint, str | os.PathLike):
        raise TypeError(
            f"checkpoint must be a folder or a jaxnn.Checkpoints, got {described(checkpoint)}"
        )
    return Checkpoints(as_path("checkpoint", checkpoint))


def epochs_to_save(every: int | None, done: int, most: int) -> int:
    """Return how many epochs one call may run after `done` so that it ends at a save.

    >>> epochs_to_save(5, 3, 64), epochs_to_save(None, 3, 64)
    (2, 64)
    """
    return most if every is None else min(most, every - done % every)


def raise_or_warn(error: CheckpointError, on_failure: str) -> None:
    """Raise the error of a failed save, or warn of it, as `on_failure` says."""
    if on_failure == "error":
        raise error
    warnings.warn(f"{error}; training goes on without it", RuntimeWarning, stacklevel=3)
