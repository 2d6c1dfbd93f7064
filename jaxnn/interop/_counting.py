"""The order of layers of weights by the numbers in their names, and by their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cmp_to_key
from itertools import combinations, pairwise


def counted(names: Iterable[str]) -> list[str] | None:
    """Return names in the order of their numbers; None where numbers do not order every two.

    >>> counted(["Dense_10", "Dense_2"])
    ['Dense_2', 'Dense_10']
    >>> counted(["first", "second"]) is None
    True
    """
    names = sorted(names, key=cmp_to_key(_before))
    return names if all(_before(a, b) < 0 for a, b in pairwise(names)) else None


def in_order(
    shapes: Mapping[str, tuple[int, ...]], sizes: Sequence[int], *, reordered: bool = False
) -> list[str] | None:
    """Return names of layers in the one order that can be meant; None where several can.

    It is that of the numbers in the names; else that in which the shapes fit the network, layers
    of one shape by their numbers.  Names without any number may follow each other as in the
    mapping; where some have numbers the mapping says little, as it has the order in which a module
    was built: its head perhaps before its body.

    Args:
        shapes: name -> (n_l, n_{l-1}).
        sizes: (n_0, …, n_L) of the network.
        reordered: whether the mapping is known to have been sorted since.

    >>> in_order({"head": (2, 3), "body.10": (3, 3), "body.9": (3, 3)}, (3, 3, 3, 2))
    ['body.9', 'body.10', 'head']
    >>> in_order({"body.1": (3, 3), "body.2": (3, 3), "head": (3, 3)}, (3, 3, 3, 3)) is None
    True
    """
    listed, wanted = list(shapes), [(n, before) for before, n in pairwise(sizes)]
    by_number = counted(listed)
    if by_number is not None or sorted(shapes.values()) != sorted(wanted):
        return by_number or listed  # shapes that do not fit are the caller's to refuse
    alike = {shape: counted(n for n in listed if shapes[n] == shape) for shape in wanted}
    if None not in alike.values():
        left = {shape: iter(names or ()) for shape, names in alike.items()}
        by_shape = [next(left[shape]) for shape in wanted]
        return None if any(_before(b, a) < 0 for a, b in combinations(by_shape, 2)) else by_shape
    as_listed = [shapes[name] for name in listed] == wanted
    numbered = any(re.search(r"\d", name) for name in listed)
    return listed if as_listed and not numbered and not reordered else None


def _before(a: str, b: str) -> int:
    """Return -1 where the numbers in two names say that a comes first, 1 where b, else 0.

    They do where the names are alike up to two numbers, as of `layer.2.up` and `layer.10.down`.
    """
    for x, y in zip(re.split(r"(\d+)", a), re.split(r"(\d+)", b), strict=False):
        if x != y:
            numbers = x.isdigit() and y.isdigit()
            return (int(x) > int(y)) - (int(x) < int(y)) if numbers else 0
    return 0
