"""Outputs against targets: confusion matrix, regression, reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from jaxnn.data.calibration import Reliability, check_outputs
from jaxnn.data.preparation import class_of
from jaxnn.plots.style import (
    CLASSES,
    INK,
    MARKERS,
    ORANGE,
    QUIET,
    WHITE_TO_BLUE,
    WHITE_TO_ORANGE,
    axes_or_new,
    name_ticks,
    plain,
    tidy,
    write_title,
)
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import as_names


def confusion_matrix(
    Y: Any, A: Any, *, class_names: Sequence[str] = (), ax: Axes | None = None
) -> Axes:
    """Draw how often each class was predicted for each class: right in blue, wrong in orange.

    Args:
        Y: targets, (n_L, m).
        A: outputs, (n_L, m).
        class_names: names of the classes; none: their numbers.
        ax: where to draw; None: a new figure.

    Returns:
        The axes; rows are true classes, columns predicted ones.

    Raises:
        TypeError, ValueError: no numbers, shapes that differ, or another number of names than of
            classes.

    >>> confusion_matrix(np.eye(2), np.eye(2)).get_xlabel()
    'predicted class'
    """
    from sklearn.metrics import confusion_matrix as count

    Y, A = check_outputs(Y, A)
    names = names_of(Y, class_names)
    classes = len(names)
    table = count(class_of(Y), class_of(A), labels=range(classes))
    ax = axes_or_new(ax, 1.6 + 0.45 * classes, 1.4 + 0.45 * classes)
    right = np.eye(classes, dtype=bool)
    for where, colours in ((right, WHITE_TO_BLUE), (~right, WHITE_TO_ORANGE)):
        most = max(1, table[where].max())
        shade = np.log1p(table) / np.log1p(most)  # a single mistake is seen beside hundreds
        ax.imshow(np.ma.array(shade, mask=~where), cmap=colours, vmin=0, vmax=1)
        for i, j in np.argwhere(where & (table > 0)).tolist():
            colour = "white" if i == j and shade[i, j] > 0.6 else INK
            ax.text(j, i, f"{table[i, j]}", ha="center", va="center", fontsize=9, color=colour)
    name_ticks(ax, names, room=4)
    ax.set_yticks(range(classes), names)
    ax.set_xlabel("predicted class", color=INK)
    ax.set_ylabel("true class", color=INK)
    ax.tick_params(length=0, labelsize=9, colors=INK)
    ax.spines[:].set_color(QUIET)
    write_title(ax, "", f"{np.trace(table):,} of {table.sum():,} right")
    return ax


def names_of(Y: np.ndarray, class_names: Sequence[str]) -> list[str]:
    """Return the names of the classes, by default their numbers; n_L = 1 has two classes.

    >>> names_of(np.ones((1, 3)), ()), names_of(np.ones((2, 3)), ("no", "yes"))
    (['0', '1'], ['no', 'yes'])
    """
    classes = max(2, len(Y))
    names = [plain(name) for name in as_names("class_names", class_names)]
    names = names or [str(i) for i in range(classes)]
    if len(names) != classes:
        raise ValueError(f"class_names must name {classes} classes, got {len(names)} names")
    return names


def predicted_against_true(Y: Any, A: Any, *, ax: Axes | None = None) -> Axes:
    """Draw each output of a regression against its target; correct ones are on the diagonal.

    Args:
        Y: targets, (n_L, m).
        A: outputs, (n_L, m).
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: no numbers, or shapes that differ.

    >>> predicted_against_true(np.ones((1, 2)), np.ones((1, 2))).get_ylabel()
    'predicted $a$'
    """
    Y, A = check_outputs(Y, A)
    ax = axes_or_new(ax, 4.2, 4.0)
    tidy(ax)
    middle = float(np.median(Y))
    ax.axline((middle, middle), slope=1, color=QUIET, lw=1)
    for i, (y, a) in enumerate(zip(Y, A, strict=True)):
        colour, marker = CLASSES[i % len(CLASSES)], MARKERS[i % len(MARKERS)]
        name = f"output {i + 1}"
        ax.scatter(y, a, s=16, color=colour, marker=marker, alpha=0.6, linewidths=0, label=name)
    if len(Y) > 1:
        ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xlabel("true $y$", color=INK)
    ax.set_ylabel("predicted $a$", color=INK)
    return ax


def reliability_diagram(found: Reliability, *, ax: Axes | None = None) -> Axes:
    """Draw accuracy against confidence; a calibrated network is on the diagonal.

    A bar is a bin of predictions, darker the more there are; its dot is at their mean confidence.

    Args:
        found: the result of `jaxnn.reliability`.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError: found is no `Reliability`.

    Source: DeGroot and Fienberg (1983).

    >>> from jaxnn.data.calibration import reliability
    >>> reliability_diagram(reliability(np.eye(2), np.eye(2))).get_xlabel()
    'confidence'
    """
    if not isinstance(found, Reliability):
        raise TypeError(
            f"found must be what jaxnn.reliability(Y, A) returns, got {described(found)}"
        )
    ax = axes_or_new(ax, 4.2, 3.8)
    tidy(ax)
    width = np.diff(found.edges)
    shade = WHITE_TO_BLUE(0.3 + 0.7 * np.sqrt(found.examples / found.examples.max()))
    ax.bar(found.edges[:-1], found.accuracy, width, align="edge", color=shade, ec="white", lw=1)
    ax.plot([0, 1], [0, 1], color=QUIET, lw=1)
    ax.plot(found.confidence, found.accuracy, "o", color=ORANGE, mec="white", ms=5)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("confidence", color=INK)
    ax.set_ylabel("accuracy", color=INK)
    write_title(ax, "", "darker: more examples")
    return ax
