"""The class `Dataset`: examples and targets in columns, with the names of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jaxnn.errors import ShapeError


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Examples, their targets and the names of their rows; `X, Y = dataset` unpacks it.

    Attributes:
        X: examples, (n_0, m), float32 (uint8 where raw pixels were asked for).
        Y: targets, (n_L, m), float32: one-hot columns, or quantities.
        name: of the data set.
        feature_names: names of the n_0 rows of X.
        class_names: names of the n_L rows of Y; empty for regression.
        image_shape: (rows, columns) where each column of X is an image, else None.

    Raises:
        ValueError: the shapes of X and Y, the names or the image shape do not fit together.

    >>> Dataset(np.ones((2, 5)), np.ones((1, 5)), "ones", ("a", "b"))
    Dataset 'ones': X (2, 5), Y (1, 5), regression
    """

    X: np.ndarray
    Y: np.ndarray
    name: str
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for symbol, array in (("X", self.X), ("Y", self.Y)):
            if array.ndim != 2:
                raise ShapeError(
                    f"{symbol} must have one column per example, got shape {array.shape}"
                )
        height, width = self.image_shape or (len(self.X), 1)
        for rule, expected, got in (
            ("Y must have as many examples as X, m", self.X.shape[1], self.Y.shape[1]),
            ("feature_names must name the rows of X, n_0", len(self.X), len(self.feature_names)),
            (
                "class_names must name the rows of Y, n_L",
                len(self.Y),
                len(self.class_names or self.Y),
            ),
            ("image_shape must have as many pixels as X rows, n_0", len(self.X), height * width),
        ):
            if got != expected:
                raise ShapeError(f"{rule} = {expected}, got {got}")

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter((self.X, self.Y))

    def __repr__(self) -> str:
        kind = f"{len(self.class_names)} classes" if self.classifies else "regression"
        return f"Dataset {self.name!r}: X {self.X.shape}, Y {self.Y.shape}, {kind}"

    @property
    def classifies(self) -> bool:
        """Whether Y holds classes, one-hot."""
        return bool(self.class_names)

    @property
    def examples(self) -> int:
        """The number of examples, m."""
        return self.X.shape[1]
