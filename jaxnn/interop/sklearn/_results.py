"""The results of a training in an estimator: scikit-learn's attributes, warnings and messages."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.optimize import _check_optimize_result

from jaxnn.interop.sklearn._arrays import coefficients
from jaxnn.interop.sklearn._state import Plan
from jaxnn.interop.sklearn._tasks import Task


def write_results(estimator: Any, plan: Plan, tasks: Sequence[Task]) -> None:
    """Set the attributes of a fitted estimator; of an ensemble, means over its members."""
    each = [task.params for task in tasks]
    if plan.scoring is not None:
        each = [task.state.best_params for task in tasks if task.state is not None]
    pairs = [coefficients(params) for params in each]
    estimator.coefs_, estimator.intercepts_ = (
        [layers[0] if len(tasks) == 1 else np.stack(layers) for layers in zip(*some, strict=True)]
        for some in zip(*pairs, strict=True)
    )
    estimator.n_iter_ = max(task.epochs for task in tasks)
    if plan.solver == "lbfgs":
        minima = [task.minimum for task in tasks if task.minimum is not None]
        estimator.loss_ = float(np.mean([minimum.loss for minimum in minima]))
    else:
        _write_epochs(estimator, plan, tasks)


def check_finite(estimator: Any) -> None:
    """Raise scikit-learn's ValueError if parameters became NaN or infinite."""
    arrays = estimator.coefs_ + estimator.intercepts_
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain large values "
            "and need to be preprocessed."
        )


def _write_epochs(estimator: Any, plan: Plan, tasks: Sequence[Task]) -> None:
    states = [task.state for task in tasks if task.state is not None]
    estimator._solver_states = states
    estimator.t_ += len(tasks[0].index) * estimator.n_iter_
    estimator.loss_curve_ += _mean([task.losses for task in tasks])
    if estimator.loss_curve_:
        estimator.loss_ = estimator.loss_curve_[-1]
    if plan.scoring is None:
        estimator.best_loss_ = float(np.mean([state.best_loss for state in states]))
        estimator.best_validation_score_ = None
    else:
        estimator.validation_scores_ += _mean([task.scores for task in tasks])
        estimator.best_loss_ = None
        estimator.best_validation_score_ = float(np.mean([state.best_score for state in states]))


def _mean(curves: list[list[float]]) -> list[float]:
    """Return the mean of curves; each epoch's over the curves that reach it."""
    if len(curves) == 1:
        return curves[0]
    total, count = np.zeros((2, max(map(len, curves))))
    for curve in curves:
        total[: len(curve)] += curve
        count[: len(curve)] += 1
    return (total / count).tolist()


def warn_if_not_converged(tasks: Sequence[Task], *, max_iter: int | None, stacklevel: int) -> bool:
    """Warn once if a solver has not converged, and return whether it warned.

    `max_iter` is None for `partial_fit`, whose single epoch is not a limit.
    """
    for task in tasks:
        if (found := task.minimum) is not None and found.result.status != 0:
            _check_optimize_result("lbfgs", found.result, max_iter)
            return True
        if task.is_nan:
            kept = ""
            if task.held_out is not None:
                kept = " The coefficients are those of the best validation score."
                if task.state is not None and np.isneginf(task.state.best_score):
                    kept = " No epoch had a validation score: the coefficients are untrained."
            warnings.warn(
                f"Stochastic Optimizer: The loss is NaN after epoch {task.epochs}, which ended the "
                f"training, and the optimization hasn't converged.{kept} Scale the data, for "
                "instance with StandardScaler, or lower the learning rate.",
                ConvergenceWarning,
                stacklevel=stacklevel,
            )
            return True
        if found is None and not task.stopped and task.epochs == max_iter:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({max_iter}) reached and the "
                "optimization hasn't converged yet.",
                ConvergenceWarning,
                stacklevel=stacklevel,
            )
            return True
    return False


def print_reason(estimator: Any, tasks: Sequence[Task]) -> None:
    """Print why the training of a single network ended."""
    if len(tasks) > 1 or not tasks[0].stopped:
        return
    is_adaptive = (estimator.solver, estimator.learning_rate) == ("sgd", "adaptive")
    if tasks[0].is_nan:
        print("Training loss is NaN. Stopping.")
    elif estimator.optimizer is None and is_adaptive:
        print(f"{stalled_text(estimator)} Learning rate too small. Stopping.")
    else:
        print(f"{stalled_text(estimator)} Stopping.")


def stalled_text(estimator: Any) -> str:
    """Return scikit-learn's sentence for patience that has run out."""
    what = "Validation score" if estimator.early_stopping else "Training loss"
    return (
        f"{what} did not improve more than tol={estimator.tol:f} for "
        f"{estimator.n_iter_no_change} consecutive epochs."
    )
