"""scikit-learn's handwritten digits as text for the page."""

from __future__ import annotations

import re

import numpy as np

from jaxnn.data.datasets import digits

INK = np.array(list("0123456789abcdefg"))  # of a pixel, 0 … 16


def packed_digits() -> dict[str, str]:
    """Return pixels, one character each, row after row and digit after digit, and the labels.

    A run of 2 … 26 zeros is B … Z, so that half of the pixels take next to no room.

    >>> packed = packed_digits()
    >>> packed["labels"][:10], packed["pixels"][:20], len(packed["pixels"])
    ('0123456789', 'B5d91Ddfaf5B3f20b8B4', 74483)
    """
    X, Y = digits()
    ink = "".join(INK[np.rint(X.T * 16).astype(int).ravel()])
    pixels = re.sub("0{2,26}", lambda zeros: chr(ord("A") - 1 + len(zeros[0])), ink)
    return {"pixels": pixels, "labels": "".join(map(str, Y.argmax(axis=0)))}
