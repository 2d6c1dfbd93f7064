"""Outputs against targets: confusion matrix, regression, reliability diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from jaxnn.data.calibration import Reliability
from jaxnn.data.class_labels import check_outputs, outcomes_of
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
from jaxnn.textbook.checks.values import as_numbers


def confusion_matrix(
    Y: Any, A: Any, *, class_names: Sequence[str] = (), ax: Axes | None = None
) -> Axes:
    """Draw how often each class was predicted for each class: right in blue, wrong in orange.

    Labels are texts, or whole numbers that count the classes from 0.

    Args:
        Y: targets, (n_L, m), or labels, (m,).
        A: outputs, (n_L, m), or predicted labels, (m,).
        class_names: names of the classes in the order of their numbers; none: those of the labels,
            sorted, or else the numbers.
        ax: where to draw; None: a new figure.

    Returns:
        The axes; rows are true classes, columns predicted ones.

    Raises:
        TypeError, ValueError: no numbers and no labels, shapes that differ, labels that name no
            class, or another number of names than of classes.

    >>> confusion_matrix(["cat", "dog", "dog"], ["cat", "dog", "cat"]).get_title(loc="right")
    '2 of 3 right'
    """
    from sklearn.metrics import confusion_matrix as count

    true, predicted, names = outcomes_of(Y, A, class_names)
    names, classes = list(map(plain, names)), len(names)
    table = count(true, predicted, labels=range(classes))
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


def predicted_against_true(Y: Any, A: Any, *, ax: Axes | None = None) -> Axes:
    """Draw each output of a regression against its target; correct ones are on the diagonal.

    The picture names the coefficient of determination and the root mean squared error of each
    output i, in the unit of Y and A:

        r² = 1 − Σ_j (a_ij − y_ij)² / Σ_j (y_ij − ȳ_i)²,  RMSE = √(1/m Σ_j (a_ij − y_ij)²)

    Args:
        Y: targets, (n_L, m), or (m,) of one output.
        A: outputs, of the shape of Y.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: no numbers, or shapes that differ.

    >>> predicted_against_true([1.0, 2.0], [2.0, 3.0]).get_title(loc="right")
    '$r^2$ = -3.000, RMSE = 1'
    """
    Y, A = (as_numbers(name, V, "(n_L, m)", axes=None) for name, V in (("Y", Y), ("A", A)))
    Y, A = check_outputs(*(V[None] if V.ndim == 1 else V for V in (Y, A)))
    ax = axes_or_new(ax, 4.2, 4.0)
    tidy(ax)
    middle = float(np.median(Y))
    ax.axline((middle, middle), slope=1, color=QUIET, lw=1)
    for i, (y, a) in enumerate(zip(Y, A, strict=True)):
        colour, marker = CLASSES[i % len(CLASSES)], MARKERS[i % len(MARKERS)]
        name = f"output {i + 1}: {_fit_of(y, a)}"
        ax.scatter(y, a, s=16, color=colour, marker=marker, alpha=0.6, linewidths=0, label=name)
    if len(Y) > 1:
        ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    else:
        write_title(ax, "", _fit_of(Y[0], A[0]))
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xlabel("true $y$", color=INK)
    ax.set_ylabel("predicted $a$", color=INK)
    return ax


def _fit_of(y: np.ndarray, a: np.ndarray) -> str:
    """Return r² and RMSE of one output as text; r² has no value where all targets are equal.

    >>> print(_fit_of(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0])))
    $r^2$ = 0.500, RMSE = 0.577
    """
    y, a = y.astype(np.float64), a.astype(np.float64)
    squares = np.mean((a - y) ** 2)
    rmse = np.sqrt(squares)
    number = f"{rmse:,.0f}" if 1e3 <= rmse < 1e9 else f"{rmse:.3g}"
    r2 = f"$r^2$ = {1 - squares / y.var():.3f}, " if np.ptp(y) > 0 else ""
    return f"{r2}RMSE = {number}"


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
