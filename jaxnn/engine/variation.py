"""What one of many networks has of its own besides its parameters: dropout and units of data."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from jaxnn.data.scaling import Units, in_units


class Variation(NamedTuple):
    """What differs between networks that train together; None: it does not differ.

    Attributes:
        keep: (L,), the probabilities of keeping a neuron of a^[0] to a^[L-1] in training.
        inputs: the mean and deviation by which each x_i is standardised, (n_0, 1).
        targets: those of each y_i, (n_L, 1).
    """

    keep: jax.Array | np.ndarray | None = None
    inputs: Units | None = None
    targets: Units | None = None

    def columns(self, X: jax.Array, Y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return X (n_0, m) and Y (n_L, m) in this network's units."""
        return _in_units(X, self.inputs), self.targets_in_columns(Y)

    def targets_in_columns(self, Y: jax.Array) -> jax.Array:
        """Return Y (n_L, m) in this network's units."""
        return _in_units(Y, self.targets)


def _in_units(A: jax.Array, units: Units | None) -> jax.Array:
    return A if units is None else in_units(A, units)


ALIKE = Variation()  # nothing differs
