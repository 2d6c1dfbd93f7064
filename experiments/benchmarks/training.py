"""jaxnn beside the libraries people use: same network, data, first parameters and updates.

  python experiments/benchmarks/training.py
  python experiments/benchmarks/training.py --workloads digits tiny --peers jaxnn sklearn

Prints tables and writes training.json, training.md and training.png. The peers that jaxnn itself
does not require are installed by `pip install -e '.[bench]'`; the table says which are missing.
"""

from __future__ import annotations

import argparse
import json
import time

from command_line import add_data_dir, add_out, add_repeats, check_counts, console, parser, progress
from peers import PEERS
from workloads import WORKLOADS, chosen


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line; `workloads` are Workloads."""
    made = parser(__doc__)
    text = f"workloads to measure, of {', '.join(WORKLOADS)} (default: all)"
    names = list(WORKLOADS)
    made.add_argument("--workloads", nargs="+", default=names, metavar="NAME", help=text)
    usual = [key for key, entry in PEERS.items() if not entry.cuda]
    text = f"libraries to measure, of {', '.join(PEERS)} (default: all that run on a CPU)"
    made.add_argument(
        "--peers", nargs="+", default=usual, choices=list(PEERS), metavar="NAME", help=text
    )
    add_repeats(made, 3)
    add_data_dir(made)
    add_out(made)
    a = made.parse_args(arguments)
    check_counts(made, a, "repeats")
    try:
        a.workloads = chosen(a.workloads)
    except ValueError as error:
        made.error(str(error))
    return a


if __name__ == "__main__":
    options()  # answers --help before JAX is imported

import machine
import markdown_tables
import report
import runner


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison."""
    a, screen = options(arguments), console()
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "repeats": a.repeats,
        "machine": machine.describe(),
        **runner.compare(
            a.workloads, a.peers, repeats=a.repeats, folder=a.data_dir, say=progress(screen)
        ),
    }
    report.summarise(result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "training.json").write_text(json.dumps(result, indent=1))
    (a.out / "training.md").write_text(markdown_tables.tables(result), encoding="utf-8")
    report.print_tables(result, screen)
    import chart

    chart.draw(result, a.out / "training.png")
    screen.print(f"written: {a.out}/training.json, .md and .png")


if __name__ == "__main__":
    main()
