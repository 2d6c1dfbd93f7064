"""Reads the processes that train together from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from glob import glob
from importlib.util import find_spec
from typing import Any

VARIABLES = {
    "coordinator_address": "JAX_COORDINATOR_ADDRESS",
    "num_processes": "JAX_NUM_PROCESSES",
    "process_id": "JAX_PROCESS_ID",
}
"""Argument of `jax.distributed.initialize` -> the variable that gives it."""


def joined_processes(
    environment: Mapping[str, str] = os.environ,
) -> dict[str, Any] | None:
    """Return the arguments for `jax.distributed.initialize`; None: the process is alone.

    A ValueError if some of `VARIABLES` are set but not all, or one is no number or too large.

    >>> joined_processes({})
    >>> joined_processes({"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4"})
    {}
    """
    found = {name: environment[v] for name, v in VARIABLES.items() if environment.get(v)}
    if not found:
        return {} if _is_in_a_cluster(environment) else None
    missing = [v for name, v in VARIABLES.items() if name not in found]
    if missing:
        raise ValueError(
            f"{', '.join(VARIABLES.values())} go together, but {', '.join(missing)} is not set"
        )
    n, i = (_count(found, name) for name in ("num_processes", "process_id"))
    if not i < n:
        raise ValueError(
            f"JAX_PROCESS_ID must be from 0 to JAX_NUM_PROCESSES − 1 = {n - 1}, got {i}"
        )
    return {
        "coordinator_address": found["coordinator_address"],
        "num_processes": n,
        "process_id": i,
        "cluster_detection_method": "deactivate",
    }


def _count(found: Mapping[str, str], name: str) -> int:
    text = found[name].strip()
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{VARIABLES[name]} must be a whole number, got {found[name]!r}")
    return int(text)


def _is_in_a_cluster(environment: Mapping[str, str]) -> bool:
    """Return whether JAX finds the processes without arguments."""
    sizes = environment.get("SLURM_NTASKS", "1"), environment.get("OMPI_COMM_WORLD_SIZE", "1")
    in_kubernetes = {"KUBERNETES_SERVICE_HOST", "JOB_COMPLETION_INDEX"} <= environment.keys()
    return max(map(int, sizes)) > 1 or in_kubernetes or _has_tpus()


def _has_tpus() -> bool:
    return find_spec("libtpu") is not None and bool(glob("/dev/accel*") + glob("/dev/vfio/*"))
