"""Checks of X, Y, labels and weights that are stored one example per row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from jaxnn.data.preparation import one_hot
from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.values import check_count


def check_inputs(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Raise an error unless X is (m, n_0), of a floating type or of pixels as uint8."""
    if dtype.kind != "f" and dtype != np.uint8:
        raise TypeError(
            f"X must be of a floating type, or uint8 for pixels, got {dtype} in {name}; "
            "save it as float32"
        )
    if len(shape) != 2:
        raise ShapeError(
            f"X must have one example per row, shape (m, n_0), got {shape} in {name}; "
            "save array.reshape(len(array), -1)"
        )


def check_targets(
    name: str, shape: tuple[int, ...], dtype: np.dtype, n_classes: int | None
) -> int | None:
    """Return n_classes where Y holds labels (m,), None where it is (m, n_L)."""
    if n_classes is not None:
        n_classes = check_count("n_classes", n_classes)
        if len(shape) != 1 or dtype.kind not in "iu":
            raise ValueError(
                f"n_classes is for labels, whole numbers of shape (m,), got {dtype} {shape} "
                f"in {name}"
            )
        return n_classes
    if len(shape) == 1 and dtype.kind in "iu":
        raise ValueError(
            f"n_classes must be given for labels, shape (m,): which whole numbers are there? "
            f"got {dtype} {shape} in {name}"
        )
    if len(shape) != 2:
        raise ShapeError(
            f"Y must have one example per row, shape (m, n_L), got {shape} in {name}; "
            "save array[:, None] for one number an example"
        )
    if dtype.kind != "f":
        raise TypeError(
            f"Y must be of a floating type, got {dtype} in {name}; save it as float32, "
            "or labels (m,) with n_classes"
        )
    return None


def check_weights(name: str, shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Raise an error unless weights are (m,), of a floating type."""
    if dtype.kind != "f":
        raise TypeError(f"weights must be of a floating type, got {dtype} in {name}")
    if len(shape) != 1:
        raise ShapeError(f"weights must have shape (m,), got {shape} in {name}")


def one_hot_rows(
    labels: np.ndarray, n_classes: int, name: str, numbers: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Return one-hot rows (k, n_classes); `numbers` are those of the examples, for the error."""
    inside = (labels >= 0) & (labels < n_classes)
    if not inside.all():
        j = int(np.argmin(inside))
        raise DataError(
            f"labels must lie in 0 … {n_classes - 1}, got labels[{numbers[j]}] = {labels[j]} "
            f"(example {numbers[j]} of {name})"
        )
    return one_hot(labels, n_classes).T
