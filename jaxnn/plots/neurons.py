"""What one column adds to the weighted sum of each neuron of a layer, as curves over its values."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from jaxnn.errors import DataError, ShapeError
from jaxnn.plots.style import (
    CLASSES,
    INK,
    QUIET,
    axes_or_new,
    plain,
    tidy,
    write_labels_apart,
    write_title,
)
from jaxnn.textbook.checks.arguments import check_text
from jaxnn.textbook.checks.values import as_numbers, check_count

NAMED = 5  # neurons whose curves are coloured and named


def neuron_curves(
    x: Any,
    curves: Any,
    *,
    column: str = "x",
    edges: Any = (),
    layer: int = 1,
    most: int = 12,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a column adds to the weighted sum z_i of each neuron, over the column's values.

    The neurons of the largest range are drawn, each around the mean of its curve, and the five
    largest are named at the right.

    Args:
        x: values of the column, (g,), in its own unit, in any order.
        curves: what it adds to z_i, (n, g), a neuron a row.
        column: its name.
        edges: of the pieces of its encoding; short lines at the bottom.
        layer: l, of the neurons.
        most: neurons drawn at most.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: curves are not (n, g), or a number is not finite.

    >>> x = np.array([0.0, 1.0, 2.0])
    >>> ax = neuron_curves(x, [[0, 1, 2], [0, 3, 0]], column="age", edges=[0, 1, 2])
    >>> sorted(text.get_text() for text in ax.texts)
    ['$z_{1}$', '$z_{2}$']
    """
    check_text("column", column, "'age'")
    most, layer = check_count("most", most), check_count("layer", layer)
    x = as_numbers("x", x, "(g,)", axes=None).astype(np.float64)
    curves = as_numbers("curves", curves, "(n, g)").astype(np.float64)
    edges = as_numbers("edges", edges, "(T + 1,)", axes=None).astype(np.float64)
    if x.shape != curves.shape[1:] or not curves.size:
        raise ShapeError(
            "curves must have shape (n, g), one column for each of the g values of x, got "
            f"{curves.shape} and x of shape {x.shape}"
        )
    for name, values in (("x", x), ("curves", curves), ("edges", edges)):
        if not np.isfinite(values).all():
            raise DataError(f"{name} must be finite, got NaN or an infinite number")
    order = np.argsort(x, kind="stable")
    x, curves = x[order], curves[:, order]
    largest = np.argsort(-np.ptp(curves, axis=1), kind="stable")[:most]
    ax = axes_or_new(ax, 5.6, 3.7)
    tidy(ax)
    ax.axhline(0, color=QUIET, lw=0.8)
    shown = curves[largest] - curves[largest].mean(axis=1, keepdims=True)
    named = [(shown[k], CLASSES[k]) for k in range(min(NAMED, len(shown)))]
    ax.plot(x, shown[NAMED:].T, color=QUIET, lw=0.9, alpha=0.5)
    for values, colour in reversed(named):
        ax.plot(x, values, color=colour, lw=1.7)
    if len(x) > 1:
        ax.set_xlim(x[0], x[-1])
    ticks = edges[(edges >= x[0]) & (edges <= x[-1])]
    ax.vlines(ticks, 0, 0.03, color=INK, lw=0.8, transform=ax.get_xaxis_transform())
    labels = [f"$z_{{{i + 1}}}$" for i in largest[:NAMED]]
    write_labels_apart(
        ax, [float(values[-1]) for values, _ in named], labels, [colour for _, colour in named]
    )
    ax.set_xlabel(plain(column), color=INK)
    few = f"{len(largest)} of {len(curves)} neurons, of the largest range"
    count = few if len(largest) < len(curves) else ""
    write_title(ax, f"added to $z_i^{{[{layer}]}}$", count)
    return ax
