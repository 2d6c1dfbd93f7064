"""How `sweep` saves its networks and goes on from them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from jaxnn.checkpoints.network_mismatch import check_network_json
from jaxnn.checkpoints.open_folder import open_folder
from jaxnn.checkpoints.options import Checkpoints
from jaxnn.checkpoints.sweep_checkpointer import SweepCheckpointer
from jaxnn.engine.plan import Plan
from jaxnn.errors import CheckpointMismatch
from jaxnn.training.run_description import check_run, described_program


@contextmanager
def open_sweep_checkpointer(
    checkpoint: Checkpoints | None, described: Mapping[str, Any]
) -> Iterator[SweepCheckpointer | None]:
    """Yield the checkpointer of the sweep that is described so; None where nothing is saved."""
    if checkpoint is None:
        yield None
        return
    if checkpoint.allow_changes:
        raise ValueError(
            f"allow_changes is for fit, a sweep with something changed is another sweep: take "
            f"another folder, got allow_changes={checkpoint.allow_changes!r}"
        )

    def check(path: Path, about: Mapping[str, Any]) -> None:
        found = about.get("sweep")
        if not isinstance(found, dict):
            raise CheckpointMismatch(f"{path} is no checkpoint of sweep: take another folder")
        check_network_json(path, found.get("network"), described["network"])
        check_run(path, found, described, of="sweep")

    with open_folder(checkpoint.folder) as opened:
        yield SweepCheckpointer(checkpoint, opened, described, check)


def name_of(until: int, numbers: np.ndarray, plan: Plan, inputs: Any) -> str:
    """Return the name of the folder of networks that train together until a rung ends.

    Other networks, another plan, other arrays to begin with or another rung have another name.
    """
    digest = hashlib.sha256(np.asarray(numbers, np.int64).tobytes())
    digest.update(described_program(plan, inputs).encode())
    return f"until_{until}_from_{int(numbers[0])}_{digest.hexdigest()[:12]}"
