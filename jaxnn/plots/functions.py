"""An activation and its derivative as curves."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes

from jaxnn.errors import ShapeError
from jaxnn.plots.style import BLUE, INK, ORANGE, QUIET, axes_or_new, plain, tidy, write_title
from jaxnn.textbook import activations
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.functions import Activation, ActivationFunction


def activation_curves(g: str | ActivationFunction, *, ax: Axes | None = None) -> Axes:
    """Draw an elementwise activation a = g(z) with its derivative g'(z) = ∂a/∂z over z = −4 … 4.

    Args:
        g: a name, one of jaxnn's activations, or any callable `z -> a`.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        TypeError, ValueError: no callable, an unknown name, or softmax, of which every output
            depends on every z_k, so that there is no curve.

    >>> activation_curves("tanh").get_xlabel()
    '$z$'
    """
    g = activations.find(g)
    if isinstance(g, Activation) and not g.elementwise:
        raise ValueError(
            f"{g.name} is not elementwise: each a_i depends on every z_k, so there is no curve g(z)"
        )
    ax = axes_or_new(ax, 4.4, 3.3)
    tidy(ax)
    draw_curves(ax, g)
    ax.set_xlabel("$z$", color=INK)
    if isinstance(g, Activation):
        options = ", ".join(f"$\\alpha = {value:g}$" for _, value in g.options)
        write_title(ax, g.name.replace("_", " "), options)
    else:
        write_title(ax, plain(getattr(g, "__name__", repr(g))))
    ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    return ax


def draw_curves(ax: Axes, g: ActivationFunction, *, width: float = 2.0) -> None:
    """Draw g in blue, g' in orange and dashed, and lines through zero, with gaps at jumps.

    >>> from jaxnn.plots.style import new_axes
    >>> ax = new_axes(4, 3)
    >>> draw_curves(ax, jnp.sin)
    >>> [line.get_label() for line in ax.lines[2:]]
    ['$a = g(z)$', "$g'(z)$"]
    """
    ax.axhline(0, color=QUIET, lw=0.6)
    ax.axvline(0, color=QUIET, lw=0.6)
    z = jnp.linspace(-4, 4, 801)
    if isinstance(g, Activation):
        a, slope = g(z), g.derivative(z)
    else:
        a = applied("g", "z -> a", g, z)
        if not isinstance(a, jax.Array) or a.shape != z.shape:
            raise ShapeError(
                f"g must give an array of the shape of z, {z.shape}, got {described(a)} from "
                f"{described(g)}"
            )
        a, slope = jax.jvp(g, (z,), (jnp.ones_like(z),))
    ax.plot(z, _broken(a), color=BLUE, lw=width, label="$a = g(z)$")
    ax.plot(z, _broken(slope), color=ORANGE, lw=0.8 * width, ls="--", label="$g'(z)$")


def _broken(values: Any) -> np.ndarray:
    """Return values with NaN at each jump, so that no line is drawn across it."""
    values = np.array(values)
    values[1:][np.abs(np.diff(values)) > 0.5] = np.nan
    return values
