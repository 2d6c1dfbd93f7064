"""Permutation importance of the columns of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxnn.data.preparation import class_of
from jaxnn.tables.recipe.columns import Columns


def permutation_importance(model: Any, frame: Any, repeats: int, most: int, seed: int) -> Any:
    """Return a pandas frame of column, importance and deviation, the largest first.

    The rows of X of a column are shuffled, so that the columns are encoded once.
    """
    import pandas

    columns: Columns = model.columns
    if len(frame) > most:
        frame = frame.sample(most, random_state=seed)
    Y, rows = columns.transform_target(frame), columns.transform(frame).T
    whole = _score(columns, Y, model.outputs(rows.T))
    shuffled, rng = np.array(rows), np.random.default_rng(seed)
    falls = np.empty((len(columns.inputs), repeats))
    for k, block in enumerate(columns.blocks):
        some = slice(block.start, block.stop)
        for i in range(repeats):
            shuffled[:, some] = rows[rng.permutation(len(rows)), some]
            falls[k, i] = whole - _score(columns, Y, model.outputs(shuffled.T))
        shuffled[:, some] = rows[:, some]
    table = pandas.DataFrame(
        {
            "column": [column.name for column in columns.inputs],
            "importance": falls.mean(axis=1),
            "deviation": falls.std(axis=1),
        }
    )
    return table.sort_values("importance", ascending=False, ignore_index=True)


def _score(columns: Columns, Y: np.ndarray, A: np.ndarray) -> float:
    """Return accuracy or r2 of outputs A, NaN where all targets are equal."""
    if columns.classifies:
        return float(np.mean(class_of(A) == class_of(Y)))
    y = Y[0].astype(np.float64)
    variance = y.var()
    return 1 - float(np.mean((A[0] - y) ** 2) / variance) if variance > 0 else np.nan
