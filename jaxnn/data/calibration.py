"""Calibration: how far the confidence of predictions is from their accuracy."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.labels import as_targets
from jaxnn.data.preparation import class_of
from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arrays import as_numpy, check_targets_of_any
from jaxnn.textbook.checks.values import as_numbers, check_count


class Reliability(NamedTuple):
    """Confidence and accuracy of predictions, in bins of equal confidence over [0, 1].

    Attributes:
        edges: of the bins, (bins + 1,).
        examples: in each bin, (bins,).
        confidence: the mean probability of the predicted class, (bins,); NaN in an empty bin.
        accuracy: the share of right predictions, (bins,); NaN in an empty bin.

    >>> reliability(np.eye(2), np.eye(2), bins=2).accuracy.tolist()
    [nan, 1.0]
    """

    edges: np.ndarray
    examples: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray


def reliability(Y: Any, A: Any, *, bins: int = 15) -> Reliability:
    """Return the accuracy of the predictions of each confidence.

    The confidence of an example is max_i a_i, the probability of its predicted class, and with one
    output, n_L = 1, max(a, 1 − a).

    Args:
        Y: targets, (n_L, m), one-hot, or 0 and 1; or labels, (m,), as `fit` takes them.
        A: probabilities, (n_L, m), in [0, 1].
        bins: number of bins of equal width, at least 1.

    Raises:
        TypeError: Y or A holds no numbers.
        ValueError: the shapes differ, a probability is outside [0, 1], there is no example.

    Source: DeGroot and Fienberg (1983).

    >>> Y = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    >>> reliability(Y, np.array([[0.9, 0.1, 0.6], [0.1, 0.9, 0.4]]), bins=2).accuracy.tolist()
    [nan, 0.6666666666666666]
    """
    bins = check_count("bins", bins)
    A = as_numbers("A", A, "(n_L, m)")
    Y, A = check_outputs(as_targets(Y, len(A))[0], A)
    A = A.astype(np.float64)
    slack = 1e-5  # rounding may take a probability out of [0, 1]
    if not ((-slack <= A) & (1 + slack >= A)).all():
        raise DataError(f"A must hold probabilities in [0, 1], got {A.min()} to {A.max()}")
    right = class_of(Y) == class_of(A)
    sure = np.clip(A.max(axis=0) if len(A) > 1 else np.maximum(A[0], 1 - A[0]), 0, 1)
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, sure, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    total = np.where(count == 0, np.nan, count)
    confidence = np.bincount(place, weights=sure, minlength=bins) / total
    return Reliability(edges, count, confidence, np.bincount(place, right, bins) / total)


def check_outputs(Y: Any, A: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and outputs as arrays; raise an error unless both are (n_L, m)."""
    A = as_numbers("A", A, "(n_L, m)")
    Y = as_numpy("Y", Y)
    if Y.ndim == 1 and len(Y) == A.shape[1]:
        check_targets_of_any(Y, A.shape[1], len(A))
    Y = as_numbers("Y", Y, "(n_L, m)")
    if Y.shape != A.shape or not Y.size:
        raise ShapeError(f"Y and A must both have shape (n_L, m), got {Y.shape} and {A.shape}")
    return Y, A


def expected_calibration_error(Y: Any, A: Any, *, bins: int = 15) -> float:
    """Return the mean difference of confidence and accuracy.

    Formula: Σ_b (m_b / m) |accuracy_b − confidence_b| over bins b of equal width.

    Args:
        Y: targets, (n_L, m), one-hot, or 0 and 1; or labels, (m,), as `fit` takes them.
        A: probabilities, (n_L, m), in [0, 1].
        bins: number of bins of equal width, at least 1.

    Raises:
        TypeError, ValueError: as `reliability`.

    Source: Naeini, Cooper and Hauskrecht (2015); Guo, Pleiss, Sun and Weinberger (2017).

    >>> expected_calibration_error(np.ones((1, 4)), np.full((1, 4), 0.75))
    0.25
    """
    found = reliability(Y, A, bins=bins)
    apart = np.nan_to_num(np.abs(found.accuracy - found.confidence))
    return float(np.sum(apart * found.examples) / found.examples.sum())
