"""scikit-learn: `GridSearchCV` over learning rates and seeds, with one process for each core.

Each candidate is one fit on all examples: the only split trains on every row and scores a few, and
there is no final fit. joblib keeps its processes from call to call, with one thread of linear
algebra each.
"""

from __future__ import annotations

import numpy as np
from machine import cores
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

from sweep_peers import Contender, Task, grid

CANDIDATES = 16

FEW = 32  # rows that are scored when timed: `GridSearchCV` must score some


def classifier(task: Task) -> MLPClassifier:
    """Return a network that trains for all epochs of the task, without early stopping."""
    s = task.problem.settings
    return MLPClassifier(
        hidden_layer_sizes=s.sizes[1:-1],
        solver="adam",
        alpha=0.0,
        batch_size=s.batch_size,  # pyright: ignore[reportArgumentType]
        learning_rate_init=s.learning_rate,
        max_iter=task.epochs,
        tol=0.0,
        n_iter_no_change=2**31,
        shuffle=True,
        random_state=s.seed,
    )


class GridSearch(Contender):
    """See `sweep_peers.Contender`."""

    def __init__(self, task: Task) -> None:
        """Make the grid."""
        self.task, self.trained = task, min(CANDIDATES, task.networks)
        self.note = f"{cores()} processes"

    def warm(self) -> list[float]:
        """Start the processes, and fit one learning rate with many seeds, scored on all rows."""
        rows = len(self.task.problem.X)
        rate = self.task.problem.settings.learning_rate
        found = self.search([rate], list(range(self.trained)), rows, "neg_log_loss")
        return (-found.cv_results_["mean_test_score"]).tolist()

    def train(self) -> None:
        """Fit the grid."""
        rates, seeds = grid(self.trained, self.task.problem.settings.learning_rate)
        self.search(rates, seeds, FEW, "accuracy")

    def search(self, rates: list[float], seeds: list[int], rows: int, scoring: str) -> GridSearchCV:
        """Fit the grid on all examples, and score the first rows."""
        everything = np.arange(len(self.task.problem.X))
        search = GridSearchCV(
            classifier(self.task),
            {"learning_rate_init": rates, "random_state": seeds},
            scoring=scoring,
            cv=[(everything, everything[:rows])],
            refit=False,
            n_jobs=cores(),
        )
        return search.fit(self.task.problem.X, self.task.problem.labels)
