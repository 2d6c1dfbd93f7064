"""`Columns` as text: one line for each column."""

from __future__ import annotations

from collections import Counter
from typing import Any

MOST_LINES = 15  # of columns
MOST_REASONS = 3


def recipe_text(columns: Any) -> str:
    """Return the columns, their kinds and rows of X, the target, what is left out and the notes."""
    n_0 = len(columns.input_names)
    k = len(columns.inputs)
    shown = columns.inputs if k <= MOST_LINES else columns.inputs[: MOST_LINES - 1]
    cells = [
        (_short(c.name, 24), c.kind, f"X[{b.start}]" if b.stop == b.start + 1
         else f"X[{b.start}:{b.stop}]", c.described())
        for c, b in zip(shown, columns.blocks, strict=False)
    ]  # fmt: skip
    widths = [max(map(len, texts)) for texts in list(zip(*cells, strict=True))[:3]]
    lines = [f"Columns: {_count(n_0, 'input')} of {_count(k, 'column')}, X ({n_0}, m)"]
    for *start, last in cells:
        aligned = (text.ljust(width) for text, width in zip(start, widths, strict=True))
        lines.append(_short("  " + "  ".join([*aligned, last]), 100))
    rest = Counter(column.kind for column in columns.inputs[len(shown) :])
    if rest:
        lines.append("  … and " + ", ".join(f"{n} more {_MANY[kind]}" for kind, n in rest.items()))
    if columns.target is not None:
        lines.append(f"target {columns.target.name!r}: {columns.target.described()}")
    reasons: dict[str, list[str]] = {}
    for name, why in columns.left_out:
        reasons.setdefault(why, []).append(name)
    for why, names in list(reasons.items())[:MOST_REASONS]:
        lines.append(_short(f"left out: {_few(names)} ({why})", 100))
    if len(reasons) > MOST_REASONS:
        others = sum(map(len, list(reasons.values())[MOST_REASONS:]))
        lines.append(f"left out: {_count(others, 'more column')}")
    more = len(columns.notes) - 3
    lines += [f"note: {note}" for note in columns.notes[:3]]
    return "\n".join([*lines, f"… and {more} more notes"] if more > 0 else lines)


_MANY = {"quantity": "quantities", "category": "categories", "yes/no": "yes/no", "date": "dates"}


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
