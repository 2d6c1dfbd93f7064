"""The rows of X that quantities become: all of them scaled together, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from jaxnn.data.scaling import BLOCK
from jaxnn.tables.recipe.pieces import encode_pieces
from jaxnn.tables.recipe.quantity import Quantity, check_numbers, scaling_of
from jaxnn.tables.recipe.quantity_scaling import check_all, scaled
from jaxnn.tables.recipe.values import column_of

if TYPE_CHECKING:
    import pandas as pd


def write_quantities(
    table: pd.DataFrame, quantities: Sequence[Quantity], starts: Sequence[int], rows: np.ndarray
) -> None:
    """Write quantities into X, transposed, (m, n_0); `starts` are their rows of X."""
    for quantity in quantities:
        check_numbers(column_of(table, quantity.name), quantity.name)
    scaling = scaling_of(quantities)
    values = table[list(scaling.names)].to_numpy()
    if values.dtype.kind not in "iuf":
        values = values.astype(np.float64)  # truth values, alone or among numbers
    size = max(1, BLOCK // sum(quantity.width for quantity in quantities))
    firsts = _slice_or_indices(starts)
    ends = [first + quantity.width for first, quantity in zip(starts, quantities, strict=True)]
    shown = [i for i, quantity in enumerate(quantities) if quantity.indicator]
    cut = [(i, np.array(one.edges)) for i, one in enumerate(quantities) if one.edges]
    for start in range(0, len(values), size):
        some = slice(start, start + size)
        block = np.array(values[some], np.float64)
        missing = None
        if values.dtype.kind == "f":
            missing = np.isnan(block)
            check_all("hold finite numbers", ~np.isinf(block), block, scaling, start)
        rows[some, firsts] = scaled(block, scaling, missing, start)
        for i, edges in cut:
            rows[some, starts[i] + 1 : ends[i]] = encode_pieces(block[:, i], edges)
        if missing is not None:
            for i in shown:
                rows[some, ends[i]] = missing[:, i]


def _slice_or_indices(starts: Sequence[int]) -> slice | list[int]:
    """Return a slice for consecutive indices, which NumPy writes faster."""
    first = starts[0]
    together = list(starts) == list(range(first, first + len(starts)))
    return slice(first, first + len(starts)) if together else list(starts)
