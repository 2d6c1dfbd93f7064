"""How results look in a notebook: a line of text and a small picture, as HTML."""

from __future__ import annotations

import base64
import html
import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

SIZE = (4.2, 2.4)  # inches


def html_of(text: str, draw: Callable[[Any], Any], description: str) -> str:
    """Return HTML with a text and a picture; without the picture where matplotlib fails.

    Args:
        text: shown above the picture.
        draw: draws on the axes it is given.
        description: read out in place of the picture.
    """
    shown = f"<pre>{html.escape(text)}</pre>"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as of a letter that the font lacks
            from jaxnn.plots.style import new_axes

            axes, file = new_axes(*SIZE), io.BytesIO()
            draw(axes)
            figure: Any = axes.figure
            figure.savefig(file, format="png", dpi=96, facecolor="white")
    except Exception:  # a picture is not worth a result that cannot be shown
        return shown
    png, description = base64.b64encode(file.getvalue()).decode(), html.escape(description)
    return f'{shown}<img alt="{description}" src="data:image/png;base64,{png}">'


def html_of_history(text: str, history: Mapping[str, np.ndarray]) -> str:
    """Return HTML with a text and the learning curve of the loss, or of the first metric."""
    metric = "loss" if "loss" in history else next(iter(history), "")

    def draw(ax: Any) -> None:
        from jaxnn.plots.curves import learning_curves

        learning_curves(history, metric, ax=ax)

    return html_of(text, draw, f"Learning curve: {metric} over the epochs")
