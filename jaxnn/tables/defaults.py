"""The defaults of `fit_table`: one set for all tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

# hidden layers of tables with less training rows than that; larger ones overfit small tables
HIDDEN = ((1000, (32,)), (4000, (64, 64)), (math.inf, (256, 256)))
EPOCHS = 64
LARGEST_BATCH, SMALLEST_BATCH = 256, 16
BATCHES_AN_EPOCH = 32  # at least, where the batch is larger than the smallest
LEARNING_RATE, WEIGHT_DECAY = 5e-3, 0.1


class Recipe(NamedTuple):
    """The hyperparameters of one training."""

    hidden: tuple[int, ...]
    epochs: int
    batch_size: int
    patience: int

    def updates(self, examples: int) -> int:
        """Return the number of updates in all epochs."""
        return self.epochs * -(-examples // self.batch_size)


def recipe_of(
    examples: int,
    hidden: Sequence[int] | None,
    epochs: int | None,
    batch_size: int | None,
    patience: int | None,
) -> Recipe:
    """Return what is given, and the defaults for the rest."""
    if batch_size is None:
        batch_size = LARGEST_BATCH
        while batch_size > SMALLEST_BATCH and examples < batch_size * BATCHES_AN_EPOCH:
            batch_size //= 2
    epochs = EPOCHS if epochs is None else epochs
    if patience is None:  # less than the longest cycle of the learning rate, more than the others
        patience = max(1, round(0.3 * epochs))
    if hidden is None:
        hidden = next(sizes for rows, sizes in HIDDEN if examples < rows)
    return Recipe(tuple(hidden), epochs, batch_size, patience)
