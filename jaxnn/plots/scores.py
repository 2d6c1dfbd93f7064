"""A metric of many networks over their hyperparameters, as a line or a heat map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from jaxnn.plots.results import ScoredGrid
from jaxnn.plots.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    QUIET,
    WHITE_TO_BLUE,
    axes_or_new,
    name_ticks,
    plain,
    tidy,
    write_title,
)
from jaxnn.textbook.checks.arguments import as_flag_or_none, check_text, described


def sweep_scores(
    result: ScoredGrid,
    x: str | None = None,
    y: str | None = None,
    *,
    metric: str | None = None,
    maximise: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a metric over one hyperparameter as a line, over two as a heat map.

    Each place shows the mean over all networks with its values of x and y.  Diverged networks do
    not count; where all networks diverged there is a cross.  The colours of a heat map begin at the
    worse quartile: places that are worse are white, as the colour bar says.

    Args:
        result: the result of `sweep`.
        x: the horizontal hyperparameter; None: the first that varies, seeds last.
        y: the vertical one; None: the second that varies, if any.
        metric: such as "val_accuracy"; None: the sweep's monitor.
        maximise: whether a larger one is better; None: as is known of loss, accuracy, r2 and the
            monitor.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: no `SweepResult`; a hyperparameter that the grid does not name, or an
            unknown metric; a heat map of a metric of one's own that is not the monitor, and
            maximise is None.

    >>> import jax, jaxnn, optax
    >>> found = jaxnn.sweep(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), jaxnn.boolean_function(), optimizer=optax.sgd,
    ...     grid={"learning_rate": [0.1, 1.0]}, cost="squared_error", epochs=1, batch_size=8,
    ...     key=jax.random.key(0))
    >>> sweep_scores(found).get_xlabel()[:13]
    'learning rate'
    """
    if not isinstance(result, ScoredGrid):
        raise TypeError(f"result must be what jaxnn.sweep returns, got {described(result)}")
    maximise = as_flag_or_none("maximise", maximise)
    names = [name for name in result.points[0] if len(_values(result, name)) > 1]
    names.sort(key=lambda name: name == "seed")
    for argument, name in (("x", x), ("y", y)):
        if name is None:
            continue
        check_text(argument, name, f"{next(iter(result.points[0]))!r}")
        if name not in result.points[0]:
            known = ", ".join(result.points[0])
            raise ValueError(f"{argument}={name!r} is not in the grid; it names {known}")
    if x is None:
        left = [name for name in names if name != y]
        x = left[0] if left else next(iter(result.points[0]))
        wanted = [name for name in left[1:] if name != "seed"]
        y = y or (wanted[0] if wanted else None)
    metric = result.monitor if metric is None else metric
    if y is None:
        return _line(result, x, metric, ax)
    if maximise is None:
        maximise = result.is_larger_better(metric)
    return _heat_map(result, x, y, metric, maximise, ax)


def _values(result: ScoredGrid, name: str) -> list[Any]:
    found = list(dict.fromkeys(point[name] for point in result.points))
    return found if any(isinstance(value, tuple | str) for value in found) else sorted(found)


def _scores_at(result: ScoredGrid, metric: str, **values: Any) -> np.ndarray:
    scores = result.scores(metric)
    at = [all(point[name] == v for name, v in values.items()) for point in result.points]
    return scores[np.array(at)]


def _line(result: ScoredGrid, x: str, metric: str, ax: Axes | None) -> Axes:
    ax = axes_or_new(ax, 5.2, 3.6)
    tidy(ax)
    values = _values(result, x)
    places = np.arange(len(values))
    columns = [_scores_at(result, metric, **{x: value}) for value in values]
    finite = [column[np.isfinite(column)] for column in columns]
    means = [column.mean() if len(column) else np.nan for column in finite]
    for place, column in zip(places, finite, strict=True):
        ax.plot([place] * len(column), column, "o", color=BLUE, alpha=0.35, ms=4, mew=0)
    ax.plot(places, means, color=BLUE, lw=1.8, label="mean")
    for place in places[np.isnan(means)]:
        ax.plot(place, 0.02, "x", color=ORANGE, transform=ax.get_xaxis_transform())
    name_ticks(ax, _labels(values), room=6)
    ax.set_xlabel(_spelt(x), color=INK)
    _title(ax, result, metric)
    return ax


def _heat_map(
    result: ScoredGrid, x: str, y: str, metric: str, maximise: bool, ax: Axes | None
) -> Axes:
    across, up = _values(result, x), _values(result, y)
    cells = [[_scores_at(result, metric, **{x: a, y: b}) for a in across] for b in up]
    table = np.array(
        [
            [c[np.isfinite(c)].mean() if np.isfinite(c).any() else np.nan for c in row]
            for row in cells
        ]
    )
    ax = axes_or_new(ax, max(4.8, 2.2 + 0.62 * len(across)), 1.5 + 0.5 * len(up))
    finite = table[np.isfinite(table)]
    written = _alike(finite)
    # from the worse quartile on, so that the good ones are told apart
    worst, best = 0.0, 1.0
    if len(finite):
        worst, best = np.quantile(finite, [0.25, 1] if maximise else [0.75, 0]).tolist()
    colours = WHITE_TO_BLUE if maximise else WHITE_TO_BLUE.reversed()
    low, high = sorted((worst, best))
    image = ax.imshow(
        table, cmap=colours.with_extremes(bad=FAINT), origin="lower", aspect="auto", vmin=low,
        vmax=high,
    )  # fmt: skip
    if low < high and len(finite):
        clipped = finite.min() < worst if maximise else finite.max() > worst
        _colour_bar(ax, image, worst, best, clipped, written)
    for (i, j), value in np.ndenumerate(table):
        if np.isnan(value):
            lost = "×" if len(cells[i][j]) else ""
            ax.text(j, i, lost, ha="center", va="center", color=ORANGE, fontsize=12)
            continue
        colour = "white" if low < high and (value - worst) / (best - worst) > 0.6 else INK
        number = format(value, written)
        ax.text(j, i, number, ha="center", va="center", fontsize=8, color=colour)
    if len(finite):
        i, j = np.unravel_index(np.nanargmax(table if maximise else -table), table.shape)
        ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, ec=ORANGE, lw=2.2))
    name_ticks(ax, _labels(across), room=6)
    ax.set_yticks(range(len(up)), _labels(up))
    ax.set_xlabel(_spelt(x), color=INK)
    ax.set_ylabel(_spelt(y), color=INK)
    ax.tick_params(length=0, labelsize=9, colors=INK)
    ax.spines[:].set_color(QUIET)
    _title(ax, result, metric)
    return ax


def _colour_bar(
    ax: Axes, image: AxesImage, worst: float, best: float, clipped: bool, written: str
) -> None:
    """Draw which colour is which value; white is the worst one, and all that are worse yet."""
    maximise = worst < best
    ends = ("min" if maximise else "max") if clipped else "neither"
    bar = ax.figure.colorbar(image, ax=ax, extend=ends, fraction=0.06, pad=0.03, aspect=24)
    ticks = [worst, (worst + best) / 2, best]
    labels = [format(tick, written) for tick in ticks]
    if clipped:
        labels[0] = f"{'≤' if maximise else '≥'} {labels[0]}"
    bar.set_ticks(ticks, labels=labels)
    bar.ax.tick_params(length=0, labelsize=8, colors=INK)
    bar.outline.set_edgecolor(QUIET)


def _spelt(name: str) -> str:
    return "learning rate $\\eta$" if name == "learning_rate" else plain(name.replace("_", " "))


def _title(ax: Axes, result: ScoredGrid, metric: str) -> None:
    lost = int(result.diverged.sum())
    title = plain(metric.replace("val_", "validation ").replace("_", " "))
    write_title(
        ax, title, f"{len(result.points)} networks" + (f", {lost} diverged (×)" if lost else "")
    )


def _alike(values: np.ndarray) -> str:
    """Return the format that gives all numbers of a table equally many decimals.

    >>> format(0.9, _alike(np.array([0.9, 1.0]))), format(2e5, _alike(np.array([2e5])))
    ('0.900', '2e+05')
    """
    digits = math.ceil(math.log10(np.abs(values).max(initial=1e-12)))  # before the point
    return f".{min(3 - digits, 4)}f" if -2 <= digits <= 3 else ".3g"


def _labels(values: Sequence[Any]) -> list[str]:
    return [_number(v) if isinstance(v, float) else plain(str(v).strip("(),")) for v in values]


def _number(value: float) -> str:
    """Return a number in three significant digits.

    >>> _number(0.97216), _number(1e-4), _number(123456.0)
    ('0.972', '0.0001', '1.23e+05')
    """
    return f"{value:.3g}"
