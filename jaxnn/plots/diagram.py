"""A network as the textbook draws it: neurons in columns, weights as lines."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from jaxnn.network import Network, Params, check_params
from jaxnn.plots.style import BLUE, INK, ORANGE, QUIET, new_axes

WIDEST = 12
"""Neurons of a layer that are drawn one by one; wider layers are folded."""


def network_diagram(network: Network, params: Params, *, ax: Axes | None = None) -> Axes:
    """Draw the neurons in columns and the weights as lines: width by size, colour by sign.

    Layers of more than 12 neurons show their first and last five, and say how many they have.

    Args:
        network: the network.
        params: its parameters.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: the parameters are not those of the network.

    >>> import jax
    >>> from jaxnn.network import init, mlp
    >>> net = mlp(3, 3, 1, output="sigmoid")
    >>> len(network_diagram(net, init(net, jax.random.key(0))).collections) > 0
    True
    """
    check_params(network, params)
    shown = [_shown(n) for n in network.sizes]
    tallest = max(len(places) for places in shown)
    ax = ax or new_axes(1.9 * network.depth + 1.6, 0.5 * tallest + 1.4)
    heights = [
        {i: (len(places) - 1) / 2 - row for row, i in enumerate(places) if i is not None}
        for places in shown
    ]
    for l, layer in enumerate(params, start=1):
        W = np.asarray(layer.W)
        largest = max(float(np.abs(W).max()), 1e-12)
        pairs = [(i, j) for i in heights[l] for j in heights[l - 1]]
        pairs.sort(key=lambda pair: abs(W[pair]))  # the largest on top
        lines = [[(l - 1, heights[l - 1][j]), (l, heights[l][i])] for i, j in pairs]
        sizes = [0.3 + 3 * abs(W[i, j]) / largest for i, j in pairs]
        colours = [BLUE if W[i, j] >= 0 else ORANGE for i, j in pairs]
        ax.add_collection(LineCollection(lines, linewidths=sizes, colors=colours, alpha=0.75))
    for l, (places, n) in enumerate(zip(shown, network.sizes, strict=True)):
        xs, ys = [l] * len(heights[l]), list(heights[l].values())
        ax.scatter(xs, ys, s=170, color="white", edgecolors=INK, linewidths=1.2, zorder=3)
        if None in places:
            middle = (len(places) - 1) / 2 - places.index(None)
            ax.text(l, middle, "⋮", ha="center", va="center", fontsize=14, color=INK, zorder=4)
        name = "$x$" if l == 0 else f"$a^{{[{l}]}}$"
        label = f"{name}   n = {n}"
        if None in places:
            label += f"\n{len(heights[l])} drawn"
        ax.text(l, -(tallest - 1) / 2 - 0.9, label, ha="center", va="top", color=INK, fontsize=9)
    ax.set_xlim(-0.5, network.depth + 0.5)
    ax.set_ylim(-(tallest - 1) / 2 - 1.6, (tallest - 1) / 2 + 0.7)
    ax.axis("off")
    ax.set_title("weights: blue > 0, orange < 0, wide = large", loc="left", fontsize=9, color=QUIET)
    return ax


def _shown(n: int) -> list[int | None]:
    """Return the neurons of a layer that are drawn; None stands for those left out."""
    return list(range(n)) if n <= WIDEST else [*range(5), None, *range(n - 5, n)]
