"""What was measured, as lines and as a Markdown table.

python -m deviceless_cases.report RESULTS...        prints the table of results in JSON
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path

from deviceless_cases.cases import Case, Measured, listed

TARGETS = {
    "v5e": "TPU v5e", "v6e": "TPU v6e", "v5p": "TPU v5p", "tpu7x": "TPU7x",
    "h100": "H100", "t4": "T4", "l4": "L4",
}  # fmt: skip
PLACEMENTS = {
    "one": "one device",
    "data": "8 by `data`",
    "model": "4 × 2 by `data`, `model`",
    "sharded": "8, fully sharded",
    "sweep": "8 by `sweep`",
}
TYPES = {"f32": "float32", "bf16": "bfloat16"}
HEADING = ("target", "program", "devices", "type", "MB", "collectives", "kernels", "s")


def line(case: Case, found: Measured) -> str:
    """Return what was measured of a case, as one line."""
    launches = "" if found.kernels is None else f"{found.kernels} ({found.step}) kernels, "
    return (
        f"{case.name:28} {found.megabytes:7.2f} MB, {launches}{found.seconds:5.1f} s, "
        f"{listed(found.collectives)}"
    )


def limits_line(case: Case, found: Measured) -> str:
    """Return the line of `CASES` for what was measured."""
    target, program, placement, type_ = case[:4]
    megabytes = math.ceil(found.megabytes * 11) / 10
    seconds = max(8, math.ceil(4 * found.seconds))
    launches, step = ("-" if n is None else n for n in (found.kernels, found.step))
    return (
        f"{target:5} {program:8} {placement:7} {type_:4} {megabytes:5.1f} {launches:>3} {step:>3} "
        f"{seconds:>2}  {listed(found.collectives)}"
    )


def markdown(results: Iterable[tuple[list[str], Measured]]) -> str:
    """Return a table of what was measured, given the first four columns of each case."""
    lines = [HEADING, ("---", "---", "---", "---", "---:", "---", "---:", "---:")]
    for (target, program, placement, type_), found in results:
        launches = "" if found.kernels is None else str(found.kernels)
        if found.step != found.kernels:
            launches += f" ({found.step})"
        lines.append((
            TARGETS[target], f"`{program}`", PLACEMENTS[placement], TYPES[type_],
            f"{found.megabytes:.1f}", listed(found.collectives), launches, f"{found.seconds:.1f}",
        ))  # fmt: skip
    return "".join(f"| {' | '.join(columns)} |\n" for columns in lines)


def main() -> None:
    """Print the table of some files of results, those of TPUs first."""
    results = [
        (case, Measured(**found))
        for path in sorted(map(Path, sys.argv[1:]), reverse=True)
        for case, found in json.loads(path.read_text(encoding="utf-8"))
    ]
    print(markdown(results), end="")


if __name__ == "__main__":
    main()
