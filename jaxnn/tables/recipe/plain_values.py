"""Frozen values as dictionaries for JSON and back, checked by their annotations."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields
from typing import Any, Union, get_args, get_origin, get_type_hints


def as_plain(value: Any) -> Any:
    """Return a value of dataclasses, tuples, numbers and texts as dictionaries and lists.

    A field that has its default is left out, so that a version without the field reads the rest.
    """
    if hasattr(value, "kind"):
        parts = {field.name: getattr(value, field.name) for field in fields(value)}
        defaults = {field.name: field.default for field in fields(value)}
        kept = {name: as_plain(part) for name, part in parts.items() if part != defaults[name]}
        return {"kind": value.kind} | kept
    return [as_plain(item) for item in value] if isinstance(value, tuple) else value


def of_plain(kind: Any, value: Any, where: str) -> Any:
    """Return the value of a type that `as_plain` wrote; refuse anything else.

    Args:
        kind: a dataclass with a `kind`, float, int, bool, str, None, a tuple or a union of these.
        value: from JSON.
        where: the place for the error.
    """
    if get_origin(kind) in (Union, types.UnionType):
        return _of_union(get_args(kind), value, where)
    if get_origin(kind) is tuple:
        items = get_args(kind)
        if not isinstance(value, list):
            raise ValueError(f"{where} must be a list, got {value!r:.60}")
        if items[-1] is Ellipsis:
            items = (items[0],) * len(value)
        if len(items) != len(value):
            raise ValueError(f"{where} must have {len(items)} entries, got {len(value)}")
        pairs = enumerate(zip(items, value, strict=True))
        return tuple(of_plain(item, one, f"{where}[{i}]") for i, (item, one) in pairs)
    if hasattr(kind, "kind"):
        hints = get_type_hints(kind)
        names = {field.name: field.default is not MISSING for field in fields(kind)}
        _check_names(value, kind.kind, names, where)
        there = [name for name in names if name in value]
        parts = {name: of_plain(hints[name], value[name], f"{where}.{name}") for name in there}
        return kind(**parts)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise ValueError(f"{where} must be {kind.__name__}, got {value!r:.60}")
    return value


def _of_union(kinds: tuple[Any, ...], value: Any, where: str) -> Any:
    """Return the value of the one type of a union that fits."""
    for kind in kinds:
        if type(value) is kind:
            return value
        if isinstance(value, dict) and getattr(kind, "kind", None) == value.get("kind"):
            return of_plain(kind, value, where)
    others = [kind for kind in kinds if kind is not type(None) and not hasattr(kind, "kind")]
    if len(others) == 1:
        return of_plain(others[0], value, where)
    known = ", ".join(getattr(kind, "kind", kind.__name__) for kind in kinds)
    raise ValueError(f"{where} must be one of {known}, got {value!r:.60}")


def _check_names(value: Any, kind: str, names: dict[str, bool], where: str) -> None:
    """Raise an error unless a value is of this kind; `names`: of entries, and if one may lack."""
    if not isinstance(value, dict) or value.get("kind") != kind:
        got = value.get("kind") if isinstance(value, dict) else value
        raise ValueError(f"{where} must be of the kind {kind!r}, got {got!r:.60}")
    differs = value.keys() ^ {"kind", *names}
    wrong = sorted(str(name) for name in differs if not names.get(name, False))
    if wrong:
        known = sorted(["kind", *names])
        raise ValueError(f"{where} must have the entries {known}, differs in {wrong}")
