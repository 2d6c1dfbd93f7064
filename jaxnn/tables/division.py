"""The rows of a table divided into those to train on, to validate on and to test on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from jaxnn.errors import DataError
from jaxnn.tables.copies import groups_of, held_out
from jaxnn.tables.recipe.frames import as_frame
from jaxnn.tables.recipe.quantity import check_finite
from jaxnn.tables.recipe.target_rule import are_classes
from jaxnn.textbook.checks.arguments import check_text, described
from jaxnn.textbook.checks.values import check_count, check_number

MOST_NAMED = 20  # columns that an error lists
MOST_CLASSES = 100  # to stratify by
FEWEST = 10  # rows, below which no part can be held out that would measure anything


class Parts(NamedTuple):
    """Three pandas frames; `test` is None where there is none.

    `copies` counts the rows that are copies of another and were kept beside it.
    """

    train: Any
    validation: Any
    test: Any | None
    copies: int = 0

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The number of rows of each."""
        return len(self.train), len(self.validation), 0 if self.test is None else len(self.test)


def split_table(frame: Any, *, target: str, test: float = 0.2, seed: int = 0) -> tuple[Any, Any]:
    """Return (train, test), two pandas frames: rows drawn at random, the same share of every class.

    Rows that are equal in every column other than the target stay on one side, unless more than
    half of the rows are such copies: a table of a few categories.

    Args:
        frame: of pandas, polars or pyarrow.
        target: the column to predict.
        test: the share of the rows in the second frame, in (0, 1).
        seed: of the draw.

    Raises:
        TypeError, ValueError: no frame, no such column, a share outside (0, 1), or too few rows.

    Equivalent to `sklearn.model_selection.train_test_split`, stratified where there are classes,
    where no row has a copy.

    >>> import pandas
    >>> frame = pandas.DataFrame({"a": range(20), "y": [0, 1] * 10})
    >>> train, test = split_table(frame, target="y")
    >>> len(train), test["y"].sum().item()
    (16, 2)
    """
    check_text("target", target, "'price'")
    frame, seed = as_frame(frame), check_seed(seed)
    check_target(frame, target)
    return _part("test", frame, target, test, seed, groups_of(frame, target))


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


def check_seed(seed: Any) -> int:
    """Return a seed that scikit-learn takes, or raise an error."""
    found = check_count("seed", seed, least=0)
    if found >= 2**32 - 1:  # the next one is of the validation rows
        raise ValueError(f"seed must be less than 2³² − 1, got {seed}")
    return found


def check_finite_columns(frame: Any, drop: Collection[str]) -> None:
    """Raise an error at an infinite number, with its row in the whole frame and not in a part."""
    for name, dtype in zip(frame.columns, frame.dtypes, strict=True):
        if name not in drop and isinstance(dtype, np.dtype) and dtype.kind == "f":
            values = frame[name].to_numpy()
            check_finite(name, values, values)


def divided(frame: Any, target: str, validation: Any, test: Any, seed: int) -> Parts:
    """Return the parts: shares drawn from the frame, stratified where classes allow, or frames."""
    train, validation_seed, groups = frame, seed, None
    if _is_share(validation) or _is_share(test):
        groups = groups_of(frame, target)
    if test is not None:
        train, test = _part("test", train, target, test, seed, groups)
        validation_seed = seed + 1
    train, validation = _part("validation", train, target, validation, validation_seed, groups)
    copies = 0 if groups is None else len(groups) - groups.nunique()
    return Parts(train, validation, test, copies)


def _is_share(part: Any) -> bool:
    return isinstance(part, int | float | np.number)


def _part(name: str, frame: Any, target: str, part: Any, seed: int, groups: Any) -> tuple[Any, Any]:
    """Return the rest and the part, which is a share of the rows, or a frame of its own."""
    if isinstance(part, str) or part is None:
        raise TypeError(f"{name} must be a share in (0, 1) or a frame, got {described(part)}")
    if not _is_share(part):
        return frame, as_frame(part, name)
    check_number(name, part, "a share in (0, 1), or a frame", lambda share: 0 < share < 1)
    if len(frame) < FEWEST:
        raise DataError(
            f"a table must have at least {FEWEST} rows to hold some out, got {len(frame)}"
        )
    of = None if groups is None else groups.loc[frame.index].to_numpy()
    rare = of_rare_classes(frame[target], 2)  # they are trained on: a class is known by its rows
    if of is not None:
        rare = rare | np.isin(of, of[rare])
    rows, share = np.flatnonzero(~rare), float(part)
    if share * len(rows) > len(rows) - 1:
        raise DataError(f"{name} must leave a row to train on, got {part} of {len(rows)} rows")
    classes = _classes(frame[target].iloc[rows], share)
    is_held = np.zeros(len(frame), bool)
    is_held[_drawn(rows, share, seed, classes, None if of is None else of[rows])] = True
    return frame[~is_held], frame[is_held]


def _drawn(
    rows: np.ndarray, share: float, seed: int, classes: Any, groups: np.ndarray | None
) -> np.ndarray:
    """Return the rows that are held out, copies together where that leaves rows on both sides."""
    if groups is not None:
        held = held_out(groups, classes, share, seed)
        if 0 < held.sum() < len(rows):
            return rows[held]
    from sklearn.model_selection import train_test_split

    _, held = train_test_split(rows, test_size=share, random_state=seed, stratify=classes)
    return np.asarray(held)


def of_rare_classes(values: Any, rows: int) -> np.ndarray:
    """Return which values (m,) are of a class with fewer rows than that; none of quantities."""
    if values.dtype.kind in "iuf" and not are_classes(values.to_numpy()):
        return np.zeros(len(values), bool)
    rare = (values.map(values.value_counts()) < rows).to_numpy()
    return rare if 2 * rare.sum() <= len(rare) else np.zeros(len(values), bool)


def _classes(values: Any, share: float) -> Any:
    """Return the classes to stratify by; None: a quantity, or a class has too few rows for it."""
    counts = values.value_counts()
    few = min(share, 1 - share) * len(values) < len(counts)
    return None if few or len(counts) > MOST_CLASSES or counts.min() < 2 else values.to_numpy()
