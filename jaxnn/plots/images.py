"""Images in rows and columns of one axes: weights of the first layer, wrong predictions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from jaxnn.data.class_labels import outcomes_of
from jaxnn.errors import ShapeError
from jaxnn.plots.style import INK, ORANGE_TO_BLUE, axes_or_new, plain, write_title
from jaxnn.textbook.checks.values import as_image_shape, as_numbers, check_count, check_one_array
from jaxnn.textbook.network import Params, check_is_params

WIDEST = 8  # wrong predictions in a row at most
LONGEST = 16  # characters of a label; with a longer one, all labels are written smaller


def first_layer_weights(
    params: Params, *, image_shape: tuple[int, int], most: int = 25, ax: Axes | None = None
) -> Axes:
    """Draw the weights into each neuron of layer 1, a row of W^[1], as an image.

    Blue is positive, orange negative, white zero.  All images share one scale, which ends at the
    99.5 % quantile of |w|.  If layer 1 has more than `most` neurons, those with the largest norms
    ‖w_i‖ are drawn.

    Args:
        params: the parameters; W^[1] is (n_1, n_0).
        image_shape: (rows, columns) of the images, rows × columns = n_0.
        most: neurons drawn at most.
        ax: where to draw; None: a new figure.

    Returns:
        The axes; over each image, the number i of its neuron, counted from 1.

    Raises:
        ValueError: image_shape does not fit n_0, or most is below 1.

    >>> import jax
    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> params = init(mlp(6, 4, 2), jax.random.key(0))
    >>> len(first_layer_weights(params, image_shape=(2, 3)).images)
    4
    """
    check_is_params(params)
    if not params:
        raise ShapeError("params must have a layer, got ()")
    check_one_array("W^[1]", params[0].W, 2, "(n_1, n_0)")
    W = np.asarray(params[0].W, np.float32)
    image_shape = as_image_shape(image_shape, W.shape[1], of=f" for W^[1] of shape {W.shape}")
    most = check_count("most", most)
    chosen = np.sort(np.argsort(-np.linalg.norm(W, axis=1), kind="stable")[:most])
    # the few largest weights, fully coloured alike, would leave all others pale
    largest = max(float(np.quantile(np.abs(W[chosen]), 0.995, method="higher")), 1e-12)
    note = f"{len(chosen)} of {len(W)} neurons" if len(chosen) < len(W) else f"{len(W)} neurons"
    note += f", full colour at ±{largest:.2g}"
    labels = [f"{i + 1}" for i in chosen]
    shades = {"cmap": ORANGE_TO_BLUE, "vmin": -largest, "vmax": largest}
    columns = int(np.ceil(np.sqrt(len(chosen))))
    ax = draw_images(W[chosen].reshape(-1, *image_shape), labels, columns, ax, **shades)
    write_title(ax, "rows of $W^{[1]}$", note)
    return ax


def wrong_predictions(
    X: Any,
    Y: Any,
    A: Any,
    *,
    image_shape: tuple[int, int],
    class_names: Sequence[str] = (),
    most: int = 24,
    ax: Axes | None = None,
) -> Axes:
    """Draw the images whose class is predicted wrongly, the most confident mistakes first.

    Where A holds labels, which have no confidence, they are in the order of the examples.

    Args:
        X: images, (n_0, m).
        Y: targets, (n_L, m), or labels, (m,), as `confusion_matrix`.
        A: outputs, (n_L, m), or predicted labels, (m,).
        image_shape: (rows, columns), rows × columns = n_0.
        class_names: names of the classes; none: those of the labels, or their numbers.
        most: images drawn at most.
        ax: where to draw; None: a new figure.

    Returns:
        The axes; over each image, its true class → the predicted one.

    Raises:
        TypeError, ValueError: shapes that do not fit, labels that name no class, another number of
            names than of classes, most below 1.

    >>> Y, A = np.eye(2), np.eye(2)[::-1]
    >>> len(wrong_predictions(np.ones((4, 2)), Y, A, image_shape=(2, 2)).images)
    2
    """
    X = as_numbers("X", X, "(n_0, m)")
    true, found, names = outcomes_of(Y, A, class_names)
    if X.shape[1] != len(true):
        raise ValueError(f"X must have shape (n_0, m) with m = {len(true)}, got {X.shape}")
    image_shape = as_image_shape(image_shape, len(X))
    names, most = list(map(plain, names)), check_count("most", most)
    wrong = np.flatnonzero(true != found)
    A = np.asarray(A)
    if A.ndim == 2:
        confidence = A.max(axis=0) if len(A) > 1 else np.maximum(A[0], 1 - A[0])
        wrong = wrong[np.argsort(-confidence[wrong], kind="stable")]
    shown = wrong[:most]
    labels = [f"{names[true[j]]} → {names[found[j]]}" for j in shown]
    pixels = X.T[shown].reshape(-1, *image_shape)
    shades = {"cmap": "gray_r", "vmin": pixels.min(initial=0), "vmax": pixels.max(initial=1e-12)}
    columns = max(1, -(-len(shown) // max(1, -(-len(shown) // WIDEST))))  # rows alike in length
    ax = draw_images(pixels, labels, columns, ax, **shades)
    title = f"{len(wrong)} of {len(true):,} wrong"
    note = "true → predicted"
    if len(shown) < len(wrong):
        note += f", the {len(shown)} most confident" if A.ndim == 2 else f", the first {len(shown)}"
        note += " mistakes"
    write_title(ax, title, note)
    return ax


def draw_images(
    images: np.ndarray, labels: Sequence[str], columns: int, ax: Axes | None, **shades: Any
) -> Axes:
    """Draw images (number, rows, columns) row after row in one axes, a label over each.

    >>> len(draw_images(np.ones((3, 2, 2)), "abc", 2, None, cmap="gray").images)
    3
    """
    rows, columns = max(1, -(-len(images) // columns)), max(4, min(columns, len(images)))
    tall = images.shape[1] / images.shape[2]
    across, down = 1.12, tall + 0.3  # from one image to the next, an image being 1 wide
    ax = axes_or_new(ax, 1.05 * columns * across, 1.05 * rows * down + 0.35)
    size = 9 * min(1, LONGEST / max([1, *map(len, labels)]))
    for place, (image, label) in enumerate(zip(images, labels, strict=True)):
        row, column = divmod(place, columns)
        left, top = across * column, -down * row
        extent = (left, left + 1, top - tall, top)
        ax.imshow(image, extent=extent, interpolation="nearest", **shades)
        ax.add_patch(Rectangle((left, top - tall), 1, tall, fill=False, ec="#d5d8e0", lw=0.8))
        ax.text(left + 0.5, top + 0.03, label, ha="center", va="bottom", fontsize=size, color=INK)
    ax.set_xlim(-0.02, across * columns - 0.1)
    ax.set_ylim(-down * rows + 0.25, 0.25)
    ax.set_aspect("equal")
    ax.axis("off")
    return ax
