"""The inputs of a table, found on the training part, and the checks of names and options."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from jaxnn.errors import DataError
from jaxnn.tables.recipe.kinds import KINDS, fit_kind, kind_of, notes_on, nothing_in
from jaxnn.tables.recipe.quantity import SCALINGS, fit_quantities, numbers_of
from jaxnn.tables.recipe.target_rule import TASKS
from jaxnn.tables.recipe.values import column_of
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_count

if TYPE_CHECKING:
    import pandas as pd


def check_options(
    table: pd.DataFrame,
    target: str | None,
    task: str | None,
    drop: Sequence[str],
    kinds: Mapping[str, str] | None,
    scaling: str,
) -> None:
    """Raise an error unless the options of `Columns.fit` fit the table."""
    if task is not None and not (isinstance(task, str) and task in TASKS):
        raise ValueError(
            f"task must be 'classification', 'regression' or None, got {described(task)}"
        )
    as_columns("drop", drop)
    if kinds is not None and not isinstance(kinds, Mapping):
        raise TypeError(f"kinds must be a dictionary of names and kinds, got {described(kinds)}")
    if not (isinstance(scaling, str) and scaling in SCALINGS):
        raise ValueError(f"scaling must be one of {', '.join(SCALINGS)}, got {described(scaling)}")
    if target is not None:
        _check_names("target", [target], table)
    _check_names("drop", drop, table)
    _check_names("kinds", kinds or (), table)
    for name, kind in (kinds or {}).items():
        if kind not in KINDS:
            raise ValueError(f"kinds[{name!r}] must be one of {', '.join(KINDS)}, got {kind!r}")
        if name == target or name in drop:
            what = "the target" if name == target else "in drop"
            raise ValueError(f"kinds must name inputs, got {name!r}, which is {what}")
    if target is not None and target in drop:
        raise ValueError(f"drop must name inputs, got the target {target!r}")


def as_columns(argument: str, names: Any) -> tuple[str, ...]:
    """Return names of columns as a tuple, or raise an error that shows how to write them."""
    such = f": write {argument}=[{names!r}]" if isinstance(names, str) else ""
    try:
        found = None if isinstance(names, str | bytes) else tuple(names)
    except TypeError:
        found = None
    if found is None or not isinstance(names, Collection):
        raise TypeError(
            f"{argument} must be a list of names of columns, got {described(names)}{such}"
        )
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"{argument} must name columns with text, got {described(name)}")
    return found


def _check_names(argument: str, names: Iterable[Any], table: pd.DataFrame) -> None:
    """Raise an error unless an argument names columns of a table."""
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"{argument} must name columns with text, got {described(name)}")
        if name not in table.columns:
            raise DataError(
                f"{argument} must name a column of the frame, got {name!r}"
                f"{_closest(name, table)}; it has {_few(list(table.columns))}"
            )


def required(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return a table that has all columns of these names; refuse another and name what it lacks."""
    there = set(table.columns)
    missing = [name for name in names if name not in there]
    if missing:
        named = ", ".join(f"{name!r}{_closest(name, table)}" for name in missing[:20])
        more = f" and {len(missing) - 20} more" if len(missing) > 20 else ""
        raise DataError(
            f"the frame must have the columns of the training part, got none of the name {named}"
            f"{more}; it has {_few(list(table.columns))}"
        )
    return table


def _closest(name: str, table: pd.DataFrame) -> str:
    folded = {column.casefold(): column for column in table.columns}
    near = get_close_matches(name.casefold(), folded, 1)
    return f" (the closest is {folded[near[0]]!r})" if near else ""


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return ", ".join(names[:20]) + more


def fit_inputs(
    table: pd.DataFrame,
    without: Collection[str | None],
    kinds: Mapping[str, str],
    scaling: str,
    places: dict[str, int],
) -> tuple[tuple[Any, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Return the inputs, what is left out and why, and what to point out."""
    places = {name: check_count(name, value) for name, value in places.items()}
    found: dict[str, str] = {}
    why: dict[str, str] = {}
    notes: list[str] = []
    for name in [name for name in table.columns if name not in without]:
        column = column_of(table, name)
        why[name] = nothing_in(column)
        if why[name]:
            continue
        kind = kinds.get(name)
        if kind is None:
            kind, why[name] = kind_of(column)
            notes += notes_on(column, name, kind)
        if kind is not None:
            found[name] = kind
    numbers = [name for name, kind in found.items() if kind == "quantity"]
    values = [numbers_of(column_of(table, name), name) for name in numbers]
    fitted: dict[str, Any] = dict(
        zip(numbers, fit_quantities(numbers, values, scaling), strict=True)
    )
    for name, kind in found.items():
        if kind != "quantity":
            fitted[name] = fit_kind(column_of(table, name), name, kind, scaling, **places)
            why[name] = f"no text is in at least {places['min_count']} rows"
    inputs = [fitted[name] for name in found if fitted[name] is not None]
    left_out = [(name, text) for name, text in why.items() if fitted.get(name) is None]
    if not inputs:
        reasons = "; ".join(f"{name!r}: {text}" for name, text in left_out[:10])
        raise DataError(
            f"the frame must have a column that can be an input, got none{reasons and ': '}"
            f"{reasons}"
        )
    return tuple(inputs), tuple(left_out), tuple(notes)
