"""Whether numbers agree to so many decimals, as a worked example prints them."""

from __future__ import annotations

import numpy as np

HALF = 0.51  # of the last decimal; above 0.5, since the right number is itself rounded
ROUNDED = 1e-2  # relative difference up to which numbers were rounded on the way


def close(answer: np.ndarray, right: np.ndarray, digits: int) -> np.ndarray:
    """Return where an answer has the right decimals: of numbers above 1, significant ones.

    A number below the last decimal is compared in powers of ten, as it is printed.  Whole numbers
    are compared exactly.

    >>> right = np.array([0.09949, 2.5e-6, 12345.678])
    >>> close(np.array([0.0995, 2.5e-6, 12345.7]), right, 4).tolist()
    [True, True, True]
    >>> close(np.array([0.0994, 2.6e-6, 12347.0]), right, 4).tolist()
    [False, False, False]
    """
    whole = right.dtype.kind in "biu"
    answer, right = answer.astype(float), right.astype(float)
    with np.errstate(all="ignore"):
        if whole:
            return np.abs(answer - right) <= 10.0**-digits
        size = np.abs(right)
        below = (size < 10.0**-digits) & (size > 0)
        unit = np.where(below, 10.0 ** np.floor(np.log10(np.where(below, size, 1.0))), 1.0)
        unit = np.where(size > 1, size, unit) * 10.0**-digits
        same = (answer == right) | (np.isnan(answer) & np.isnan(right))
        return same | (np.abs(answer - right) <= HALF * unit)


def roughly(answer: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return where an answer is right to about two digits."""
    with np.errstate(all="ignore"):
        return np.abs(answer - right) <= ROUNDED * np.abs(right)
