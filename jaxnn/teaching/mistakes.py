"""Sentences about wrong numbers: a sign, a factor, an order, a shape that explains them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from jaxnn.teaching.closeness import close, roughly

FACTORS = {
    2.0: "twice the right one: is a factor ½ missing?",
    0.5: "half of the right one: is there a factor ½ too many?",
    100.0: "100 times the right one: is it in percent?",
    0.01: "a hundredth of the right one: look at the decimal point",
}
WITHIN = 1e-3  # relative difference of a recognised factor


def wrong_shape(answer: np.ndarray, right: np.ndarray) -> str:
    """Return what to say about an array of another shape.

    >>> wrong_shape(np.ones((3, 1)), np.ones((1, 3)))
    'an array of shape (1, 3) is expected, got (3, 1). Transposed, it has the right shape.'
    """
    what = f"an array of shape {right.shape}" if right.ndim else "one number"
    got = str(answer.shape) if answer.ndim else "one number"
    if right.ndim == 0:
        got = f"an array of shape {answer.shape}"
    text = f"{what} is expected, got {got}."
    if answer.ndim > 1 and answer.T.shape == right.shape:
        return f"{text} Transposed, it has the right shape."
    if answer.size == right.size:
        return f"{text} The number of elements is right."
    return text


def wrong_numbers(answer: np.ndarray, right: np.ndarray, digits: int) -> str:
    """Return what to say about numbers of the right shape that are not the right ones.

    >>> wrong_numbers(np.array(-0.5), np.array(0.5), 4)
    'the sign is the other one.'
    >>> wrong_numbers(np.array([1.0, 2.0]), np.array([1.0, 3.0]), 4)
    '1 of 2 numbers is wrong: that at [1].'
    """
    answer = answer.astype(float)  # truth values and unsigned numbers have no sign
    return next(_found(answer, right, digits), None) or _places(answer, right, digits)


def _found(answer: np.ndarray, right: np.ndarray, digits: int) -> Iterator[str]:
    """Yield what explains the numbers, the likeliest first."""
    if np.isnan(answer).any() and not np.isnan(right).any():
        yield "it has a NaN, as 0/0, ∞ − ∞ and the logarithm of a negative number are."
    if np.isinf(answer).any() and not np.isinf(right).any():
        yield "it has an infinite number: was there a division by 0, a log(0) or an exp too large?"
    if close(-answer, right, digits).all():
        yield "the sign is the other one."
    if answer.ndim == 2 and answer.T.shape == right.shape and close(answer.T, right, digits).all():
        yield "the numbers are right, but rows and columns are exchanged (a transposed matrix)."
    if answer.ndim and _in_another_order(answer, right, digits):
        yield "the numbers are right, but their order is not."
    if right.dtype.kind == "f" and roughly(answer, right).all():
        yield "right to two digits: compute with all digits, and round only the last number."
    factor = _common_factor(answer, right)
    for known, text in FACTORS.items():
        if factor is not None and abs(factor / known - 1) < WITHIN:
            yield f"it is {text}"
    if factor is not None and answer.size > 1:
        yield f"each number is {factor:.4g} times the right one: is a factor missing, such as η?"


def _in_another_order(answer: np.ndarray, right: np.ndarray, digits: int) -> bool:
    return bool(close(np.sort(answer, axis=None), np.sort(right, axis=None), digits).all())


def _common_factor(answer: np.ndarray, right: np.ndarray) -> float | None:
    """Return by what number all of the right ones were multiplied; None: there is no such."""
    some = (right != 0).reshape(-1)
    if not some.any() or not np.isfinite(answer).all() or answer.reshape(-1)[~some].any():
        return None
    ratios = answer.reshape(-1)[some] / right.reshape(-1)[some]
    factor = float(np.median(ratios))
    return factor if factor and (np.abs(ratios / factor - 1) < WITHIN).all() else None


def _places(answer: np.ndarray, right: np.ndarray, digits: int) -> str:
    """Return how many numbers are wrong and where the first is, without the right ones."""
    wrong = np.argwhere(~close(answer, right, digits))
    if right.ndim == 0:
        return "it is too large." if answer > right else "it is too small."
    first = f"[{', '.join(map(str, wrong[0]))}]"
    if len(wrong) == 1:
        return f"1 of {right.size} numbers is wrong: that at {first}."
    count = "all" if len(wrong) == right.size else f"{len(wrong)} of {right.size}"
    return f"{count} numbers are wrong, the first at {first}."
