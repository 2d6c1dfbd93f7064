"""jaxnn beside the libraries people use: same network, data, first parameters, updates.

    python experiments/benchmarks/training.py
    python experiments/benchmarks/training.py --workloads digits tiny --peers jaxnn sklearn

Prints tables and writes training.json, training.md and training.png.  The peers that are not part
of jaxnn's own requirements come with `pip install -e .[bench]`; one that is not installed is
reported as such.
MNIST is read from --data-dir, or from the folder that JAXNN_DATA names.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import machine
import markdown_tables
import report
import runner
from peers import PEERS
from rich.console import Console
from workloads import WORKLOADS, chosen

WIDTH = 160
"""Of the tables where the output is a file."""


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison that the arguments ask for."""
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ", ".join(WORKLOADS)
    parser.add_argument("--workloads", nargs="+", default=list(WORKLOADS), help=names)
    usual = [key for key, entry in PEERS.items() if not entry.cuda]
    parser.add_argument("--peers", nargs="+", default=usual, choices=list(PEERS))
    parser.add_argument("--repeats", type=int, default=3, help="fresh processes for each figure")
    parser.add_argument("--data-dir", type=Path, help="folder of the MNIST files")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    a = parser.parse_args(arguments)
    if a.repeats < 1:
        parser.error(f"--repeats must be at least 1, got {a.repeats}")
    try:
        some = chosen(a.workloads)
    except ValueError as error:
        parser.error(str(error))
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "repeats": a.repeats,
        "machine": machine.describe(),
        **runner.compare(
            some, a.peers, repeats=a.repeats, folder=a.data_dir, say=progress(console)
        ),
    }
    report.summarise(result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "training.json").write_text(json.dumps(result, indent=1))
    (a.out / "training.md").write_text(markdown_tables.tables(result), encoding="utf-8")
    report.print_tables(result, console)
    import chart

    chart.draw(result, a.out / "training.png")
    console.print(f"written: {a.out}/training.json, .md and .png")


def progress(console: Console) -> Callable[[str], None]:
    """Return a function that prints one line about what runs."""

    def say(line: str) -> None:
        console.print(line, style="dim", highlight=False)

    return say


if __name__ == "__main__":
    main()
