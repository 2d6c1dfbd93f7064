"""Shared by the experiments: options, errors in one line, console, files of results, a cache."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the examples, and ends an option's sentence with its default."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text, default = action.help or "", action.default
        if default in (None, argparse.SUPPRESS, [], ()) or default is False:
            return text
        shown = " ".join(map(str, default)) if isinstance(default, list | tuple) else str(default)
        return f"{text} (default: {shown.replace('%', '%%')})"


class Parser(argparse.ArgumentParser):
    """Reports a mistake in one line, without the list of all options."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake and end with status 2."""
        self.exit(2, f"error: {message} (--help lists the options)\n")


def parser(doc: str | None, *, out: str, seeded: bool = True) -> argparse.ArgumentParser:
    """Return a parser with a script's docstring as its help, and the options that all scripts have.

    The first paragraph of the docstring says what the script does; the rest are examples.
    """
    description, examples = examples_of(doc)
    made = Parser(description=description, epilog=examples, formatter_class=HelpFormatter)
    if seeded:
        text = "seed of all random numbers"
        made.add_argument("--seed", type=int, default=0, metavar="N", help=text)
    text = "folder for the results; it is made where it does not exist"
    made.add_argument("--out", type=Path, default=Path("results", out), metavar="FOLDER", help=text)
    return made


def examples_of(doc: str | None) -> tuple[str, str]:
    """Return the first paragraph of a script's docstring, and the examples that follow it."""
    description, _, examples = (doc or "").partition("\n\n")
    return textwrap.fill(description, 80), f"examples:\n{textwrap.indent(examples, '  ')}"


def add_data_dir(made: argparse.ArgumentParser) -> None:
    """Add the option that names the folder of MNIST and Fashion-MNIST."""
    text = (
        "folder of the files of MNIST and Fashion-MNIST; if not given, the folder that the "
        "environment variable JAXNN_DATA names, or else they are downloaded"
    )
    made.add_argument("--data-dir", type=Path, metavar="FOLDER", help=text)


def add_training(
    made: argparse.ArgumentParser, *, hidden: int, epochs: int, batch_size: int
) -> None:
    """Add the hidden layers, the number of epochs and the size of a batch, with these defaults."""
    text = "neurons in each hidden layer: n_1 … n_{L-1}"
    made.add_argument("--hidden", type=int, nargs="*", default=[hidden], metavar="N", help=text)
    text = "passes over the training examples"
    made.add_argument("--epochs", type=int, default=epochs, metavar="N", help=text)
    text = "examples in each update"
    made.add_argument("--batch-size", type=int, default=batch_size, metavar="N", help=text)


def before_jax(options: Callable[[], argparse.Namespace]) -> None:
    """Answer --help and refuse wrong options before JAX is imported, which takes a second.

    jaxlib 0.8 to 0.10.1 also log an error for each program that they load from the cache on a CPU:
    they take preferences of LLVM for features that the processor lacks
    (https://github.com/openxla/xla/issues/44565).  The key of the cache holds the processor's
    features, so the error is never true; it is hidden with the other messages that C++ code logs
    below "fatal".  Python's errors and warnings are shown as ever.
    """
    for file in (sys.stdout, sys.stderr):
        if isinstance(file, io.TextIOWrapper):  # η on a terminal without Greek letters is a "?"
            file.reconfigure(errors="replace")
    options()
    jaxlib = tuple(map(int, re.findall(r"\d+", metadata.version("jaxlib"))[:3]))
    on_cpu = find_spec("jax_plugins") is None and find_spec("libtpu") is None
    if on_cpu and (0, 8) <= jaxlib < (0, 10, 2):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def run(main: Callable[[], None]) -> None:
    """Run an experiment; wrong options or data give one line on stderr and exit status 2."""
    from jaxnn import CheckpointError

    remember_compilations()
    try:
        main()
    except (ValueError, TypeError, OSError, ImportError, CheckpointError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def remember_compilations() -> None:
    """Switch on JAX's persistent compilation cache: a second run of a script compiles nothing."""
    import jax

    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # the user has no home folder
        return
    jax.config.update("jax_compilation_cache_dir", str(home / "jaxnn" / "xla"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def console() -> Any:
    """Return a rich console that prints text as it is: a name may be `[/x]` or `:x:`.

    Where the output is no terminal, no line is wrapped and no table is cut.
    """
    from rich.console import Console

    made = Console(file=sys.stdout, markup=False, emoji=False, highlight=False)
    if not made.is_terminal:
        made.width = 10_000
    return made


def ready(folder: Path) -> None:
    """Make the folder of the results before anything is computed, or raise an OSError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(
            f"--out must be a folder that can be written, got {folder} ({error})"
        ) from None


def save_json(folder: Path, name: str, content: dict[str, Any]) -> None:
    """Write numbers as JSON, indented for people."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")


def save_figure(folder: Path, name: str, figure: Any) -> None:
    """Write a matplotlib figure as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / name, dpi=150, facecolor="white")


def learning_figure(history: Any) -> Any:
    """Return a matplotlib figure of the learning curves, one axes for each metric."""
    from matplotlib.figure import Figure

    from jaxnn.plots import learning_curves

    names = list(dict.fromkeys(name.removeprefix("val_") for name in history))
    names.sort(key=lambda name: name != "loss")
    figure = Figure(figsize=(4.8 * len(names), 3.3), layout="constrained")
    for ax, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        learning_curves(history, name, ax=ax)
    return figure
