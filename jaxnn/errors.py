"""The exceptions of jaxnn."""

from __future__ import annotations


class DataError(ValueError):
    """Data break a rule: NaN, a number too large, a label out of range, no example.

    >>> import jaxnn
    >>> jaxnn.one_hot([0, 3], n_classes=3)
    Traceback (most recent call last):
    jaxnn.errors.DataError: labels must lie in 0 … 2, got labels[1] = 3
    """


class ShapeError(ValueError):
    """An array does not have the shape that it must have.

    >>> import jax, jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> jaxnn.forward(net, jaxnn.init(net, jax.random.key(0)), jax.numpy.ones(4))
    Traceback (most recent call last):
    jaxnn.errors.ShapeError: x must have shape (n_0,) = (3,), got (4,)
    """


class ProcessLost(RuntimeError):  # noqa: N818
    """Another process of a training on several processes has ended or cannot be reached.

    >>> issubclass(ProcessLost, RuntimeError)
    True
    """


class WrongNumbers(ArithmeticError):  # noqa: N818
    """A device, or a release of JAX, computes numbers that differ from the equations' numbers.

    >>> issubclass(WrongNumbers, ArithmeticError)
    True
    """


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written or read; the message says where, why, and what to do next.

    >>> issubclass(CorruptCheckpoint, CheckpointError)
    True
    """


class CorruptCheckpoint(CheckpointError):  # noqa: N818
    """A file of a checkpoint was changed: which one, and which older checkpoint is intact.

    >>> issubclass(CorruptCheckpoint, CheckpointError)
    True
    """


class CheckpointMismatch(CheckpointError):  # noqa: N818
    """A checkpoint is of another network, optimiser, type or run than the caller's.

    >>> issubclass(CheckpointMismatch, CheckpointError)
    True
    """


class CheckpointLocked(CheckpointError):  # noqa: N818
    """Another run writes into the folder: its process, its host, and since when.

    >>> issubclass(CheckpointLocked, CheckpointError)
    True
    """
