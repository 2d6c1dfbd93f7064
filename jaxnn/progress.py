"""The progress bar of `fit`: loss, accuracy and examples per second, for people at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any


class ProgressBar:
    """A rich progress bar over epochs; shows nothing unless switched on.

    Args:
        epochs: how many there will be.
        examples: how many each counts.
        shown: True, False, or None for "when the output is a terminal or a notebook".
    """

    def __init__(self, epochs: int, examples: int, shown: bool | None = None):
        self._examples = examples
        self._bar: Any = None
        if _wanted(shown):
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            columns = (
                TextColumn("epoch"),
                MofNCompleteColumn(),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[scores]}"),
            )
            self._bar = Progress(*columns)
            self._task = self._bar.add_task("", total=epochs, scores="compiling")

    def __enter__(self) -> ProgressBar:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, epochs: int, metrics: Mapping[str, float], seconds: float) -> None:
        """Show that some epochs were done in that many seconds, and the metrics of the last."""
        if self._bar is None:
            return
        scores = "  ".join(
            f"{name.replace('_', ' ')} {value:.4f}" for name, value in metrics.items()
        )
        rate = self._examples * epochs / max(seconds, 1e-9)
        self._bar.update(self._task, advance=epochs, scores=f"{scores}  {_rate(rate)} examples/s")


def _wanted(shown: bool | None) -> bool:
    return sys.stdout.isatty() or "ipykernel" in sys.modules if shown is None else shown


def _rate(rate: float) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if rate >= size:
            return f"{rate / size:.1f}{unit}"
    return f"{rate:.0f}"
