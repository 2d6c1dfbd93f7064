"""The arguments of `fit_table` that a training needs, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import optax

from jaxnn.tables.defaults import PRESETS, Preset
from jaxnn.tables.embedding import has_embedding
from jaxnn.textbook.checks.arguments import check_text, described
from jaxnn.textbook.checks.values import check_count, check_number
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.functions import CostFunction


class Settings(NamedTuple):
    """The arguments of `fit_table` that a training needs; `Any` where the preset fills in None."""

    preset: Preset
    hidden: Sequence[int] | None
    epochs: int | None
    batch_size: int | None
    patience: int | None
    activation: Any
    dropout: float
    cost: str | CostFunction | None
    optimizer: Any
    learning_rate: Any
    weight_decay: Any
    members: Any
    grid: Any
    seed: int
    checkpoint: Any
    progress: bool | None

    def checked(self) -> Settings:
        """Return the settings, those of the preset filled in; refuse what no training can use."""
        given = {
            name: getattr(self.preset, name)
            for name in ("activation", "learning_rate", "weight_decay", "members")
            if getattr(self, name) is None
        }
        found = self._replace(**given)
        for name in ("epochs", "batch_size", "patience", "members"):
            if getattr(found, name) is not None:
                check_count(name, getattr(found, name))
        for name in ("learning_rate", "weight_decay"):
            check_number(name, getattr(found, name), "a number of at least 0", lambda x: x >= 0)
        if not (self.optimizer is None or _is_function(self.optimizer)):
            check_kind(self.optimizer)
        if self.grid is not None and self.preset.share_weights:
            raise ValueError('a grid is searched with preset="plain", the network of one member')
        if self.grid is not None and found.members != 1:
            raise ValueError("members and grid cannot be given together: search first, then train")
        return found._replace(hidden=_sizes(self.hidden))


def preset_of(name: Any, *, grid: Any, columns: Any) -> Preset:
    """Return a preset by its name; None: "accurate" where it can be, else "plain".

    A grid is of networks that are trained alone, and a recipe of one's own without pieces, such as
    that of pixels, has too many inputs to train them many times.
    """
    if name is None:
        own = columns is not None and (not any(columns.pieces) or has_embedding(columns.blocks))
        name = "plain" if grid is not None or own else "accurate"
    check_text("preset", name, "'accurate'")
    if name not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {name!r}")
    return PRESETS[name]


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
