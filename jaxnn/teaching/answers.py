"""`check`: whether an answer to an exercise is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxnn.teaching.closeness import close
from jaxnn.teaching.mistakes import wrong_numbers, wrong_shape
from jaxnn.teaching.verdict import Verdict
from jaxnn.textbook.checks.arguments import check_not_traced, check_text, described, is_number
from jaxnn.textbook.checks.values import check_count

PLEASE_ANSWER = "put your answer in place of {}"


def check(
    answer: Any,
    right: Any,
    *,
    hint: str | None = None,
    digits: int = 4,
    mistakes: Mapping[str, Any] | None = None,
) -> Verdict:
    """Return whether an answer to an exercise is right, and what to look at if it is not.

    An answer is never an error, so that a notebook runs from top to bottom without answers: `...`
    and None are not answered yet, and a wrong answer is a `Verdict` that is false.

    Args:
        answer: what the learner wrote; an array, where one is expected, also as a list.
        right: a number, an array, a tuple or a list of such, such as parameters; a text, or a set
            of texts each of which is right.  Capitals and spaces of a text do not matter.
        hint: a sentence for a wrong answer.
        digits: right decimals that are asked for, of a number above 1 right digits; whole numbers
            are compared exactly.
        mistakes: sentence -> the answer that a known mistake leads to.

    Returns:
        A `Verdict`, which a notebook shows.

    Raises:
        TypeError, ValueError: `right`, `hint`, `digits` or `mistakes` break these rules.

    >>> check(0.0995, 0.1361 * 0.7311)
    ✓ Right.
    >>> check(..., 0.0995)
    … Not answered yet: put your answer in place of ...
    >>> check(-0.0995, 0.0995)
    ✗ Not right: the sign is the other one.
    >>> check([0.3, 0.5], np.array([0.3, 0.5, 0.9]))
    ✗ Not right: an array of shape (3,) is expected, got (2,).
    >>> check(0.2005, 0.2503, mistakes={"You forgot η.": 0.2005})
    ✗ Not right: You forgot η.
    >>> check("Softmax", {"softmax", "the softmax"})
    ✓ Right.
    """
    digits = check_count("digits", digits)
    check_text("hint", hint, "'Look at ∂z/∂w.'", or_none=True)
    check_not_traced("teaching.check", answer if is_number(answer) else None, right, loop=False)
    right = _expected("right", right)
    known = _checked_mistakes(mistakes)
    empty = next(_empty(answer), None)
    if empty is not None:
        return Verdict(right=False, answered=False, message=PLEASE_ANSWER.format(empty))
    wrong = _wrong(answer, right, digits)
    if wrong is None:
        return Verdict(right=True, answered=True, message="")
    for sentence, value in known.items():
        if _wrong(answer, value, digits) is None:
            wrong = sentence
            break
    message = f"{wrong}\nHint: {hint}" if hint else wrong
    return Verdict(right=False, answered=True, message=message)


def _checked_mistakes(mistakes: Any) -> dict[str, Any]:
    """Return sentence -> number, array or text, or raise an error."""
    if mistakes is None:
        return {}
    if not isinstance(mistakes, Mapping) or not all(isinstance(name, str) for name in mistakes):
        raise TypeError(
            "mistakes must be a dictionary, sentence -> the answer that the mistake leads to, got "
            f"{described(mistakes)}"
        )
    return {name: _expected("mistakes", value) for name, value in mistakes.items()}


def _expected(name: str, right: Any) -> Any:
    """Return texts as a set, numbers as an array, parts as a tuple of such; or raise an error."""
    if isinstance(right, str):
        return {right}
    if isinstance(right, set | frozenset) and right and all(isinstance(t, str) for t in right):
        return set(right)
    numbers = _as_numbers(right)
    if numbers is not None:
        return numbers
    if isinstance(right, tuple | list) and right:
        parts = [_expected(name, part) for part in right]
        fields = getattr(right, "_fields", None)
        return dict(zip(fields or [f"[{k}]" for k in range(len(parts))], parts, strict=True))
    raise TypeError(
        f"{name} must be a number, an array of numbers, a tuple of such, a text or a set of texts, "
        f"got {described(right)}"
    )


def _as_numbers(value: Any) -> np.ndarray | None:
    """Return an array of real numbers or truth values, float64 where they are not whole."""
    if not (is_number(value) or isinstance(value, tuple | list)):
        return None
    try:
        array = np.asarray(value)
    except Exception:  # parts of several shapes, random keys, what has no array
        return None
    if array.size == 0 or array.dtype.kind in "OSUMmc":
        return None
    return array.astype(np.float64) if jnp.issubdtype(array.dtype, jnp.floating) else array


def _empty(answer: Any) -> Iterator[str]:
    """Yield what is in the place of an answer."""
    if answer is None or answer is ...:
        yield "..." if answer is ... else "None"
    elif isinstance(answer, tuple | list):
        for part in answer:
            yield from _empty(part)


def _wrong(answer: Any, right: Any, digits: int) -> str | None:
    """Return what is wrong with an answer; None: nothing."""
    if isinstance(right, set):
        return _wrong_text(answer, right)
    if isinstance(right, dict):
        return _wrong_parts(answer, right, digits)
    if isinstance(answer, str):
        return f"a number is expected, got the text {answer!r}: write it without quotation marks."
    if callable(answer):
        return f"a value is expected, got {described(answer)}: call it."
    numbers = _as_numbers(answer)
    if numbers is None:
        what = f"an array of shape {right.shape}" if right.ndim else "a number"
        return f"{what} is expected, got {described(answer)}."
    if numbers.shape != right.shape:
        return wrong_shape(numbers, right)
    if close(numbers, right, digits).all():
        return None
    if right.dtype.kind == "b" and right.ndim == 0:
        return f"it is not {bool(numbers)}."
    return wrong_numbers(numbers, right, digits)


def _wrong_text(answer: Any, right: set[str]) -> str | None:
    if not isinstance(answer, str):
        return f"a text is expected, got {described(answer)}: write it in quotation marks."
    found = _plain(answer) in map(_plain, right)
    return None if found else f"it is not {answer!r}."


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _wrong_parts(answer: Any, right: dict[str, Any], digits: int) -> str | None:
    if not isinstance(answer, tuple | list) or len(answer) != len(right):
        got = f"{len(answer)}" if isinstance(answer, tuple | list) else described(answer)
        return f"{len(right)} parts are expected, {', '.join(right)}, got {got}."
    for (name, part), own in zip(right.items(), answer, strict=True):
        wrong = _wrong(own, part, digits)
        if wrong is not None:
            return f"{name}: {wrong}"
    return None
