"""Cross-validation of a table: the recipe and the network are fitted anew for each fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxnn.tables.division import Parts, divided
from jaxnn.tables.members import Settings
from jaxnn.tables.recipe.columns import Columns


def fold_parts(frame: Any, target: str, folds: int, seed: int) -> list[Parts]:
    """Return a division of the rows for each fold, which is its test part."""
    from sklearn.model_selection import KFold, StratifiedKFold

    values = frame[target]
    counts = values.value_counts()
    stratifies = len(counts) <= 100 and counts.min() >= folds
    kind = StratifiedKFold if stratifies else KFold
    rows = kind(folds, shuffle=True, random_state=seed).split(frame, values if stratifies else None)
    return [
        divided(frame.iloc[train], target, 0.15, frame.iloc[test], seed) for train, test in rows
    ]


def scores_of_folds(
    frame: Any,
    target: str,
    folds: int,
    recipe_of: Callable[[Any], Columns],
    settings: Settings,
    fitted: Callable[..., Any],
) -> dict[str, np.ndarray]:
    """Return name -> the score of each fold, (folds,), by a network that never saw it."""
    quiet = settings._replace(checkpoint=None, progress=False)
    found = []
    for parts in fold_parts(frame, target, folds, settings.seed):
        found.append(fitted(parts, recipe_of(parts.train), quiet, compare=False).scores)
    return {name: np.array([one.get(name, np.nan) for one in found]) for name in found[0]}
