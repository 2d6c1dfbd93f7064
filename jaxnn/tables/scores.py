"""Scores of predictions on a table, by scikit-learn's functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from jaxnn.data.calibration import expected_calibration_error
from jaxnn.tables.recipe.columns import Columns


def scores_of(columns: Columns, Y: np.ndarray, A: np.ndarray) -> dict[str, float]:
    """Return the scores of outputs A against targets Y, both (n_L, m); quantities in their unit."""
    if columns.classifies:
        return _of_classes(np.asarray(Y).argmax(axis=0), np.asarray(A, np.float64))
    truth, found = columns.target_of(Y), columns.target_of(A)
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    scores = {
        "rmse": float(root_mean_squared_error(truth, found)),
        "mae": float(mean_absolute_error(truth, found)),
    }
    if len(truth) > 1:
        scores["r2"] = float(r2_score(truth, found))
    return scores


def _of_classes(truth: np.ndarray, A: np.ndarray) -> dict[str, float]:
    """Return the scores of probabilities A (n_L, m) against whole numbers of classes (m,)."""
    from sklearn.metrics import (
        accuracy_score,
        f1_score,
        log_loss,
        recall_score,
        roc_auc_score,
    )

    found, n = A.argmax(axis=0), len(A)
    P = A / A.sum(axis=0)  # float32 outputs sum to 1 but for rounding
    binary, present = n == 2, np.unique(truth)
    f1: Any = {"zero_division": 0.0}
    of_classes: Any = {"average": "macro", "labels": present}  # balanced accuracy is their mean
    if not binary:
        f1 |= {"average": "macro", "labels": np.union1d(present, found)}
    scores = {
        "accuracy": float(accuracy_score(truth, found)),
        "balanced_accuracy": float(recall_score(truth, found, **of_classes)),
        "f1": float(f1_score(truth, found, **f1)),
        "log_loss": float(log_loss(truth, P.T, labels=range(n))),
        "calibration_error": expected_calibration_error(truth, P),
    }
    if len(present) == n:  # else it is not defined
        scores["roc_auc"] = float(
            roc_auc_score(truth, P[1]) if binary else roc_auc_score(truth, P.T, multi_class="ovr")
        )
    return scores


def main_score(scores: Mapping[str, float]) -> tuple[str, bool]:
    """Return the name of the score that models are compared by, and whether larger is better."""
    return ("accuracy", True) if "accuracy" in scores else ("rmse", False)


def is_better(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Return whether the main score of one is better than that of the other."""
    name, larger = main_score(one)
    return one[name] > other[name] if larger else one[name] < other[name]
