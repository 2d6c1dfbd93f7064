"""Calibration of the probability of one event: how often it occurred, over what was predicted."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from jaxnn.errors import DataError, ShapeError
from jaxnn.plots.style import BLUE, INK, QUIET, axes_or_new, plain, short_name, tidy, write_title
from jaxnn.textbook.checks.arguments import check_text
from jaxnn.textbook.checks.values import as_numbers, check_count

BARS = 0.22  # height of the tallest bar of counts, as a share of the axes
PALE = "#dbe4f1"
SLACK = 1e-5  # by which rounding may take a probability out of [0, 1]


def calibration_curve(
    y: Any, p: Any, *, event: str = "y = 1", bins: int = 10, ax: Axes | None = None
) -> Axes:
    """Draw how often an event occurred, over its predicted probability.

    A dot is the share of a bin in which the event occurred, at the mean of its probabilities; a
    calibrated model is on the diagonal.  Its line is the 95 % interval of Wilson.  The bars at the
    bottom count the examples.

    Args:
        y: whether the event occurred, (m,): 0 and 1, or truth values.
        p: its predicted probability, (m,), in [0, 1].
        event: its name.
        bins: number of bins of equal width.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: y and p are not (m,), hold other numbers than these, or are empty.

    Source: DeGroot and Fienberg (1983); Wilson (1927); `sklearn.calibration.calibration_curve`.

    >>> ax = calibration_curve([0, 1, 1, 0, 1], [0.1, 0.9, 0.8, 0.1, 0.9], event="rain", bins=2)
    >>> ax.get_xlabel(), ax.lines[-1].get_ydata().tolist()
    ('predicted probability of rain', [0.0, 1.0])
    """
    check_text("event", event, "'rain'")
    bins = check_count("bins", bins)
    y, p = _outcomes(y, p)
    place = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(place, minlength=bins)
    full = count > 0
    n = count[full]
    mean = np.bincount(place, p, bins)[full] / n
    share = np.bincount(place, y, bins)[full] / n
    low, high = wilson(share, n)
    ax = axes_or_new(ax, 4.6, 4.2)
    tidy(ax)
    left = np.flatnonzero(full) / bins
    height = BARS * n / n.max()
    ax.bar(left, height, 1 / bins, align="edge", color=PALE, ec="white", lw=1)
    for x, h, k in zip(left + 0.5 / bins, height, n.tolist(), strict=True):
        ax.text(x, h + 0.008, _count(k), ha="center", va="bottom", fontsize=7, color=QUIET)
    ax.plot([0, 1], [0, 1], color=QUIET, lw=1)
    ax.vlines(mean, low, high, color=BLUE, lw=1.4)
    ax.plot(mean, share, "o", color=BLUE, mec="white", ms=7)
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(f"predicted probability of {plain(short_name(event))}", color=INK)
    ax.set_ylabel("observed share", color=INK)
    write_title(ax, "calibration", "bars: number of examples")
    return ax


def wilson(share: np.ndarray, n: np.ndarray, z: float = 1.96) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of Wilson for shares of n examples, at z standard deviations.

    >>> low, high = wilson(np.array([0.5]), np.array([100]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.404], [0.596])
    """
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


def _outcomes(y: Any, p: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes and probabilities, (m,) each, float64, or raise an error."""
    y, p = (
        as_numbers(name, values, "(m,)", axes=None).astype(np.float64)
        for name, values in (("y", y), ("p", p))
    )
    if y.shape != p.shape or y.ndim != 1 or not len(y):
        raise ShapeError(f"y and p must have shape (m,), m at least 1, got {y.shape} and {p.shape}")
    if not np.isin(y, (0, 1)).all():
        other = y[~np.isin(y, (0, 1))][0]
        raise DataError(f"y must hold 0 and 1, or truth values, got {other:g}")
    if not ((p >= -SLACK) & (p <= 1 + SLACK)).all():
        raise DataError(f"p must hold probabilities in [0, 1], got {p.min()} to {p.max()}")
    return y, np.clip(p, 0, 1)


def _count(k: int) -> str:
    """Return a count in few letters.

    >>> _count(987), _count(12345)
    ('987', '12k')
    """
    return str(k) if k < 10_000 else f"{k / 1000:.0f}k"
