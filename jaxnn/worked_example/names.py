"""The check of the names that inputs and outputs of a worked example bear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def checked_names(
    argument: str, names: Sequence[str] | None, symbol: str, n: int
) -> tuple[str, ...] | None:
    """Return the names of the n inputs or outputs, or raise an error; None: there are none."""
    if names is None:
        return None
    given: Any = names
    is_row = isinstance(given, np.ndarray) and given.ndim == 1
    is_list = is_row or (isinstance(given, Sequence) and not isinstance(given, str | bytes))
    if not is_list or not all(isinstance(name, str) for name in given):
        raise TypeError(f"{argument} must be a sequence of strings, got {given!r}")
    if len(given) != n:
        raise ValueError(f"{argument} must have {symbol} = {n} names, got {len(given)}")
    return tuple(map(str, given))
