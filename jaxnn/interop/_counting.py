"""The order of layers of weights by the numbers in their names."""

from __future__ import annotations

import re
from collections.abc import Iterable


def counted(names: Iterable[str]) -> list[str] | None:
    """Return names that differ in their numbers alone in the order of these; None of others.

    >>> counted(["Dense_10", "Dense_2"])
    ['Dense_2', 'Dense_10']
    >>> counted(["first", "second"]) is None
    True
    """
    names = list(names)
    if len({re.sub(r"\d+", "0", name) for name in names}) > 1:
        return None
    return sorted(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
