"""Cross-validation of a table: the recipe and the network are fitted anew for each fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxnn.tables.division import MOST_CLASSES, Parts, divided, of_rare_classes
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.settings import Settings


def check_folds(folds: int | None, frame: Any) -> None:
    """Raise an error where there are more folds than rows."""
    if folds is not None and folds > len(frame):
        raise ValueError(f"folds must be at most the number of rows, {len(frame):,}, got {folds}")


def fold_parts(frame: Any, target: str, folds: int, seed: int) -> list[Parts]:
    """Return a division of the rows for each fold, which is its test part."""
    from pandas import concat
    from sklearn.model_selection import KFold, StratifiedKFold

    rare = of_rare_classes(frame[target], folds)  # a fold would have what training never saw
    always, shared = frame[rare], frame[~rare]
    values = shared[target]
    counts = values.value_counts()
    stratifies = len(counts) <= MOST_CLASSES and counts.min() >= folds
    kind = StratifiedKFold if stratifies else KFold
    rows = kind(folds, shuffle=True, random_state=seed).split(
        shared, values if stratifies else None
    )
    return [
        divided(
            concat([shared.iloc[train], always]).sort_index(),
            target,
            0.15,
            shared.iloc[test],
            seed,
        )
        for train, test in rows
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
