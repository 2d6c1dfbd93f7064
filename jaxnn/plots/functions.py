"""Activations and their derivatives: one alone, or the textbook's table of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes

from jaxnn import activations
from jaxnn.activations import Activated, Activation
from jaxnn.plots.style import BLUE, INK, ORANGE, QUIET, new_axes, tidy, write_title


def activation_curves(g: str | Activated, *, ax: Axes | None = None) -> Axes:
    """Draw an elementwise activation a = g(z) with its derivative g'(z).

    Args:
        g: a name, one of jaxnn's activations, or any callable `z -> a`.
        ax: where to draw; None: a new figure.

    Returns:
        The axes.

    Raises:
        ValueError: an unknown name, or an activation that is not elementwise.

    >>> activation_curves("tanh").get_xlabel()
    '$z$'
    """
    g = activations.find(g)
    ax = ax or new_axes(4.4, 3.3)
    tidy(ax)
    ax.axhline(0, color=QUIET, lw=0.6)
    ax.axvline(0, color=QUIET, lw=0.6)
    z, a, slope = _curves(g)
    ax.plot(z, a, color=BLUE, lw=2, label="$a = g(z)$")
    ax.plot(z, slope, color=ORANGE, lw=1.6, ls="--", label="$g'(z)$")
    ax.set_xlabel("$z$", color=INK)
    write_title(ax, g.name if isinstance(g, Activation) else getattr(g, "__name__", repr(g)))
    ax.legend(frameon=False, fontsize=9, labelcolor=INK)
    return ax


def activation_table(names: Sequence[str] | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the table of activations: name, formula, curve with derivative, range.

    Args:
        names: which; None: all.
        ax: where to draw; None: a new figure.

    Returns:
        The axes, with inset axes for the curves.

    Raises:
        ValueError: an unknown name.

    >>> len(activation_table(["relu", "tanh"]).child_axes)
    2
    """
    for name in names or ():
        activations.find(name)
    chosen = [activations.BY_NAME[name] for name in names or activations.BY_NAME]
    ax = ax or new_axes(9, 0.9 * len(chosen) + 0.5)
    ax.axis("off")
    for row, g in enumerate(chosen):
        inset = ax.inset_axes((0.6, 1 - (row + 0.9) / len(chosen), 0.2, 0.8 / len(chosen)))
        if g.elementwise:
            activation_curves(g, ax=inset)
    return ax


def _curves(g: Activated) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return z, g(z) and g'(z), with gaps at jumps."""
    if isinstance(g, Activation) and not g.elementwise:
        raise ValueError(f"{g.name} is not elementwise: it has no curve of one z")
    z = jnp.linspace(-4, 4, 801)
    slope = g.derivative(z) if isinstance(g, Activation) else jax.vmap(jax.grad(g))(z)
    return np.asarray(z), _broken(g(z)), _broken(slope)


def _broken(values: Any) -> np.ndarray:
    """Return values with a gap where they jump, so that no line is drawn up the jump."""
    values = np.array(values)
    values[1:][np.abs(np.diff(values)) > 0.5] = np.nan
    return values
