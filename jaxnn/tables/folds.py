"""Cross-validation of a table: the recipe and the network are fitted anew for each fold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from jaxnn.tables.copies import folds_of, groups_of
from jaxnn.tables.division import MOST_CLASSES, Parts, divided, of_rare_classes
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.settings import Settings


def check_folds(folds: int | None, frame: Any) -> None:
    """Raise an error where there are more folds than rows."""
    if folds is not None and folds > len(frame):
        raise ValueError(f"folds must be at most the number of rows, {len(frame):,}, got {folds}")


def fold_parts(frame: Any, target: str, folds: int, seed: int) -> list[Parts]:
    """Return a division of the rows for each fold, which is its test part; copies stay together."""
    from pandas import concat

    groups = groups_of(frame, target)
    rare = of_rare_classes(frame[target], folds)  # a fold would have what training never saw
    if groups is not None:
        rare = rare | groups.isin(groups[rare]).to_numpy()
    always, shared = frame[rare], frame[~rare]
    values = shared[target]
    counts = values.value_counts()
    stratifies = len(counts) <= MOST_CLASSES and counts.min() >= folds
    classes = values.to_numpy() if stratifies else None
    of = None if groups is None else groups.loc[shared.index].to_numpy()
    return [
        divided(
            concat([shared.iloc[train], always]).sort_index(),
            target,
            0.15,
            shared.iloc[test],
            seed,
        )
        for train, test in _rows_of_folds(len(shared), classes, folds, seed, of)
    ]


def _rows_of_folds(
    m: int, classes: Any, folds: int, seed: int, groups: np.ndarray | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return for each fold the other rows and its own."""
    if groups is not None:
        fold = folds_of(groups, classes, folds, seed)
        if {*range(folds)} <= {*fold.tolist()}:  # else the groups are too large for the folds
            return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(folds)]
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = KFold if classes is None else StratifiedKFold
    return [*kind(folds, shuffle=True, random_state=seed).split(np.zeros(m), classes)]


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
