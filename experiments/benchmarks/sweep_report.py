"""Turns the reports of the sweep into figures, verdicts on targets, and Markdown."""

from __future__ import annotations

import statistics

from report import ratio, spread
from sweep_peers import CONTENDERS
from sweep_peers.folds import FOLDS
from workloads import Workload

# Relative difference of a mean loss from the median; networks of different seeds differ by 7 %.
TOLERANCE = 0.1
# Targets: ms of a network's epoch on two cores, times as fast as a loop, cross-validation in fits.
MOST_MS, LEAST_TIMES, MOST_FITS = 0.25, 50, 2.0
LOOPS = ("sklearn", "torch", "equinox")  # the loops of the target


def summarise(result: dict) -> dict:
    """Return the result with a `summary` for each that was measured, and verdicts on `targets`.

    A contender's summary holds `ms` per network and epoch and `times`, the ratio to jaxnn's median
    (both with median, min and max), `loss`, `comparable`, `gflops`, `share` of the rate of matrix
    products, and `note`.
    """
    contenders = result["contenders"]
    measured = {k: e for k, e in contenders.items() if e["status"] == "measured" and e["reports"]}
    flops = Workload(**result["workload"]).flops
    ceiling = max(max(rates) for rates in result["matmul_gflops"].values())
    for entry in measured.values():
        reports = entry["reports"]
        ms = _figure([1e3 * t for report in reports for t in report["seconds"]])
        gflops = flops / ms["median"] / 1e6
        entry["summary"] = {
            "ms": ms,
            "loss": statistics.fmean(loss for report in reports for loss in report["losses"]),
            "gflops": gflops,
            "share": gflops / ceiling,
            "note": statistics.mode(report["note"] for report in reports),
        }
    summaries = {key: entry["summary"] for key, entry in measured.items()}
    if summaries:
        middle = statistics.median(s["loss"] for s in summaries.values())
        for s in summaries.values():
            s["comparable"] = abs(s["loss"] - middle) <= TOLERANCE * middle
            if "jaxnn" in summaries:
                ours = summaries["jaxnn"]["ms"]["median"]
                s["times"] = {name: s["ms"][name] / ours for name in ("median", "min", "max")}
    for entry in result["cross_validation"]:
        if entry["status"] == "measured" and entry["reports"]:
            entry["summary"] = _folds(entry["reports"])
    result["targets"] = targets(summaries, result["cross_validation"])
    return result


def _figure(values: list[float]) -> dict:
    return {
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "samples": len(values),
    }


def _folds(reports: list[dict]) -> dict:
    """Return milliseconds of one fit and of all folds, and the ratio of each pair."""
    fit, folds = ([1e3 * t for r in reports for t in r[name]] for name in ("fit", "folds"))
    pairs = [b / a for a, b in zip(fit, folds, strict=True)]
    return {"fit": _figure(fit), "folds": _figure(folds), "ratio": _figure(pairs)}


def targets(summaries: dict, cross_validation: list[dict]) -> list[str]:
    """Return a sentence for each target; none if jaxnn was not measured."""
    if "jaxnn" not in summaries:
        return []
    s = summaries["jaxnn"]
    ms = s["ms"]["median"]
    lines = [
        f"jaxnn.sweep: {number(ms)} ms per network and epoch, {_met(ms <= MOST_MS)} of {MOST_MS} "
        f"ms; {s['gflops']:.0f} GFLOP/s of needed products, {s['share']:.0%} of the measured rate"
    ]
    every = [key for key in summaries if CONTENDERS[key].kind == "loop"]
    named = [key for key in every if key in LOOPS]
    for some, which in (
        (named, "best loop of scikit-learn, PyTorch and Equinox"),
        (every, "best of all loops"),
    ):
        some = [key for key in some if summaries[key]["comparable"]]
        if some:
            best = min(some, key=lambda key: summaries[key]["ms"]["median"])
            times = summaries[best]["ms"]["median"] / ms
            lines.append(
                f"jaxnn.sweep: {ratio(times)} times as fast as the {which} "
                f"({CONTENDERS[best].label}), {_met(times >= LEAST_TIMES)} of {LEAST_TIMES}"
            )
    for entry in cross_validation:
        if entry["library"] == "jaxnn" and "summary" in entry:
            fits = entry["summary"]["ratio"]["median"]
            lines.append(
                f"jaxnn.cross_validate: {FOLDS} folds in {fits:.2f} times one fit of "
                f"{entry['epochs']} epochs, {_met(fits <= MOST_FITS)} of {MOST_FITS:.0f}"
            )
    return lines


def _met(reached: bool) -> str:
    return "which meets the target" if reached else "which misses the target"


def markdown(result: dict) -> str:
    """Return machine, table of the networks, table of cross-validation, and the targets."""
    parts = [
        about(result),
        f"{result['networks']:,} networks, {Workload(**result['workload']).describe()}, "
        f"{result['epochs']} epochs, per network and epoch:",
        _networks(result["contenders"]),
    ]
    if result["cross_validation"]:
        parts += [f"{FOLDS}-fold cross-validation of one network:", _cross_validation(result)]
    if result["targets"]:
        parts.append("\n".join(f"- {line}" for line in result["targets"]))
    return "\n\n".join(parts) + "\n"


def about(result: dict) -> str:
    """Return machine, rate and versions in two lines."""
    m = result["machine"]
    rates = "; ".join(
        f"{name} matrix products {spread(some)}" for name, some in result["matmul_gflops"].items()
    )
    device = f"{m['device']}, " if "device" in m else ""
    versions = ", ".join(f"{name} {version}" for name, version in m["versions"].items() if version)
    return (
        f"{device}{m['processor']}, {m['cores']} cores, {m['system']}, Python {m['python']}; "
        f"{rates}\n{versions}"
    )


def _networks(contenders: dict) -> str:
    lines = [
        _line("", "ms, median", "min to max", "× jaxnn.sweep", "loss"),
        _line("---", *["---:"] * 4),
    ]
    for entry in contenders.values():
        if "summary" not in entry:
            lines.append(_line(entry["label"], entry["status"], "", "", ""))
            continue
        s = entry["summary"]
        lines.append(
            _line(
                label(entry),
                number(s["ms"]["median"]),
                f"{number(s['ms']['min'])} to {number(s['ms']['max'])}",
                ratio(s["times"]["median"]) if "times" in s else "",
                f"{s['loss']:.3f}" + ("" if s["comparable"] else " differs!"),
            )
        )
    return "\n".join(lines)


def _cross_validation(result: dict) -> str:
    lines = [
        _line("", "epochs", "one fit", f"{FOLDS} folds", "ratio, median", "min to max"),
        _line("---", *["---:"] * 5),
    ]
    for entry in result["cross_validation"]:
        name, epochs = CROSS_VALIDATION[entry["library"]], str(entry["epochs"])
        if "summary" not in entry:
            lines.append(_line(name, epochs, entry["status"], "", "", ""))
            continue
        s = entry["summary"]
        pairs = s["ratio"]
        lines.append(
            _line(
                name,
                epochs,
                f"{number(s['fit']['median'])} ms",
                f"{number(s['folds']['median'])} ms",
                f"{pairs['median']:.2f}",
                f"{pairs['min']:.2f} to {pairs['max']:.2f}",
            )
        )
    return "\n".join(lines)


CROSS_VALIDATION = {
    "jaxnn": "jaxnn.cross_validate",
    "sklearn": "scikit-learn, cross_val_score, joblib",
}


def label(entry: dict) -> str:
    """Return a contender's name with the variant that it chose."""
    return ", ".join(part for part in (entry["label"], entry["summary"]["note"]) if part)


def number(value: float) -> str:
    """Return a number with three significant digits.

    >>> number(0.1234), number(8.7), number(1234.5)
    ('0.123', '8.70', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
