"""`load`: reads the model that `TableModel.save` wrote."""

from __future__ import annotations

import os

from jaxnn.tables.files import read_model
from jaxnn.tables.model import TableModel


def load(folder: str | os.PathLike[str]) -> TableModel:
    """Return the model that `TableModel.save` wrote; it predicts to the bit what the saved one did.

    Nothing in the files is executed, and no file is read before its SHA-256 was compared with the
    manifest.

    Args:
        folder: the folder.

    Raises:
        CorruptCheckpoint: a file is missing, extra or changed.
        CheckpointError: the folder holds no table model.

    >>> load("nowhere")
    Traceback (most recent call last):
    jaxnn.errors.CheckpointError: nowhere holds no table model
    """
    return TableModel(**read_model(folder))
