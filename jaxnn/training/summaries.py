"""What a training's history says in one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

LONGEST = 160


def number_text(value: float) -> str:
    """Return a number with four digits.

    >>> number_text(0.98765), number_text(0.0), number_text(1e-9), number_text(1234567.0)
    ('0.9877', '0.0000', '1e-09', '1.235e+06')
    """
    return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 1e5 else f"{value:.4g}"


def one_line(text: str) -> str:
    r"""Return text without line breaks and without characters that cannot be printed.

    >>> one_line("a\nb\x07")
    'a b?'
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "?" for c in text)


def shortened(text: str, most: int = LONGEST) -> str:
    """Return a text on one line, cut where it is longer than `most`.

    >>> shortened("a rather long text", 10)
    'a rather …'
    """
    line = one_line(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def summary_of(
    history: Mapping[str, np.ndarray],
    *,
    best_epoch: int | None = None,
    diverged: bool = False,
    resumed_at: int = 0,
) -> str:
    """Return a training in one line: epochs, first and last loss, the other metrics, its end.

    Args:
        history: name -> (epochs,).
        best_epoch: the epoch, from 1, whose metrics are shown; None: the last.
        diverged: whether the loss became NaN or infinite in the last epoch.
        resumed_at: epochs that an earlier call has run.

    >>> history = {"loss": np.array([0.7, 0.5, 0.4]), "val_accuracy": np.array([0.6, 0.8, 0.7])}
    >>> summary_of(history, best_epoch=2)
    '3 epochs, loss 0.7000 → 0.4000, at the best epoch 2 val_accuracy 0.8000'
    """
    epochs = len(next(iter(history.values()), ()))
    parts = [f"{epochs} epoch{'s' * (epochs != 1)}"]
    if resumed_at:
        parts[0] += f" ({resumed_at} of an earlier call)"
    if not epochs:
        return parts[0]
    if "loss" in history:
        first, last = (number_text(history["loss"][i]) for i in (0, -1))
        parts.append(f"loss {first} → {last}" if epochs > 1 else f"loss {last}")
    at = epochs if best_epoch is None else best_epoch
    if diverged:
        parts.append(f"diverged in epoch {epochs}, the parameters are of epoch {at}")
    elif (scores := _scores_at(history, at)) or at != epochs:
        parts.append(f"at the best epoch {at} {scores}" if at != epochs else scores)
    return shortened(", ".join(parts))


def joint_summary_of(
    histories: Sequence[Mapping[str, np.ndarray]], best_epochs: np.ndarray, diverged: np.ndarray
) -> str:
    """Return the trainings of several networks in one line: epochs, and means over the networks.

    >>> histories = [{"loss": np.array([0.75, 0.5])}, {"loss": np.ones(3)}]
    >>> joint_summary_of(histories, np.array([2, 3]), np.zeros(2, bool))
    '2 to 3 epochs, mean loss 0.8750 → 0.7500'
    """
    lengths = [len(next(iter(history.values()), ())) for history in histories]
    low, high = min(lengths), max(lengths)
    parts = [f"{high} epochs" if low == high else f"{low} to {high} epochs"]
    if diverged.any():
        parts.append(f"{diverged.sum()} diverged")
    at = [
        {name: (values[0], values[-1], values[int(best) - 1]) for name, values in history.items()}
        for history, best, is_lost in zip(histories, best_epochs, diverged, strict=True)
        if not is_lost
    ]
    means = {name: np.mean([one[name] for one in at], axis=0) for name in at[0]} if at else {}
    if "loss" in means:
        first, last, _ = map(number_text, means["loss"])
        parts.append(f"mean loss {first} → {last}")
    for name in _scores(means):
        parts.append(f"{name} {number_text(means[name][2])}")
    return shortened(", ".join(parts))


def _scores_at(history: Mapping[str, np.ndarray], epoch: int) -> str:
    """Return the scores of an epoch."""
    return ", ".join(f"{name} {number_text(history[name][epoch - 1])}" for name in _scores(history))


def _scores(names: Iterable[str]) -> list[str]:
    """Return the validation metrics, the loss first, or without validation all but the loss."""
    validated = sorted((name for name in names if name.startswith("val_")), key="val_loss".__ne__)
    return validated or [name for name in names if name != "loss"]
