"""Progress bars for people at a terminal: of `fit`, and of many networks at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np


class _Bar:
    """A rich progress bar, a `with` long; shows nothing unless switched on.

    rich hides the terminal's cursor.  Here it stays: a process that is killed could not show it
    again.
    """

    def __init__(self, label: str, total: int, shown: bool | None):
        self._bar: Any = None
        if _wanted(shown):
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = (
                TextColumn(label),
                MofNCompleteColumn(),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[scores]}"),
            )
            self._bar = Progress(*columns)
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
    return sys.stdout.isatty() or _in_a_notebook() if shown is None else shown


def _in_a_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")


def _rate(rate: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if rate >= size:
            return f"{rate / size:.1f}{unit}"
    return f"{rate:.0f}"
