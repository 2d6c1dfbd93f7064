"""The class that a network of two inputs gives to each point of the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from jaxnn.data.class_labels import named, targets_of
from jaxnn.data.preparation import class_of
from jaxnn.plots.style import (
    BLUE_TO_ORANGE,
    CLASSES,
    INK,
    MARKERS,
    axes_or_new,
    plain,
    tidy,
    write_title,
)
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.propagation import propagate

GRID = 300  # points of the plane along each axis


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

    One output n_L = 1 shades the plane by a^[L], from 0 in blue to 1 in orange, with a line where
    it is ½.  Examples have the colour and shape of their true class.

    Args:
        network: a network with n_0 = 2.
        params: its parameters.
        X: examples, (2, m).
        Y: targets, (n_L, m), or labels, (m,), as `confusion_matrix`.
        class_names: names of the classes, as many as there are; none: those of the labels, or their
            numbers.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: n_0 is not 2, there are more classes than colours, another number of names than
            of classes, or X and Y do not fit the network.

    >>> import jax
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(2, 3, 2)
    >>> X, Y = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32), np.eye(2, dtype=np.float32)
    >>> len(decision_regions(net, init(net, jax.random.key(0)), X, Y).images)
    1
    """
    check_params(network, params)
    if network.sizes[0] != 2:
        raise ValueError(f"decision_regions needs n_0 = 2 inputs, got {network.sizes[0]}")
    classes = max(2, network.sizes[-1])
    if classes > len(CLASSES):
        raise ValueError(f"decision_regions has {len(CLASSES)} colours, got {classes} classes")
    Y, found = targets_of(Y, network.sizes[-1], class_names)
    check_examples(network, X, Y)
    X, Y = np.asarray(X), np.asarray(Y)
    names = list(map(plain, named(classes, found))) if found else _numbers_of(Y)
    ax = axes_or_new(ax, 5.2, 4.0)
    low, high = X.min(axis=1), X.max(axis=1)
    edge = np.where(high > low, 0.1 * (high - low), 1)
    (left, bottom), (right, top) = low - edge, high + edge
    across, up = np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))
    plane = jnp.asarray(np.stack([across.ravel(), up.ravel()]), params[0].W.dtype)  # (2, GRID²)
    A = np.asarray(propagate(network, params, plane).a[-1]).reshape(-1, GRID, GRID)
    shown: dict[str, Any] = {"extent": (left, right, bottom, top), "origin": "lower"}
    if len(A) == 1:
        shown |= {"cmap": BLUE_TO_ORANGE, "vmin": 0, "vmax": 1}
        ax.imshow(A[0], aspect="auto", alpha=0.5, **shown)
        if A.min() < 0.5 < A.max():
            ax.contour(across, up, A[0], [0.5], colors=INK, linewidths=1.2)
        write_title(ax, "", f"shade: $a^{{[{network.depth}]}}$, line: ½")
    else:
        shown |= {"cmap": ListedColormap(CLASSES[:classes]), "vmin": -0.5, "vmax": classes - 0.5}
        region = A.argmax(axis=0)
        ax.imshow(region, aspect="auto", alpha=0.28, **shown)
        for k in np.unique(region):
            ax.contour(across, up, region == k, [0.5], colors="white", linewidths=1)
    for k, (name, j) in enumerate(
        zip(names, class_of(Y) == np.arange(classes)[:, None], strict=True)
    ):
        ax.scatter(
            X[0, j], X[1, j], s=26, color=CLASSES[k], marker=MARKERS[k], edgecolors="white",
            linewidths=0.7, label=f" {name}" if name.startswith("_") else name,  # _x is no label
        )  # fmt: skip
    tidy(ax)
    ax.grid(visible=False)
    ax.set_xlim(left, right)
    ax.set_ylim(bottom, top)
    ax.set_xlabel("$x_1$", color=INK)
    ax.set_ylabel("$x_2$", color=INK)
    ax.legend(
        frameon=False, fontsize=9, labelcolor=INK, loc="upper left", bbox_to_anchor=(1, 1),
        handletextpad=0.2,
    )  # fmt: skip
    return ax


def _numbers_of(Y: np.ndarray) -> list[str]:
    """Return what the classes are called that have no names."""
    return ["$y = 0$", "$y = 1$"] if len(Y) == 1 else [f"class {k}" for k in range(len(Y))]
