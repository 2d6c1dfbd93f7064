"""What a training run measured, epoch by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_count


@dataclass(frozen=True)
class History(Mapping[str, np.ndarray]):
    """One array a metric, one entry an epoch: `history["loss"]`, `history["val_accuracy"]`.

    Attributes:
        metrics: name -> array of shape (epochs,).

    >>> history = History({"loss": np.array([0.7, 0.5])})
    >>> history["loss"][-1].item(), history.epochs
    (0.5, 2)
    """

    metrics: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.metrics[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.metrics)

    def __len__(self) -> int:
        return len(self.metrics)

    @property
    def epochs(self) -> int:
        """Number of epochs that were run."""
        return len(next(iter(self.metrics.values()), ()))

    def then(self, other: Mapping[str, np.ndarray]) -> History:
        """Return this history with the epochs of another after it.

        >>> History({"loss": np.ones(2)}).then({"loss": np.zeros(1)}).epochs
        3
        """
        if not isinstance(other, Mapping) or (self.metrics and set(other) != set(self.metrics)):
            told = described(list(other) if isinstance(other, Mapping) else other)
            raise TypeError(f"other must have the metrics {', '.join(self)}, got {told}")
        if not self.metrics:
            return History(dict(other))
        return History({name: np.concatenate([self[name], other[name]]) for name in self})

    def until(self, epoch: int) -> History:
        """Return the history of the first epochs, up to the one of that number.

        >>> History({"loss": np.ones(3)}).until(2).epochs
        2
        """
        epoch = check_count("epoch", epoch, least=0)
        return History({name: values[:epoch] for name, values in self.items()})

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame, one row an epoch, numbered from 1.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        return pandas.DataFrame(
            dict(self.metrics), index=pandas.RangeIndex(1, self.epochs + 1, name="epoch")
        )

    def plot(self, metric: str = "loss", *, ax: Any = None) -> Any:
        """Draw a metric over the epochs, see `jaxnn.plots.learning_curves`; return the axes."""
        from jaxnn import plots

        return plots.learning_curves(self, metric, ax=ax)
