"""`Layout`: which rows of X belong to which column, and which row of Y to which class."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from jaxnn.tables.recipe.category import Category
from jaxnn.tables.recipe.date import Date
from jaxnn.tables.recipe.quantity import Quantity
from jaxnn.tables.recipe.target import ClassTarget, Label, QuantityTarget
from jaxnn.tables.recipe.yes_no import YesNo

Column = Quantity | Category | YesNo | Date


class Block(NamedTuple):
    """The rows of X that a column becomes: X[start:stop].

    Attributes:
        name: of the column.
        start: the first row.
        stop: the row after the last.
        embedding: the width of a trained embedding of a category with many places, or None.

    >>> Block("colour", start=3, stop=8, embedding=None).stop
    8
    """

    name: str
    start: int
    stop: int
    embedding: int | None


@dataclass(frozen=True, repr=False)
class Layout:
    """The inputs and the target of a table, and the rows of X and Y that they become.

    Attributes:
        inputs: the columns that become rows of X.
        target: classes or a quantity; None: there is no target.
    """

    inputs: tuple[Column, ...]
    target: ClassTarget | QuantityTarget | None

    def __post_init__(self) -> None:
        names = [column.name for column in self.inputs]
        if not names or len(set(names)) < len(names):
            raise ValueError(
                f"inputs must be columns of different names, at least one, got {names}"
            )

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The rows of X of each input."""
        found, start = [], 0
        for column in self.inputs:
            stop = start + len(column.input_names)
            found.append(Block(column.name, start, stop, getattr(column, "embedding", None)))
            start = stop
        return tuple(found)

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """The names of the n_0 rows of X."""
        return tuple(name for column in self.inputs for name in column.input_names)

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """The number of the column that each of the n_0 rows of X comes from: 0 … F − 1."""
        return tuple(
            i for i, block in enumerate(self.blocks) for _ in range(block.start, block.stop)
        )

    @cached_property
    def pieces(self) -> tuple[bool, ...]:
        """Which of the n_0 rows of X are pieces of a quantity, and no value of their own.

        Their weights in W^[1] start small: a quantity enters the first layer by x̃ alone, and its
        pieces bend the curve as training goes on.
        """
        return tuple(
            piece
            for column in self.inputs
            for piece in getattr(column, "pieces", (False,) * len(column.input_names))
        )

    @property
    def classifies(self) -> bool:
        """Whether the target holds classes."""
        return isinstance(self.target, ClassTarget)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the classes; none for a quantity."""
        return self.target.labels if isinstance(self.target, ClassTarget) else ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """The labels as texts."""
        return self.target.class_names if isinstance(self.target, ClassTarget) else ()
