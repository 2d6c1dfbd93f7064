"""What all pictures share: colours, axes of one's own, quiet lines, titles."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

INK, QUIET, FAINT = "#1f2430", "#8a8f9c", "#e7e9ee"
BLUE, ORANGE = "#2f5d9b", "#d9822b"
WHITE_TO_BLUE = LinearSegmentedColormap.from_list("jaxnn", ["#ffffff", "#9dbbe0", BLUE])
ORANGE_TO_BLUE = LinearSegmentedColormap.from_list("signed", [ORANGE, "#ffffff", BLUE])
BLUE_TO_ORANGE = ORANGE_TO_BLUE.reversed()
CLASSES = (BLUE, ORANGE, "#4f9d69", "#b0413e", "#7a5c99", "#8c6d4f", "#d16ba5", QUIET, "#b5a642")


def new_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure of that size in inches, which pyplot knows nothing of.

    >>> new_axes(4, 3).figure.get_size_inches().tolist()
    [4.0, 3.0]
    """
    return Figure(figsize=(width, height), layout="constrained").subplots()


def tidy(ax: Axes) -> None:
    """Draw axes in the manner of all pictures here: two quiet lines, a faint grid.

    >>> ax = new_axes(4, 3)
    >>> tidy(ax)
    >>> ax.spines["top"].get_visible()
    False
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(QUIET)
    ax.tick_params(colors=INK, labelsize=9)
    ax.grid(axis="y", color=FAINT, linewidth=0.8)
    ax.set_axisbelow(True)


def write_title(ax: Axes, title: str, note: str = "") -> None:
    """Write what is shown at the left above the axes, and what is to be known beside it, quietly.

    >>> ax = new_axes(4, 3)
    >>> write_title(ax, "accuracy", "3 networks")
    >>> ax.get_title(loc="left"), ax.get_title(loc="right")
    ('accuracy', '3 networks')
    """
    ax.set_title(title, loc="left", color=INK, fontsize=11, weight="bold")
    if note:
        ax.set_title(note, loc="right", color=QUIET, fontsize=9)
