"""Turns the reports of the processes into tables: medians, spreads, ratios."""

from __future__ import annotations

import statistics

from peers import PEERS
from rich.console import Console
from rich.table import Table
from workloads import Workload

TOLERANCE = 0.02  # relative difference of a loss from the median above which times are not compared

KEYS = ("warm", "first", "whole", "first-cached", "whole-cached", "peak_mib")


def summarise(result: dict) -> dict:
    """Return the result with a `summary` for every peer of every workload.

    A summary holds, for each measured key of KEYS, median, min, max and number of samples, and
    `ratio`, how many times better it is than the best peer library (below 1: worse); `share` of the
    rate of matrix products, if that was measured; `loss` of the check, if there was one, and
    `comparable`, whether the others reached it.
    """
    for entry in result["workloads"].values():
        workload, peers = Workload(**entry["workload"]), entry["peers"]
        rates = result["matmul_gflops"].get(workload.products)
        measured = {
            key: p for key, p in peers.items() if p["status"] == "measured" and p["reports"]
        }
        losses = {key: _check(p["reports"]).get("loss") for key, p in measured.items()}
        known = [loss for loss in losses.values() if loss is not None]
        middle = statistics.median(known) if known else 0.0
        for key, p in measured.items():
            p["summary"] = _figures(p["reports"], workload)
            loss = p["summary"]["loss"] = losses[key]
            p["summary"]["comparable"] = loss is None or abs(loss - middle) <= TOLERANCE * middle
            rate = workload.flops / p["summary"]["warm"]["median"] / 1e9
            p["summary"]["share"] = rate / max(rates) if rates else None
        for measure in KEYS:
            _add_ratios(measured, measure)
    return result


def _check(reports: dict) -> dict:
    """Return the report with the loss in file order."""
    return reports.get("check", reports["timed"])[0]


def _figures(reports: dict, workload: Workload) -> dict:
    timed = reports["timed"]
    samples = {
        "warm": [
            t * workload.unit / (report["epochs"] or 1) for report in timed for t in report["warm"]
        ],
        "first": [report["first"] for report in timed],
        "first-cached": [report["first"] for report in reports.get("first-cached", ())],
        "whole": [report["process"] for report in reports.get("whole", ())],
        "whole-cached": [report["process"] for report in reports.get("whole-cached", ())],
        "peak_mib": [report["peak_mib"] for report in timed if "peak_mib" in report],
    }
    return {
        name: {
            "median": statistics.median(values),
            "min": min(values),
            "max": max(values),
            "samples": len(values),
        }
        for name, values in samples.items()
        if values
    }


def _add_ratios(measured: dict, measure: str) -> None:
    """Write into each figure how many times better it is than that of the best peer library."""
    figures = {key: p["summary"][measure] for key, p in measured.items() if measure in p["summary"]}
    best = [
        figure["median"]
        for key, figure in figures.items()
        if PEERS[key].library and measured[key]["summary"]["comparable"]
    ]
    for figure in figures.values():
        figure["ratio"] = min(best) / figure["median"] if best else None


def print_tables(result: dict, console: Console) -> None:
    """Print machine, versions, and one table a workload."""
    about = result["machine"]
    versions = ", ".join(f"{k} {v}" for k, v in about["versions"].items() if v)
    rates = "; ".join(
        f"matrix products ({products}): {spread(some)}"
        for products, some in result["matmul_gflops"].items()
    )
    console.print(
        f"{about['processor']}, {about['cores']} cores, {about['system']}, "
        f"Python {about['python']}\n{versions}\n"
        f"{rates}\n",
        highlight=False,
    )
    for entry in result["workloads"].values():
        console.print(_table(Workload(**entry["workload"]), entry))


def _table(workload: Workload, entry: dict) -> Table | str:
    if entry["status"] != "measured":
        return f"{workload.name}: {entry['status']}"
    measured = [p["summary"] for p in entry["peers"].values() if "summary" in p]
    columns = [key for key in KEYS if any(key in summary for summary in measured)]
    table = Table(
        title=f"{workload.name}: {workload.describe()}", title_justify="left", title_style="bold"
    )
    heads = {
        "warm": f"warm {workload.what}",
        "first": "first epoch" if not workload.predicts else "first call",
        "whole": f"process, {workload.whole:,} epochs",
        "first-cached": "first, cached",
        "whole-cached": "process, cached",
        "peak_mib": "peak MiB of RAM",
    }
    table.add_column("")
    table.add_column(heads["warm"], justify="right")
    table.add_column("min to max", justify="right")
    table.add_column("× best peer", justify="right")
    table.add_column("of matmul", justify="right")
    for key in columns[1:]:
        table.add_column(heads[key], justify="right")
    table.add_column("loss", justify="right")
    for key, p in entry["peers"].items():
        label = PEERS[key].label
        if "summary" not in p:
            table.add_row(label, p["status"])
            continue
        summary, warm = p["summary"], p["summary"]["warm"]
        table.add_row(
            label,
            seconds(warm["median"]),
            f"{seconds(warm['min'])} to {seconds(warm['max'])}",
            ratio(warm["ratio"]),
            f"{summary['share']:.1%}",
            *(_cell(key, summary.get(key)) for key in columns[1:]),
            f"{summary['loss']:.4f}" + ("" if summary["comparable"] else " differs!"),
            style="bold" if key == "jaxnn" else None,
        )
    return table


def _cell(key: str, figure: dict | None) -> str:
    if figure is None:
        return ""
    return f"{figure['median']:.0f}" if key == "peak_mib" else seconds(figure["median"])


def spread(rates: list[float]) -> str:
    """Return the smallest and the largest rate of matrix products.

    >>> spread([150.0, 200.0]), spread([765_432.0])
    ('150 to 200 GFLOP/s', '765 TFLOP/s')
    """
    least, most = min(rates), max(rates)
    unit, size = ("TFLOP/s", 1000) if most >= 10_000 else ("GFLOP/s", 1)
    low, high = f"{least / size:.0f}", f"{most / size:.0f}"
    return f"{high} {unit}" if low == high else f"{low} to {high} {unit}"


def ratio(value: float | None) -> str:
    """Return a ratio with three significant digits.

    >>> ratio(13.42), ratio(0.731), ratio(None)
    ('13.4', '0.73', '')
    """
    if value is None:
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def seconds(value: float) -> str:
    """Return seconds with a fitting unit.

    >>> seconds(0.0000213), seconds(0.0153), seconds(2.5)
    ('21.3 µs', '15.3 ms', '2.50 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:#.3g} {unit}".replace(". ", " ")
    return f"{value * 1e6:#.3g} µs".replace(". ", " ")
