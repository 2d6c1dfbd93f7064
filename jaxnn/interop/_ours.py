"""Which activations are jaxnn's, so that another house's function of the same name is the same."""

from __future__ import annotations

from dataclasses import replace

from jaxnn import activations
from jaxnn.activations import Activated, Activation


def our_name(g: Activated) -> str | None:
    """Return the name of one of jaxnn's activations, whatever its options; None of any other.

    >>> our_name(activations.elu.with_options(alpha=0.5)), our_name(abs)
    ('elu', None)
    >>> our_name(replace(activations.relu, function=abs)) is None
    True
    """
    if not isinstance(g, Activation):
        return None
    ours = activations.BY_NAME.get(g.name)
    return g.name if ours is not None and replace(ours, options=g.options) == g else None


def told(g: Activated) -> str:
    """Return what a message calls an activation.

    >>> told(activations.relu), told(abs)
    ('relu', 'abs')
    """
    return repr(g) if our_name(g) else getattr(g, "__name__", repr(g))
