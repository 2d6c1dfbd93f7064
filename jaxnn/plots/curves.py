"""Learning curves: one metric over the epochs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from jaxnn.plots.style import (
    BLUE,
    INK,
    ORANGE,
    axes_or_new,
    make_logarithmic,
    plain,
    tidy,
    write_title,
)
from jaxnn.textbook.checks.arguments import check_text, described
from jaxnn.textbook.checks.values import check_one_array
from jaxnn.textbook.metrics import LARGER_IS_BETTER

SPELT = {"loss": "loss $E$", "r2": "$r^2$"}


def learning_curves(
    history: Mapping[str, np.ndarray], metric: str = "loss", *, ax: Axes | None = None
) -> Axes:
    """Draw a metric over the epochs, on the training and on the validation data.

    The best epoch of the validation has a dot, except with a metric of your own, whose direction is
    not known.  A loss that falls to less than a tenth is drawn on a logarithmic scale.

    Args:
        history: name -> array (epochs,), such as `FitResult.history`.
        metric: its name without `val_`.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: history is no mapping of arrays, or has no such metric.

    >>> learning_curves({"loss": np.ones(3), "val_loss": np.ones(3)}).get_xlabel()
    'epoch'
    """
    if not isinstance(history, Mapping):
        raise TypeError(
            "history must be a mapping from metrics to arrays, such as result.history, got "
            f"{described(history)}"
        )
    check_text("metric", metric, "'loss'")
    for name, values in history.items():
        check_one_array(f"history[{name!r}]", np.asarray(values), 1, "(epochs,)")
    known = dict.fromkeys(name.removeprefix("val_") for name in history)
    if metric not in known:
        there = ", ".join(known) or "none"
        raise ValueError(f"metric {metric!r} is unknown; known are {there}, the keys of history")
    ax = axes_or_new(ax, 4.8, 3.3)
    tidy(ax)
    drawn = []
    for name, label, colour in (
        (metric, "training", BLUE),
        (f"val_{metric}", "validation", ORANGE),
    ):
        if name in history:
            values = np.asarray(history[name], float)
            epochs = np.arange(1, len(values) + 1)
            marker = "o" if len(values) == 1 else ""
            ax.plot(epochs, values, color=colour, lw=1.8, marker=marker, label=label)
            drawn.append(values)
    if f"val_{metric}" in history:
        _mark_best(ax, metric, drawn[-1])
        ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    finite = np.concatenate(drawn)
    finite = finite[np.isfinite(finite)]
    if metric == "loss" and len(finite) and finite.min() > 0 and finite.max() > 10 * finite.min():
        make_logarithmic(ax)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    ax.set_xlabel("epoch", color=INK)
    write_title(ax, SPELT.get(metric, plain(metric.replace("_", " "))))
    return ax


def _mark_best(ax: Axes, metric: str, values: np.ndarray) -> None:
    finite = np.isfinite(values)
    if not finite.any() or metric not in LARGER_IS_BETTER:
        return
    larger = LARGER_IS_BETTER[metric]
    best = int(np.argmax(np.where(finite, values if larger else -values, -np.inf)))
    label = f"best: {values[best]:.4g} in epoch {best + 1}"
    ax.plot(best + 1, values[best], "o", color=ORANGE, ms=7, mec="white", label=label)
