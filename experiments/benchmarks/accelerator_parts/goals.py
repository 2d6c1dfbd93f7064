"""The goals on an accelerator, and whether the results meet them."""

from __future__ import annotations

from typing import Any

from accelerator_parts.networks import SMALL, WIDE

SHARE = 0.6  # of the card's rate of bfloat16 matrix products, in training of WIDE
TIMES = 5  # as fast as PyTorch with CUDA graphs, each of SMALL
MICROSECONDS = 10  # for a network and epoch of the sweep
ERROR = 0.40  # % of MNIST's test images, after the two minutes of the record

Goal = dict[str, Any]


def goals(parts: dict[str, dict[str, Any]], *, judged: bool = True) -> list[Goal]:
    """Return each goal with what was measured, or None, and whether that meets it, or None.

    Results of a rehearsal in small are not judged.
    """
    many = parts.get("sweep", {})
    us = many.get("contenders", {}).get("jaxnn", {}).get("us")
    networks = f"a sweep of {many.get('networks', 4096):,} networks 64-32-10"
    record = parts.get("record", {})
    minutes = f"{record.get('minutes', 2):.2g} minutes"
    found = [
        _share(parts.get("peak", {})),
        *(_times(name, parts.get("networks", {})) for name in SMALL),
        _goal(f"{networks}, µs for one network and epoch", us, below=MICROSECONDS),
        _goal(
            f"784-2500-2000-1500-1000-500-10, test error in % after {minutes}",
            record.get("error"),
            below=ERROR,
        ),
    ]
    return found if judged else [one | {"met": None} for one in found]


def _goal(
    what: str, value: float | None, *, at_least: float | None = None, below: float | None = None
) -> Goal:
    """Return a goal: the value should reach `at_least`, or stay below `below`."""
    wanted, met = "", None
    if at_least is not None:
        wanted, met = f"at least {at_least}", value is not None and value >= at_least
    elif below is not None:
        wanted, met = f"below {below}", value is not None and value < below
    return {"what": what, "value": value, "wanted": wanted, "met": None if value is None else met}


def _share(part: dict[str, Any]) -> Goal:
    """Return the goal of the share; of the data sheet's rate where that is known."""
    network = "-".join(map(str, WIDE.sizes))
    what = f"{network}, batches of {WIDE.batch_size:,}, bfloat16: share of "
    summary = _summary(part, WIDE.name, "jaxnn")
    card, rates = part.get("card_tflops"), part.get("matmul_gflops", {}).get("bfloat16")
    value = None if summary is None else summary["share"]
    if card and rates and value is not None:
        value *= max(rates) / card / 1000
        what += f"the card's {card:,} TFLOP/s"
    else:
        what += "the measured rate of matrix products"
    return _goal(what, value, at_least=SHARE)


def _times(name: str, part: dict[str, Any]) -> Goal:
    ours, theirs = (_summary(part, name, peer) for peer in ("jaxnn", "torch-graphs"))
    value = None
    if ours is not None and theirs is not None:
        value = theirs["warm"]["median"] / ours["warm"]["median"]
    return _goal(f"{name}: times as fast as PyTorch with CUDA graphs", value, at_least=TIMES)


def _summary(part: dict[str, Any], workload: str, peer: str) -> dict[str, Any] | None:
    return part.get("workloads", {}).get(workload, {}).get("peers", {}).get(peer, {}).get("summary")
