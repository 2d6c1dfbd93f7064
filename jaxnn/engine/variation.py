"""What one network of many has of its own besides its parameters: dropout, units of its data."""

from __future__ import annotations

from typing import NamedTuple

import jax
import numpy as np

from jaxnn.data.scaling import Units, in_units


class Variation(NamedTuple):
    """One network of many that train together; what is None it shares with the others.

    Attributes:
        kept: (L,), the probabilities of keeping a neuron of a^[0] to a^[L-1] in training.
        inputs: the units of each x_i, (n_0, 1), in which it sees its inputs.
        targets: the same of each y_i, (n_L, 1).
    """

    kept: jax.Array | np.ndarray | None = None
    inputs: Units | None = None
    targets: Units | None = None

    def columns(self, X: jax.Array, Y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return X (n_0, m) and Y (n_L, m) in this network's units."""
        return _in_units(X, self.inputs), self.targets_in_columns(Y)

    def targets_in_columns(self, Y: jax.Array) -> jax.Array:
        """Return Y (n_L, m) in this network's units."""
        return _in_units(Y, self.targets)

    def one(self, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return one example, x (n_0,) and y (n_L,), in this network's units."""
        X, Y = self.columns(x[:, None], y[:, None])
        return X[:, 0], Y[:, 0]


def _in_units(A: jax.Array, units: Units | None) -> jax.Array:
    return A if units is None else in_units(A, units)


ALIKE = Variation()
"""A network that has nothing of its own."""
