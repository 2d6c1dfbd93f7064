"""What bad data raise, two kinds of `ValueError`, and what the loss of a process raises."""

from __future__ import annotations


class DataError(ValueError):
    """What data hold breaks a rule: NaN, a number too large, a label out of range, no example."""


class ShapeError(ValueError):
    """An array has another shape than it must have."""


class ProcessLost(RuntimeError):  # noqa: N818
    """Another process of a training on several has ended, or cannot be reached."""
