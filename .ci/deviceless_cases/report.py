"""What was measured, as lines and as a Markdown table."""

from __future__ import annotations

import math
from typing import Any


def sent(collectives: dict[str, int]) -> str:
    """Return collectives as text, such as `1 all-reduce, 2 all-gather`."""
    return ", ".join(f"{count} {kind}" for kind, count in collectives.items()) or "none"


def line(case: Any, found: Any) -> str:
    """Return what was measured of a case, as one line."""
    launches = "" if found.kernels is None else f"{found.kernels} ({found.step}) kernels, "
    return (
        f"{case.name:28} {found.megabytes:7.2f} MB, {launches}{found.seconds:5.1f} s, "
        f"{sent(found.collectives)}"
    )


def limits_line(case: Any, found: Any) -> str:
    """Return the line of `CASES` for what was measured."""
    target, program, placement, type_ = case[:4]
    megabytes = math.ceil(found.megabytes * 11) / 10
    seconds = max(8, math.ceil(4 * found.seconds))
    kernels = ("-" if count is None else count for count in (found.kernels, found.step))
    launches, step = kernels
    return (
        f"{target:6} | {program:8} | {placement:7} | {type_:4} | {megabytes:<6} | {launches:<7} | "
        f"{step:<4} | {seconds:<2} | {sent(found.collectives)}"
    )
