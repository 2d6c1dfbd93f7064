"""Draws the error of every model against its seconds, one panel a table."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from jaxnn.plots import BLUE, INK, ORANGE, QUIET, tidy, write_title
from jaxnn.plots.style import FewPlainTicks
from tables_parts import PROCESSORS, TABLES
from tables_parts.results import LIMIT, MAIN, models_of, of

TITLES = {
    "california": "California housing", "adult": "Adult", "bike": "bike sharing",
    "wine": "wine quality", "bank": "bank marketing",
}  # fmt: skip
ERRORS = {"rmse": "RMSE", "accuracy": "1 − accuracy", "roc_auc": "1 − ROC AUC"}
Point = tuple[float, float]  # seconds, error
NETWORK = "scikit-learn MLP"
# places of a label beside its point: offset in points, horizontal and vertical alignment
PLACES = (
    ((6, 0), "left", "center"),
    ((-6, 0), "right", "center"),
    ((0, 6), "center", "bottom"),
    ((0, -6), "center", "top"),
    ((5, 7), "left", "bottom"),
    ((5, -7), "left", "top"),
    ((-5, 7), "right", "bottom"),
    ((-5, -7), "right", "top"),
    ((7, 16), "left", "bottom"),
    ((7, -16), "left", "top"),
    ((-7, 16), "right", "bottom"),
    ((-7, -16), "right", "top"),
)


def draw(result: dict[str, Any], path: Path) -> None:
    """Write the picture, without the tables that were not measured."""
    tables = [name for name in TABLES if of(result["fits"], table=name)]
    if tables:
        figure_of(result, tables).savefig(path, facecolor="white")


def figure_of(result: dict[str, Any], tables: list[str]) -> Figure:
    """Return the picture of these tables."""
    columns = min(3, len(tables))
    rows = -(-len(tables) // columns)
    figure = Figure(figsize=(4.6 * columns, 3.6 * rows + 1.1), dpi=160)
    FigureCanvasAgg(figure)  # which can measure text
    grid = figure.subplots(rows, columns, squeeze=False)
    for ax in grid.flat[len(tables) :]:
        ax.set_axis_off()
    height = figure.get_figheight()
    about = result["machine"]
    versions = "  ".join(
        f"{name} {about['versions'][name]}"
        for name in ("jax", "scikit-learn", "xgboost", "lightgbm", "catboost")
        if about["versions"].get(name)
    )
    figure.text(
        0.012, 1 - 0.36 / height, "Error on test rows against seconds: lower and left is better",
        fontsize=13, weight="bold", color=INK,
    )  # fmt: skip
    figure.text(
        0.012, 0.14 / height,
        "Mean and deviation over the seeds; median seconds of fit and predict in one process, "
        f"hollow: of a whole fresh process; dashed: {LIMIT} s.\n"
        f"{about['processor']}, at most {PROCESSORS} processors, Python {about['python']}; "
        f"{versions}",
        fontsize=7.5, color=QUIET, linespacing=1.5,
    )  # fmt: skip
    points = {
        table: _panel(ax, table, of(result["fits"], table=table))
        for ax, table in zip(grid.flat, tables, strict=False)
    }
    figure.tight_layout(rect=(0, 0.5 / height, 1, 1 - 0.5 / height), w_pad=2.0, h_pad=1.5)
    for ax, table in zip(grid.flat, tables, strict=False):  # once the panels have their sizes
        _write_labels(ax, points[table])
    return figure


def _panel(ax: Axes, table: str, fits: list[dict[str, Any]]) -> dict[str, list[Point]]:
    """Draw one table without the names of the models, and return their points."""
    score = MAIN[table].score
    ax.set_xscale("log")
    low, high = (some(fit["seconds"] for fit in fits) for some in (min, max))
    ax.set_xlim(low / 3, 3 * max(high, LIMIT))
    points: dict[str, list[Point]] = {}
    for model in models_of(fits):
        colour, marker = _look(model)
        for whole in (False, True):
            some = of(fits, model=model, whole_process=whole)
            if not some:
                continue
            errors = [_error(score, fit["scores"][score]) for fit in some]
            x = statistics.median(fit["seconds"] for fit in some)
            y, deviation = float(np.mean(errors)), float(np.std(errors))
            ax.errorbar(
                x, y, yerr=deviation, color=colour, marker=marker, ms=6.5, elinewidth=1.0,
                markerfacecolor="white" if whole else colour, ls="none", zorder=3,
            )  # fmt: skip
            points.setdefault(model, []).append((x, y))
        ax.plot(*zip(*points[model], strict=True), color=colour, lw=0.8, zorder=2)
    ax.margins(y=0.14)
    ax.axvline(LIMIT, color=QUIET, lw=0.9, ls=(0, (4, 3)), zorder=1)
    ax.xaxis.set_major_locator(FewPlainTicks())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    tidy(ax)
    ax.set_xlabel("seconds", color=INK, fontsize=9)
    ax.set_ylabel(f"{ERRORS[score]}", color=INK, fontsize=9)
    write_title(ax, TITLES[table])
    return points


def _look(model: str) -> tuple[str, str]:
    """Return colour and marker: they differ for ours, for trees and for scikit-learn's network."""
    if model.startswith("jaxnn"):
        return BLUE, "o"
    return (QUIET, "^") if model == NETWORK else (ORANGE, "s")


def _error(score: str, value: float) -> float:
    return value if score == "rmse" else 1 - value


def _write_labels(ax: Axes, points: dict[str, list[Point]]) -> None:
    """Name each model where its label covers no point and no other label, as far as can be."""
    renderer: Any = ax.figure.canvas.get_renderer()  # pyright: ignore[reportAttributeAccessIssue]
    marks = [ax.transData.transform(point) for some in points.values() for point in some]
    taken: list[Any] = []
    frame = ax.get_window_extent(renderer)
    for model, (point, *_) in points.items():
        best, least = None, math.inf
        for offset, across, along in PLACES:
            text: Any = ax.annotate(
                model, point, offset, textcoords="offset points", ha=across, va=along,
                fontsize=7.5, color=INK, weight="bold" if model.startswith("jaxnn") else "normal",
                zorder=4,
            )  # fmt: skip
            box = text.get_window_extent(renderer)
            bad = sum(box.overlaps(other) for other in taken)
            bad += sum(box.padded(4).contains(*mark) for mark in marks)
            bad += 2 * (box.x0 < frame.x0 or box.x1 > frame.x1 + 12)
            bad += box.y0 < frame.y0 or box.y1 > frame.y1
            if bad < least:
                if best is not None:
                    best.remove()
                best, least = text, bad
            else:
                text.remove()
        assert best is not None
        taken.append(best.get_window_extent(renderer))
