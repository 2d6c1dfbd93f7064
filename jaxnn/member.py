"""What one network of many has of its own besides its parameters: dropout, units of its data."""

from __future__ import annotations

from typing import NamedTuple

import jax

from jaxnn.data import Standardisation, standardise


class Member(NamedTuple):
    """One network of many that train together; what is None it shares with the others.

    Attributes:
        kept: (L,), the probabilities of keeping a neuron of a^[0] to a^[L-1] in training.
        inputs: mean and scale of each x_i, (n_0, 1), by which its inputs are standardised.
        targets: the same of each y_i, (n_L, 1).
    """

    kept: jax.Array | None = None
    inputs: Standardisation | None = None
    targets: Standardisation | None = None

    def columns(self, X: jax.Array, Y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return X (n_0, m) and Y (n_L, m) in this network's units."""
        X = X if self.inputs is None else standardise(X, self.inputs)
        return X, Y if self.targets is None else standardise(Y, self.targets)

    def one(self, x: jax.Array, y: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return one example, x (n_0,) and y (n_L,), in this network's units."""
        if self.inputs is None and self.targets is None:
            return x, y
        X, Y = self.columns(x[:, None], y[:, None])
        return X[:, 0], Y[:, 0]


ALIKE = Member()
"""A network that has nothing of its own."""
