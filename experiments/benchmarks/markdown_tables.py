"""Writes a result as Markdown tables: warm times, and the times of a fresh process."""

from __future__ import annotations

import report
from peers import PEERS
from workloads import WORKLOADS, Workload

PROCESS = (
    ("first", "first epoch"),
    ("first-cached", "first epoch, cached"),
    ("whole", "whole process"),
    ("whole-cached", "whole process, cached"),
    ("peak_mib", "peak MiB"),
)


def tables(result: dict) -> str:
    """Return both tables, without the peers and workloads that were not measured."""
    return f"{warm(result)}\n{_process(_measured(result))}"


def _measured(result: dict) -> dict:
    """Return the summaries by workload and peer."""
    measured = {
        name: {key: p["summary"] for key, p in entry["peers"].items() if "summary" in p}
        for name, entry in result["workloads"].items()
    }
    return {name: peers for name, peers in measured.items() if peers}


def warm(result: dict) -> str:
    """Return the table of the warm times; "of matmul" is there if the rate was measured."""
    measured = _measured(result)
    keys = [key for key in PEERS if any(key in peers for peers in measured.values())]
    ours = {name: peers["jaxnn"] for name, peers in measured.items() if "jaxnn" in peers}
    shares = {name: one["share"] for name, one in ours.items() if one["share"] is not None}
    heads = [PEERS[key].label for key in keys] + ["jaxnn × best peer"]
    heads += ["of matmul"] if shares else []
    lines = [line("", *heads), line("---", *["---:"] * len(heads))]
    for name, peers in measured.items():
        times = {key: report.seconds(peers[key]["warm"]["median"]) for key in peers}
        cells = [times.get(key, "absent") for key in keys]
        cells.append(report.ratio(ours[name]["warm"]["ratio"]) if name in ours else "")
        if shares:
            cells.append(f"{shares[name]:.0%}" if name in shares else "")
        what = Workload(**result["workloads"][name]["workload"]).what
        lines.append(line(f"*{name}*, {what}", *cells))
    return "\n".join(lines) + "\n"


def _process(measured: dict) -> str:
    trained = {name: peers for name, peers in measured.items() if not WORKLOADS[name].predicts}
    keys = [key for key in PEERS if any(key in peers for peers in trained.values())]
    if not keys:
        return ""
    lines = [line("", *(PEERS[key].label for key in keys)), line("---", *["---:"] * len(keys))]
    for name, peers in trained.items():
        for figure, label in PROCESS:
            if any(figure in summary for summary in peers.values()):
                cells = (_cell(peers.get(key, {}).get(figure), figure) for key in keys)
                lines.append(line(f"*{name}*, {label}", *cells))
    return "\n".join(lines) + "\n"


def _cell(figure: dict | None, kind: str) -> str:
    if figure is None:
        return "absent"
    return f"{figure['median']:.0f}" if kind == "peak_mib" else report.seconds(figure["median"])


def line(*cells: str) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
