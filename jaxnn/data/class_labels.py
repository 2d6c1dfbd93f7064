"""The classes of targets and of outputs that are given as arrays (n_L, m) or as labels (m,)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from jaxnn.data.preparation import class_of
from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arrays import as_numpy
from jaxnn.textbook.checks.values import as_names, as_numbers

Label = str | int


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
    labels = {
        name: found for name, value in (("Y", Y), ("A", A)) if (found := _labels(name, value))
    }
    if not labels:
        Y, A = check_outputs(Y, A)
        names = named(max(2, len(Y)), names)
        return Outcomes(class_of(Y), class_of(A), names)
    arrays = {
        name: as_numbers(name, value, "(n_L, m)")
        for name, value in (("Y", Y), ("A", A))
        if name not in labels
    }
    m = {name: array.shape[1] for name, array in arrays.items()}
    m |= {name: len(found) for name, found in labels.items()}
    if m["Y"] != m["A"]:
        raise ShapeError(f"Y and A must have as many examples, got {m['Y']} and {m['A']}")
    count = max(2, len(next(iter(arrays.values())))) if arrays else None
    names = _names_of_labels(labels, count, names)
    classes = {name: class_of(array) for name, array in arrays.items()}
    classes |= {name: _numbers(name, found, names, class_names) for name, found in labels.items()}
    return Outcomes(classes["Y"], classes["A"], names)


def targets_of(Y: Any, n_L: int, class_names: Sequence[str] = ()) -> tuple[Any, tuple[str, ...]]:
    """Return labels (m,) as targets (n_L, m) with the names of their classes; arrays as they are.

    >>> targets_of(["no", "yes"], 1)
    (array([[0., 1.]], dtype=float32), ('no', 'yes'))
    """
    names = as_names("class_names", class_names)
    labels = _labels("Y", Y)
    if not labels:
        return Y, names
    names = _names_of_labels({"Y": labels}, max(2, n_L), names)
    classes = _numbers("Y", labels, names, class_names)
    rows = [1] if n_L == 1 else range(n_L)
    return np.array([classes == row for row in rows], np.float32), names


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


def _labels(name: str, value: Any) -> list[Label]:
    """Return labels (m,) as texts and whole numbers; [] where the value is no vector."""
    array = as_numpy(name, value)
    if array.ndim != 1:
        return []
    found = array.tolist()
    for j, label in enumerate(found):
        whole = isinstance(label, int | np.integer | np.bool_) or (
            isinstance(label, float) and label.is_integer()
        )
        if not (whole or isinstance(label, str)):
            hint = "; outputs of one neuron have shape (1, m): write A[None, :]"
            raise DataError(
                f"{name} of shape (m,) must hold labels, texts or whole numbers, got {name}[{j}] = "
                f"{label!r}{hint if name == 'A' and isinstance(label, float) else ''}"
            )
    if not found:
        raise ShapeError(f"{name} must hold an example or more, got shape {array.shape}")
    return [int(label) if isinstance(label, float) else label for label in found]


def _names_of_labels(
    labels: dict[str, list[Label]], count: int | None, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the names of so many classes (None: as many as there are labels)."""
    known = sorted(set().union(*labels.values()), key=lambda k: (isinstance(k, str), k))
    if not names and count in (None, len(known)):
        return tuple(map(str, known))
    return named(len(names) if count is None else count, names)


def _numbers(
    name: str, labels: list[Label], names: tuple[str, ...], given: Sequence[str]
) -> np.ndarray:
    """Return the number of each label's class, (m,)."""
    number_of: dict[Label, int] = {text: k for k, text in enumerate(names)}
    texts: list[Label] = [str(label) for label in labels]
    if not all(text in number_of for text in texts):
        number_of = {k: k for k in range(len(names))} | number_of
        texts = labels
    for j, label in enumerate(texts):
        if label not in number_of:
            hint = "" if given else "; give class_names, in the order of the rows"
            raise DataError(
                f"{name} must hold the names of classes, {_listed(names)}, or their numbers, "
                f"0 … {len(names) - 1}, got {name}[{j}] = {label!r}{hint}"
            )
    return np.array([number_of[label] for label in texts])


def _listed(names: tuple[str, ...]) -> str:
    few = ", ".join(map(repr, names[:6]))
    return f"{few}, …" if len(names) > 6 else few
