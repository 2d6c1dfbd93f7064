"""Progress bars for people at a terminal: of `fit`, and of many networks at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Self

import numpy as np


class _Output:
    """A text file that a bar can be written to whatever becomes of it.

    Characters that its encoding lacks are written as "?", and what cannot be written (it was
    closed, the terminal has gone) is left out: a training does not end because nobody watches it.
    """

    def __init__(self, file: Any):
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> int:
        """Write a text, and return its length."""
        with suppress(OSError, ValueError):
            try:
                self._file.write(text)
            except UnicodeEncodeError as error:
                self._file.write(text.encode(error.encoding, "replace").decode(error.encoding))
        return len(text)

    def flush(self) -> None:
        """Write what waits to be written."""
        with suppress(OSError, ValueError, AttributeError):
            self._file.flush()


class _Bar:
    """A rich progress bar, a `with` long; shows nothing unless switched on, and there is a stdout.

    Its console is its own: rich's common one takes every file for UTF-8.  rich hides the terminal's
    cursor; here it stays, for a process that is killed could not show it again.
    """

    def __init__(self, label: str, total: int, shown: bool | None):
        self._bar: Any = None
        if _wanted(shown) and hasattr(sys.stdout, "write"):
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = (
                TextColumn(label),
                MofNCompleteColumn(),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[scores]}", markup=False),  # a metric may be called [/x]
            )
            output: Any = _Output(sys.stdout)
            self._bar = Progress(*columns, console=Console(file=output))
            self._task = self._bar.add_task("", total=total, scores="compiling")

    def __enter__(self) -> Self:
        if self._bar is not None:
            with self._bar.console as console:  # both in one write
                self._bar.start()
                console.show_cursor(True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


class ProgressBar(_Bar):
    """The bar of `fit`, over epochs.

    Args:
        epochs: how many there will be.
        examples: how many each counts.
        shown: True, False, or None for "when the output is a terminal or a notebook".
    """

    def __init__(self, epochs: int, examples: int, shown: bool | None = None):
        self._examples = examples
        super().__init__("epoch", epochs, shown)

    def advance(self, epochs: int, metrics: Mapping[str, float], seconds: float) -> None:
        """Show that some epochs were done in that many seconds, and the metrics of the last."""
        if self._bar is None:
            return
        scores = "  ".join(
            f"{name.replace('_', ' ')} {value:.4f}" for name, value in metrics.items()
        )
        rate = self._examples * epochs / max(seconds, 1e-9)
        self._bar.update(self._task, advance=epochs, scores=f"{scores}  {_rate(rate)} examples/s")


class PointsBar(_Bar):
    """The bar of many networks, over points: how many are done, and the best score so far.

    Args:
        points: how many there are.
        epochs: that each is trained for at most.
        monitor: the metric of which the best is shown.
        maximise: whether a larger one is better.
        shown: as in `ProgressBar`.
    """

    def __init__(
        self, points: int, epochs: int, monitor: str, maximise: bool, shown: bool | None = None
    ):
        self._monitor, self._maximise = monitor, maximise
        self._epochs, self._run, self._best = points * epochs, 0, np.nan
        super().__init__("points", points, shown)

    def advance(self, numbers: np.ndarray, epochs: int, metrics: Mapping[str, np.ndarray]) -> None:
        """Show that some points have run some more epochs, and the best of the last metrics."""
        if self._bar is None:
            return
        self._run += len(numbers) * epochs
        scores = metrics[self._monitor]
        best = np.fmax.reduce if self._maximise else np.fmin.reduce
        self._best = best([self._best, *scores[np.isfinite(scores)]])
        self._bar.update(
            self._task,
            scores=f"best {self._monitor.replace('_', ' ')} {self._best:.4f}  "
            f"{self._run:,} of {self._epochs:,} epochs",
        )

    def ended(self, numbers: Sequence[int]) -> None:
        """Show that some points train no more."""
        if self._bar is not None:
            self._bar.update(self._task, advance=len(numbers))


def _wanted(shown: bool | None) -> bool:
    return _is_terminal(sys.stdout) or _in_a_notebook() if shown is None else shown


def _is_terminal(file: Any) -> bool:
    """Return whether a file is a terminal: what is missing, closed, or a mere `write` is none."""
    try:
        return bool(file.isatty())
    except (AttributeError, ValueError, OSError):
        return False


def _in_a_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")


def _rate(rate: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if rate >= size:
            return f"{rate / size:.1f}{unit}"
    return f"{rate:.0f}"
