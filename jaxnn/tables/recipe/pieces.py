"""The piecewise linear encoding of a quantity: its numbers, and the names of its pieces."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

BOUND = 5.0  # of the two outer pieces, so that an outlier cannot dominate a layer


def encode_pieces(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return PLE_1(x) … PLE_T(x), (m, T) float64, for numbers x (m,) and edges b_0 < … < b_T.

    Formula: PLE_t(x) = (x − b_{t−1}) / (b_t − b_{t−1}), clipped to [0, 1]; the first piece is
    clipped to [−5, 1] and the last to [0, 5].

    Source: Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular deep
    learning" (2022, arXiv 2203.05556), section 3.2, where the outer pieces are not bounded.

    >>> encode_pieces(np.array([-1.0, 1.0, 3.0, 99.0]), np.array([0.0, 2.0, 4.0])).tolist()
    [[-0.5, 0.0], [0.5, 0.0], [1.0, 0.5], [1.0, 5.0]]
    """
    with np.errstate(over="ignore"):  # an infinite ratio is clipped
        found = x[:, None] - edges[:-1]  # (m, T)
        found /= np.diff(edges)
    first, last = found[:, 0].copy(), found[:, -1].copy()
    np.clip(found, 0, 1, out=found)
    found[:, 0], found[:, -1] = np.clip(first, -BOUND, 1), np.clip(last, 0, BOUND)
    return found


def piece_names(name: str, edges: Sequence[float]) -> tuple[str, ...]:
    """Return a name for each piece, with as many digits as make the edges differ.

    >>> piece_names("age", (17.0, 28.25, 90.0))
    ('age in 17 … 28.25', 'age in 28.25 … 90')
    >>> piece_names("x", (1.0, 1.00001, 2.0))
    ('x in 1 … 1.00001', 'x in 1.00001 … 2')
    """
    texts, digits = [short(edge) for edge in edges], 4
    while len(set(texts)) < len(texts):
        digits += 1
        texts = [f"{edge:.{digits}g}" for edge in edges]
    return tuple(f"{name} in {a} … {b}" for a, b in pairwise(texts))


def short(x: float) -> str:
    """Return a number for people: 4 digits, or all before the point where they are a few more."""
    return f"{x:.0f}" if 1e4 <= abs(x) < 1e8 else f"{x:.4g}"
