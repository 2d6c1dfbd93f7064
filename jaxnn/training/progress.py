"""Progress bars on a terminal or in a notebook: of `fit`, and of many networks at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

import numpy as np

from jaxnn.data.output import shows_progress


class _Output:
    """A text file to which writing never fails: training does not end when its terminal does.

    A character that the encoding lacks is written as "?".
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
        """Flush the file."""
        with suppress(OSError, ValueError, AttributeError):
            self._file.flush()


class ProgressBar:
    """A rich progress bar, a context manager; it shows nothing where `shown` or stdout forbids it.

    Its console is its own: rich's common one takes every file for UTF-8.  rich hides the terminal's
    cursor; here it stays, for a process that is killed could not show it again.

    Args:
        label: the unit that is counted.
        total: units in all.
        text: what `show` is given -> the text beside the bar.
        shown: True, False, or None for "when the output is a terminal or a notebook".
    """

    def __init__(self, label: str, total: int, text: Callable[..., str], shown: bool | None):
        self._bar: Any = None
        self._text = text
        if shows_progress(shown) and hasattr(sys.stdout, "write"):
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = (
                TextColumn(label),
                MofNCompleteColumn(),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[text]}", markup=False),  # a metric may be called [/x]
            )
            output: Any = _Output(sys.stdout)
            self._bar = Progress(*columns, console=Console(file=output))
            self._task = self._bar.add_task("", total=total, text="compiling")

    def __enter__(self) -> Self:
        if self._bar is not None:
            with self._bar.console as console:  # both in one write
                self._bar.start()
                console.show_cursor(True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, units: int) -> None:
        """Show that some more units are done."""
        if self._bar is not None:
            self._bar.update(self._task, advance=units)

    def show(self, *measured: Any, advance: int = 0) -> None:
        """Show the text of what was measured, and that some more units are done."""
        if self._bar is not None:
            self._bar.update(self._task, advance=advance, text=self._text(*measured))


def epochs_bar(epochs: int, examples: int, shown: bool | None = None) -> ProgressBar:
    """Return the bar of `fit`: epochs done, the metrics of the last one, and examples a second."""

    def text(epochs: int, metrics: Mapping[str, float], seconds: float) -> str:
        scores = (f"{name.replace('_', ' ')} {value:.4f}" for name, value in metrics.items())
        rate = examples * epochs / max(seconds, 1e-9)
        return "  ".join((*scores, f"{_with_unit(rate)} examples/s"))

    return ProgressBar("epoch", epochs, text, shown)


def points_bar(
    points: int, epochs: int, monitor: str, maximise: bool, shown: bool | None = None
) -> ProgressBar:
    """Return the bar of many networks: points done, the best `monitor` so far, and epochs run."""
    better = np.fmax.reduce if maximise else np.fmin.reduce
    best, run = np.nan, 0

    def text(numbers: np.ndarray, more_epochs: int, metrics: Mapping[str, np.ndarray]) -> str:
        nonlocal best, run
        run += len(numbers) * more_epochs
        scores = metrics[monitor]
        best = better([best, *scores[np.isfinite(scores)]])
        name = monitor.replace("_", " ")
        return f"best {name} {best:.4f}  {run:,} of {points * epochs:,} epochs"

    return ProgressBar("points", points, text, shown)


def _with_unit(rate: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if rate >= size:
            return f"{rate / size:.1f}{unit}"
    return f"{rate:.0f}"
