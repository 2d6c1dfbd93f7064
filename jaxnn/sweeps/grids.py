"""The points of a grid of hyperparameters: all combinations, a list, or random draws."""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np

from jaxnn.textbook.activations import find, relu
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.network import Network

Grid = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""name -> its values, or a function key -> value that draws one; or a list of points."""

Point = dict[str, Any]

OF_EVERY_SWEEP = ("seed", "init_scale", "dropout", "hidden_sizes", "hidden", "batch_size")
"""What every sweep takes, besides the hyperparameters of its optimiser."""

LARGEST_SEED = 2**63 - 1
"""Of those that `jax.random.key` takes; without jax_enable_x64 it keeps 32 bits of them."""


def points_of(grid: Grid, *, samples: int | None = None, key: Any = None) -> list[Point]:
    """Return the points of a grid, in order: the last name changes fastest.

    Args:
        grid: name -> values: all combinations; a list of points as it is; or, with `samples`,
            name -> values to choose from, or a function key -> value that draws one.
        samples: points to draw; None: none is drawn.
        key: of the draws.

    Raises:
        TypeError: neither a mapping nor a list of mappings; values of different types; a function
            without `samples`.
        ValueError: no name, no value, a number that is not finite, points with different names.

    >>> points_of({"learning_rate": [0.1, 0.2], "seed": [0, 1]})[1]
    {'learning_rate': 0.1, 'seed': 1}
    >>> draw = lambda key: 10 ** jax.random.uniform(key, minval=-4, maxval=-1)
    >>> len(points_of({"learning_rate": draw}, samples=5, key=jax.random.key(0)))
    5
    """
    if isinstance(grid, Mapping):
        columns = {str(name): _values(name, values) for name, values in grid.items()}
        if not columns:
            raise ValueError(
                "grid must name at least one hyperparameter and its values, "
                "such as {'learning_rate': [1e-3, 1e-2]}, got an empty one"
            )
        points = _product(columns) if samples is None else _drawn(columns, samples, key)
    else:
        if samples is not None:
            raise TypeError("samples are drawn from a grid name -> values, got a list of points")
        points = _listed(grid)
    for name in points[0]:
        _check_values(name, [point[name] for point in points])
    return points


def _values(name: str, values: Any) -> Any:
    """Return the values of a name as a list of plain Python values, or the function that draws."""
    if callable(values):
        return values
    of_text = isinstance(values, str | bytes)
    if of_text or not hasattr(values, "__iter__") or getattr(values, "shape", None) == ():
        raise TypeError(f"grid[{name!r}] must be a list of values, got {described(values)}")
    plain = [_plain(value) for value in values]
    if not plain:
        raise ValueError(f"grid[{name!r}] must have at least one value, got none")
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray | jax.Array) and value.ndim == 0:
        return value.item()
    return tuple(_plain(v) for v in value) if isinstance(value, list | tuple) else value


def _product(columns: Mapping[str, Any]) -> list[Point]:
    drawing = [name for name, values in columns.items() if callable(values)]
    if drawing:
        raise TypeError(
            f"grid[{drawing[0]!r}] is a function that draws a value: say how many points to draw "
            "with samples="
        )
    return [dict(zip(columns, some, strict=True)) for some in itertools.product(*columns.values())]


def _drawn(columns: Mapping[str, Any], samples: int, key: Any) -> list[Point]:
    samples = check_count("samples", samples)
    drawn = {}
    for i, (name, values) in enumerate(columns.items()):
        keys = jax.random.split(jax.random.fold_in(key, i), samples)
        if callable(values):
            draw = partial(applied, f"grid[{name!r}]", "key -> value", values)
            drawn[name] = np.asarray(jax.vmap(draw)(keys)).tolist()
        else:
            choose = jax.vmap(partial(jax.random.randint, shape=(), minval=0, maxval=len(values)))
            drawn[name] = [values[j] for j in np.asarray(choose(keys)).tolist()]
    return [{name: drawn[name][j] for name in drawn} for j in range(samples)]


def _listed(grid: Any) -> list[Point]:
    if isinstance(grid, str) or not isinstance(grid, Sequence):
        raise TypeError(f"grid must be a mapping name -> values or a list of points, got {grid!r}")
    if not grid:
        raise ValueError("grid must have at least one point, got an empty list")
    points = []
    for i, point in enumerate(grid):
        if not isinstance(point, Mapping):
            raise TypeError(f"grid[{i}] must be a point name -> value, got {point!r}")
        if set(point) != set(grid[0]) or not point:
            raise ValueError(
                f"grid's points must have the same names, got {sorted(grid[0])} in the first and "
                f"{sorted(point)} in grid[{i}]"
            )
        points.append({name: _plain(point[name]) for name in grid[0]})
    return points


def _check_values(name: str, values: list[Any]) -> None:
    first = _kind(values[0])
    for value in values:
        if _kind(value) != first:
            raise TypeError(
                f"grid[{name!r}] must hold values of one type, got {values[0]!r} ({first}) and "
                f"{value!r} ({_kind(value)})"
            )
        if first == "a number" and not math.isfinite(value):
            raise ValueError(f"grid[{name!r}] must hold finite numbers, got {value!r}")
    if name in ("seed", "batch_size"):
        for value in values:
            check_count(name, value, least=0 if name == "seed" else 1)
            if name == "seed" and value > LARGEST_SEED:
                raise ValueError(
                    f"grid['seed'] must hold seeds from 0 to {LARGEST_SEED}, got {value}"
                )
        if name == "seed":
            _check_seeds_differ(values)
    elif name == "init_scale" and first != "a number":
        raise TypeError(f"grid['init_scale'] must hold numbers, got {values[0]!r}")


def _check_seeds_differ(seeds: list[int]) -> None:
    """Raise an error where JAX takes two seeds for one."""
    seen: dict[int, int] = {}
    for seed, kept in zip(seeds, kept_seeds(seeds).tolist(), strict=True):
        if seen.setdefault(kept, seed) != seed:
            raise ValueError(
                f"grid['seed'] must hold seeds that differ in their last 32 bits, got {seen[kept]} "
                f"and {seed}: jax.random.key takes them for one, unless "
                "jax.config.update('jax_enable_x64', True)"
            )


def kept_seeds(seeds: Sequence[int]) -> np.ndarray:
    """Return what `jax.random.key` keeps of seeds, (K,): 32 bits, or 64 where JAX has them.

    >>> kept_seeds([7, 2**32 + 1]).tolist()
    [7, 1]
    """
    wide = jax.config.jax_enable_x64 and max(seeds) >= 2**32  # pyright: ignore[reportAttributeAccessIssue]
    return np.array([int(seed) if wide else int(seed) % 2**32 for seed in seeds],
                    np.int64 if wide else np.uint32)  # fmt: skip


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "text", tuple: "tuple"}
    return kinds.get(type(value), "a function" if callable(value) else type(value).__name__)


def takes(factory: Callable[..., Any]) -> tuple[list[str], list[str], bool]:
    """Return what a factory takes by name, what of it it needs, and whether it takes any name.

    >>> import optax
    >>> takes(optax.sgd)[0][:2], takes(optax.sgd)[1:]
    (['learning_rate', 'momentum'], (['learning_rate'], False))
    """
    known, needed = [], []
    try:
        parameters = inspect.signature(factory).parameters.values()
    except ValueError:  # of a class in C
        return [], [], True
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            return known, needed, True
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            known.append(parameter.name)
            if parameter.default is parameter.empty:
                needed.append(parameter.name)
    return known, needed, False


def check_names(names: Sequence[str], factory: Callable[..., Any]) -> None:
    """Raise an error where a name is unknown, or the optimiser lacks one that it needs.

    Args:
        names: of the grid.
        factory: makes the optimiser.

    >>> import optax
    >>> check_names(["learning_rte"], optax.sgd)
    Traceback (most recent call last):
    ValueError: grid names 'learning_rte', which is unknown: the optimizer takes learning_rate, ...
    """
    known, needed, takes_any = takes(factory)
    for name in names:
        if name not in known and name not in OF_EVERY_SWEEP and not takes_any:
            raise ValueError(
                f"grid names {name!r}, which is unknown: the optimizer takes "
                f"{', '.join(known) or 'none'}; every sweep takes {', '.join(OF_EVERY_SWEEP)}"
            )
    for name in needed:
        if name not in names:
            raise ValueError(
                f"the optimizer needs {name}: name it in the grid, or give "
                f"functools.partial(optimizer, {name}=…)"
            )


def network_at(network: Network, point: Mapping[str, Any]) -> Network:
    """Return the network of a point: sizes, hidden activation and dropout as the point has them.

    Hidden layers that are more or fewer than before have the activation of those before.

    >>> from jaxnn.textbook.network import mlp
    >>> network_at(mlp(4, 8, 3), {"hidden_sizes": (5, 5), "dropout": 0.1}).sizes
    (4, 5, 5, 3)
    """
    if not {"hidden_sizes", "hidden", "dropout"} & point.keys():
        return network
    inner = network.activations[:-1]
    sizes = point.get("hidden_sizes", network.sizes[1:-1])
    if isinstance(sizes, str) or not isinstance(sizes, Sequence):
        raise TypeError(f"grid['hidden_sizes'] must hold tuples (n_1, …, n_{{L-1}}), got {sizes!r}")
    if "hidden" in point:
        inner = (find(point["hidden"]),) * len(sizes)
    elif len(sizes) != len(inner):
        if len(set(inner)) > 1:
            raise ValueError(
                f"grid['hidden_sizes'] holds {sizes}, but the activations of the network's "
                f"{len(inner)} hidden layers differ: name 'hidden' in the grid as well"
            )
        inner = (inner[0] if inner else relu,) * len(sizes)
    return replace(
        network,
        sizes=(network.sizes[0], *sizes, network.sizes[-1]),
        activations=(*inner, network.activations[-1]),
        dropout=point.get("dropout", network.dropout),
    )
