"""Pictures: learning curves, confusion, wrong predictions, activations, networks, decision regions.

Every function draws on matplotlib axes that it is given, or on a figure of its own, and returns the
axes (or the figure); none touches pyplot's global state, so they work on a machine without screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from jaxnn import activations
from jaxnn.data import class_of
from jaxnn.network import Network, Params
from jaxnn.propagation import predict

INK, QUIET, BLUE, ORANGE = "#1f2430", "#8a8f9c", "#2f5d9b", "#d9822b"
WHITE_TO_BLUE = LinearSegmentedColormap.from_list("jaxnn", ["#ffffff", "#9dbbe0", BLUE])
CLASSES = [BLUE, ORANGE, "#4f9d69", "#b0413e", "#7a5c99", "#8c6d4f", "#d16ba5", QUIET, "#b5a642"]
WIDEST = 12
"""Neurons of a layer that `network_diagram` draws one by one; wider layers are folded."""


def new_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure of that size in inches."""
    return Figure(figsize=(width, height), layout="constrained").subplots()


def tidy(axes: Axes) -> None:
    """Draw axes in the manner of all pictures here: two quiet lines, a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(QUIET)
    axes.tick_params(colors=INK, labelsize=9)
    axes.grid(axis="y", color="#e7e9ee", linewidth=0.8)
    axes.set_axisbelow(True)


def learning_curves(history: Mapping[str, np.ndarray], *, figure: Figure | None = None) -> Figure:
    """Draw each metric over the epochs, training and validation together.

    Args:
        history: name -> array (epochs,), such as `FitResult.history`.
        figure: where to draw; None: a new figure.

    Returns:
        The figure, one axes a metric.

    >>> len(learning_curves({"loss": np.ones(3), "val_loss": np.ones(3)}).axes)
    1
    """
    names = sorted({name.removeprefix("val_") for name in history}, key=lambda n: (n != "loss", n))
    figure = figure or Figure(figsize=(4.6 * len(names), 3.2), layout="constrained")
    for axes, name in zip(np.atleast_1d(figure.subplots(1, len(names))), names, strict=True):
        tidy(axes)
        for key, label, colour in ((name, "training", BLUE), (f"val_{name}", "validation", ORANGE)):
            if key in history:
                values = np.asarray(history[key])
                axes.plot(range(1, len(values) + 1), values, color=colour, lw=1.8, label=label)
        lines = [np.asarray(line.get_ydata(), float) for line in axes.lines]
        if name == "loss" and min(line.min() for line in lines) > 0:
            axes.set_yscale("log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlabel("epoch", color=INK)
        axes.set_title(name.replace("_", " "), loc="left", color=INK, fontsize=11, weight="bold")
        if len(axes.lines) > 1:
            axes.legend(frameon=False, fontsize=9)
    return figure


def confusion_matrix(
    Y: Any, A: Any, *, class_names: Sequence[str] = (), axes: Axes | None = None
) -> Axes:
    """Draw how often each class was taken for each other.

    Args:
        Y: targets, (n_L, m).
        A: outputs, (n_L, m).
        class_names: names of the classes; none: their numbers.
        axes: where to draw; None: a new figure.

    Returns:
        The axes; rows are true classes, columns predicted ones.

    >>> confusion_matrix(np.eye(2), np.eye(2)).get_xlabel()
    'predicted'
    """
    from sklearn.metrics import confusion_matrix as count

    classes = max(2, len(Y))
    table = count(class_of(Y), class_of(A), labels=range(classes))
    names = list(class_names) or [str(i) for i in range(classes)]
    axes = axes or new_axes(1.6 + 0.45 * classes, 1.2 + 0.45 * classes)
    shade = np.log1p(table)
    axes.imshow(shade, cmap=WHITE_TO_BLUE)
    for i, j in np.ndindex(*table.shape):
        if table[i, j]:
            dark = shade[i, j] > 0.6 * shade.max()
            axes.text(
                j, i, str(table[i, j]), ha="center", va="center", fontsize=9,
                color="white" if dark else INK,
            )  # fmt: skip
    turn = 45 if max(map(len, names)) > 3 else 0
    axes.set_xticks(range(classes), names, rotation=turn, ha="right" if turn else "center")
    axes.set_yticks(range(classes), names)
    axes.set_xlabel("predicted", color=INK)
    axes.set_ylabel("true", color=INK)
    axes.tick_params(length=0, labelsize=9)
    axes.spines[:].set_color(QUIET)
    return axes


def wrong_predictions(
    X: Any,
    Y: Any,
    A: Any,
    *,
    image_shape: tuple[int, int],
    class_names: Sequence[str] = (),
    most: int = 24,
) -> Figure:
    """Draw the images whose class is predicted wrongly, the most confident mistakes first.

    Args:
        X: images, (n_0, m).
        Y: targets, (n_L, m).
        A: outputs, (n_L, m).
        image_shape: (rows, columns), rows × columns = n_0.
        class_names: names of the classes; none: their numbers.
        most: images drawn at most.

    Returns:
        The figure; over each image, its true class → the predicted one.

    >>> Y, A = np.eye(2), np.eye(2)[::-1]
    >>> len(wrong_predictions(np.ones((4, 2)), Y, A, image_shape=(2, 2)).axes)
    2
    """
    X, Y, A = map(np.asarray, (X, Y, A))
    true, found = class_of(Y), class_of(A)
    wrong = np.flatnonzero(true != found)
    wrong = wrong[np.argsort(-A.max(axis=0)[wrong], kind="stable")]
    shown = wrong[:most]
    rows = max(1, -(-len(shown) // 8))
    columns = max(4, -(-len(shown) // rows))
    figure = Figure(figsize=(1.15 * columns, 1.4 * rows + 0.5), layout="constrained")
    names = list(class_names) or [str(i) for i in range(max(2, len(Y)))]
    share = f"{len(wrong)} of {len(true):,} wrong"
    if len(shown) < len(wrong):
        share += f", the {len(shown)} most confident mistakes"
    figure.suptitle(f"{share}   (true → predicted)", fontsize=11, color=INK, x=0.01, ha="left")
    for place, j in enumerate(shown, start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.imshow(X[:, j].reshape(image_shape), cmap="gray_r", interpolation="nearest")
        axes.set_title(f"{names[true[j]]} → {names[found[j]]}", fontsize=10, color=INK, pad=3)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_color("#d5d8e0")
    return figure


def predicted_against_true(Y: Any, A: Any, *, axes: Axes | None = None) -> Axes:
    """Draw each output of a regression against its target; right ones lie on the diagonal.

    Args:
        Y: targets, (n_L, m).
        A: outputs, (n_L, m).
        axes: where to draw; None: a new figure.

    Returns:
        The axes.

    >>> predicted_against_true(np.ones((1, 2)), np.ones((1, 2))).get_ylabel()
    'predicted'
    """
    Y, A = np.ravel(Y), np.ravel(A)
    axes = axes or new_axes(4.2, 4.0)
    tidy(axes)
    ends = [min(Y.min(), A.min()), max(Y.max(), A.max())]
    axes.plot(ends, ends, color=QUIET, lw=1)
    axes.scatter(Y, A, s=16, color=BLUE, alpha=0.6, linewidths=0)
    axes.set_xlabel("true", color=INK)
    axes.set_ylabel("predicted", color=INK)
    return axes


def activation_curves(names: Sequence[str] | None = None) -> Figure:
    """Draw g and its derivative g' for every elementwise activation.

    Args:
        names: which; None: all.

    Returns:
        The figure, one axes an activation.

    >>> len(activation_curves(["relu", "tanh"]).axes)
    2
    """
    chosen = [activations.BY_NAME[n] for n in names or activations.BY_NAME]
    chosen = [g for g in chosen if g.elementwise]
    columns = min(4, len(chosen))
    rows = -(-len(chosen) // columns)
    figure = Figure(figsize=(2.5 * columns, 2.1 * rows), layout="constrained")
    z = jnp.linspace(-4, 4, 401)
    for place, g in enumerate(chosen, start=1):
        axes = figure.add_subplot(rows, columns, place)
        tidy(axes)
        axes.axhline(0, color=QUIET, lw=0.6)
        axes.axvline(0, color=QUIET, lw=0.6)
        axes.plot(z, _broken(g(z)), color=BLUE, lw=2, label="g(z)")
        axes.plot(z, _broken(g.derivative(z)), color=ORANGE, lw=1.4, ls="--", label="g′(z)")
        axes.set_ylim(-2, 3)
        axes.set_title(g.name, loc="left", fontsize=10, weight="bold", color=INK)
        if place == 1:
            axes.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _broken(values: Any) -> np.ndarray:
    """Return values with a gap where they jump, so that no line is drawn up the jump."""
    values = np.array(values)
    values[1:][np.abs(np.diff(values)) > 0.5] = np.nan
    return values


def network_diagram(network: Network, params: Params, *, axes: Axes | None = None) -> Axes:
    """Draw the neurons in columns and the weights as lines: width by size, colour by sign.

    Layers of more than 12 neurons show their first and last five, and say how many they have.

    Args:
        network: the network.
        params: its parameters.
        axes: where to draw; None: a new figure.

    Returns:
        The axes.

    >>> import jax
    >>> from jaxnn.network import init, mlp
    >>> net = mlp(3, 3, 1, output="sigmoid")
    >>> len(network_diagram(net, init(net, jax.random.key(0))).collections) > 0
    True
    """
    shown = [_shown(n) for n in network.sizes]
    tallest = max(len(places) for places in shown)
    axes = axes or new_axes(1.9 * network.depth + 1.6, 0.5 * tallest + 1.4)
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
        axes.add_collection(LineCollection(lines, linewidths=sizes, colors=colours, alpha=0.75))
    for l, (places, n) in enumerate(zip(shown, network.sizes, strict=True)):
        xs, ys = [l] * len(heights[l]), list(heights[l].values())
        axes.scatter(xs, ys, s=170, color="white", edgecolors=INK, linewidths=1.2, zorder=3)
        if None in places:
            middle = (len(places) - 1) / 2 - places.index(None)
            axes.text(l, middle, "⋮", ha="center", va="center", fontsize=14, color=INK, zorder=4)
        name = "$x$" if l == 0 else f"$a^{{[{l}]}}$"
        label = f"{name}   n = {n}"
        if None in places:
            label += f"\n{len(heights[l])} drawn"
        axes.text(l, -(tallest - 1) / 2 - 0.9, label, ha="center", va="top", color=INK, fontsize=9)
    axes.set_xlim(-0.5, network.depth + 0.5)
    axes.set_ylim(-(tallest - 1) / 2 - 1.6, (tallest - 1) / 2 + 0.7)
    axes.axis("off")
    axes.set_title(
        "weights: blue > 0, orange < 0, wide = large", loc="left", fontsize=9, color=QUIET
    )
    return axes


def _shown(n: int) -> list[int | None]:
    """Return the neurons of a layer that are drawn; None stands for those left out."""
    return list(range(n)) if n <= WIDEST else [*range(5), None, *range(n - 5, n)]


def decision_regions(
    network: Network, params: Params, X: Any, Y: Any, *, axes: Axes | None = None
) -> Axes:
    """Draw which class the network gives to each point of the plane, and the examples.

    Args:
        network: a network with n_0 = 2.
        params: its parameters.
        X: examples, (2, m).
        Y: targets, (n_L, m).
        axes: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: n_0 is not 2, or the examples' classes are more than there are colours.

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
    X = np.asarray(X)
    axes = axes or new_axes(4.4, 4.0)
    low, high = X.min(axis=1), X.max(axis=1)
    edge = 0.1 * (high - low) + 1e-6
    (left, bottom), (right, top) = low - edge, high + edge
    across, up = np.meshgrid(np.linspace(left, right, 300), np.linspace(bottom, top, 300))
    plane = jnp.asarray(np.stack([across.ravel(), up.ravel()]), params[0].W.dtype)
    region = class_of(predict(network, params, plane)).reshape(across.shape)
    colours = ListedColormap([to_rgb(colour) for colour in CLASSES[:classes]])
    scale = {"cmap": colours, "vmin": -0.5, "vmax": classes - 0.5}
    extent = (left, right, bottom, top)
    axes.imshow(region, extent=extent, origin="lower", aspect="auto", alpha=0.22, **scale)
    axes.scatter(X[0], X[1], c=class_of(Y), s=22, edgecolors="white", linewidths=0.7, **scale)
    tidy(axes)
    axes.grid(visible=False)
    axes.set_xlabel("$x_1$")
    axes.set_ylabel("$x_2$")
    return axes
