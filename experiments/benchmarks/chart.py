"""Draws a result: for each workload the warm time of every library, shortest first."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib.figure import Figure
from peers import PEERS
from report import ratio, seconds, spread
from workloads import Workload

OURS, OTHERS, BY_HAND, INK = "#1f6feb", "#b6bec9", "#dfe3e8", "#24292f"


def draw(result: dict, path: Path) -> None:
    """Write the picture, without the workloads and peers that were not measured."""
    measured = {
        name: {key: p["summary"] for key, p in entry["peers"].items() if "summary" in p}
        for name, entry in result["workloads"].items()
    }
    measured = {name: peers for name, peers in measured.items() if peers}
    if not measured:
        return
    columns = min(3, len(measured))
    rows = -(-len(measured) // columns)
    most = max(len(peers) for peers in measured.values())
    figure = Figure(figsize=(4.7 * columns, rows * (0.3 * most + 1.1) + 1.5), dpi=160)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (name, peers) in zip(grid.flat, measured.items(), strict=False):
        axes.set_axis_on()
        _panel(axes, Workload(**result["workloads"][name]["workload"]), peers)
    _frame(figure, result)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, facecolor="white")


def _panel(axes, workload: Workload, peers: dict) -> None:
    """Draw one workload: a bar to the median, a line from the least to the most."""
    order = sorted(peers, key=lambda key: peers[key]["warm"]["median"], reverse=True)
    longest = max(peers[key]["warm"]["median"] for key in order)
    for y, key in enumerate(order):
        warm = peers[key]["warm"]
        colour = OURS if key == "jaxnn" else OTHERS if PEERS[key].library else BY_HAND
        axes.barh(y, warm["median"], height=0.68, color=colour)
        axes.plot([warm["min"], min(warm["max"], 1.3 * longest)], [y, y], color=INK, lw=0.9)
        text = seconds(warm["median"])
        if key == "jaxnn" and warm.get("ratio"):
            text += f"   {ratio(warm['ratio'])}× the best peer"
        end = max(warm["median"], min(warm["max"], 1.3 * longest))
        weight = "bold" if key == "jaxnn" else "normal"
        axes.annotate(
            text, (end, y), (5, 0), textcoords="offset points", va="center", fontsize=8,
            color=INK, weight=weight,
        )  # fmt: skip
    axes.set_yticks(range(len(order)), [PEERS[key].label for key in order], fontsize=8.5)
    for label, key in zip(axes.get_yticklabels(), order, strict=True):
        label.set(color=OURS if key == "jaxnn" else INK)
        label.set_fontweight("bold" if key == "jaxnn" else "normal")
    axes.set_xlim(0, 1.42 * longest)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(OTHERS)
    axes.set_title(
        f"{workload.name}, {'one ' if workload.unit == 1 else ''}{workload.what}",
        loc="left", fontsize=10.5, weight="bold", color=INK, pad=16,
    )  # fmt: skip
    axes.annotate(
        workload.describe(), (0, 1), (0, 5), xycoords="axes fraction",
        textcoords="offset points", fontsize=7.5, color="#57606a",
    )  # fmt: skip


def _frame(figure: Figure, result: dict) -> None:
    """Add the heading, the explanation and the machine."""
    about, height = result["machine"], figure.get_figheight()
    device = f"{about['device']}  " if "device" in about else ""
    rates = "; ".join(
        f"{products} matrix products {spread([max(some)])}"
        for products, some in result["matmul_gflops"].items()
    )
    versions = "  ".join(f"{k} {v}" for k, v in about["versions"].items() if v)
    figure.text(
        0.02, 1 - 0.36 / height, "Training a dense network: time when warm, shorter is better",
        fontsize=14, weight="bold", color=INK,
    )  # fmt: skip
    figure.text(
        0.02, 1 - 0.62 / height,
        "Same network, data, first parameters and number of updates. Bar: median, line: range.",
        fontsize=9, color="#57606a",
    )  # fmt: skip
    figure.text(
        0.02, 0.14 / height,
        f"{about['processor']}, {about['cores']} cores, {about['system']}, "
        f"Python {about['python']}; {rates}\n{device}{versions}",
        fontsize=7.5, color="#57606a", linespacing=1.5,
    )  # fmt: skip
    figure.tight_layout(rect=(0.005, 0.5 / height, 0.995, 1 - 0.75 / height), w_pad=2.5, h_pad=2)
