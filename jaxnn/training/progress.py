"""The progress of `fit` and of many networks at once: a bar, or lines in a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import numpy as np

from jaxnn.training.progress_line import ProgressLine, clock, spelt, with_unit
from jaxnn.training.progress_outputs import output_of

IMPORTANT = ("val_accuracy", "val_r2", "accuracy", "r2", "val_loss")  # after the loss


class ProgressBar:
    """The progress of a training, a context manager.

    Args:
        label: the unit that is counted.
        total: units in all.
        shown: True, False, or None, see `output_of`.
    """

    def __init__(self, label: str, total: int, shown: bool | None):
        self._label, self._total, self._done = label, total, 0
        self._numbers: Sequence[str] = ()
        self._clock = _Clock()
        self._lock = threading.Lock()  # a sweep reports from several threads
        self._output = output_of(self._line, shown)

    def __enter__(self) -> Self:
        self._clock = _Clock()
        if self._output is not None:
            self._output.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._clock.stop()
        if self._output is not None:
            self._output.stop()

    def _work(self) -> tuple[int, int, int]:
        """Return the epochs that were run, those that are left, and all at the beginning."""
        return self._done, self._total - self._done, self._total

    def _report(self, numbers: Sequence[str] | None = None) -> None:
        """Show what has changed."""
        self._numbers = self._numbers if numbers is None else numbers
        self._clock.report(*self._work()[:2])
        if self._output is not None:
            self._output.refresh()

    def _line(self) -> ProgressLine:
        _, left, work = self._work()
        units = f"{self._label} {self._done:>{len(str(self._total))}}/{self._total}"
        return ProgressLine(units, 1 - left / work, self._clock.text(), self._numbers)


class EpochsBar(ProgressBar):
    """The progress of `fit`: epochs, the metrics of the last one, and examples a second.

    Args:
        epochs: in all.
        examples: m, the examples of an epoch.
        shown: True, False, or None, see `output_of`.
        monitor: the metric that patience watches.
    """

    def __init__(
        self, epochs: int, examples: int, shown: bool | None = None, monitor: str = "loss"
    ):
        super().__init__("epoch", epochs, shown)
        self._examples, self._first = examples, ("loss", monitor, *IMPORTANT)

    def resume(self, epochs: int) -> None:
        """Count epochs that an earlier call has run."""
        self._done = epochs

    def show(self, epochs: int, metrics: Mapping[str, float], seconds: float) -> None:
        """Show that some more epochs were run in so many seconds, and the metrics after them."""
        self._done += epochs
        names = dict.fromkeys(name for name in (*self._first, *metrics) if name in metrics)
        rate = self._examples * epochs / max(seconds, 1e-9)
        scores = (spelt(name, metrics[name]) for name in names)
        self._report([*scores, f"{with_unit(rate)} examples/s"])


class PointsBar(ProgressBar):
    """The progress of many networks: those that ended, the best so far, and the epochs run.

    Args:
        points: number of networks.
        epochs: of each, in all.
        monitor: the metric that says which is best.
        maximise: whether a larger one is better.
        shown: True, False, or None, see `output_of`.
    """

    def __init__(
        self, points: int, epochs: int, monitor: str, maximise: bool, shown: bool | None = None
    ):
        super().__init__("points", points, shown)
        self._better = np.fmax.reduce if maximise else np.fmin.reduce
        self._monitor, self._best = monitor, np.nan
        self._epochs, self._run = epochs, 0
        self._left = np.full(points, epochs)

    def show(self, numbers: np.ndarray, epochs: int, metrics: Mapping[str, np.ndarray]) -> None:
        """Show that some networks have run more epochs, and the metrics after them."""
        with self._lock:
            self._run += len(numbers) * epochs
            self._left[numbers] -= epochs
            scores = metrics[self._monitor]
            self._best = self._better([self._best, *scores[np.isfinite(scores)]])
            run, all_epochs = with_unit(self._run), with_unit(self._total * self._epochs)
            best = spelt(f"best_{self._monitor}", self._best)
            self._report([best, f"{run}/{all_epochs} epochs"])

    def end(self, numbers: Iterable[int]) -> None:
        """Show that some networks have ended, after all epochs or fewer."""
        with self._lock:
            ended = list(numbers)
            self._left[ended] = 0
            self._done += len(ended)
            self._report()

    def _work(self) -> tuple[int, int, int]:
        return self._run, int(self._left.sum()), self._total * self._epochs


class _Clock:
    """The time that a training takes, and what is left of it at the speed so far.

    The speed is measured from the first report on: what comes before it compiles.
    """

    def __init__(self) -> None:
        self._start, self._end = time.monotonic(), None
        self._first: tuple[float, int] | None = None  # time, epochs run
        self._last, self._left = (0.0, 0), 0

    def report(self, run: int, left: int) -> None:
        """Note how many epochs were run by now, and how many are left."""
        self._last, self._left = (time.monotonic(), run), left
        self._first = self._first or self._last

    def stop(self) -> None:
        """End: from now on the text is the time that it took."""
        self._end = time.monotonic()

    def text(self) -> str:
        """Return the time left or taken, or what is done before the first report."""
        if self._end is not None:
            return f"in {clock(self._end - self._start)}"
        if self._first is None:
            return "compiling"
        (first, before), (last, run) = self._first, self._last
        if run == before:
            return ""
        seconds = self._left * (last - first) / (run - before)
        return f"{clock(max(0.0, seconds - (time.monotonic() - last)))} left"
