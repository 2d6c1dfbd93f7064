"""How many epochs one compiled call runs: as many as take a moment, so that progress is shown."""

from __future__ import annotations

from jaxnn.engine.epochs import GROUP, GROUPS
from jaxnn.engine.plan import Plan

SECONDS_PER_CALL = 0.2  # short enough to show progress, long enough for a call to cost nothing

# of a slow processor, for the first call, before anything is measured
SECONDS_PER_UPDATE, SECONDS_PER_FLOP = 2e-5, 1e-10

MOST_EPOCHS = GROUPS * GROUP  # the length of the table of metrics in `run_epochs`


def first_epochs_per_call(
    plan: Plan, m: int, m_validation: int, networks: int = 1, most: int = MOST_EPOCHS
) -> int:
    """Return how many epochs of so many networks surely take no longer than a call should."""
    flops = plan.network.parameter_count * (6 * m + 2 * m_validation)
    seconds = SECONDS_PER_UPDATE * -(-m // plan.batch_size) + SECONDS_PER_FLOP * flops
    return next_epochs_per_call(1, seconds * networks, most)


def next_epochs_per_call(epochs: int, seconds: float, most: int) -> int:
    """Return how many epochs the next call runs, if some took that many seconds; at least 1."""
    return max(1, min(most, int(SECONDS_PER_CALL * epochs / seconds)))
