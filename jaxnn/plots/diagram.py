"""A network as the textbook draws it: neurons in columns, weights as lines."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from jaxnn.plots.style import BLUE, INK, ORANGE, axes_or_new, write_title
from jaxnn.textbook.network import Network, Params, check_params

WIDEST = 12  # neurons up to which a layer is drawn in full
LARGEST = 25  # width of a neuron, in points, where there is room
NAMED = 17  # width from which the neuron's name fits inside


def network_diagram(network: Network, params: Params, *, ax: Axes | None = None) -> Axes:
    """Draw the neurons in columns and the weights as lines: width by size, colour by sign.

    Blue is positive, orange negative; the widest line of W^[l] is its largest weight.  Layers of
    more than 12 neurons show their first and last five, and say how many they have.

    Args:
        network: the network.
        params: its parameters.
        ax: where to draw; None: a new figure.

    Returns:
        The axes; layer l is at x = l.

    Raises:
        TypeError, ValueError: the parameters are not those of the network.

    >>> import jax
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 3, 1, output="sigmoid")
    >>> ax = network_diagram(net, init(net, jax.random.key(0)))
    >>> [len(weights.get_segments()) for weights in ax.collections[:2]]
    [9, 3]
    """
    check_params(network, params)
    heights = [_heights(n) for n in network.sizes]
    tallest = max(max(column.values()) for column in heights)
    ax = axes_or_new(ax, 1.9 * network.depth + 1.6, tallest + 1.9)
    low, high = -tallest - 1.5, tallest + 1.2
    ax.set_xlim(-0.4, network.depth + 0.4)
    ax.set_ylim(low, high)
    ax.axis("off")
    points = 72 * ax.get_window_extent().height / ax.figure.dpi / (high - low)  # a row's height
    width = min(LARGEST, 0.7 * points)
    for l, layer in enumerate(params, start=1):
        W = np.asarray(layer.W, float)
        _draw_weights(ax, l, W, heights[l - 1], heights[l], scale=max(0.4, width / LARGEST))
        name = f"$W^{{[{l}]}}$"
        ax.text(l - 0.5, tallest + 0.85, name, ha="center", va="center", color=INK, fontsize=10)
    for l, (n, column) in enumerate(zip(network.sizes, heights, strict=True)):
        _draw_neurons(ax, l, column, width)
        lines = ["$a^{[0]} = x$" if l == 0 else f"$a^{{[{l}]}}$", f"$n_{{{l}}} = {n}$"]
        if len(column) < n:
            lines.append(f"{len(column)} drawn")
        ax.text(l, -tallest - 0.7, "\n".join(lines), ha="center", va="top", color=INK, fontsize=9)
    write_title(ax, "", "weights: blue > 0, orange < 0, wide = large")
    return ax


def _heights(n: int) -> dict[int, float]:
    """Return the heights of the drawn neurons of a layer of n, number -> height, centred at 0."""
    if n <= WIDEST:
        return {i: (n - 1) / 2 - i for i in range(n)}
    rows: Iterable[int] = range(-5, 0)
    return {i: 5.0 - i for i in range(5)} | {n + row: -6.0 - row for row in rows}


def _draw_weights(
    ax: Axes,
    l: int,
    W: np.ndarray,
    before: dict[int, float],
    after: dict[int, float],
    *,
    scale: float,
) -> None:
    pairs = [(i, j) for i in after for j in before]
    pairs.sort(key=lambda pair: abs(W[pair]))  # the largest on top
    largest = max(float(np.abs(W).max()), 1e-12)
    ax.add_collection(
        LineCollection(
            [[(l - 1, before[j]), (l, after[i])] for i, j in pairs],
            linewidths=[scale * (0.3 + 3 * abs(W[pair]) / largest) for pair in pairs],
            colors=[BLUE if W[pair] >= 0 else ORANGE for pair in pairs],
            alpha=0.75,
        )
    )


def _draw_neurons(ax: Axes, l: int, column: dict[int, float], width: float) -> None:
    ys = list(column.values())
    ax.scatter([l] * len(ys), ys, s=width**2, color="white", edgecolors=INK, linewidths=1, zorder=3)
    if len(ys) > 1 and max(np.diff(sorted(ys))) > 1.5:
        ax.text(l, 0, "⋮", ha="center", va="center", fontsize=14, color=INK, zorder=4)
    for i, y in column.items():
        name = f"$x_{{{i + 1}}}$" if l == 0 else f"$a_{{{i + 1}}}^{{[{l}]}}$"
        if width >= NAMED:
            ax.text(
                l, y, name, ha="center", va="center", fontsize=0.33 * width, color=INK, zorder=4
            )
