"""What the pictures need of a training's recording and of a sweep's result.

Protocols, so that plots need not import `training` and `sweeps`, which draw with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np

from jaxnn.textbook.network import Params


@runtime_checkable
class RecordedParams(Protocol):
    """Parameters at several epochs of a training, such as `jaxnn.Recording`."""

    @property
    def epochs(self) -> np.ndarray:
        """Epochs that had been run at each record, (K,)."""
        ...

    @property
    def params(self) -> Params:
        """W^[l], (K, n_l, n_{l-1}), and b^[l], (K, n_l)."""
        ...

    def params_at(self, record: int) -> Params:
        """Return W^[l] and b^[l] of one record, counted from 0."""
        ...


@runtime_checkable
class ScoredGrid(Protocol):
    """Metrics of many networks over a grid, such as `jaxnn.SweepResult`."""

    @property
    def points(self) -> tuple[Mapping[str, Any], ...]:
        """The hyperparameters of each network, name -> value."""
        ...

    @property
    def monitor(self) -> str:
        """The metric by which the networks are ranked."""
        ...

    @property
    def diverged(self) -> np.ndarray:
        """Which networks diverged, (K,)."""
        ...

    def scores(self, metric: str | None = None) -> np.ndarray:
        """Return a metric of each network, (K,)."""
        ...

    def is_larger_better(self, metric: str) -> bool:
        """Return whether a larger value of a metric is better."""
        ...
