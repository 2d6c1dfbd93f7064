"""Draws a sweep: the time per network and epoch, and the cost of five folds in fits."""

from __future__ import annotations

import math
from pathlib import Path

import sweep_report
from chart import BY_HAND, INK, OTHERS, OURS
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator
from report import ratio
from sweep_peers import CONTENDERS
from workloads import Workload

OURS_TOO, GREY = "#9cc2fb", "#57606a"
COLOURS = {"ours": OURS_TOO, "by hand": BY_HAND}  # jaxnn.sweep itself is blue, OURS
BAR, WIDTH = 0.3, 9.6  # inches: height of a row, width of the picture


def draw(result: dict, path: Path) -> None:
    """Write the picture, without those that were not measured."""
    entries = {key: e for key, e in result["contenders"].items() if "summary" in e}
    folds = [entry for entry in result["cross_validation"] if "summary" in entry]
    if not entries:
        return
    rows = [len(entries)] + ([len(folds)] if folds else [])
    height = BAR * sum(rows) + 0.75 * len(rows) + 1.5
    figure = Figure(figsize=(WIDTH, height), dpi=160)
    axes = figure.subplots(len(rows), 1, squeeze=False, height_ratios=rows)[:, 0]
    _networks(axes[0], entries)
    if folds:
        _cross_validation(axes[1], folds)
    _frame(figure, result)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, facecolor="white")


def _networks(axes, entries: dict) -> None:
    """Draw a bar to each median on a logarithmic axis, a line from the least to the most."""
    order = sorted(entries, key=lambda key: entries[key]["summary"]["ms"]["median"], reverse=True)
    for y, key in enumerate(order):
        s = entries[key]["summary"]
        ms, ours = s["ms"], key == "jaxnn"
        colour = OURS if ours else COLOURS.get(CONTENDERS[key].kind, OTHERS)
        text = f"{sweep_report.number(ms['median'])} ms"
        if "times" in s and not ours:
            text += f"   {ratio(s['times']['median'])}×"
        if not s["comparable"]:
            text += "   its loss differs!"
        _bar(axes, y, ms, colour, text, bold=ours)
    names = [sweep_report.label(entries[key]) for key in order]
    axes.set_yticks(range(len(order)), names, fontsize=8.5)
    for tick, key in zip(axes.get_yticklabels(), order, strict=True):
        _emphasise(tick, key == "jaxnn")
    every = [entry["summary"]["ms"] for entry in entries.values()]
    least, most = min(ms["min"] for ms in every), max(ms["max"] for ms in every)
    start = 10 ** math.floor(math.log10(0.8 * least))
    axes.set_xscale("log")
    axes.set_xlim(start, most * (most / start) ** 0.24)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ms, _: f"{ms:g} ms"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x", color="#eaeef2", lw=0.8)
    axes.set_axisbelow(True)
    about = "logarithmic axis; ×: times as long as jaxnn.sweep"
    _dress(axes, len(order), "One network, one epoch", about)


def _cross_validation(axes, folds: list[dict]) -> None:
    """Draw the cost of the folds in fits, and that of five single fits."""
    folds = folds[::-1]
    for y, entry in enumerate(folds):
        fits, ours = entry["summary"]["ratio"], entry["library"] == "jaxnn"
        _bar(axes, y, fits, OURS if ours else OTHERS, f"{fits['median']:.2f} fits", bold=ours)
    names = [
        f"{sweep_report.CROSS_VALIDATION[entry['library']]}, {entry['epochs']} epochs"
        for entry in folds
    ]
    axes.set_yticks(range(len(folds)), names, fontsize=8.5)
    for tick, entry in zip(axes.get_yticklabels(), folds, strict=True):
        _emphasise(tick, entry["library"] == "jaxnn")
    longest = max(entry["summary"]["ratio"]["max"] for entry in folds)
    axes.set_xlim(0, 1.18 * max(longest, sweep_report.FOLDS))
    axes.axvline(sweep_report.FOLDS, color=GREY, lw=0.9, ls=(0, (4, 3)), zorder=0)
    axes.set_xticks([])
    _dress(
        axes,
        len(folds),
        f"Cross-validation in {sweep_report.FOLDS} folds, in fits of the same library",
        f"dashed: {sweep_report.FOLDS} fits, one after the other",
    )


def _bar(axes, y: int, figure: dict, colour: str, text: str, *, bold: bool) -> None:
    axes.barh(y, figure["median"], height=0.68, color=colour)
    axes.plot([figure["min"], figure["max"]], [y, y], color=INK, lw=0.9)
    axes.annotate(
        text, (figure["max"], y), (5, 0), textcoords="offset points", va="center", fontsize=8,
        color=INK, weight="bold" if bold else "normal",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
    )  # fmt: skip


def _emphasise(tick, ours: bool) -> None:
    tick.set(color=OURS if ours else INK)
    tick.set_fontweight("bold" if ours else "normal")


def _dress(axes, rows: int, title: str, about: str) -> None:
    axes.set_ylim(-0.55, rows - 0.45)
    axes.tick_params(length=0, axis="both")
    axes.tick_params(axis="x", labelsize=7.5, labelcolor=GREY)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(OTHERS)
    axes.set_title(title, loc="left", fontsize=10.5, weight="bold", color=INK, pad=16)
    axes.annotate(
        about, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points",
        fontsize=7.5, color=GREY,
    )  # fmt: skip


def _frame(figure: Figure, result: dict) -> None:
    """Add the heading, the explanation and the machine."""
    height = figure.get_figheight()
    workload = Workload(**result["workload"])
    figure.text(
        0.02, 1 - 0.36 / height, f"Training {result['networks']:,} networks: shorter is better",
        fontsize=14, weight="bold", color=INK,
    )  # fmt: skip
    figure.text(
        0.02, 1 - 0.62 / height,
        f"{workload.describe()}, {result['epochs']} epochs, when warm. Bar: median, line: range.",
        fontsize=9, color=GREY,
    )  # fmt: skip
    figure.text(
        0.02, 0.14 / height, sweep_report.about(result), fontsize=7, color=GREY, linespacing=1.5
    )
    figure.tight_layout(rect=(0.005, 0.5 / height, 0.995, 1 - 0.75 / height), h_pad=1.6)
