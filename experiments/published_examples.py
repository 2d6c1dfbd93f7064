"""Are the numbers of published worked examples right?  Each is recomputed, slips are named.

python experiments/published_examples.py
python experiments/published_examples.py --example macleod mazur
"""

from __future__ import annotations

import argparse
from collections import Counter

from shared.common import before_jax, console, parser, ready, run, save_json
from shared.published import EXAMPLES

KEYS = [example.key for example in EXAMPLES]


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="published_examples")
    text = "examples to recompute; if not given, all"
    made.add_argument("--example", nargs="+", choices=KEYS, metavar="NAME", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
from rich.table import Table
from rich.text import Text
from shared.published.comparison import CUT, RIGHT, rows_of, text_of
from shared.published.gallery import gallery_of
from shared.published.steps import worked_example


def main() -> None:
    """Recompute the examples, print a table, and write texts, pages and the gallery."""
    chosen, output = options(), console()
    ready(chosen.out)
    jax.config.update("jax_enable_x64", True)
    table = Table("example", "source", "what is computed", "numbers", "right", "text", expand=False)
    compared, files = [], {}
    for example in EXAMPLES:
        if chosen.example and example.key not in chosen.example:
            continue
        rows, source = rows_of(example), example.source
        compared.append((example, rows))
        found = None if example.network is None else worked_example(example.network)
        files[example.key] = [f"{example.key}.txt"]
        text = text_of(example, rows, found)
        (chosen.out / f"{example.key}.txt").write_text(text, encoding="utf-8")
        if found is not None:
            title = f"{source.author}, {source.year}"
            found.to_html(chosen.out / f"{example.key}.html", title=title)
            files[example.key].append(f"{example.key}.html")
        right = sum(row.verdict in (RIGHT, CUT) for row in rows)
        table.add_row(
            example.key,
            f"{source.author} ({source.year})",
            example.about,
            str(len(rows)),
            Text(str(right), "green" if right == len(rows) else "red"),
            source.checked,
        )
    output.print(table)
    for example, _ in compared:
        for slip in example.slips:
            output.print(f"{example.key}: {slip.why}")
    page = gallery_of(compared, files)
    (chosen.out / "index.html").write_text(page, encoding="utf-8")
    found = {example.key: {row.name: row._asdict() for row in rows} for example, rows in compared}
    counts = Counter(row.verdict for _, rows in compared for row in rows)
    save_json(chosen.out, "results.json", {"examples": found, "verdicts": counts})
    output.print(
        f"written to {chosen.out}/: index.html, results.json, a text of each example, and a page "
        "of each single step"
    )


if __name__ == "__main__":
    run(main)
