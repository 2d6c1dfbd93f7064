"""The estimators of a search, trained in groups that share a plan."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from sklearn.base import clone

from jaxnn.interop.sklearn._arrays import Rows, training_rows, with_dtype_enabled
from jaxnn.interop.sklearn._parameters import hidden_sizes, plan_key, plan_of, tasks_of
from jaxnn.interop.sklearn._results import check_finite, write_results
from jaxnn.interop.sklearn._rounds import train_in_rounds
from jaxnn.interop.sklearn._tasks import Task, find_minima
from jaxnn.textbook.network import Network

FROM_THE_DATA = "classes_", "n_features_in_", "feature_names_in_", "_label_binarizer"


@dataclass
class FoldFit:
    """An estimator, fitted to the training part of one fold unless `error` is set.

    Attributes:
        estimator: the estimator.
        fold: number of the fold.
        tasks: the networks of its members.
        error: why it could not be fitted; None: it was.
        seconds: its share of the time.
    """

    estimator: Any
    fold: int
    tasks: list[Task] = field(default_factory=list)
    error: Exception | None = None
    seconds: float = 0.0


@dataclass
class Group:
    """Estimators with one plan and one table of examples."""

    network: Network
    rows: Rows
    fits: list[FoldFit] = field(default_factory=list)


class ValidatedFold(NamedTuple):
    """The training part of a fold, validated by estimators of one loss and one class weight.

    Attributes:
        attributes: those of an estimator that the data determine.
        table: number of the table with its X and Y.
        weights: of all rows, 0 outside the training part; None: all 1.
    """

    attributes: dict[str, Any]
    table: int
    weights: np.ndarray | None


class FoldData(NamedTuple):
    """What an estimator trains on: a network, and all rows in its type and with its weights.

    Equal numbers of the table mean equal X and Y.
    """

    network: Network
    table: int
    rows: Rows


class Folds:
    """A table of examples and the training part of each fold, validated once for many estimators.

    Args:
        X: (m, n_0).
        y: the targets.
        weights: (m,), or None.
        splits: (training rows, test rows) of each fold.
        select: (table, rows) -> those rows of it.
    """

    def __init__(
        self, X: Any, y: Any, weights: Any, splits: Sequence[Any], select: Callable[..., Any]
    ):
        self._given, self._splits, self._select = (X, y, weights), splits, select
        self._tables: list[Rows] = []  # all rows; the first is that of the whole y
        self._validated: dict[Any, ValidatedFold] = {}
        self._dense: dict[tuple[int, np.dtype], Rows] = {}

    def __len__(self) -> int:
        return len(self._splits)

    def index(self, fold: int) -> np.ndarray:
        """Return the rows of a fold's training part."""
        train = np.asarray(self._splits[fold][0])
        return np.flatnonzero(train) if train.dtype == bool else train

    def start_fit(self, estimator: Any, fold: int) -> FoldData:
        """Set what the data of a fold determine in an estimator, and return its training data."""
        key = fold, repr(getattr(estimator, "class_weight", None)), getattr(estimator, "loss", None)
        if key not in self._validated:
            self._validated[key] = self._validate(estimator, self.index(fold))
        found = self._validated[key]
        vars(estimator).update(found.attributes)
        network, dtype = estimator._start_fit(self._tables[found.table], hidden_sizes(estimator))
        if (found.table, dtype) not in self._dense:
            self._dense[found.table, dtype] = training_rows(self._tables[found.table], dtype)
        rows, weights = self._dense[found.table, dtype], None
        if found.weights is not None:
            weights = np.zeros(len(rows.X), dtype)
            weights[: len(found.weights)] = found.weights
        return FoldData(network, found.table, rows._replace(weights=weights))

    def _validate(self, estimator: Any, train: np.ndarray) -> ValidatedFold:
        """Validate the training rows; folds whose classes are those of all rows share a table."""
        parts = [table if table is None else self._select(table, train) for table in self._given]
        rows = estimator._validated_rows(*parts, incremental=False, reset=True)
        if not self._tables:
            other: Any = clone(estimator)
            whole = other._validated_rows(*self._given[:2], None, incremental=False, reset=True)
            self._tables.append(whole)
        X, Y, _ = self._tables[0]
        table = 0
        if Y.shape[1] != rows.Y.shape[1] or not np.array_equal(Y[train], rows.Y):
            spread = np.zeros((len(Y), rows.Y.shape[1]), rows.Y.dtype)  # some class is missing
            spread[train] = rows.Y
            self._tables.append(Rows(X, spread))
            table = len(self._tables) - 1
        weights = None
        if rows.weights is not None:
            weights = np.zeros(len(Y))
            weights[train] = rows.weights
        attributes = {
            name: value for name, value in vars(estimator).items() if name in FROM_THE_DATA
        }
        return ValidatedFold(attributes, table, weights)


def fit_together(
    estimator: Any, points: Sequence[Mapping[str, Any]], folds: Folds, most: int | None = None
) -> list[list[FoldFit]]:
    """Return, for each point of a grid and each fold, the estimator fitted to it.

    Estimators that differ in traced hyperparameters alone train as one compiled function.  Each
    gets the parameters of its own fit to its fold, up to rounding.

    Args:
        estimator: with the parameters that the points lack.
        points: name -> value.
        folds: the examples.
        most: networks per compiled function at most; None: as many as suit the device.
    """
    groups: dict[Any, Group] = {}
    fits = [
        [FoldFit(with_params(estimator, point), fold) for fold in range(len(folds))]
        for point in points
    ]
    for fit in (fit for row in fits for fit in row):
        one = fit.estimator
        try:
            one._validate_params()
            data = folds.start_fit(one, fit.fold)
            index = folds.index(fit.fold)
            fit.tasks = tasks_of(one, data.network, data.rows, index, fold=fit.fold)
        except Exception as error:  # the search reports it, or raises it
            fit.error = error
            continue
        key = plan_key(one, data.network), data.table, data.rows.X.dtype
        groups.setdefault(key, Group(data.network, data.rows)).fits.append(fit)
    for group in groups.values():
        start = time.perf_counter()
        _fit_group(group, most)
        for fit in group.fits:
            fit.seconds = (time.perf_counter() - start) / len(group.fits)
    return fits


def with_params(estimator: Any, point: Mapping[str, Any]) -> Any:
    """Return a clone of an estimator, not fitted, with the parameters of a point."""
    fresh: Any = clone(estimator)
    values: Any = clone(point, safe=False)
    return fresh.set_params(**values)


def _fit_group(group: Group, most: int | None) -> None:
    """Train the estimators of a group, and write the results into them."""
    tasks = [task for fit in group.fits for task in fit.tasks]
    one = group.fits[0].estimator
    plan = plan_of(one, group.network, [len(task.index) for task in tasks])
    with with_dtype_enabled(group.rows.X.dtype):
        rows = Rows(jnp.asarray(group.rows.X), jnp.asarray(group.rows.Y))
        if plan.solver == "lbfgs":
            find_minima(plan, tasks, rows)
        else:
            train_in_rounds(plan, tasks, rows, shuffle=one.shuffle, most=most)
    for fit in group.fits:
        try:
            write_results(fit.estimator, plan, fit.tasks)
            check_finite(fit.estimator)
        except ValueError as error:
            fit.error = error
