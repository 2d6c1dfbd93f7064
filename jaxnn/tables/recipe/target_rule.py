"""The rule that decides whether a target holds classes or quantities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jaxnn.data.scaling import standardisation
from jaxnn.data.targets import MOST_WHOLE_CLASSES, target_kind
from jaxnn.errors import DataError
from jaxnn.tables.recipe.quantity import check_finite
from jaxnn.tables.recipe.target import ClassTarget, QuantityTarget, target_numbers
from jaxnn.tables.recipe.values import different, first_row, holds

if TYPE_CHECKING:
    import pandas as pd

TASKS = ("classification", "regression")


def check_present(column: pd.Series, name: str) -> None:
    """Raise an error where the target is missing."""
    missing = np.asarray(column.isna())
    if missing.any():
        raise DataError(
            f"target {name!r} must have a value in every row, got {missing.sum()} missing, first "
            f"in row {first_row(missing)}: leave those rows out with "
            f"frame.dropna(subset=[{name!r}])"
        )


def fit_target(column: pd.Series, name: str, task: str | None) -> ClassTarget | QuantityTarget:
    """Return the target of the training part.

    Without a task, texts and truth values are classes, and so are at most 20 different whole
    numbers with two rows or more for each on average; other numbers are quantities.
    """
    check_present(column, name)
    what = holds(column)
    if what not in ("number", "bool", "text"):
        raise DataError(
            f"target {name!r} must hold numbers or classes, got values of type {what}: convert it, "
            "or take another column"
        )
    if task != "classification" and what == "number" and column.dtype.kind in "iuf":
        values = column.to_numpy()
        check_finite(name, values, values)
        if task == "regression" or not are_classes(values):
            return _fit_quantity(column, name)
    if task == "regression":
        return _fit_quantity(column, name)
    labels = different(column)[1]
    if len(labels) < 2:
        raise DataError(f"target {name!r} must have at least 2 classes, got only {labels[0]!r}")
    if task is None and what == "text":
        target_kind(column)  # refuses what looks like quantities, names or free text
    comparable = len({isinstance(label, str) for label in labels}) == 1
    return ClassTarget(name, tuple(sorted(labels, key=None if comparable else str)))


def _fit_quantity(column: pd.Series, name: str) -> QuantityTarget:
    values = target_numbers(column, name)
    if (values == values[0, 0]).all():
        raise DataError(
            f"target {name!r} must have different values, got {values[0, 0]:.6g} in every row"
        )
    by = standardisation(values)
    return QuantityTarget(name, by.mean.item(), by.scale.item())


def are_classes(values: np.ndarray) -> bool:
    """Return whether numbers are a few whole ones, each in two rows or more on average."""
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():
        return False
    k = len(np.unique(values))
    return k <= MOST_WHOLE_CLASSES and 2 * k <= len(values)
