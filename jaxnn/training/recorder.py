"""Copies of the parameters, taken while a network trains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from jaxnn.parallel.sharding import MeshLayout
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.network import Params
from jaxnn.training.results import Recording


class Recorder:
    """Copies the parameters before training, every so many epochs, and after the last.

    Args:
        every: epochs from record to record; None: nothing is recorded.
        layout: of the parameters on the devices.
        params: to evaluate before training.
        records: those of the run that is resumed.
    """

    def __init__(
        self,
        every: int | None,
        layout: MeshLayout,
        params: Params,
        records: Sequence[tuple[int, Params]] = (),
    ):
        self._every, self._layout = every, layout
        self._records = list(records)
        if not records:
            self._record(0, params)

    @property
    def records(self) -> tuple[tuple[int, Params], ...]:
        """(epoch, parameters) of every record so far."""
        return tuple(self._records)

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a record."""
        return most if self._every is None else min(most, self._every - done % self._every)

    def after(self, epoch: int, state: Any) -> None:
        """Record the parameters of a `TrainState` if an epoch is one to record."""
        if self._every is not None and epoch % self._every == 0:
            self._record(epoch, params_to_evaluate(state))

    def recording(self, epoch: int, state: Any) -> Recording | None:
        """Return the recording of a training that ends after `epoch` with `state`."""
        if self._every is None:
            return None
        self._records = [record for record in self._records if record[0] <= epoch]
        if self._records[-1][0] < epoch:
            self._record(epoch, params_to_evaluate(state))
        return Recording.of(self._records)

    def _record(self, epoch: int, params: Params) -> None:
        if self._every is not None:
            copies: Any = jax.tree.map(np.array, self._layout.everywhere(params))
            self._records.append((epoch, copies))
