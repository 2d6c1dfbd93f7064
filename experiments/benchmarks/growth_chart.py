"""Draws how the time of an epoch grows: measured, and the ceiling with its slope."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from report import seconds, spread

from jaxnn.plots import BLUE, INK, QUIET, tidy, write_title
from jaxnn.plots.style import FewPlainTicks

WIDTH, HEIGHT = 11.0, 3.9  # inches


def draw(result: dict[str, Any], path: Path) -> None:
    """Write the picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure_of(result).savefig(path, facecolor="white")


def figure_of(result: dict[str, Any]) -> Figure:
    """Return the picture: a panel for each series."""
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=160)
    for ax, one in zip(figure.subplots(1, len(result["series"])), result["series"], strict=True):
        _panel(ax, one)
    about = result["machine"]
    figure.text(
        0.012, 0.93, "The time of an epoch of fit beside that of its matrix products alone",
        fontsize=13, weight="bold", color=INK,
    )  # fmt: skip
    figure.text(
        0.012, 0.025,
        f"Medians, warm; bars: least to most. {about['processor']}, {about['cores']} cores, jax "
        f"{about['versions']['jax']}, float32, Adam; matrix products: "
        f"{spread([max(result['matmul_gflops'])])}",
        fontsize=7.5, color=QUIET,
    )  # fmt: skip
    figure.tight_layout(rect=(0, 0.06, 1, 0.91), w_pad=2.0)
    return figure


def _panel(ax: Axes, one: dict[str, Any]) -> None:
    """Draw one series, both axes logarithmic."""
    values = one["values"]
    middle = [statistics.median(some) for some in one["seconds"]]
    below = [m - min(some) for m, some in zip(middle, one["seconds"], strict=True)]
    above = [max(some) - m for m, some in zip(middle, one["seconds"], strict=True)]
    ax.plot(values, one["ceiling"], color=QUIET, lw=1.3, ls=(0, (4, 3)))
    ax.errorbar(
        values, middle, yerr=[below, above], color=BLUE, marker="o", ms=4, lw=1.6, elinewidth=0.9
    )
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xticks(values[:: max(1, len(values) // 4)])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.yaxis.set_major_locator(FewPlainTicks())
    ax.yaxis.set_major_formatter(FuncFormatter(_unit))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_minor_locator(NullLocator())
    ax.set_ylim(min(one["ceiling"]) / 2, 3 * max(middle))
    tidy(ax)
    ax.set_xlabel(f"{one['what']}, {one['symbol']}", color=INK, fontsize=9)
    write_title(ax, one["what"])
    ax.set_title(one["about"], loc="right", color=QUIET, fontsize=7.5)
    ax.annotate(
        f"dashed: products alone,\nslope {one['slope']}", (0.98, 0.04), xycoords="axes fraction",
        ha="right", fontsize=8, color=QUIET,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )  # fmt: skip
    above_bar = values[1], max(one["seconds"][1])
    ax.annotate(
        "epoch", above_bar, (0, 8), textcoords="offset points", ha="center", fontsize=8, color=BLUE,
    )  # fmt: skip


def _unit(value: float, _: int) -> str:
    """Return seconds as 10 µs, 1 ms or 1 s."""
    number, unit = seconds(value).split()
    return f"{float(number):g} {unit}"
