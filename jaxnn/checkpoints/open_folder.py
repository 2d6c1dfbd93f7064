"""A run's folder while it is written to: locked, with a writer of arrays and with signals noted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.lock import HeldFolder, check_shared, locked
from jaxnn.checkpoints.plain_files import check_parent, kind_at
from jaxnn.checkpoints.signals import StopRequest, noted_signals
from jaxnn.errors import CheckpointError
from jaxnn.parallel.hosts import ALONE, HostGroup


class OpenFolder(NamedTuple):
    """A locked folder, the writer of its arrays, and whether a signal asked the process to end."""

    held: HeldFolder
    writer: ArrayWriter
    stop_request: StopRequest


@contextmanager
def open_folder(
    folder: str | os.PathLike[str], processes: HostGroup = ALONE
) -> Iterator[OpenFolder]:
    """Make and lock the folder (in the first process), and note signals, inside a `with`."""
    path = Path(folder)
    held = HeldFolder(path)
    with ExitStack() as stack:

        def lock() -> str:
            nonlocal held
            _make_folder(path)
            held = stack.enter_context(locked(path))
            return held.owner

        owner = processes.broadcast(lock)
        processes.raise_on_all(lambda: check_shared(path, owner))
        stop_request = stack.enter_context(noted_signals())
        writer = stack.enter_context(ArrayWriter(together=processes.are_several))
        yield OpenFolder(held, writer, stop_request)


def _make_folder(folder: Path) -> None:
    """Make the folder and a file in it: an error comes before training, not after."""
    check_parent(folder)
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError:
        raise CheckpointError(f"{folder} is {kind_at(folder)}: checkpoints need a folder") from None
    except OSError as error:
        raise CheckpointError(f"{folder} cannot be written to: {error.strerror}") from None
