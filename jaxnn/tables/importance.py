"""Permutation importance of the columns of a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from jaxnn.tables.recipe.inputs import required
from jaxnn.tables.scores import scores_of


class _Scored:
    """The model as scikit-learn asks for an estimator: its score is accuracy or r2."""

    def __init__(self, model: Any, Y: np.ndarray):
        self.model, self.Y = model, Y

    def fit(self, *_: Any) -> _Scored:
        """Do nothing; scikit-learn asks for the method."""
        return self

    def score(self, frame: Any, rows: Any) -> float:
        """Return accuracy or r2 on some rows."""
        columns = self.model.columns
        outputs = self.model.outputs(columns.transform(frame))
        scores = scores_of(columns, self.Y[:, np.asarray(rows)], outputs)
        return scores.get("accuracy", scores.get("r2", np.nan))


def permutation_importance(model: Any, frame: Any, repeats: int, most: int, seed: int) -> Any:
    """Return a pandas frame of column, importance and deviation, the largest first."""
    import pandas
    from sklearn.inspection import permutation_importance as of_sklearn

    names = [column.name for column in model.columns.inputs]
    required(frame, names)
    if len(frame) > most:
        frame = frame.sample(most, random_state=seed)
    estimator = _Scored(model, model.columns.transform_target(frame))
    found: Any = of_sklearn(
        estimator, frame[names], np.arange(len(frame)), n_repeats=repeats, random_state=seed
    )
    table = pandas.DataFrame(
        {
            "column": names,
            "importance": found.importances_mean,
            "deviation": found.importances_std,
        }
    )
    return table.sort_values("importance", ascending=False, ignore_index=True)
