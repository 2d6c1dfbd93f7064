"""The metrics that are measured in every training, and whether a larger value of one is better."""

from __future__ import annotations

# only these: of a user's own metric the direction is not known
LARGER_IS_BETTER = {"loss": False, "accuracy": True, "r2": True}


def is_larger_better(metric: str, maximise: bool | None = None) -> bool:
    """Return `maximise`; where it is None, the known direction of loss, accuracy and r2.

    Raises:
        ValueError: the metric is a user's own, and `maximise` is None.

    >>> is_larger_better("val_accuracy"), is_larger_better("val_loss"), is_larger_better("f1", True)
    (True, False, True)
    """
    if maximise is not None:
        return maximise
    name = metric.removeprefix("val_")
    if name not in LARGER_IS_BETTER:
        raise ValueError(
            f"whether a larger {metric!r} is better is known of loss, accuracy and r2 only (and of "
            "val_loss …): give maximise=True, or maximise=False where a smaller one is better"
        )
    return LARGER_IS_BETTER[name]
