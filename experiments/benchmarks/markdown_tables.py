"""Writes a result as Markdown tables: warm times, and the times of a fresh process."""

from __future__ import annotations

import report
from peers import PEERS
from workloads import WORKLOADS

PROCESS = (
    ("first", "first epoch"),
    ("first-cached", "first epoch, cached"),
    ("whole", "whole process"),
    ("whole-cached", "whole process, cached"),
    ("peak_mib", "peak MiB"),
)


def tables(result: dict) -> str:
    """Return both tables, without the peers and workloads that were not measured."""
    measured = {
        name: {key: p["summary"] for key, p in entry["peers"].items() if "summary" in p}
        for name, entry in result["workloads"].items()
    }
    measured = {name: peers for name, peers in measured.items() if peers}
    return f"{_warm(measured)}\n{_process(measured)}"


def _warm(measured: dict) -> str:
    keys = [key for key in PEERS if any(key in peers for peers in measured.values())]
    lines = [
        _line("", *(PEERS[key].label for key in keys), "jaxnn × best peer", "of matmul"),
        _line("---", *["---:"] * (len(keys) + 2)),
    ]
    for name, peers in measured.items():
        warm = {key: report.seconds(peers[key]["warm"]["median"]) for key in peers}
        ours = peers.get("jaxnn")
        ratio = report.ratio(ours["warm"]["ratio"]) if ours else ""
        share = f"{ours['share']:.0%}" if ours else ""
        label = f"*{name}*, {WORKLOADS[name].what}"
        lines.append(_line(label, *(warm.get(key, "absent") for key in keys), ratio, share))
    return "\n".join(lines) + "\n"


def _process(measured: dict) -> str:
    trained = {name: peers for name, peers in measured.items() if not WORKLOADS[name].predicts}
    keys = [key for key in PEERS if any(key in peers for peers in trained.values())]
    if not keys:
        return ""
    lines = [_line("", *(PEERS[key].label for key in keys)), _line("---", *["---:"] * len(keys))]
    for name, peers in trained.items():
        for figure, label in PROCESS:
            if any(figure in summary for summary in peers.values()):
                cells = (_cell(peers.get(key, {}).get(figure), figure) for key in keys)
                lines.append(_line(f"*{name}*, {label}", *cells))
    return "\n".join(lines) + "\n"


def _cell(figure: dict | None, kind: str) -> str:
    if figure is None:
        return "absent"
    return f"{figure['median']:.0f}" if kind == "peak_mib" else report.seconds(figure["median"])


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
