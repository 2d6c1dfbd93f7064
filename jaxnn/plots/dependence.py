"""Partial dependence: the mean prediction over the values of a column, and that of each row."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from jaxnn.errors import DataError, ShapeError
from jaxnn.plots.style import (
    BLUE,
    FAINT,
    INK,
    QUIET,
    axes_or_new,
    plain,
    short_name,
    tidy,
    write_title,
)
from jaxnn.textbook.checks.arguments import check_text, described
from jaxnn.textbook.checks.values import as_names, as_numbers, check_count

ROWS = (0.1, 0.9)  # the quantiles of the rows between which a category's line runs
TITLE = "partial dependence"
SHOWN = 0.95  # the share of the rows whose curves the axis shows whole, above and below


def partial_dependence(
    x: Any,
    curves: Any,
    *,
    column: str = "x",
    outcome: str = "prediction",
    marks: Any = (),
    most: int = 50,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean prediction over the values of a column, with the predictions of single rows.

    Of numbers and dates, the mean is a line, and each row a thin line.  Of categories, the mean is
    a dot, the largest first, in a line from the lowest tenth of the rows to the highest.

    Args:
        x: the values of the column, (g,): numbers or dates in any order, or texts of categories.
        curves: the prediction of each row with each value in place of its own, (m, g).
        column: its name.
        outcome: name of what is predicted, with its unit.
        marks: values of the column that show where the data are, such as their deciles.
        most: single rows drawn at most.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: curves are not (m, g) or not finite, x or marks are no such values.

    Source: Friedman, "Greedy function approximation" (2001); Goldstein et al., "Peeking inside the
    black box" (2015), of the single rows.

    >>> ax = partial_dependence([20, 40, 60], [[1, 2, 3], [1, 4, 4]], column="age", outcome="price")
    >>> ax.lines[-1].get_ydata().tolist()
    [1.0, 3.0, 3.5]
    """
    check_text("column", column, "'age'")
    check_text("outcome", outcome, "'price'")
    most = check_count("most", most, least=0)
    curves = as_numbers("curves", curves, "(m, g)").astype(np.float64)
    found, marks = _values("x", x), _values("marks", marks)
    if found.shape != curves.shape[1:] or not curves.size:
        raise ShapeError(
            f"curves must have shape (m, g), m at least 1 and one column for each of the g values "
            f"of x, got {curves.shape} and {len(found)}"
        )
    if not np.isfinite(curves).all():
        raise DataError("curves must be finite, got NaN or an infinite number")
    if found.dtype.kind in "OUS":
        return _categories(as_names("x", x), curves, column, outcome, ax)
    if len(marks) and (marks.dtype.kind in "biuf") != (found.dtype.kind in "biuf"):
        raise TypeError(f"marks must be values as those of x, got {described(marks)}")
    return _numbers(found, curves, column, outcome, marks if len(marks) else found[:0], most, ax)


def _values(name: str, values: Any) -> np.ndarray:
    """Return values of a column as an array (g,), or raise an error that says what they must be."""
    try:
        found = np.asarray(values)
    except (TypeError, ValueError):  # a ragged list, a key of JAX
        found = None
    if found is None or found.ndim != 1 or found.dtype.kind not in "biufMOUS":
        raise TypeError(
            f"{name} must be numbers, dates or texts of categories, (g,), got {described(values)}"
        )
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        raise DataError(f"{name} must be finite, got NaN or an infinite number")
    return found


def _numbers(
    x: np.ndarray,
    curves: np.ndarray,
    column: str,
    outcome: str,
    marks: np.ndarray,
    most: int,
    ax: Axes | None,
) -> Axes:
    """Draw the mean over numbers or dates as a line."""
    ax = axes_or_new(ax, 5.2, 3.5)
    tidy(ax)
    order, rows = np.argsort(x, kind="stable"), len(curves)
    x, curves = x[order], curves[:, order]
    drawn = curves[np.linspace(0, rows - 1, min(most, rows)).astype(int)]
    ax.plot(x, drawn.T, color=QUIET, lw=0.7, alpha=0.35)
    mean = curves.mean(axis=0)
    low = min(np.quantile(curves.min(axis=1), 1 - SHOWN), mean.min())
    high = max(np.quantile(curves.max(axis=1), SHOWN), mean.max())
    room = 0.06 * (high - low) or 0.5
    ax.set_ylim(low - 1.6 * room, high + room)
    if len(x) > 1:
        ax.set_xlim(x[0], x[-1])
    ticks = marks[(marks >= x[0]) & (marks <= x[-1])]
    ax.vlines(ticks, 0, 0.03, color=INK, lw=1, transform=ax.get_xaxis_transform())
    ax.plot(x, mean, color=BLUE, lw=2.6, marker="o" if len(x) == 1 else "")
    ax.set_xlabel(plain(column), color=INK)
    ax.set_ylabel(plain(outcome), color=INK)
    _write_thousands(ax.yaxis)
    single = f", {len(drawn)} of them in grey" if len(drawn) else ""
    write_title(ax, TITLE, f"{rows:,} rows{single}")
    return ax


def _categories(
    names: tuple[str, ...], curves: np.ndarray, column: str, outcome: str, ax: Axes | None
) -> Axes:
    """Draw the mean of each category as a dot, the largest first."""
    order = np.argsort(-curves.mean(axis=0), kind="stable")
    curves = curves[:, order]
    ax = axes_or_new(ax, 5.2, 1.1 + 0.26 * len(order))
    tidy(ax)
    ax.grid(visible=False, axis="y")
    ax.grid(axis="x", color=FAINT, linewidth=0.8)
    places = np.arange(len(order))
    low, high = np.quantile(curves, ROWS, axis=0)
    ax.hlines(places, low, high, color=QUIET, lw=1.6, alpha=0.6)
    ax.plot(curves.mean(axis=0), places, "o", color=BLUE, ms=7, mec="white")
    ax.set_yticks(places, [plain(short_name(names[k])) for k in order])
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.set_ylabel(plain(column), color=INK)
    ax.set_xlabel(plain(outcome), color=INK)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    _write_thousands(ax.xaxis)
    write_title(ax, TITLE, f"{len(curves):,} rows; lines: middle 80 %")
    return ax


def _write_thousands(axis: Any) -> None:
    """Write large numbers of an axis with commas."""
    low, high = sorted(axis.get_view_interval())
    if 1e4 <= max(abs(low), abs(high)) < 1e9:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
