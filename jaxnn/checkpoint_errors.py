"""What can be wrong with a checkpoint, each kind an error of its own."""

from __future__ import annotations


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written or read; the message says where, why, and what to do next.

    >>> issubclass(CorruptCheckpoint, CheckpointError)
    True
    """


class CorruptCheckpoint(CheckpointError):  # noqa: N818
    """A file of a checkpoint is not what was written: which, and which older checkpoint is good.

    >>> issubclass(CorruptCheckpoint, CheckpointError)
    True
    """


class CheckpointMismatch(CheckpointError):  # noqa: N818
    """A checkpoint is of another network, optimiser, type or run than it is asked for.

    >>> issubclass(CheckpointMismatch, CheckpointError)
    True
    """


class CheckpointLocked(CheckpointError):  # noqa: N818
    """Another run writes into the folder: its process, its host, and since when.

    >>> issubclass(CheckpointLocked, CheckpointError)
    True
    """
