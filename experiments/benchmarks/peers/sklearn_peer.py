"""scikit-learn: `MLPClassifier.fit` with `max_iter` epochs, warm-started from the given parameters.

`fit` shuffles by itself and takes no order of the examples; the number of batches and updates is
the same. A warm start sets Adam's moments to 0, so the loss is checked after one call of `fit`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from problem import Parameters, Problem
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import peers


class Peer(peers.Peer):
    """See `peers.Peer`."""

    def __init__(self, problem: Problem) -> None:
        """Make the arrays by `partial_fit`, and copy the problem's parameters into them."""
        s = problem.settings
        self.X, self.labels = problem.X, problem.labels
        self.classifier: Any = MLPClassifier(
            hidden_layer_sizes=s.sizes[1:-1],
            activation="logistic" if s.hidden == "sigmoid" else "relu",
            solver=s.optimizer,
            alpha=0.0,
            learning_rate_init=s.learning_rate,
            momentum=0.0,
            nesterovs_momentum=False,
            shuffle=s.shuffle and s.batch_size < len(self.X),
            random_state=np.random.RandomState(s.seed),
            tol=0.0,
            n_iter_no_change=2**31,
            warm_start=True,
        )
        classes = np.arange(max(2, s.sizes[-1]))
        some = np.zeros((len(classes), s.sizes[0]), np.float32)
        self.classifier.partial_fit(some, classes, classes=classes)
        self.classifier.set_params(batch_size=min(s.batch_size, len(self.X)))
        for layer, (W, b) in enumerate(problem.parameters):
            self.classifier.coefs_[layer][:] = W.T
            self.classifier.intercepts_[layer][:] = b

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order; only their number is used."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            self.classifier.set_params(max_iter=len(orders)).fit(self.X, self.labels)

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        both = zip(self.classifier.coefs_, self.classifier.intercepts_, strict=True)
        return [(V.T, b) for V, b in both]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        return self.classifier.predict_proba(X)
