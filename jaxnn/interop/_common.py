"""What several converters share: optional imports, names in messages, the order of named layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cmp_to_key
from importlib import import_module
from itertools import combinations, pairwise
from typing import Any

from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import ActivationFunction


def import_library(name: str, *, caller: str, extra: str) -> Any:
    """Return a module, or raise an ImportError that names the extra of jaxnn that installs it.

    >>> import_library("no_such_library.nn", caller="to_nothing", extra="nothing")
    Traceback (most recent call last):
    ImportError: to_nothing needs no_such_library: pip install 'jaxnn-textbook[nothing]'
    """
    root = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != root:
            raise  # the library is installed, but one of its own dependencies is not
        raise ImportError(
            f"{caller} needs {root}: pip install 'jaxnn-textbook[{extra}]'"
        ) from error


def name_of(g: ActivationFunction) -> str:
    """Return the name of an activation for error messages: relu, or a function's own name."""
    return repr(g) if our_name(g) else getattr(g, "__name__", repr(g))


def ordered_by_number(names: Iterable[str]) -> list[str] | None:
    """Return names in the order of the numbers in them; None if these do not order every pair.

    >>> ordered_by_number(["Dense_10", "Dense_2"])
    ['Dense_2', 'Dense_10']
    """
    names = sorted(names, key=cmp_to_key(_compare_numbers))
    return names if all(_compare_numbers(a, b) < 0 for a, b in pairwise(names)) else None


def layer_order(
    shapes: Mapping[str, tuple[int, ...]], sizes: Sequence[int], *, reordered: bool = False
) -> list[str] | None:
    """Return the names of layers in the order of the network; None if several orders are possible.

    The numbers in the names decide, else the shapes of W^[l], where layers of equal shape are
    ordered by their numbers.  Only names without any number may keep the order of the mapping: with
    numbers in some, that is the order in which a module was built, perhaps its head before its
    body.

    Args:
        shapes: name -> (n_l, n_{l-1}).
        sizes: (n_0, …, n_L) of the network.
        reordered: whether the mapping has been sorted after it was built.
    """
    listed, wanted = list(shapes), [(n, before) for before, n in pairwise(sizes)]
    by_number = ordered_by_number(listed)
    if by_number is not None or sorted(shapes.values()) != sorted(wanted):
        return by_number or listed  # `check_params` refuses shapes that do not fit
    alike = {shape: ordered_by_number(n for n in listed if shapes[n] == shape) for shape in wanted}
    if None not in alike.values():
        left = {shape: iter(names or ()) for shape, names in alike.items()}
        by_shape = [next(left[shape]) for shape in wanted]
        contradicted = any(_compare_numbers(b, a) < 0 for a, b in combinations(by_shape, 2))
        return None if contradicted else by_shape
    as_listed = [shapes[name] for name in listed] == wanted
    numbered = any(re.search(r"\d", name) for name in listed)
    return listed if as_listed and not numbered and not reordered else None


def _compare_numbers(a: str, b: str) -> int:
    """Return -1, 1 or 0: whether the first number in which two names differ is less or greater.

    The text before it must be the same, as in `layer.2.up` and `layer.10.down`.
    """
    for x, y in zip(re.split(r"(\d+)", a), re.split(r"(\d+)", b), strict=False):
        if x != y:
            numbers = x.isdigit() and y.isdigit()
            return (int(x) > int(y)) - (int(x) < int(y)) if numbers else 0
    return 0
