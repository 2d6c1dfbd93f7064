"""The textbook's table of activations: name, formula, derivative, curve, range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from matplotlib.axes import Axes

from jaxnn.plots.functions import draw_curves
from jaxnn.plots.style import BLUE, FAINT, INK, ORANGE, QUIET, axes_or_new
from jaxnn.textbook import activations
from jaxnn.textbook.checks.values import as_names
from jaxnn.textbook.functions import Activation


class Formulas(NamedTuple):
    """g(z) and g'(z) as matplotlib's mathtext."""

    g: str
    derivative: str


FORMULAS = {
    "identity": Formulas("z", "1"),
    "step": Formulas(r"1\ \mathrm{if}\ z \geq 0,\ \mathrm{else}\ 0", "0"),
    "sigmoid": Formulas(r"\sigma(z) = \dfrac{1}{1 + e^{-z}}", r"a\,(1 - a)"),
    "tanh": Formulas(r"\dfrac{e^{z} - e^{-z}}{e^{z} + e^{-z}}", "1 - a^2"),
    "arctan": Formulas(r"\arctan z", r"\dfrac{1}{1 + z^2}"),
    "relu": Formulas(r"\max(0,\, z)", r"1\ \mathrm{if}\ z > 0,\ \mathrm{else}\ 0"),
    "leaky_relu": Formulas(
        r"z\ \mathrm{if}\ z \geq 0,\ \mathrm{else}\ \alpha z",
        r"1\ \mathrm{if}\ z \geq 0,\ \mathrm{else}\ \alpha",
    ),
    "elu": Formulas(
        r"z\ \mathrm{if}\ z > 0,\ \mathrm{else}\ \alpha\,(e^{z} - 1)",
        r"1\ \mathrm{if}\ z > 0,\ \mathrm{else}\ \alpha\, e^{z}",
    ),
    "softplus": Formulas(r"\ln(1 + e^{z})", r"\sigma(z)"),
    "gelu": Formulas(r"z\,\Phi(z)", r"\Phi(z) + z\,\varphi(z)"),
    "silu": Formulas(r"z\,\sigma(z)", r"\sigma(z)\,(1 + z\,(1 - \sigma(z)))"),
    "softmax": Formulas(
        r"a_i = \dfrac{e^{z_i}}{\sum_k e^{z_k}}",
        r"\dfrac{\partial a_i}{\partial z_k} = a_i\,(1[i=k] - a_k)",
    ),
}
# where the columns begin, in shares of the width
NAME, FORMULA, DERIVATIVE, CURVE, RANGE = 0.01, 0.145, 0.385, 0.64, 0.845

EXAMPLE = (-1.0, 0.0, 1.0, 2.0)  # z of the four neurons whose softmax is drawn


def activation_table(names: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the table of activations: name, formula, derivative, both curves, and the range.

    The curves cover z = −4 … 4, all on one scale; the faint lines are at a = −1 and 1.  Softmax is
    not a function of one z, so the outputs of four neurons are drawn.  Φ and φ are the distribution
    function and the density of the standard normal distribution.

    Args:
        names: the activations, in the order to draw; None: all.
        ax: where to draw; None: a new figure.

    Returns:
        The axes, with one inset axes an activation.

    Raises:
        TypeError, ValueError: names is not a list of strings, or holds an unknown name.

    >>> len(activation_table(["relu", "tanh"]).child_axes)
    2
    """
    if isinstance(names, str):
        raise TypeError(f"names must be a list of names, got {names!r}: write [{names!r}]")
    wanted = as_names("names", names) or activations.BY_NAME
    for name in wanted:
        if name not in activations.BY_NAME:
            activations.find(name)  # which says which there are
    chosen = [activations.BY_NAME[name] for name in wanted]
    ax = axes_or_new(ax, 10.4, 0.8 * len(chosen) + 0.5)
    ax.axis("off")
    ax.set_xlim(0, 1)
    ax.set_ylim(-len(chosen) - 0.05, 0.55)
    row_points = 72 * ax.get_window_extent().height / ax.figure.dpi / (len(chosen) + 0.6)
    size = min(11.5, 0.22 * row_points)
    heads = ("activation", "$a = g(z)$", r"$g'(z) = \partial a/\partial z$", "", "range of $a$")
    for x, head in zip((NAME, FORMULA, DERIVATIVE, CURVE, RANGE), heads, strict=True):
        ax.text(x, 0.27, head, color=QUIET, fontsize=0.9 * size, va="center")
    for x, symbol, colour, style in ((0.0, "$g$", BLUE, "-"), (0.065, "$g'$", ORANGE, "--")):
        ax.plot([CURVE + x, CURVE + x + 0.03], [0.27, 0.27], color=colour, lw=1.6, ls=style)
        ax.text(CURVE + x + 0.036, 0.27, symbol, color=INK, fontsize=0.9 * size, va="center")
    ax.plot([0, 1], [0, 0], color=QUIET, lw=1, clip_on=False)
    for row, g in enumerate(chosen):
        _draw_row(ax, row, g, size)
    return ax


def _draw_row(ax: Axes, row: int, g: Activation, size: float) -> None:
    middle = -row - 0.5
    name = g.name.replace("_", " ")
    ax.text(NAME, middle, name, fontsize=size, weight="bold", color=INK, va="center")
    for _, value in g.options:
        note = rf"$\alpha = {value:g}$"
        ax.text(NAME, middle - 0.28, note, fontsize=0.8 * size, color=QUIET, va="center")
    for x, formula in zip((FORMULA, DERIVATIVE), FORMULAS[g.name], strict=True):
        ax.text(
            x, middle, f"${formula}$", fontsize=1.35 * size, color=INK, va="center",
            math_fontfamily="cm",
        )  # fmt: skip
    ax.text(RANGE, middle, g.range, fontsize=size, color=INK, va="center")
    ax.plot([0, 1], [-row - 1] * 2, color=FAINT, lw=0.8, clip_on=False)
    inset = ax.inset_axes((CURVE, middle - 0.45, 0.17, 0.9), transform=ax.transData)
    inset.axis("off")
    if g.elementwise:
        inset.hlines([-1, 1], -4, 4, color=FAINT, lw=0.8)
        draw_curves(inset, g, width=size / 6)
        inset.set_xlim(-4.1, 4.1)
        inset.set_ylim(-1.7, 2.1)
    else:
        _draw_bars(inset, g, 0.6 * size)


def _draw_bars(ax: Axes, g: Activation, size: float) -> None:
    ax.axhline(0, color=QUIET, lw=0.6)
    for place, (z, a) in enumerate(zip(EXAMPLE, g(jnp.array(EXAMPLE)).tolist(), strict=True)):
        ax.bar(place, a, 0.55, color=BLUE)
        ax.text(place, a + 0.05, f"{a:.2f}", ha="center", fontsize=size, color=INK)
        ax.text(place, -0.08, f"$z = {z:g}$", ha="center", va="top", fontsize=size, color=QUIET)
    ax.set_xlim(-0.7, len(EXAMPLE) - 0.3)
    ax.set_ylim(-0.4, 1)
