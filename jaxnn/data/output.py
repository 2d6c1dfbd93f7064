"""Where text is shown: on a terminal, in a notebook, or in a file."""

from __future__ import annotations

import sys
from typing import Any


def shows_progress(shown: bool | None) -> bool:
    """Return whether to show progress; None: where stdout is a terminal or a notebook."""
    return is_terminal(sys.stdout) or in_a_notebook() if shown is None else shown


def is_terminal(file: Any) -> bool:
    """Return whether a file is a terminal; None, a closed file, or one without `isatty` is none."""
    try:
        return bool(file.isatty())
    except (AttributeError, ValueError, OSError):
        return False


def in_a_notebook() -> bool:
    """Return whether Python runs as the kernel of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")
