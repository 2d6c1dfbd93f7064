"""The parameters of a network at several moments of its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from jaxnn.parallel.sharding import MeshLayout
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import as_index
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.network import Params, check_is_params


@dataclass(frozen=True, eq=False)
class Recording:
    """W^[l] and b^[l] before training and after every so many epochs, on the host.

    Attributes:
        epochs: how many epochs had been run at each record, (K,); the first is 0.
        params: `Params` of NumPy arrays whose first axis counts the records: W^[l] is
            (K, n_l, n_{l-1}), b^[l] is (K, n_l).

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> before = init(mlp(3, 2), jax.random.key(0))
    >>> after = jax.tree.map(lambda array: array + 1, before)
    >>> recording = Recording.of([(0, before), (10, after)])
    >>> recording.epochs.tolist(), recording.params[0].W.shape
    ([0, 10], (2, 2, 3))
    """

    epochs: np.ndarray
    params: Params

    @classmethod
    def of(cls, records: Sequence[tuple[int, Params]]) -> Recording:
        """Return the recording of (epoch, parameters) pairs."""
        pairs = isinstance(records, Sequence) and all(
            isinstance(record, tuple | list)
            and len(record) == 2
            and isinstance(record[0], int | np.integer)
            for record in records
        )
        if not pairs or not records:
            raise TypeError(
                f"records must be pairs (epoch, params), at least one, got {described(records)}"
            )
        for _, one in records:
            check_is_params(one)
        epochs, params = zip(*records, strict=True)
        stacked: Any = jax.tree.map(lambda *arrays: np.stack(arrays), *params)
        return cls(np.array(epochs), stacked)

    def __len__(self) -> int:
        return len(self.epochs)

    def params_at(self, record: int) -> Params:
        """Return W^[l] and b^[l] of one record, counted from 0; −1 is the last."""
        record = as_index("record", record, len(self))
        return jax.tree.map(lambda array: array[record], self.params)


class Recorder:
    """Writes the parameters down before training, every so many epochs, and at its end.

    Args:
        every: epochs from record to record; None: nothing is written.
        layout: where the parameters lie.
        params: those to evaluate before training.
        records: what was written before, by a run that this one goes on from.
    """

    def __init__(
        self,
        every: int | None,
        layout: MeshLayout,
        params: Params,
        records: Sequence[tuple[int, Params]] = (),
    ):
        self._every, self._division = every, layout
        self._records = list(records)
        if not records:
            self._write(0, params)

    @property
    def records(self) -> tuple[tuple[int, Params], ...]:
        """What was written so far."""
        return tuple(self._records)

    def epochs_to_run(self, done: int, most: int) -> int:
        """Return how many epochs one call may run after `done`, so that it ends at a record."""
        return most if self._every is None else min(most, self._every - done % self._every)

    def after(self, epoch: int, state: Any) -> None:
        """Write the parameters of a `TrainState` down if it is their turn."""
        if self._every is not None and epoch % self._every == 0:
            self._write(epoch, params_to_evaluate(state))

    def recording(self, epoch: int, state: Any) -> Recording | None:
        """Return what was written until `epoch`, training's last, after which `state` is left."""
        if self._every is None:
            return None
        self._records = [record for record in self._records if record[0] <= epoch]
        if self._records[-1][0] < epoch:
            self._write(epoch, params_to_evaluate(state))
        return Recording.of(self._records)

    def _write(self, epoch: int, params: Params) -> None:
        if self._every is not None:
            copies: Any = jax.tree.map(np.array, self._division.everywhere(params))
            self._records.append((epoch, copies))
