"""The lines that `fit_table` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from jaxnn.tables.baselines import Baseline
from jaxnn.tables.division import Parts
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.scores import is_better, main_score

SPELT = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss",
    "calibration_error": "calibration error",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "r²",
}


def score_text(name: str, value: float) -> str:
    """Return a score in words.

    >>> score_text("accuracy", 0.91), score_text("rmse", 50123.4)
    ('accuracy 91.00%', 'RMSE 50,123')
    """
    return f"{SPELT[name]} {_value(name, value)}"


def _value(name: str, value: float) -> str:
    """Return the number of a score as text."""
    if "accuracy" in name:
        return f"{value:.2%}"
    if name in ("rmse", "mae"):
        return f"{value:,.0f}" if value >= 10_000 else f"{value:.4g}"
    return f"{value:.4f}"


def scores_text(scores: Mapping[str, float]) -> str:
    """Return all scores in one line."""
    return ", ".join(score_text(name, value) for name, value in scores.items())


def comparison(
    scores: Mapping[str, float], baselines: Sequence[Baseline], rows: int, scored_on: str
) -> str:
    """Return the scores beside those of the baselines, and whether the network beats them."""
    name, _ = main_score(scores)
    chosen = ", by which the epoch was chosen" if scored_on == "validation" else ""
    lines = [f"{rows:,} {scored_on} rows{chosen}: {scores_text(scores)}"]
    if not baselines:
        return lines[0]
    others = "; ".join(f"{one.name} {_value(name, one.scores[name])}" for one in baselines)
    lines.append(f"{SPELT[name]} of the network {_value(name, scores[name])}; {others}")
    better = [one for one in baselines if not is_better(scores, one.scores)]
    if better:
        names = " and ".join(one.name for one in better)
        lines.append(
            f"The network does NOT beat {names} here: prefer the simpler model, or give more rows, "
            "better columns or members=5"
        )
    return "\n".join(lines)


def opening(columns: Columns, parts: Parts) -> str:
    """Return how the rows are divided, what the columns become, and what is pointed out."""
    train, validation, test = parts.sizes
    tested = f", {test:,} to test on" if test else ""
    inputs = len(columns.input_names)
    lines = [
        f"{train:,} rows to train on, {validation:,} to validate on{tested}; "
        f"{len(columns.inputs)} columns become {inputs:,} inputs",
        *columns.notes,
    ]
    if parts.copies:
        are = "row is a copy of another" if parts.copies == 1 else "rows are copies of others"
        lines.insert(1, f"{parts.copies:,} {are}; copies stay on one side")
    return "\n".join(lines)


def folds_text(scores: Mapping[str, np.ndarray]) -> str:
    """Return mean and standard deviation of each score over the folds."""
    folds = len(next(iter(scores.values())))
    found = ", ".join(
        f"{score_text(name, float(values.mean()))} ± {values.std():.2g}"
        for name, values in scores.items()
    )
    return f"{folds} folds, each measured by a network that never saw it: {found}"
