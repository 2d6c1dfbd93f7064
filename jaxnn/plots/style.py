"""The common style of all pictures: colours, axes, titles, labels."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, NullLocator

from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_number

INK, QUIET, FAINT = "#1f2430", "#8a8f9c", "#e7e9ee"
BLUE, ORANGE = "#2f5d9b", "#d9822b"
WHITE_TO_BLUE = LinearSegmentedColormap.from_list("jaxnn", ["#ffffff", "#9dbbe0", BLUE])
WHITE_TO_ORANGE = LinearSegmentedColormap.from_list("wrong", ["#ffffff", "#f1cfa7", ORANGE])
ORANGE_TO_BLUE = LinearSegmentedColormap.from_list("signed", [ORANGE, "#ffffff", BLUE])
BLUE_TO_ORANGE = ORANGE_TO_BLUE.reversed()
# any two differ by 19 or more in CIELAB, to normal eyes and to those that lack the red, the green
# or the blue cones, by the model of Machado et al. (2009)
CLASSES = (
    *(BLUE, ORANGE, "#7fc8b8", "#5c1a33", "#b39bfd"),
    *("#485602", "#9a5061", "#9a7c9c", "#bdda92", "#201c71"),
)

MARKERS = "o^sDvPXp<>"  # shapes of the classes' points, for print without colour
LONGEST = 32  # characters of a name; what is longer is cut


def new_axes(width: float, height: float) -> Axes:
    """Return the axes of a new figure of that size in inches, not registered with pyplot.

    >>> new_axes(4, 3).figure.get_size_inches().tolist()
    [4.0, 3.0]
    """
    for name, size in (("width", width), ("height", height)):
        check_number(name, size, "a finite number of inches above 0", lambda x: 0 < x < math.inf)
    return Figure(figsize=(width, height), layout="constrained").subplots()


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes to draw on: those that were given, or those of a new figure.

    >>> axes_or_new("left", 4, 3)
    Traceback (most recent call last):
    TypeError: ax must be the axes of a matplotlib figure, or None for a new one, got 'left'
    """
    if ax is None:
        return new_axes(width, height)
    check_axes(ax, " of a matplotlib figure, or None for a new one")
    return ax


def check_axes(ax: Any, which: str = " of a matplotlib figure") -> None:
    """Raise an error unless a value is the axes of a figure."""
    if not isinstance(ax, Axes):
        hint = ""
        if isinstance(ax, Figure):
            hint = ": give figure.subplots()"
        elif isinstance(ax, np.ndarray) and ax.dtype == object:
            hint = ": give one of them, such as axes.flat[0]"
        raise TypeError(f"ax must be the axes{which}, got {described(ax)}{hint}")


def tidy(ax: Axes) -> None:
    """Give axes the style of these pictures: two grey lines, a faint grid.

    >>> ax = new_axes(4, 3)
    >>> tidy(ax)
    >>> ax.spines["top"].get_visible()
    False
    """
    check_axes(ax)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(QUIET)
    ax.tick_params(colors=INK, labelsize=9)
    ax.grid(axis="y", color=FAINT, linewidth=0.8)
    ax.set_axisbelow(True)


def write_title(ax: Axes, title: str, note: str = "") -> None:
    """Write a title at the left above the axes, and a note in grey at the right.

    >>> ax = new_axes(4, 3)
    >>> write_title(ax, "accuracy", "3 networks")
    >>> ax.get_title(loc="left"), ax.get_title(loc="right")
    ('accuracy', '3 networks')
    """
    check_axes(ax)
    for name, text in (("title", title), ("note", note)):
        if not isinstance(text, str):
            raise TypeError(f"{name} must be text, got {described(text)}")
    ax.set_title(title, loc="left", color=INK, fontsize=11, weight="bold")
    if note:
        ax.set_title(note, loc="right", color=QUIET, fontsize=9)


def plain(text: object) -> str:
    r"""Return text that matplotlib draws letter by letter, so that `$a_$` is no formula.

    White space becomes a blank; control characters and lone surrogates, which no font has, �.

    >>> print(plain("$a_$"), plain("two\nlines"), plain("\0"))
    \$a_\$ two lines �
    """
    letters = (
        " " if c.isspace() else "\ufffd" if unicodedata.category(c) in ("Cc", "Cs") else c
        for c in str(text)
    )
    return "".join(letters).replace("$", r"\$")


def short_name(name: str) -> str:
    """Return a name, of which at most 32 characters are kept.

    >>> len(short_name("a" * 40)), short_name("age")
    (32, 'age')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def name_ticks(ax: Axes, names: Sequence[str], *, room: int) -> None:
    """Name the places 0, 1, … of the horizontal axis, slanted where more than `room` letters long.

    >>> ax = new_axes(4, 3)
    >>> name_ticks(ax, ["setosa", "versicolor"], room=6)
    >>> [label.get_rotation() for label in ax.get_xticklabels()]
    [40.0, 40.0]
    """
    if max(map(len, names)) > room:
        turned = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    else:
        turned = {}
    ax.set_xticks(range(len(names)), names, **turned)


class FewPlainTicks(Locator):
    """Three to seven ticks of a logarithmic axis, at round numbers, however narrow its range.

    matplotlib's own are powers of ten, of which a narrow range has none.

    >>> ticks = FewPlainTicks()
    >>> ticks.tick_values(0.35, 0.62), ticks.tick_values(0.09, 3.0)
    ([0.4, 0.5, 0.6], [0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0])
    """

    def tick_values(self, vmin: float, vmax: float) -> list[float]:
        """Return the places of the ticks from vmin to vmax, both above 0."""
        low, high = sorted((vmin, vmax))
        powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks: list[float] = []
        for digits in ((1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
            ticks = [t for k in powers for d in digits if low <= (t := float(f"{d}e{k}")) <= high]
            if len(ticks) <= 7:
                break
        if len(ticks) < 3:
            even = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high)
            ticks = [t for value in even if low <= (t := float(f"{value:.12g}")) <= high]
        return ticks[:: max(1, -(-len(ticks) // 7))]

    def __call__(self) -> list[float]:
        """Return the places of the ticks of the axis."""
        return self.tick_values(*self.axis.get_view_interval())  # pyright: ignore[reportOptionalMemberAccess]


def make_logarithmic(ax: Axes) -> None:
    """Make the vertical axis logarithmic, with a few ticks that are written as plain numbers.

    >>> ax = new_axes(4, 3)
    >>> make_logarithmic(ax)
    >>> ax.set_ylim(0.9, 1.3)
    (0.9, 1.3)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['0.9', '1', '1.1', '1.2', '1.3']
    """
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(FewPlainTicks())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))
    ax.yaxis.set_minor_locator(NullLocator())


def write_labels_apart(
    ax: Axes, heights: Sequence[float], labels: Sequence[str], colours: Sequence[str]
) -> None:
    """Write a label at the right of each line's end, moved up or down where two would overlap.

    Args:
        ax: axes that show the lines already; their limits are kept.
        heights: the last value of each line.
        labels: what to write there.
        colours: of the labels.

    >>> ax = new_axes(4, 3)
    >>> ax.set_ylim(0, 1)
    (0.0, 1.0)
    >>> write_labels_apart(ax, [0.5, 0.5], ["a", "b"], [BLUE, ORANGE])
    >>> low, high = (text.get_position()[1] for text in ax.texts)
    >>> bool(high - low > 0.05)
    True
    """
    size = 8
    ax.set_ylim(ax.get_ylim())
    points = 72 * ax.get_window_extent().height / ax.figure.dpi
    gap = 1.35 * size / points
    to_axes = ax.transScale + ax.transLimits
    wanted = [float(to_axes.transform((1.0, height))[1]) for height in heights]
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    places: dict[int, float] = {}
    floor = -1.0
    for k in order:
        places[k] = floor = max(wanted[k], floor + gap)
    ceiling = max(1.0, gap * (len(order) - 1))
    for k in reversed(order):
        places[k] = ceiling = min(places[k], ceiling)
        ceiling -= gap
    for k in order:
        ax.text(
            1.015, places[k], labels[k], color=_darker(colours[k]), fontsize=size,
            va="center", transform=ax.transAxes,
        )  # fmt: skip


def _darker(colour: str) -> tuple[float, ...]:
    """Return a colour that can be read as text on white."""
    return tuple(0.6 * c + 0.4 * ink for c, ink in zip(to_rgb(colour), to_rgb(INK), strict=True))
