"""The classes of targets and of outputs that are given as arrays (n_L, m) or as labels (m,)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.labels import as_labels, as_targets
from jaxnn.data.preparation import class_of
from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.values import as_names, as_numbers


class Outcomes(NamedTuple):
    """True and predicted class of each example, (m,), counted from 0, and the classes' names."""

    true: np.ndarray
    predicted: np.ndarray
    names: tuple[str, ...]


def outcomes_of(Y: Any, A: Any, class_names: Sequence[str] = ()) -> Outcomes:
    """Return the classes of targets and of outputs, each (n_L, m) or labels (m,).

    Labels are names of classes, or count the classes from 0.  Names that are not given are those of
    the labels, sorted, where there are as many as classes, and otherwise the numbers of the rows.

    >>> outcomes_of(["cat", "dog"], np.array([[0.9, 0.8], [0.1, 0.2]]))
    Outcomes(true=array([0, 1]), predicted=array([0, 0]), names=('cat', 'dog'))
    """
    names = as_names("class_names", class_names)
    labels = [found for value in (Y, A) if (found := as_labels(value)) is not None]
    if len(labels) == 2 or (np.ndim(Y) == 1 and np.ndim(A) == 1):
        together = np.unique([label for some in labels for label in some.tolist()])
        names = names or tuple(map(str, together.tolist()))
        n_L = len(names)
    else:
        n_L = len(as_numbers("A", A, "(n_L, m)") if np.ndim(A) != 1 else np.asarray(Y))
    Y, names = _targets("Y", Y, n_L, names)
    A, names = _targets("A", A, n_L, names)
    Y, A = check_outputs(Y, A)
    return Outcomes(class_of(Y), class_of(A), named(max(2, len(Y)), names))


def targets_of(Y: Any, n_L: int, class_names: Sequence[str] = ()) -> tuple[Any, tuple[str, ...]]:
    """Return labels (m,) as targets (n_L, m) with the names of their classes; arrays as they are.

    >>> targets_of(["no", "yes"], 1)
    (array([[0., 1.]], dtype=float32), ('no', 'yes'))
    """
    return _targets("Y", Y, n_L, as_names("class_names", class_names))


def check_outputs(Y: Any, A: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and outputs as arrays; raise an error unless both are (n_L, m)."""
    Y, A = as_numbers("Y", Y, "(n_L, m)"), as_numbers("A", A, "(n_L, m)")
    if Y.shape != A.shape or not Y.size:
        raise ShapeError(f"Y and A must both have shape (n_L, m), got {Y.shape} and {A.shape}")
    return Y, A


def named(classes: int, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the classes, by default their numbers.

    >>> named(2, ()), named(2, ("no", "yes"))
    (('0', '1'), ('no', 'yes'))
    """
    if names and len(names) != classes:
        raise ValueError(f"class_names must name {classes} classes, got {len(names)} names")
    return names or tuple(str(i) for i in range(classes))


def _targets(
    name: str, value: Any, n_L: int, names: tuple[str, ...]
) -> tuple[Any, tuple[str, ...]]:
    """Return labels as targets with the names of their classes; arrays as they are."""
    labels = as_labels(value)
    if labels is None and np.ndim(value) == 1:
        raise DataError(
            f"{name} of shape (m,) must hold labels, at least one: whole numbers, texts, true and "
            f"false, none of them missing; outputs of one neuron have shape (1, m): {name}[None, :]"
        )
    if labels is None:
        return value, names
    found, classes = as_targets(labels, n_L, names, name=name)
    if found is labels:
        raise DataError(
            f"{name} must hold labels of {max(2, n_L)} classes, got {len(np.unique(labels))} "
            "different ones; give class_names, in the order of the rows"
        )
    return found, tuple(map(str, classes))
