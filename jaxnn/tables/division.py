"""The rows of a table divided into those to train on, to validate on and to test on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from jaxnn.errors import DataError
from jaxnn.tables.recipe.frames import as_frame
from jaxnn.textbook.checks.arguments import check_text, described
from jaxnn.textbook.checks.values import check_number

MOST_NAMED = 20  # columns that an error lists
FEWEST = 10  # rows, below which no part can be held out that would measure anything


class Parts(NamedTuple):
    """Three pandas frames; `test` is None where there is none."""

    train: Any
    validation: Any
    test: Any | None

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The number of rows of each."""
        return len(self.train), len(self.validation), 0 if self.test is None else len(self.test)


def split_table(frame: Any, *, target: str, test: float = 0.2, seed: int = 0) -> tuple[Any, Any]:
    """Return (train, test), two pandas frames: rows drawn at random, the same share of every class.

    Args:
        frame: of pandas, polars or pyarrow.
        target: the column to predict.
        test: the share of the rows in the second frame, in (0, 1).
        seed: of the draw.

    Raises:
        TypeError, ValueError: no frame, no such column, a share outside (0, 1), or too few rows.

    Equivalent to `sklearn.model_selection.train_test_split`, stratified where there are classes.

    >>> import pandas
    >>> frame = pandas.DataFrame({"a": range(20), "y": [0, 1] * 10})
    >>> train, test = split_table(frame, target="y")
    >>> len(train), test["y"].sum().item()
    (16, 2)
    """
    check_text("target", target, "'price'")
    frame = as_frame(frame)
    check_target(frame, target)
    return _part("test", frame, target, test, seed)


def check_target(frame: Any, target: str) -> None:
    """Raise an error unless the target is a column without missing values."""
    if target not in frame.columns:
        known = ", ".join(map(repr, frame.columns[:MOST_NAMED]))
        more = len(frame.columns) - MOST_NAMED
        raise ValueError(
            f"target must be one of the columns {known}{f' and {more} more' if more > 0 else ''}, "
            f"got {target!r}"
        )
    missing = int(frame[target].isna().sum())
    if missing:
        raise DataError(
            f"target {target!r} must have no missing values, got {missing:,} of {len(frame):,} "
            f"rows: leave them out, frame.dropna(subset=[{target!r}])"
        )


def divided(frame: Any, target: str, validation: Any, test: Any, seed: int) -> Parts:
    """Return the parts: shares drawn from the frame, stratified where classes allow, or frames."""
    train, validation_seed = frame, seed
    if test is not None:
        train, test = _part("test", train, target, test, seed)
        validation_seed = seed + 1
    train, validation = _part("validation", train, target, validation, validation_seed)
    return Parts(train, validation, test)


def _part(name: str, frame: Any, target: str, part: Any, seed: int) -> tuple[Any, Any]:
    """Return the rest and the part, which is a share of the rows, or a frame of its own."""
    if isinstance(part, str) or part is None:
        raise TypeError(f"{name} must be a share in (0, 1) or a frame, got {described(part)}")
    if not isinstance(part, int | float | np.number):
        return frame, as_frame(part)
    check_number(name, part, "a share in (0, 1), or a frame", lambda share: 0 < share < 1)
    if len(frame) < FEWEST:
        raise DataError(
            f"a table must have at least {FEWEST} rows to hold some out, got {len(frame)}"
        )
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(frame))
    share = float(part)
    classes = _classes(frame[target], share)
    rest, held = train_test_split(rows, test_size=share, random_state=seed, stratify=classes)
    return frame.iloc[np.sort(rest)], frame.iloc[np.sort(held)]


def _classes(values: Any, share: float) -> Any:
    """Return the classes to stratify by; None: a quantity, or a class has too few rows for it."""
    counts = values.value_counts()
    few = min(share, 1 - share) * len(values) < len(counts)
    return None if few or len(counts) > 100 or counts.min() < 2 else values.to_numpy()
