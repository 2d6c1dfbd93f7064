"""Labels (m,) as targets (n_L, m), and targets' class names: numbers, text, true and false."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from jaxnn.data.preparation import one_hot
from jaxnn.errors import DataError
from jaxnn.textbook.checks.labels import FEW, is_missing, kind_of_labels
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.metrics import classifies_singly
from jaxnn.textbook.network import Network

ClassNames = tuple[str | int, ...]
"""The class of each output; of one output the class below ½, then the other."""

TYPES = {"text": str, "int": np.int64, "bool": bool}


def as_targets(
    Y: Any, n_L: int, class_names: ClassNames = (), *, of: str = "", name: str = "Y"
) -> tuple[Any, ClassNames]:
    """Return targets (n_L, m) in float32 for labels (m,), and the names of the classes.

    With `class_names` a label is numbered by its place among them.  Without, whole numbers 0 …
    n_L − 1 keep their number, and others, or texts, are numbered in sorted order where there are as
    many different ones as classes: n_L, of one output 2.  Whatever else comes as Y, also labels
    that have no number, is returned as it is, with `class_names`.

    Args:
        Y: labels: an array, a list or a column of a data frame; or targets.
        n_L: outputs of the network.
        class_names: of the training; () if they are not known.
        of: the owner that an error names, such as "validation's ".
        name: of the argument, for the error.

    Raises:
        DataError: a label is not among the classes.

    >>> as_targets(["no", "yes", "no"], 1)
    (array([[0., 1., 0.]], dtype=float32), ('no', 'yes'))
    >>> as_targets([7, 5, 7], 2)[0].tolist(), as_targets([1, 0, 1], 2)[1]
    ([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]], (0, 1))
    """
    labels = as_labels(Y)
    if labels is None:
        return Y, class_names
    different, places = np.unique(labels, return_inverse=True)
    found = _numbers(different, max(2, n_L), class_names)
    if found is None:
        return Y, class_names
    numbers, names = found
    if (numbers < 0).any():
        j = int(np.argmax(numbers[places] == -1))
        some = ", ".join(map(repr, names[:FEW])) + (", …" if len(names) > FEW else "")
        raise DataError(
            f"{of}{name} must hold the classes {some}, got {name}[{j}] = "
            f"{labels[j].item()!r} (example {j})"
        )
    numbered = numbers[places]
    if n_L > 1:
        return one_hot(numbered, n_L), names
    return numbered.astype(np.float32)[None, :], names


def with_targets(
    network: Network,
    cost: CostFunction,
    data: tuple[Any, ...],
    class_names: ClassNames = (),
    *,
    of: str = "",
) -> tuple[tuple[Any, ...], ClassNames]:
    """Return data (X, Y, …) whose Y is targets where it was labels and each example is of a class.

    The class names are those that were given, else those of the labels.
    """
    X, Y, *weights = data
    if classifies_singly(network, cost):
        Y, class_names = as_targets(Y, network.sizes[-1], class_names, of=of)
    return (X, Y, *weights), class_names


def named_classes(network: Network, cost: CostFunction, data: Any) -> ClassNames:
    """Return the class names of a data set or a stream that fit the network's outputs, else ().

    >>> from jaxnn.data.datasets import iris
    >>> from jaxnn.textbook.costs import cross_entropy
    >>> from jaxnn.textbook.network import mlp
    >>> named_classes(mlp(4, 3), cross_entropy, iris())
    ('setosa', 'versicolor', 'virginica')
    """
    names = getattr(data, "class_names", ())
    named = isinstance(names, tuple) and len(names) == max(2, network.sizes[-1])
    return names if named and classifies_singly(network, cost) else ()


def as_labels(Y: Any) -> np.ndarray | None:
    """Return labels (m,) as an array of text, int64 or bool; None if Y is something else.

    Numbers of a floating type are no labels: they may as well be a row of targets.

    >>> as_labels([1, 0]), as_labels([1.0, 0.0])
    (array([1, 0]), None)
    """
    if isinstance(Y, Tracer | np.ma.MaskedArray):
        return None
    if isinstance(Y, np.ndarray | jax.Array) and Y.ndim != 1:  # an array on devices is not copied
        return None
    if isinstance(Y, jax.Array) and not Y.is_fully_addressable:
        return None
    try:
        values = np.asarray(Y)
    except Exception:  # rows of different lengths, random keys, what has no array
        return None
    if values.ndim != 1 or not values.size:
        return None
    kind = kind_of_labels(values)
    if kind not in TYPES or (values.dtype.kind == "O" and any(map(is_missing, values))):
        return None
    try:
        return values.astype(TYPES[kind])
    except OverflowError:
        return None


def _numbers(
    different: np.ndarray, classes: int, names: ClassNames
) -> tuple[np.ndarray, ClassNames] | None:
    """Return the number of each different label, −1 of an unknown one, and the class names."""
    is_text = different.dtype.kind == "U"
    in_range = not is_text and bool(((different >= 0) & (different < classes)).all())
    if names:
        places = {_text(name): i for i, name in enumerate(names)}
        numbers = np.array([places.get(_text(label), -1) for label in different.tolist()])
        are_words = not any(name.lstrip("-").isdigit() for name in places)
        return (different.astype(int) if in_range and are_words else numbers), names
    if different.dtype.kind == "b":
        return (different.astype(int), (False, True)) if classes == 2 else None
    if in_range:
        return different, tuple(range(classes))
    return (np.arange(classes), tuple(different.tolist())) if len(different) == classes else None


def _text(name: str | int) -> str:
    """Return a class name as text; True is the class 1."""
    return name if isinstance(name, str) else str(int(name))
