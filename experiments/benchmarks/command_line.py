"""Shared by the scripts of this folder: the parser, the options of several, the console."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 160  # of the tables where the output is a file


class Parser(argparse.ArgumentParser):
    """Reports a mistake in one line, without the list of all options."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake and end with status 2."""
        self.exit(2, f"error: {message} (--help lists the options)\n")


def parser(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser with a script's docstring as its help: the first line, then examples."""
    description, _, epilog = (doc or "").partition("\n\n")
    return Parser(
        description=description,
        epilog=f"examples:\n{epilog}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_out(made: argparse.ArgumentParser) -> None:
    """Add the folder of the results."""
    folder = Path("results/benchmarks")
    text = "folder for the results; it is made where it does not exist (default: %(default)s)"
    made.add_argument("--out", type=Path, default=folder, metavar="FOLDER", help=text)


def add_data_dir(made: argparse.ArgumentParser) -> None:
    """Add the folder of MNIST."""
    text = (
        "folder of the files of MNIST; if not given, the folder that the environment variable "
        "JAXNN_DATA names, or else they are downloaded"
    )
    made.add_argument("--data-dir", type=Path, metavar="FOLDER", help=text)


def add_repeats(made: argparse.ArgumentParser, default: int) -> None:
    """Add the number of processes in which each figure is measured."""
    text = "fresh processes in which each figure is measured (default: %(default)s)"
    made.add_argument("--repeats", type=int, default=default, metavar="N", help=text)


def check_counts(made: argparse.ArgumentParser, chosen: argparse.Namespace, *names: str) -> None:
    """Refuse what was given for these options if it is below 1."""
    for name in names:
        value = getattr(chosen, name)
        if value is not None and value < 1:
            made.error(f"--{name.replace('_', '-')} must be at least 1, got {value}")


def console() -> Console:
    """Return a rich console; where the output is no terminal, it is WIDTH columns wide."""
    from rich.console import Console

    made = Console()
    return made if made.is_terminal else Console(width=WIDTH)


def progress(console: Console) -> Callable[[str], None]:
    """Return a function that prints a line about the progress."""

    def say(line: str) -> None:
        console.print(line, style="dim", highlight=False)

    return say
