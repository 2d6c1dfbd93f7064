"""How many networks make one compiled function, and how many of these run side by side."""

from __future__ import annotations

import os
from typing import Any

import jax
import numpy as np

from jaxnn.engine.plan import Plan

# Parameters, gradients and optimiser state of the networks of one program on a CPU: with more, each
# update reads much of it from memory again.
CACHED_BYTES = 2**22

MOST_ON_CPU = 64  # networks of one program on a CPU: more gain nothing

SHARE_OF_MEMORY = 0.6  # of a device's free memory that networks in training may take


def programs_at_once(rows: Any) -> int:
    """Return how many programs run side by side: one per core on a CPU, elsewhere one."""
    if _device(rows).platform != "cpu":
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def networks_per_program(plan: Plan, one: Any, rows: Any, members: int, programs: int) -> int:
    """Return how many networks of one shape to train as one program.

    Args:
        plan: what they have in common.
        one: a `Stack` of one of them, arrays or their shapes.
        rows: the data, on the device.
        members: how many networks there are.
        programs: how many programs run side by side.
    """
    device = _device(rows)
    params, state = _bytes(one.state.params), _bytes((one.state.params, one.state.opt_state))
    width = np.dtype(one.state.params[0].W.dtype).itemsize
    activations = 4 * width * plan.batch_size * sum(plan.network.sizes)
    needed = _bytes(one) + 2 * params + activations
    most = max(1, int(SHARE_OF_MEMORY * _free_memory(device) / (needed * programs)))
    if device.platform == "cpu":
        most = min(most, max(1, CACHED_BYTES // (state + params)), MOST_ON_CPU)
    count = -(-members // most)
    if members >= programs:
        count = -(-count // programs) * programs
    return -(-members // count)


def _bytes(tree: Any) -> int:
    return sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(tree))


def _device(rows: Any) -> Any:
    return next(iter(rows[0].devices()))


def _free_memory(device: Any) -> int:
    stats = None if device.platform == "cpu" else device.memory_stats()
    if stats and "bytes_limit" in stats:
        return stats["bytes_limit"] - stats.get("bytes_in_use", 0)
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 2**33
