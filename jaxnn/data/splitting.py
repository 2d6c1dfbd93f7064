"""Random splits of examples into two parts: `split`, and the share that `fit` holds out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from jaxnn.data.labels import as_labels
from jaxnn.data.preparation import class_of, classes_of, on_boundary
from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.arguments import as_flag
from jaxnn.textbook.checks.arrays import check_targets_of_any
from jaxnn.textbook.checks.values import as_numbers, check_count, check_number

Parts = tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]


def split(
    X: Any, Y: Any, *, test: float = 0.2, seed: int = 0, stratify: bool = False
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return ((X_train, Y_train), (X_test, Y_test)), a random split of the examples.

    Args:
        X: examples, (n_0, m).
        Y: targets, (n_L, m); or labels, (m,): whole numbers, texts, true and false, as an array, a
            list or a column of a data frame.
        test: share of the examples held out, in (0, 1).
        seed: of the shuffle.
        stratify: hold out the same share of every class (`class_of(Y)`, or the label).

    Returns:
        Two pairs of arrays; X and Y (n_L, m) keep one column per example, labels stay labels.  Both
        parts have at least one example.

    Raises:
        TypeError, ValueError: X or Y is not (n, m) or holds no numbers, the two differ in m, a part
            would have no example or, with stratify, none of some class.

    Equivalent to `sklearn.model_selection.train_test_split`, in columns.

    >>> (X_train, Y_train), (X_test, Y_test) = split(np.ones((3, 10)), np.ones((1, 10)))
    >>> X_train.shape, X_test.shape
    ((3, 8), (3, 2))
    >>> _, (_, labels) = split(np.ones((3, 4)), ["a", "b", "a", "b"], test=0.5, stratify=True)
    >>> sorted(labels.tolist())
    ['a', 'b']
    """
    X = as_numbers("X", X, "(n_0, m)")
    m = X.shape[1]
    labels = as_labels(Y)
    if labels is None or len(labels) != m:
        check_targets_of_any(Y, m)
        Y, labels = as_numbers("Y", Y, "(n_L, m)"), None
        if Y.shape[1] != m:
            raise ShapeError(
                f"X and Y must have the same number of examples m, got {m} and {Y.shape[1]}"
            )
    check_number("test", test, "a share in (0, 1)", lambda test: 0 < test < 1)
    seed = check_count("seed", seed, least=0)
    if seed >= 2**32:
        raise ValueError(f"seed must be below 2**32, got {seed}")
    _check_share("test", test, m)
    if not as_flag("stratify", stratify):
        classes = None
    else:
        classes = classes_of("Y", Y) if labels is None else labels
        _check_every_class(classes, math.ceil(test * m), test)
    data = (X, Y if labels is None else np.asarray(Y))
    train, held_out = _parts(data, test, seed, classes)
    return (train[0], train[1]), (held_out[0], held_out[1])


def hold_out(data: tuple[Any, ...], share: float, seed: int, *, stratify: bool) -> Parts:
    """Return checked data (X, Y) or (X, Y, weights) in two parts, the second of that share.

    With `stratify` both have the same share of every class, where the classes are large enough.
    """
    arrays = tuple(map(np.asarray, data))
    m = arrays[0].shape[1]
    _check_share("validation", share, m)
    classes = class_of(arrays[1]) if stratify else None
    if classes is not None:
        counts, held_out = np.unique(classes, return_counts=True)[1], math.ceil(share * m)
        if counts.min() < 2 or min(held_out, m - held_out) < len(counts):
            classes = None
    return _parts(arrays, share, seed, classes)


def _check_share(name: str, share: float, m: int) -> None:
    """Raise an error unless both parts have an example."""
    if m < 2:
        function = "split" if name == "test" else f"{name}={share}"
        raise DataError(f"{function} needs at least 2 examples, got {m} in X")
    if math.ceil(share * m) == m:
        raise ValueError(f"{name} must leave an example to train on, got {share} of {m} examples")


def _check_every_class(labels: np.ndarray, held_out: int, test: float) -> None:
    """Raise an error unless both parts of a split can have an example of every class."""
    names, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        raise DataError(
            f"stratify needs at least 2 examples of each class of Y, got 1 of class "
            f"{names[counts.argmin()]}: leave it out, or give stratify=False"
        )
    for part, count in (("hold out", held_out), ("leave", len(labels) - held_out)):
        if count < len(names):
            raise ValueError(
                f"test must {part} an example of each of the {len(names)} classes where stratify "
                f"is True, got {test} of {len(labels)} examples, which is {count}"
            )


def _parts(
    arrays: tuple[np.ndarray, ...], share: float, seed: int, classes: np.ndarray | None
) -> Parts:
    """Return the examples that are left, and those of the share that is held out."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(arrays[0].shape[1])
    left, held_out = train_test_split(
        rows, test_size=float(share), random_state=seed, stratify=classes
    )
    return tuple(_chosen(a, left) for a in arrays), tuple(_chosen(a, held_out) for a in arrays)


def _chosen(array: np.ndarray, examples: Any) -> np.ndarray:
    """Return some examples; columns as a view of rows that JAX takes without a copy."""
    if array.ndim == 1:
        return array[examples]
    rows = on_boundary((len(examples), len(array)), array.dtype)
    return np.take(array.T, examples, axis=0, out=rows).T
