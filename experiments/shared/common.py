"""What the experiments share: options, console, results, errors as one line, a cache."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from jaxnn import CheckpointError


def parser(description: str | None, *, out: str) -> argparse.ArgumentParser:
    """Return a parser with the options that every experiment has."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    made.add_argument("--seed", type=int, default=0, help="of everything that is random")
    made.add_argument("--out", type=Path, default=Path("results", out), help="folder for results")
    return made


def run(main: Callable[[], None]) -> None:
    """Run an experiment; what is wrong with its options or its data is said in one line."""
    for file in (sys.stdout, sys.stderr):
        if isinstance(file, io.TextIOWrapper):  # η on a terminal without Greek letters is a "?"
            file.reconfigure(errors="replace")
    remember_compilations()
    try:
        main()
    except (ValueError, TypeError, OSError, ImportError, CheckpointError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def remember_compilations() -> None:
    """Switch on JAX's persistent compilation cache: a second run of a script compiles nothing."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # the user has no home folder
        return
    jax.config.update("jax_compilation_cache_dir", str(home / "jaxnn" / "xla"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def console() -> Any:
    """Return a rich console that writes every text as it is: `[/x]` and `:x:` are names too."""
    from rich.console import Console

    return Console(file=sys.stdout, markup=False, emoji=False, highlight=False)


def ready(folder: Path) -> None:
    """Make the folder of the results, or raise an OSError, before there are any to lose."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(
            f"--out must be a folder that can be written, got {folder} ({error})"
        ) from None


def save_json(folder: Path, name: str, content: dict[str, Any]) -> None:
    """Write numbers where a person and a program can read them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")


def save_figure(folder: Path, name: str, figure: Any) -> None:
    """Write a matplotlib figure as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / name, dpi=150, facecolor="white")


def learning_figure(history: Any) -> Any:
    """Return a matplotlib figure of the learning curves, one axes a metric."""
    from matplotlib.figure import Figure

    from jaxnn.plots import learning_curves

    names = list(dict.fromkeys(name.removeprefix("val_") for name in history))
    names.sort(key=lambda name: name != "loss")
    figure = Figure(figsize=(4.8 * len(names), 3.3), layout="constrained")
    for ax, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        learning_curves(history, name, ax=ax)
    return figure
