"""A published example beside what jaxnn computes: a row for every printed number."""

from __future__ import annotations

from typing import NamedTuple

import jaxnn

from .example import Example
from .runs import trained_numbers
from .slips import slipped_numbers
from .steps import right_numbers

RIGHT, CUT, SLIP, UNEXPLAINED, WRONG = "right", "cut off", "slip", "unexplained", "wrong"


class Row(NamedTuple):
    """One printed number.

    Attributes:
        name: in our notation.
        printed: its digits as printed.
        exact: the right number, in float64.
        source: the number that the source's own arithmetic gives where it slips; None: no slip, or
            none that explains the digits.
        verdict: `right`; `cut off` and not rounded; `slip`, and the source's arithmetic gives the
            digits; `unexplained` slip; `wrong`: this comparison itself is mistaken.
    """

    name: str
    printed: str
    exact: float
    source: float | None
    verdict: str


def rows_of(example: Example) -> list[Row]:
    """Return a row for every printed number."""
    exact = trained_numbers(example) if example.network is None else right_numbers(example)
    slipped = slipped_numbers(example)
    rows = []
    for name, printed in example.printed.items():
        source = slipped.get(name) if name in example.slipped else None
        verdict = verdict_of(example, name, exact[name], source)
        rows.append(Row(name, printed, exact[name], source, verdict))
    return rows


def verdict_of(example: Example, name: str, exact: float, source: float | None) -> str:
    """Return what the printed digits of a number are."""
    agrees = example.agrees(name, exact)
    if name not in example.slipped:
        return WRONG if not agrees else CUT if name in example.cut else RIGHT
    if agrees or (source is not None and not example.agrees(name, source)):
        return WRONG
    return UNEXPLAINED if source is None else SLIP


def text_of(example: Example, rows: list[Row], found: jaxnn.WorkedExample | None) -> str:
    """Return an example as text: source, numbers, slips, and all equations of its step."""
    source = example.source
    lines = [str(source), source.address, f"{source.checked}: {source.seen}", "", example.about, ""]
    name = max(len(row.name) for row in rows)
    printed = max(len("published"), *(len(row.printed) for row in rows))
    lines.append(f"{'number':<{name}}  {'published':>{printed}}  exact, float64")
    for row in rows:
        line = f"{row.name:<{name}}  {row.printed:>{printed}}  {row.exact!r}"
        if row.source is not None:
            line += f"  (with the slip {row.source!r})"
        lines.append(line if row.verdict == RIGHT else f"{line}  {row.verdict}")
    lines += ["", *(f"Slip: {slip.why}" for slip in example.slips)]
    if found is not None:
        lines += ["", found.to_text(digits=9)]
    return "\n".join(lines) + "\n"
