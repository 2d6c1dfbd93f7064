"""What a training leaves in an estimator: scikit-learn's attributes, warnings and messages."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from jaxnn.interop.sklearn._lbfgs import REASONS
from jaxnn.interop.sklearn._plan import Plan, coefficients
from jaxnn.interop.sklearn._tasks import Task


def write_results(estimator: Any, plan: Plan, tasks: Sequence[Task]) -> None:
    """Set the attributes that fit leaves; those of an ensemble are means over its members.

    Args:
        estimator: whose.
        plan: by which its networks were trained.
        tasks: how these ended.

    Raises:
        ValueError: parameters became NaN or infinite.
    """
    each = [task.params for task in tasks]
    if plan.scoring is not None:
        each = [task.progress.best for task in tasks if task.progress is not None]
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
    arrays = estimator.coefs_ + estimator.intercepts_
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain large values "
            "and need to be preprocessed."
        )


def _write_epochs(estimator: Any, plan: Plan, tasks: Sequence[Task]) -> None:
    progress = [task.progress for task in tasks if task.progress is not None]
    estimator._progress = progress
    estimator.t_ += len(tasks[0].index) * estimator.n_iter_
    estimator.loss_curve_ += _mean([task.losses for task in tasks])
    if estimator.loss_curve_:
        estimator.loss_ = estimator.loss_curve_[-1]
    if plan.scoring is None:
        estimator.best_loss_ = float(np.mean([one.best_loss for one in progress]))
        estimator.best_validation_score_ = None
    else:
        estimator.validation_scores_ += _mean([task.scores for task in tasks])
        estimator.best_loss_ = None
        estimator.best_validation_score_ = float(np.mean([one.best_score for one in progress]))


def _mean(curves: list[list[float]]) -> list[float]:
    """Return the mean of some curves, each place over those that reach it."""
    if len(curves) == 1:
        return curves[0]
    table = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(table, curves, strict=True):
        row[: len(curve)] = curve
    return np.nanmean(table, axis=0).tolist()


def warn_of_end(tasks: Sequence[Task], *, max_iter: int, stacklevel: int) -> bool:
    """Warn once where solvers have not converged, and return whether it was so.

    Args:
        tasks: how the networks ended.
        max_iter: the limit that they had.
        stacklevel: of the caller's caller.
    """
    for task in tasks:
        if (found := task.minimum) is not None and int(found.reason) >= 2:
            more = ""
            if task.epochs == max_iter:
                more = (
                    f"\nIncrease the number of iterations to improve the convergence ({max_iter=})."
                )
            warnings.warn(
                f"lbfgs failed to converge after {task.epochs} iteration(s) (status=1):\n"
                f"{REASONS[int(found.reason)]}\n{more}\n"
                "You might also want to scale the data as shown in:\n"
                "    https://scikit-learn.org/stable/modules/preprocessing.html",
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


def say_why(estimator: Any, tasks: Sequence[Task]) -> None:
    """Print why the training of a single network ended."""
    if len(tasks) == 1 and tasks[0].stopped:
        what = "Validation score" if estimator.early_stopping else "Training loss"
        print(
            f"{what} did not improve more than tol={estimator.tol:f} for "
            f"{estimator.n_iter_no_change} consecutive epochs. Stopping."
        )
