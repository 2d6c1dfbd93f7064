"""Writes arrays and JSON into a folder of their own, which belongs to no run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.leaves import Leaves
from jaxnn.checkpoints.plain_files import check_parent, kind_at, remove_folder, system_errors
from jaxnn.checkpoints.step_folder import StepFolder
from jaxnn.errors import CheckpointError
from jaxnn.textbook.checks.arguments import as_path


def write_folder(
    path: str | os.PathLike[str], leaves: Leaves, about: Mapping[str, Any], *, overwrite: bool
) -> Path:
    """Write a folder whole or not at all, and return its path."""
    path = as_path("path", path)
    with system_errors(path):
        there = kind_at(path) is not None
    if there and not overwrite:
        raise CheckpointError(f"{path} is there already: take another path, or overwrite=True")
    check_parent(path)
    with ArrayWriter() as writer:
        step = StepFolder(path, writer)
        step.begin(leaves, about)
        if there:
            remove_folder(path)
        step.finish()
    return path
