"""What a quantity adds to the weighted sums of the first layer, over its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxnn.errors import DataError
from jaxnn.tables.dependence import encoding, input_of
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.quantity import Quantity
from jaxnn.textbook.activations import identity
from jaxnn.textbook.checks.values import as_numbers
from jaxnn.textbook.network import Network, Params

POINTS = 200  # values at equal distances over the range, beside the edges


@dataclass(frozen=True, eq=False, repr=False)
class ColumnCurves:
    """What one quantity adds to the weighted sum of each neuron, over its values.

    Attributes:
        column: the name of the quantity.
        x: its values, (g,), in its own unit, rising.
        values: W e(x), (n_l, g): row i is what the quantity adds to z_i^[l].
        edges: of the pieces of its encoding, (T + 1,); none where it has one piece.
        layer: l, the first layer whose activation is not the identity.

    >>> ColumnCurves("age", np.arange(3.0), np.ones((8, 3)), np.array([]), 1)
    ColumnCurves of 'age': 8 neurons of layer 1 over 0 … 2
    """

    column: str
    x: np.ndarray
    values: np.ndarray
    edges: np.ndarray
    layer: int

    def plot(self, *, most: int = 12, ax: Any = None) -> Any:
        """Draw the neurons of the largest range, see `jaxnn.plots.neuron_curves`."""
        from jaxnn import plots

        return plots.neuron_curves(
            self.x, self.values, column=self.column, edges=self.edges, layer=self.layer,
            most=most, ax=ax,
        )  # fmt: skip

    def __repr__(self) -> str:
        return (
            f"ColumnCurves of {self.column!r}: {len(self.values)} neurons of layer {self.layer} "
            f"over {self.x[0]:.4g} … {self.x[-1]:.4g}"
        )


def column_curves(
    columns: Columns, network: Network, params: Params, column: str, x: Any
) -> ColumnCurves:
    """Return the curves of a quantity in one network."""
    k = input_of(columns, column)
    quantity, block = columns.inputs[k], columns.blocks[k]
    if not isinstance(quantity, Quantity):
        raise ValueError(f"column must name a quantity, got {column!r}, a {quantity.kind}")
    edges = np.array(quantity.edges)
    grid = _range(quantity, edges) if x is None else _given(x)
    W = np.asarray(params[0].W, np.float64)[:, block.start : block.stop]  # (n_1, width)
    layer = 1
    while network.activations[layer - 1] == identity and layer < network.depth:
        W = np.asarray(params[layer].W, np.float64) @ W  # (n_{l+1}, n_l) @ (n_l, width)
        layer += 1
    return ColumnCurves(column, grid, W @ encoding(columns, k, grid), edges, layer)


def _range(quantity: Quantity, edges: np.ndarray) -> np.ndarray:
    """Return values over the pieces, all edges among them, or around the quartiles."""
    if len(edges):
        inner = edges[1:-1]
        room = (inner[-1] - inner[0]) / 10 or np.inf  # an outlier may make an outer piece long
        low, high = max(edges[0], inner[0] - room), min(edges[-1], inner[-1] + room)
        return np.union1d(np.linspace(low, high, POINTS), inner)
    low, high = quantity.quartiles or (quantity.centre, quantity.centre + quantity.scale)
    room = 1.5 * (high - low) or quantity.scale  # where the whiskers of a box plot end
    return np.linspace(low - room, high + room, POINTS)


def _given(x: Any) -> np.ndarray:
    """Return values that were given, in order, or raise an error."""
    found = np.unique(as_numbers("x", x, "(g,)", axes=None).astype(np.float64))
    if not len(found) or not np.isfinite(found).all():
        raise DataError("x must hold finite numbers, at least one")
    return found
