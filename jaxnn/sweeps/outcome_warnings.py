"""Warnings about networks that trained together and diverged, or have no score."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from jaxnn.engine.plan import Plan
from jaxnn.sweeps.parts import TrainedNetwork
from jaxnn.textbook.pairing import advice_for
from jaxnn.training.outcome_warnings import warn_of_no_score

MOST_NUMBERS = 10  # of networks that a warning names


def warn_of_divergence(what: str, plan: Plan, networks: Sequence[TrainedNetwork]) -> None:
    """Warn where the loss of some networks became NaN or infinite."""
    lost = [i for i, network in enumerate(networks) if network.diverged]
    if lost:
        warnings.warn(
            f"the loss of {len(lost)} of the {len(networks)} networks of this {what} became NaN or "
            f"infinite ({_numbers(lost)}); they keep their last good parameters. "
            f"{advice_for(plan.network, plan.cost)}",
            RuntimeWarning,
            stacklevel=3,
        )


def warn_of_missing_scores(
    what: str, plan: Plan, networks: Sequence[TrainedNetwork], consequence: str
) -> None:
    """Warn where the monitor of some networks is no number after the epoch that counts."""
    monitor = plan.monitor or "loss"
    scores = [one.history[monitor][one.best_epoch - 1] for one in networks]
    lost = [i for i, one in enumerate(networks) if not one.diverged and not np.isfinite(scores[i])]
    if lost:
        found = (
            f"of {len(lost)} of the {len(networks)} networks of this {what} ({_numbers(lost)}) is "
            f"{scores[lost[0]]:.6g}, no finite number"
        )
        warn_of_no_score(monitor, found, consequence, stacklevel=4)


def _numbers(lost: Sequence[int]) -> str:
    return f"number {', '.join(map(str, lost[:MOST_NUMBERS]))}"
