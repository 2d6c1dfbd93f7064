"""Warnings and log lines about how a training ended."""

from __future__ import annotations

import logging
import warnings


def log_nothing_left(done: int, epochs: int) -> None:
    """Log that a checkpoint holds a run that had ended: its result is returned, nothing trained."""
    ended = f"all {epochs} epochs were already run"
    if done < epochs:
        ended = f"the run had already ended after epoch {done} of {epochs}"
    logging.getLogger("jaxnn").warning(
        "%s: nothing was left to train, the result is that of the checkpoint", ended
    )


def warn_of_no_score(monitor: str, found: str, consequence: str, *, stacklevel: int) -> None:
    """Warn that the monitor was no finite number; `found` says of which networks and epochs."""
    warnings.warn(
        f"the monitor {monitor!r} {found}: {consequence}. See what makes it so, or take another "
        "monitor, such as 'val_loss'.",
        RuntimeWarning,
        stacklevel=stacklevel,
    )
