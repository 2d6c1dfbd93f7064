"""What a network of two inputs says to every point of the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb

from jaxnn._checks import check_examples
from jaxnn.data import class_of
from jaxnn.network import Network, Params
from jaxnn.plots.style import BLUE_TO_ORANGE, CLASSES, INK, new_axes, tidy
from jaxnn.propagation import predict

GRID = 300
"""Points of the plane along each axis."""


def decision_regions(
    network: Network,
    params: Params,
    X: Any,
    Y: Any,
    *,
    class_names: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw which class the network gives to each point of the plane, and the examples.

    One output n_L = 1 shades the plane by a^[L] from 0 to 1, with a line where it is ½.

    Args:
        network: a network with n_0 = 2.
        params: its parameters.
        X: examples, (2, m).
        Y: targets, (n_L, m).
        class_names: names of the classes; none: their numbers.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: n_0 is not 2, there are more classes than colours, or X and Y do not fit.

    >>> import jax
    >>> from jaxnn.network import init, mlp
    >>> net = mlp(2, 3, 2)
    >>> X, Y = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32), np.eye(2, dtype=np.float32)
    >>> len(decision_regions(net, init(net, jax.random.key(0)), X, Y).images)
    1
    """
    if network.sizes[0] != 2:
        raise ValueError(f"decision_regions needs n_0 = 2 inputs, got {network.sizes[0]}")
    classes = max(2, network.sizes[-1])
    if classes > len(CLASSES):
        raise ValueError(f"decision_regions has {len(CLASSES)} colours, got {classes} classes")
    X, Y = np.asarray(X), np.asarray(Y)
    check_examples(network, X, Y)
    ax = ax or new_axes(4.4, 4.0)
    low, high = X.min(axis=1), X.max(axis=1)
    edge = 0.1 * (high - low) + 1e-6
    (left, bottom), (right, top) = low - edge, high + edge
    across, up = np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))
    plane = jnp.asarray(np.stack([across.ravel(), up.ravel()]), params[0].W.dtype)  # (2, GRID²)
    A = np.asarray(predict(network, params, plane)).reshape(-1, GRID, GRID)
    where: dict[str, Any] = {"extent": (left, right, bottom, top), "origin": "lower"}
    colours = ListedColormap([to_rgb(colour) for colour in CLASSES[:classes]])
    scale: dict[str, Any] = {"cmap": colours, "vmin": -0.5, "vmax": classes - 0.5}
    if len(A) == 1:
        ax.imshow(A[0], aspect="auto", alpha=0.55, cmap=BLUE_TO_ORANGE, vmin=0, vmax=1, **where)
        if A.min() < 0.5 < A.max():
            ax.contour(across, up, A[0], [0.5], colors=INK, linewidths=1.2)
    else:
        ax.imshow(A.argmax(axis=0), aspect="auto", alpha=0.22, **where, **scale)
    ax.scatter(X[0], X[1], c=class_of(Y), s=22, edgecolors="white", linewidths=0.7, **scale)
    tidy(ax)
    ax.grid(visible=False)
    ax.set_xlabel("$x_1$", color=INK)
    ax.set_ylabel("$x_2$", color=INK)
    return ax
