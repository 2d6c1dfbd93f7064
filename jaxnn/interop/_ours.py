"""What a message calls an activation."""

from __future__ import annotations

from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import ActivationFunction


def told(g: ActivationFunction) -> str:
    """Return what a message calls an activation.

    >>> from jaxnn.textbook.activations import relu
    >>> told(relu), told(abs)
    ('relu', 'abs')
    """
    return repr(g) if our_name(g) else getattr(g, "__name__", repr(g))
