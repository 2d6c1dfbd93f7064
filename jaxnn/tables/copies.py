"""Rows that are copies of other rows, which a division of a table keeps on one side.

A network that was trained on a row knows the answer to its copy, so that a copy among the test rows
measures memory.  Two rows are copies where they are equal in every column other than the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

AT_ONCE = 16  # columns that are compared before the rows that differ already are set aside
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ / golden ratio, which spreads small numbers


def groups_of(frame: pd.DataFrame, target: str) -> pd.Series | None:
    """Return for each row the number of its first copy, (m,); None: none are kept together.

    Where more than half of the rows are copies, a table of a few categories, further rows will be
    equal to the known ones too: copies are then rows like any other.
    """
    import pandas as pd

    names, m = [name for name in frame.columns if name != target], len(frame)
    if not names:
        return None
    rows, codes = np.arange(m), np.zeros(m, np.int64)  # rows that may have a copy, and their groups
    for start in range(0, len(names), AT_ONCE):
        some = frame[names[start : start + AT_ONCE]].iloc[rows]
        codes, values = pd.factorize(_hashes(some) + codes.astype(np.uint64) * _ODD)
        several = np.bincount(codes, minlength=len(values))[codes] > 1
        rows, codes = rows[several], codes[several]
    groups = np.arange(m)
    found, first = np.unique(codes, return_index=True)
    if not 0 < len(rows) - len(found) <= m // 2:
        return None
    number = np.zeros(found[-1] + 1, int)
    number[found] = rows[first]
    groups[rows] = number[codes]
    return pd.Series(groups, frame.index)


def _hashes(frame: pd.DataFrame) -> np.ndarray:
    """Return a hash of each row, (m,) uint64, the same for equal rows."""
    from pandas import util

    hashed: Any = util.hash_pandas_object
    plain = frame.copy(deep=False)
    for name, dtype in zip(frame.columns, frame.dtypes, strict=True):
        if isinstance(dtype, np.dtype) and dtype.kind == "f":
            x = frame[name].to_numpy()
            plain[name] = np.where(x == x, x + 0.0, np.nan)  # −0 is 0, and NaN has many bits
    try:
        return np.asarray(hashed(plain, index=False))
    except TypeError:  # lists have no hash
        return np.asarray(hashed(plain.astype(str), index=False))


def held_out(groups: np.ndarray, classes: Any, share: float, seed: int) -> np.ndarray:
    """Return which rows are held out, (m,) of bool: whole groups, about a share of each class.

    Larger groups are drawn first, and the smaller ones make up for what those are above or below
    the share.  A class of which all rows were held out is left to train on.

    Args:
        groups: the number of each row's group, (m,).
        classes: (m,), to stratify by, as the first row of a group says; None: not stratified.
        share: of the rows.
        seed: of the draw.
    """
    import pandas as pd

    of, _ = pd.factorize(groups)
    sizes, first = np.bincount(of), np.unique(of, return_index=True)[1]
    labels = np.zeros(len(groups), int) if classes is None else pd.factorize(classes)[0]
    rng, held, owed = np.random.default_rng(seed), np.zeros(len(sizes), bool), 0.0
    order = rng.permutation(len(sizes))
    order = order[np.lexsort((-sizes[order], labels[first][order]))]
    kinds = np.stack([labels[first], sizes], axis=1)[order]  # (groups, 2)
    starts = np.flatnonzero(np.diff(kinds, axis=0, prepend=-1).any(axis=1))
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        (label, size), before = kinds[start], kinds[start - 1] if start else (0, 0)
        if label != before[0]:
            owed = min(max(owed, -1.0), 1.0)  # a class makes up for no other, but for rounding
        owed += share * size * (stop - start)
        drawn = min(max(round(owed / size), 0), stop - start)
        held[order[start : start + drawn]] = True
        owed -= size * drawn
    rows = held[of]
    if classes is not None:
        rows[np.isin(of, of[~np.isin(labels, labels[~rows])])] = False
    return rows


def folds_of(groups: np.ndarray, classes: Any, folds: int, seed: int) -> np.ndarray:
    """Return the fold of each row, (m,), whole groups; −1: always trained on, see `held_out`."""
    import pandas as pd

    found, left = np.full(len(groups), folds - 1), np.arange(len(groups))
    labels = None if classes is None else pd.factorize(classes)[0]
    for fold in range(folds - 1):
        some = None if labels is None else labels[left]
        held = held_out(groups[left], some, 1 / (folds - fold), seed + fold)
        found[left[held]] = fold
        left = left[~held]
    if labels is not None:
        for fold in range(folds):
            lost = ~np.isin(labels, labels[found != fold])
            found[np.isin(groups, groups[lost])] = -1
    return found
