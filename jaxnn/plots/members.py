"""Pictures of several networks in one: their learning curves, and the scores of their folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from jaxnn.plots.style import BLUE, INK, ORANGE, make_logarithmic, plain, tidy, write_title

MOST_CURVES = 50  # more are neither told apart nor drawn in a moment


def member_curves(histories: Sequence[Mapping[str, np.ndarray]], ax: Axes) -> Axes:
    """Draw the loss of several networks over the epochs, a thin line each.

    >>> from jaxnn.plots.style import new_axes
    >>> len(member_curves([{"loss": np.ones(3)}] * 4, new_axes(4, 3)).lines)
    4
    """
    tidy(ax)
    drawn, note = [], f"{len(histories)} networks"
    if len(histories) > MOST_CURVES:
        histories, note = histories[:MOST_CURVES], f"the first {MOST_CURVES} of {note}"
    for name, label, colour in (("loss", "training", BLUE), ("val_loss", "validation", ORANGE)):
        curves = [np.asarray(history[name], float) for history in histories if name in history]
        for k, values in enumerate(curves):
            epochs, marker = np.arange(1, len(values) + 1), "o" if len(values) == 1 else ""
            ax.plot(
                epochs, values, color=colour, lw=0.8, alpha=0.6, marker=marker,
                label=label if k == 0 else None,
            )  # fmt: skip
        drawn += curves
    finite = np.concatenate(drawn)
    finite = finite[np.isfinite(finite)]
    if len(finite) and finite.min() > 0 and finite.max() > 10 * finite.min():
        make_logarithmic(ax)
    if any("val_loss" in history for history in histories):
        ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_xlabel("epoch", color=INK)
    write_title(ax, "loss $E$", note)
    return ax


def fold_scores(metric: str, scores: np.ndarray, folds: int, ax: Axes) -> Axes:
    """Draw the score of each fold, the repeats above one another, and their mean as a line.

    >>> from jaxnn.plots.style import new_axes
    >>> fold_scores("accuracy", np.array([0.9, 0.8]), 2, new_axes(4, 3)).get_xlabel()
    'fold'
    """
    tidy(ax)
    ax.axhline(float(np.mean(scores)), color=ORANGE, lw=1.2)
    ax.plot(np.arange(len(scores)) % folds + 1, scores, "o", color=BLUE, ms=4, alpha=0.7)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_xlabel("fold", color=INK)
    write_title(ax, plain(metric.replace("_", " ")), f"mean {np.mean(scores):.4g}")
    return ax
