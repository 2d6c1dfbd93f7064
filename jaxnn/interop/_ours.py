"""What a message calls an activation."""

from __future__ import annotations

from jaxnn.activations import Activated, our_name


def told(g: Activated) -> str:
    """Return what a message calls an activation.

    >>> from jaxnn.activations import relu
    >>> told(relu), told(abs)
    ('relu', 'abs')
    """
    return repr(g) if our_name(g) else getattr(g, "__name__", repr(g))
