"""The two kinds of `ValueError` that bad data raise: what arrays hold, and what shape they have."""

from __future__ import annotations


class DataError(ValueError):
    """What data hold breaks a rule: NaN, a number too large, a label out of range, no example."""


class ShapeError(ValueError):
    """An array has another shape than it must have."""
