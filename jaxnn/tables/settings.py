"""The arguments of `fit_table` that a training needs, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import optax

from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_count, check_number
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.functions import ActivationFunction, CostFunction


class Settings(NamedTuple):
    """The arguments of `fit_table` that a training needs."""

    hidden: Sequence[int] | None
    epochs: int | None
    batch_size: int | None
    patience: int | None
    activation: str | ActivationFunction
    dropout: float
    cost: str | CostFunction | None
    optimizer: Any
    learning_rate: float
    weight_decay: float
    members: int
    grid: Any
    seed: int
    checkpoint: Any
    progress: bool | None

    def checked(self) -> Settings:
        """Return the settings as plain values; refuse a value that no training can use."""
        for name in ("epochs", "batch_size", "patience"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        for name in ("learning_rate", "weight_decay"):
            check_number(name, getattr(self, name), "a number of at least 0", lambda x: x >= 0)
        if not (self.optimizer is None or _is_function(self.optimizer)):
            check_kind(self.optimizer)
        if self.members > 1 and self.grid is not None:
            raise ValueError("members and grid cannot be given together: search first, then train")
        return self._replace(
            hidden=_sizes(self.hidden),
            learning_rate=float(self.learning_rate),
            weight_decay=float(self.weight_decay),
        )


def _is_function(optimizer: Any) -> bool:
    return callable(optimizer) and not isinstance(optimizer, optax.MultiSteps)


def _sizes(hidden: Any) -> tuple[int, ...] | None:
    """Return n_1, …, n_{L-1} as a tuple, or raise an error that names the argument."""
    if hidden is None:
        return None
    if isinstance(hidden, int):
        raise TypeError(
            f"hidden must be a list of sizes, got {hidden!r}: write hidden=[{hidden!r}]"
        )
    if isinstance(hidden, str | bytes) or not isinstance(hidden, Sequence):
        raise TypeError(
            f"hidden must be a list of sizes, such as [64, 64], got {described(hidden)}"
        )
    return tuple(check_count(f"hidden[{i}]", size) for i, size in enumerate(hidden))
