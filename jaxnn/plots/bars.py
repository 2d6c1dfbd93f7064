"""Importance of the inputs, as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from jaxnn.errors import DataError, ShapeError
from jaxnn.plots.curves import SPELT
from jaxnn.plots.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    QUIET,
    axes_or_new,
    plain,
    short_name,
    tidy,
    write_title,
)
from jaxnn.textbook.checks.arguments import check_text
from jaxnn.textbook.checks.values import as_names, as_numbers, check_count


def importance(
    names: Sequence[str],
    values: Any,
    deviations: Any = None,
    *,
    metric: str = "score",
    most: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """Draw how much each input matters: a bar for each, the largest first.

    The permutation importance of an input is how much a score falls when the values of that input
    are shuffled among the examples.  Inputs below 0, in orange, are of no use.

    Args:
        names: of the inputs.
        values: importance of each, (n,), in the unit of the metric.
        deviations: standard deviation of each over the shuffles, (n,), drawn as whiskers; None:
            not drawn.
        metric: name of the score, such as "accuracy".
        most: inputs drawn at most.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: names are no texts or none, values or deviations are not (n,),
            finite, deviations below 0, or most is below 1.

    Source: Breiman, "Random forests" (2001).

    >>> ax = importance(["age", "height"], [0.02, 0.31], metric="accuracy")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['height', 'age']
    """
    names = as_names("names", names)
    if not names:
        raise ValueError("names must name an input or more, got none")
    values = _one_each("values", values, names)
    spread = None if deviations is None else _one_each("deviations", deviations, names)
    if spread is not None and (spread < 0).any():
        k = int(np.argmax(spread < 0))
        raise DataError(
            f"deviations must be 0 or more, got deviations[{k}] = {spread[k]:g} of {names[k]!r}"
        )
    check_text("metric", metric, "'accuracy'")
    shown = np.argsort(-values, kind="stable")[: check_count("most", most)]
    ax = axes_or_new(ax, 5.6, 1.1 + 0.26 * len(shown))
    tidy(ax)
    ax.grid(axis="x", color=FAINT, linewidth=0.8)
    ax.grid(visible=False, axis="y")
    ax.barh(
        range(len(shown)), values[shown], height=0.68,
        color=[BLUE if value >= 0 else ORANGE for value in values[shown]],
        xerr=None if spread is None else spread[shown],
        error_kw={"ecolor": INK, "elinewidth": 1, "capsize": 2},
    )  # fmt: skip
    ax.axvline(0, color=QUIET, lw=1)
    ax.set_yticks(range(len(shown)), [plain(short_name(names[k])) for k in shown])
    ax.set_ylim(len(shown) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    score = SPELT.get(metric, plain(metric.replace("_", " ")))
    ax.set_xlabel(f"fall of {score} when the input is shuffled", color=INK)
    count = f"{len(shown)} of {len(names)} inputs" if len(shown) < len(names) else ""
    whiskers = "± standard deviation" if spread is not None else ""
    write_title(ax, "importance", ", ".join(part for part in (count, whiskers) if part))
    return ax


def _one_each(name: str, values: Any, names: tuple[str, ...]) -> np.ndarray:
    found = as_numbers(name, values, "(n,)", axes=None).astype(np.float64)
    if found.shape != (len(names),):
        raise ShapeError(
            f"{name} must have shape (n,) = ({len(names)},), one number for each of names, got "
            f"{found.shape}"
        )
    if not np.isfinite(found).all():
        k = int(np.argmin(np.isfinite(found)))
        raise DataError(f"{name} must be finite, got {name}[{k}] = {found[k]} of {names[k]!r}")
    return found
