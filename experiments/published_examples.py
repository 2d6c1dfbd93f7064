"""Are the numbers of published worked examples right?  Each is recomputed, slips are named.

python experiments/published_examples.py
python experiments/published_examples.py --example macleod mazur
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from shared.common import before_jax, console, parser, ready, run, save_json
from shared.published import EXAMPLES, Example

KEYS = [example.key for example in EXAMPLES]


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="published_examples", seeded=False)
    text = "examples to recompute; if not given, all"
    made.add_argument("--example", nargs="+", choices=KEYS, metavar="NAME", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
from rich.table import Table
from rich.text import Text
from shared.published.comparison import CUT, RIGHT, Row, rows_of, text_of
from shared.published.gallery import gallery_of
from shared.published.steps import worked_example


def main() -> None:
    """Recompute the examples, print a table, and write texts, pages and the gallery."""
    chosen, output = options(), console()
    ready(chosen.out)
    jax.config.update("jax_enable_x64", True)
    wanted = [example for example in EXAMPLES if example.key in (chosen.example or KEYS)]
    compared = [(example, rows_of(example)) for example in wanted]
    files = {example.key: write(example, rows, chosen.out) for example, rows in compared}
    output.print(table_of(compared))
    for example, _ in compared:
        for slip in example.slips:
            output.print(f"{example.key}: {slip.why}")
    page = gallery_of(compared, files)
    (chosen.out / "index.html").write_text(page, encoding="utf-8")
    numbers = {example.key: {row.name: row._asdict() for row in rows} for example, rows in compared}
    counts = Counter(row.verdict for _, rows in compared for row in rows)
    save_json(chosen.out, "results.json", {"examples": numbers, "verdicts": counts})
    output.print(
        f"written to {chosen.out}/: index.html, results.json, a text of each example, and a page "
        "of each single step"
    )


def write(example: Example, rows: list[Row], folder: Path) -> list[str]:
    """Write an example's text, and the page of its step; return the names of the files."""
    found = None if example.network is None else worked_example(example.network)
    names = [f"{example.key}.txt"]
    (folder / names[0]).write_text(text_of(example, rows, found), encoding="utf-8")
    if found is not None:
        names.append(f"{example.key}.html")
        found.to_html(folder / names[1], title=f"{example.source.author}, {example.source.year}")
    return names


def table_of(compared: list[tuple[Example, list[Row]]]) -> Table:
    """Return a table with a row for every example."""
    table = Table("example", "source", "what is computed", "numbers", "right", "text")
    for example, rows in compared:
        right = sum(row.verdict in (RIGHT, CUT) for row in rows)
        table.add_row(
            example.key,
            f"{example.source.author} ({example.source.year})",
            example.about,
            str(len(rows)),
            Text(str(right), "green" if right == len(rows) else "red"),
            example.source.checked,
        )
    return table


if __name__ == "__main__":
    run(main)
