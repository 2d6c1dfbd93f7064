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
from jaxnn.textbook.checks.arrays import check_count

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
        with system_errors(Path(self.folder)):
            return steps_in(Path(self.folder))


def check_checkpoint(checkpoint: Any) -> None:
    """Raise a TypeError unless an argument `checkpoint` is a `Checkpoints` or None."""
    if not isinstance(checkpoint, Checkpoints | None):
        raise TypeError(f"checkpoint must be a jaxnn.Checkpoints, got {described(checkpoint)}")


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
