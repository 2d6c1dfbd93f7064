"""What a network is compared with: the simplest guess, and a linear model of scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.scores import scores_of

MOST_NUMBERS = 6_000_000  # that logistic regression learns from; more would take minutes


class Baseline(NamedTuple):
    """A model to compare with: its name, and its scores on the rows of the comparison."""

    name: str
    scores: dict[str, float]


def baselines(
    columns: Columns, train: tuple[Any, Any], test: tuple[Any, Any], seed: int
) -> tuple[Baseline, ...]:
    """Return the simplest guess and the linear model, fitted on the training rows.

    The linear model sees each quantity as one number, without its pieces.

    Args:
        columns: the recipe.
        train: (X, Y) in columns.
        test: (X, Y), on which both are measured.
        seed: of the rows that a very large table is reduced to.
    """
    (X, Y), (X_test, Y_test) = train, test
    guess = np.repeat(Y.mean(axis=1, keepdims=True), Y_test.shape[1], axis=1)
    name = "the mean"
    if columns.classifies:
        name = f"always {columns.labels[int(Y.sum(axis=1).argmax())]!r}"
    if any(columns.pieces):
        values = np.flatnonzero(np.logical_not(columns.pieces))
        X, X_test = (np.take(some.T, values, axis=1).T for some in (X, X_test))
    linear, output = _linear(columns, X, Y, X_test, seed)
    return (
        Baseline(name, scores_of(columns, Y_test, guess)),
        Baseline(linear, scores_of(columns, Y_test, output)),
    )


def _linear(
    columns: Columns, X: np.ndarray, Y: np.ndarray, X_test: np.ndarray, seed: int
) -> tuple[str, np.ndarray]:
    """Return the name of the linear model, and its outputs (n_L, m) for the test rows."""
    if not columns.classifies:
        from sklearn.linear_model import RidgeCV

        ridge = RidgeCV(np.logspace(-3, 4, 15)).fit(X.T.astype(float), Y[0].astype(float))
        return "ridge regression", ridge.predict(X_test.T.astype(float))[None]
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    n, m = X.shape
    most, name = max(1000, MOST_NUMBERS // n), "logistic regression"
    if m > most:
        rows = np.random.default_rng(seed).choice(m, most, replace=False)
        X, Y, name = X[:, rows], Y[:, rows], f"{name} on {most:,} rows"
    labels = Y.argmax(axis=0)
    output = np.zeros((len(Y), X_test.shape[1]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=300).fit(X.T, labels)
    output[model.classes_] = model.predict_proba(X_test.T).T
    return name, output
