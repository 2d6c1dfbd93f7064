"""The pieces of the quantities of a table, fitted on the training part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.tables.recipe.date import Date, parts_of, times_of
from jaxnn.tables.recipe.edges import quantile_edges
from jaxnn.tables.recipe.quantity import Quantity, numbers_of
from jaxnn.tables.recipe.values import column_of

if TYPE_CHECKING:
    import pandas as pd

MOST_BYTES = 1_000_000_000  # of X of the training rows


def with_pieces(
    table: pd.DataFrame, inputs: Sequence[Any], bins: int
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """Return the inputs with at most `bins` pieces for each quantity, and what to point out."""
    most = _most_pieces(len(table), inputs)
    found = tuple(_cut(column_of(table, c.name), c, min(bins, most)) for c in inputs)
    if most >= bins:
        return found, ()
    fewer = f"{most} instead of {bins} pieces" if most > 1 else "no pieces"
    return found, (
        f"each quantity has {fewer}, so that X of the {len(table):,} rows stays within "
        f"{MOST_BYTES // 10**9} GB",
    )


def _most_pieces(m: int, inputs: Sequence[Any]) -> int:
    """Return the number of pieces of each quantity with which X (n_0, m) has MOST_BYTES."""
    n = sum(len(column.input_names) for column in inputs)
    quantities = sum(len(getattr(c, "quantities", [c])) for c in inputs if _is_cut(c))
    return max(0, MOST_BYTES // (4 * m) - n) // max(1, quantities)


def _is_cut(column: Any) -> bool:
    return isinstance(column, Quantity | Date)


def _cut(column: pd.Series, one: Any, bins: int) -> Any:
    """Return one input with the edges of its pieces."""
    if isinstance(one, Quantity):
        return replace(one, edges=edges_of(numbers_of(column, one.name), bins))
    if not isinstance(one, Date):
        return one
    year, _, _, day_number, hour = parts_of(times_of(column, one.name))
    return replace(
        one,
        year=replace(one.year, edges=edges_of(year, bins)),
        day_number=replace(one.day_number, edges=edges_of(day_number, bins)),
        hour=one.hour and replace(one.hour, edges=edges_of(hour, bins)),
    )


def edges_of(values: np.ndarray, bins: int) -> tuple[float, ...]:
    """Return the edges of at most `bins` pieces; () where there would be fewer than 2.

    Few different values are the edges themselves, so that each has a piece up to it; of more, the
    edges are quantiles.

    >>> edges_of(np.array([1, 2, 4, 4, 4, 4, np.nan]), bins=4)
    (1.0, 2.0, 4.0)
    >>> edges_of(np.array([True, False]), bins=4)
    ()
    """
    if bins < 2:
        return ()
    different = np.unique(values[values == values].astype(np.float64))
    edges = different if len(different) <= bins + 1 else quantile_edges(values, bins)
    return tuple(edges.tolist()) if len(edges) > 2 else ()
