"""The presets of `fit_table`: hyperparameters that are the same for all tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

SMALLEST_BATCH = 16
BATCHES_AN_EPOCH = 32  # at least, where the batch is larger than the smallest


class Preset(NamedTuple):
    """The hyperparameters that a user of `fit_table` does not give.

    Attributes:
        bins: the most pieces of each quantity; 0: none.
        members: networks that predict together.
        share_weights: whether they share their hidden weights.
        hidden: (m, sizes), by ascending m: the hidden layers of less than m training rows.
        activation: of the hidden layers.
        learning_rate: the peak of each cycle.
        weight_decay: of AdamW.
        largest_batch: (m, rows), by ascending m: the rows of an update below m training rows.
        examples: the number of examples that training sees, all epochs together.
        epochs: the fewest and the most epochs, whatever `examples` says.
        patience: the share of the epochs without a better one after which training ends.
    """

    bins: int
    members: int
    share_weights: bool
    hidden: tuple[tuple[float, tuple[int, ...]], ...]
    activation: str
    learning_rate: float
    weight_decay: float
    largest_batch: tuple[tuple[float, int], ...]
    examples: float
    epochs: tuple[int, int]
    patience: float


def _shared(members: int, *hidden: int, examples: float, epochs: tuple[int, int]) -> Preset:
    """Return a preset of members that share their weights."""
    return Preset(
        bins=48,
        members=members,
        share_weights=True,
        hidden=((math.inf, hidden),),
        activation="relu",
        learning_rate=5e-3,
        weight_decay=0.0,
        largest_batch=((20_000, 128), (math.inf, 256)),
        examples=examples,
        epochs=epochs,
        patience=0.4,
    )


PRESETS = {
    "plain": Preset(
        bins=0,
        members=1,
        share_weights=False,
        # larger layers overfit small tables
        hidden=((1000, (32,)), (4000, (64, 64)), (math.inf, (256, 256))),
        activation="gelu",
        learning_rate=5e-3,
        weight_decay=0.1,
        largest_batch=((math.inf, 256),),
        examples=math.inf,
        epochs=(64, 64),
        patience=0.3,
    ),
    "fast": Preset(
        bins=48,
        members=1,
        share_weights=False,
        hidden=((math.inf, (128,)),),
        activation="gelu",
        learning_rate=5e-3,
        weight_decay=0.1,
        largest_batch=((math.inf, 256),),
        examples=1.5e5,
        epochs=(6, 32),
        patience=0.4,
    ),
    "accurate": _shared(24, 96, 96, examples=1e6, epochs=(16, 96)),
    "thorough": _shared(32, 128, 128, examples=2.1e6, epochs=(32, 160)),
}


class Recipe(NamedTuple):
    """The sizes and the lengths of one training."""

    hidden: tuple[int, ...]
    epochs: int
    batch_size: int
    patience: int

    def updates(self, examples: int) -> int:
        """Return the number of updates in all epochs."""
        return self.epochs * -(-examples // self.batch_size)


def recipe_of(
    preset: Preset,
    examples: int,
    hidden: Sequence[int] | None,
    epochs: int | None,
    batch_size: int | None,
    patience: int | None,
) -> Recipe:
    """Return what is given, and what the preset says for the rest."""
    if batch_size is None:
        batch_size = next(size for rows, size in preset.largest_batch if examples < rows)
        while batch_size > SMALLEST_BATCH and examples < batch_size * BATCHES_AN_EPOCH:
            batch_size //= 2
    if epochs is None:
        fewest, most = preset.epochs
        epochs = round(min(max(preset.examples / examples, fewest), most))
    if patience is None:  # less than the longest cycle of the learning rate, more than the others
        patience = max(1, round(preset.patience * epochs))
    if hidden is None:
        hidden = next(sizes for rows, sizes in preset.hidden if examples < rows)
    return Recipe(tuple(hidden), epochs, batch_size, patience)
