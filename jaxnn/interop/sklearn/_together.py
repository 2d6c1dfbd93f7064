"""Many estimators trained together: those of one architecture as one program."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
from sklearn.base import clone

from jaxnn.interop.sklearn._epochs import Rows
from jaxnn.interop.sklearn._jobs import own_optimizer
from jaxnn.interop.sklearn._outputs import rows_in
from jaxnn.interop.sklearn._plan import Plan
from jaxnn.interop.sklearn._precision import in_type
from jaxnn.interop.sklearn._results import check_finite, write_results
from jaxnn.interop.sklearn._rounds import train_together
from jaxnn.interop.sklearn._tasks import Task, find_minima
from jaxnn.textbook.network import Network


@dataclass
class Fitted:
    """An estimator that was trained on the training part of one fold.

    Attributes:
        estimator: fitted, unless `error` says why not.
        fold: which.
        network: the network.
        tasks: its members.
        error: what went wrong; None: nothing.
        seconds: its share of the time.
    """

    estimator: Any
    fold: int
    network: Any = None
    tasks: list[Task] = field(default_factory=list)
    error: Exception | None = None
    seconds: float = 0.0


class Folds:
    """A table of examples, as the training part of each fold knows it.

    Args:
        X: (m, n_0).
        y: their targets.
        weights: (m,), or None.
        splits: (training rows, test rows) of each fold.
        select: (table, rows) -> some rows of it.
    """

    def __init__(
        self, X: Any, y: Any, weights: Any, splits: Sequence[Any], select: Callable[..., Any]
    ):
        self._tables, self._splits, self._select = (X, y, weights), splits, select
        self._known: dict[Any, tuple[Mapping[str, Any], Rows]] = {}
        self._dense: dict[Any, Rows] = {}
        self._whole: Rows | None = None

    def __len__(self) -> int:
        return len(self._splits)

    def index(self, fold: int) -> np.ndarray:
        """Return the rows of a fold's training part."""
        train = np.asarray(self._splits[fold][0])
        return np.flatnonzero(train) if train.dtype == bool else train

    def prepare(self, estimator: Any, fold: int) -> tuple[Network, Rows]:
        """Return the network, and all rows, with targets and weights where they train, in its type.

        The estimator knows of them what fitting them would tell it: classes and names.
        """
        key = fold, repr(getattr(estimator, "class_weight", None)), getattr(estimator, "loss", None)
        if key not in self._known:
            parts = [t if t is None else self._select(t, self.index(fold)) for t in self._tables]
            rows = estimator._examples(*parts, False, reset=True)
            names = ("classes_", "n_features_in_", "feature_names_in_", "_label_binarizer")
            known = {name: value for name, value in vars(estimator).items() if name in names}
            self._known[key] = known, self._spread(estimator, rows, self.index(fold))
        known, rows = self._known[key]
        vars(estimator).update(known)
        network, dtype = estimator._start(rows)
        alike = id(rows.Y), dtype
        if alike not in self._dense:
            self._dense[alike] = rows_in(rows._replace(weights=None), dtype)
        dense, weights = self._dense[alike], None
        if rows.weights is not None:
            weights = np.zeros(len(dense.X), dtype)
            weights[: len(rows.weights)] = rows.weights
        return network, dense._replace(weights=weights)

    def _spread(self, estimator: Any, rows: Rows, train: np.ndarray) -> Rows:
        """Return what was found of some rows as a part of all; folds alike share their tables."""
        if self._whole is None:
            other: Any = clone(estimator)
            self._whole = other._examples(*self._tables[:2], None, False, reset=True)
        assert self._whole is not None
        X, Y, _ = self._whole
        if Y.shape[1] != rows.Y.shape[1] or not np.array_equal(Y[train], rows.Y):
            Y = np.zeros((len(Y), rows.Y.shape[1]), rows.Y.dtype)  # a fold without some class
            Y[train] = rows.Y
        weights = None
        if rows.weights is not None:
            weights = np.zeros(len(Y))
            weights[train] = rows.weights
        return Rows(X, Y, weights)


def fit_together(
    estimator: Any, points: Sequence[Mapping[str, Any]], folds: Folds, most: int | None = None
) -> list[list[Fitted]]:
    """Return for each point of a grid, and each fold, the estimator that was fitted to it.

    Those that differ in numbers alone train as one program.  Each ends with the parameters that its
    own fit on its fold's rows would give it, up to rounding.

    Args:
        estimator: what the points do not say.
        points: name -> value.
        folds: the examples.
        most: networks that train at a time; None: as many as suit the device.
    """
    groups: dict[Any, tuple[Rows, list[Fitted]]] = {}
    found = []
    for point in points:
        row = []
        for fold in range(len(folds)):
            one = with_params(estimator, point)
            fitted = Fitted(one, fold)
            row.append(fitted)
            try:
                one._validate_params()
                fitted.network, rows = folds.prepare(one, fold)
                index = folds.index(fold)
                fitted.tasks = one._tasks(fitted.network, rows, index, fold=fold)
            except Exception as error:  # what is to become of it, the search decides
                fitted.error = error
                continue
            groups.setdefault(_kind(fitted, rows), (rows, []))[1].append(fitted)
        found.append(row)
    for rows, some in groups.values():
        start = time.perf_counter()
        _fit_group(rows, some, most)
        for fitted in some:
            fitted.seconds = (time.perf_counter() - start) / len(some)
    return found


def with_params(estimator: Any, point: Mapping[str, Any]) -> Any:
    """Return a clone of an estimator, not fitted, with the parameters of a point."""
    fresh: Any = clone(estimator)
    values: Any = clone(point, safe=False)
    return fresh.set_params(**values)


def _kind(fitted: Fitted, rows: Rows) -> Any:
    """Return what must be the same within a program."""
    one = fitted.estimator
    names = (
        "solver", "learning_rate", "nesterovs_momentum", "batch_size", "early_stopping", "shuffle",
    )  # fmt: skip
    own = tuple(getattr(one, name) for name in names)
    return fitted.network, one._output(), own_optimizer(one), *own, id(rows.Y), rows.X.dtype


def _fit_group(rows: Rows, some: Sequence[Fitted], most: int | None) -> None:
    """Train the estimators of one group, and write into them what was found."""
    tasks = [task for fitted in some for task in fitted.tasks]
    one = some[0].estimator
    plan: Plan = one._plan(some[0].network, [len(task.index) for task in tasks])
    with in_type(rows.X.dtype):
        rows = Rows(jnp.asarray(rows.X), jnp.asarray(rows.Y))
        if plan.solver == "lbfgs":
            find_minima(plan, tasks, rows)
        else:
            train_together(plan, tasks, rows, shuffle=one.shuffle, most=most)
    for fitted in some:
        try:
            write_results(fitted.estimator, plan, fitted.tasks)
            check_finite(fitted.estimator)
        except ValueError as error:
            fitted.error = error
