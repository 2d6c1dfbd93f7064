"""The gallery's page: a table of all published examples, and the numbers of each."""

from __future__ import annotations

import re
from html import escape

from .comparison import CUT, RIGHT, SLIP, UNEXPLAINED, Row
from .example import Example

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --line: #d9dee6; --paper: #fff;
  --tint: #f4f6f9; --mark: #b3261e; --good: #22704a; --link: #1f5fbf }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ee; --soft: #9aa5b4; --line: #333c49;
  --paper: #14181f; --tint: #1b212a; --mark: #ff9a8f; --good: #7fd3a6; --link: #8ab8ff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 0 }
p { margin: .4rem 0; max-width: 46rem }
a { color: var(--link) }
.soft { color: var(--soft) }
.wide { overflow-x: auto; margin: .8rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .93rem }
th, td { text-align: left; vertical-align: top; padding: .45rem .8rem .45rem 0;
  border-bottom: 1px solid var(--line) }
th { color: var(--soft); font-weight: 600; white-space: nowrap }
.number { font-family: ui-monospace, monospace; font-variant-numeric: tabular-nums;
  white-space: nowrap }
.slip { color: var(--mark) } .good { color: var(--good) }
section { margin-top: 2.2rem; padding-top: 1.4rem; border-top: 2px solid var(--line) }
section table { width: auto }
section td { white-space: nowrap }
section td:first-child { white-space: normal; min-width: 6rem }
.why { border-left: 3px solid var(--mark); padding: .3rem .8rem; background: var(--tint) }
sup, sub { font-size: .72em; line-height: 0 }
.links a { display: inline-block; padding: .55rem .8rem .55rem 0 }
@media (max-width: 640px) {
  .index thead { display: none }
  .index tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--line) }
  .index td { display: block; border: 0; padding: .1rem 0 }
}
"""

VERDICTS = {RIGHT: "right", CUT: "cut off, not rounded", SLIP: "slip", UNEXPLAINED: "slip"}


def gallery_of(compared: list[tuple[Example, list[Row]]], files: dict[str, list[str]]) -> str:
    """Return the page as HTML; `files`: the files that each example is written to."""
    body = "\n".join(section_of(example, rows, files[example.key]) for example, rows in compared)
    numbers = sum(len(rows) for _, rows in compared)
    slips = sum(row.verdict in (SLIP, UNEXPLAINED) for _, rows in compared for row in rows)
    lead = (
        f"{len(compared)} examples from books, articles and courses, recomputed in float64: "
        f"{numbers} printed numbers, of which {numbers - slips} are right and {slips} come from "
        "slips or from early rounding. Each slip is named; beside the right number is what the "
        "source’s own arithmetic gives."
    )
    index = "".join(index_row(example, rows) for example, rows in compared)
    head = "".join(f"<th>{name}</th>" for name in ("source", "computed", "numbers", "slips"))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Published worked examples</title><style>{STYLE}</style>"
        f"<h1>Published worked examples of backpropagation</h1><p>{lead}</p>"
        f'<div class="wide"><table class="index"><thead><tr>{head}</tr></thead>'
        f"<tbody>{index}</tbody></table></div>{body}</html>\n"
    )


def index_row(example: Example, rows: list[Row]) -> str:
    """Return an example's row of the first table."""
    source = example.source
    right = sum(row.verdict in (RIGHT, CUT) for row in rows)
    count = f"{right} of {len(rows)} right" if right < len(rows) else f"all {len(rows)} right"
    mark = "good" if right == len(rows) else "slip"
    first = symbol(example.slips[0].why.partition("  ")[0]) if example.slips else ""
    quoted = "" if source.opened else ' <span class="soft">quoted</span>'
    name = f'<a href="#{example.key}">{escape(source.author)} {source.year}</a>{quoted}'
    return (
        f"<tr><td>{name}</td>"
        f'<td>{escape(example.about)}</td><td class="{mark}">{count}</td><td>{first}</td></tr>'
    )


def section_of(example: Example, rows: list[Row], files: list[str]) -> str:
    """Return what an example's source says, its numbers and its slips."""
    source = example.source
    title = f"{escape(source.author)} ({source.year}), <i>{escape(source.title)}</i>, "
    title += escape(source.place)
    if source.address:
        title = f'<a href="{escape(source.address)}">{title}</a>'
    has_slip = any(row.source is not None for row in rows)
    names = ["number", "published", "exact, float64"] + ["with the slip"] * has_slip + [""]
    head = "".join(f"<th>{name}</th>" for name in names)
    lines = "".join(number_row(row, has_slip) for row in rows)
    slips = "".join(f'<p class="why">{symbol(slip.why)}</p>' for slip in example.slips)
    links = " ".join(f'<a href="{name}">{name}</a>' for name in files)
    return (
        f'<section id="{example.key}"><h2>{title}</h2><p>{escape(example.about)}</p>'
        f'<p class="soft">{source.checked}: {escape(source.seen)}</p>{slips}'
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'
        f'</div><p class="links">{links}</p></section>'
    )


def number_row(row: Row, has_slip: bool) -> str:
    """Return the row of one printed number."""
    mark = "good" if row.verdict in (RIGHT, CUT) else "slip"
    cells = [row.printed, repr(row.exact)]
    if has_slip:
        cells.append("" if row.source is None else repr(row.source))
    numbers = "".join(f'<td class="number">{cell.replace("-", "−")}</td>' for cell in cells)
    verdict = f'<td class="{mark}">{VERDICTS[row.verdict]}</td>'
    return f"<tr><td>{symbol(row.name)}</td>{numbers}{verdict}</tr>"


def symbol(name: str) -> str:
    """Return a name with its indices set as subscripts and superscripts.

    >>> symbol("new w_1,2^[2]")
    'new w<sub>1,2</sub><sup>[2]</sup>'
    """
    name = re.sub(r"_([\d,]+\b)", r"<sub>\1</sub>", escape(name))
    return re.sub(r"\^(\[\d\])", r"<sup>\1</sup>", name)
