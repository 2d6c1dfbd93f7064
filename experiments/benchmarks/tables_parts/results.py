"""The fits of tables.py as lines and tables of Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tables_parts import MODELS, PRESETS, TABLES

KEY = "table", "model", "seed", "whole_process"
LIMIT = 60  # seconds that a whole process may take


class Measure(NamedTuple):
    """A column of the table of scores."""

    table: str
    score: str
    heading: str
    digits: int

    def text(self, values: Sequence[float]) -> str:
        """Return mean ± deviation, and of one seed its score."""
        mean = f"{np.mean(values):.{self.digits}f}"
        return mean if len(values) == 1 else f"{mean} ± {np.std(values):.{self.digits}f}"


MEASURES = (
    Measure("california", "rmse", "California, RMSE", 4),
    Measure("adult", "accuracy", "Adult, accuracy", 4),
    Measure("adult", "log_loss", "Adult, log loss", 4),
    Measure("bike", "rmse", "bike, RMSE", 2),
    Measure("wine", "rmse", "wine, RMSE", 4),
    Measure("bank", "roc_auc", "bank, ROC AUC", 4),
)
MAIN = {one.table: one for one in reversed(MEASURES)}  # the first of each table


def key_of(fit: dict[str, Any]) -> tuple[Any, ...]:
    """Return what no two fits of a result share."""
    return tuple(fit[name] for name in KEY)


def line(fit: dict[str, Any]) -> str:
    """Return a fit as a line about the progress."""
    said = f"{fit['table']}  {fit['model']}  seed {fit['seed']}"
    if fit["status"] != "measured":
        return f"{said}  {fit['status']}"
    scores = "  ".join(f"{name} {value:.4f}" for name, value in fit["scores"].items())
    return f"{said}  {scores}  {fit['seconds']:.1f} s"


def of(fits: Iterable[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    """Return the measured fits with these values.

    >>> of([{"table": "wine", "status": "measured"}], table="bank")
    []
    """
    wanted |= {"status": "measured"}
    return [fit for fit in fits if all(fit[name] == value for name, value in wanted.items())]


def models_of(fits: Iterable[dict[str, Any]]) -> list[str]:
    """Return the names of the models, ours first, in the order in which options list them."""
    known = [*(f"jaxnn {name}" for name in PRESETS), *(label for label, _ in MODELS.values())]
    found = dict.fromkeys(fit["model"] for fit in fits)
    return sorted(found, key=lambda model: known.index(model) if model in known else len(known))


def markdown(fits: list[dict[str, Any]]) -> str:
    """Return the tables of scores, of seconds, and of whole processes."""
    here = [fit for fit in fits if not fit["whole_process"]]
    fresh = [fit for fit in fits if fit["whole_process"]]
    blocks: list[str] = []
    if here:
        blocks += [
            _scores(here),
            _table(here, "s of fit and predict, median", _median_seconds),
        ]
    if fresh:
        heading = f"s of the whole process, median (longest; limit {LIMIT}), peak MiB"
        blocks += [_scores(fresh), _table(fresh, heading, _whole)]
    return "\n\n".join(blocks) + "\n"


def ablation(fits: list[dict[str, Any]]) -> str:
    """Return the table of the ingredients: scores on validation rows, and on test rows."""
    measures = [one for one in MEASURES if of(fits, table=one.table)]
    head = [f"{one.heading}, {rows}" for one in measures for rows in ("validation", "test")]
    tables = [name for name in TABLES if of(fits, table=name)]
    lines = [_line(["", *head, *(f"{name}, s" for name in tables)])]
    lines.append(_line(["---", *["--:"] * (len(head) + len(tables))]))
    for model in models_of(fits):
        cells = [
            _mean(one, of(fits, table=one.table, model=model), prefix)
            for one in measures
            for prefix in ("validation_", "")
        ]
        cells += [_median_seconds(of(fits, table=name, model=model)) for name in tables]
        lines.append(_line([model, *cells]))
    return "\n".join(lines) + "\n"


def _scores(fits: list[dict[str, Any]]) -> str:
    """Return mean and deviation over the seeds; where there are fewer seeds, their number."""
    measures = [one for one in MEASURES if any(fit["table"] == one.table for fit in fits)]
    seeds = len({fit["seed"] for fit in fits})
    head = ["mean ± deviation", *(one.heading for one in measures)]
    lines = [_line(head), _line(["---", *["--:"] * len(measures)])]
    for model in models_of(fits):
        cells = []
        for one in measures:
            some = of(fits, table=one.table, model=model)
            note = f" ({len(some)} of {seeds} seeds)" if 0 < len(some) < seeds else ""
            cells.append((_mean(one, some) or _absent(fits, one.table, model)) + note)
        lines.append(_line([model, *cells]))
    return "\n".join(lines)


def _mean(measure: Measure, fits: list[dict[str, Any]], prefix: str = "") -> str:
    return measure.text([fit["scores"][prefix + measure.score] for fit in fits]) if fits else ""


def _absent(fits: list[dict[str, Any]], table: str, model: str) -> str:
    """Return why there is no score."""
    some = [fit["status"] for fit in fits if (fit["table"], fit["model"]) == (table, model)]
    return some[0] if some else ""


def _table(
    fits: list[dict[str, Any]], heading: str, cell: Callable[[list[dict[str, Any]]], str]
) -> str:
    """Return a table with a column for each data set."""
    tables = [name for name in TABLES if any(fit["table"] == name for fit in fits)]
    lines = [_line([heading, *tables]), _line(["---", *["--:"] * len(tables)])]
    for model in models_of(of(fits)):
        lines.append(_line([model, *(cell(of(fits, table=name, model=model)) for name in tables)]))
    return "\n".join(lines)


def _median_seconds(fits: list[dict[str, Any]]) -> str:
    return f"{statistics.median(fit['seconds'] for fit in fits):.3g}" if fits else ""


def _whole(fits: list[dict[str, Any]]) -> str:
    if not fits:
        return ""
    longest, most = (max(fit[name] for fit in fits) for name in ("seconds", "peak_mib"))
    return f"{_median_seconds(fits)} ({longest:.3g}), {most:,.0f}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
