"""The rule that decides whether a target holds classes or quantities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.data.quantities import as_number, recognise
from jaxnn.data.scaling import standardisation
from jaxnn.errors import DataError
from jaxnn.tables.recipe.quantity import check_finite
from jaxnn.tables.recipe.target import ClassTarget, QuantityTarget, target_numbers
from jaxnn.tables.recipe.values import different, first_row, holds

if TYPE_CHECKING:
    import pandas as pd

MOST_CLASSES_OF_NUMBERS = 20  # as in `jaxnn.from_csv`
FEWEST_ROWS = 30  # fewer do not show that a column holds names or free text
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
        _check_are_classes(labels, len(column), name)
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
    return k <= MOST_CLASSES_OF_NUMBERS and 2 * k <= len(values)


def _check_are_classes(labels: Sequence[Any], rows: int, name: str) -> None:
    """Raise an error where texts are numbers or dates, or nearly every row has its own."""
    if len(labels) <= MOST_CLASSES_OF_NUMBERS:
        return
    texts = [label for label in labels if isinstance(label, str)]
    odd = [t for t in texts if as_number(t.strip()) is not None or recognise(t.strip())]
    if 2 * len(odd) > len(labels):
        raise DataError(
            f"target {name!r} must hold numbers or classes, got {len(labels)} different texts such "
            f"as {odd[0]!r}: write them as plain numbers, or pass task='classification' if each is "
            "a class"
        )
    if rows >= FEWEST_ROWS and 2 * len(labels) > rows:
        raise DataError(
            f"target {name!r} must hold classes that rows have in common, got {len(labels)} "
            f"different texts in {rows} rows, such as {labels[0]!r}: take another target, or pass "
            "task='classification' if each is a class"
        )
