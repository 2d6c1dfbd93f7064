"""`questions`: "what is the next number?", drawn from a worked example."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import jax
import numpy as np

from jaxnn.teaching.answers import check
from jaxnn.teaching.askable import KINDS
from jaxnn.teaching.asking import Asked, Asking
from jaxnn.teaching.verdict import Verdict
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.keys import single_key
from jaxnn.worked_example.example import WorkedExample


@dataclass(frozen=True, repr=False)
class Question:
    """What is known of one neuron or weight, and which number is asked for; `print` writes it.

    Attributes:
        text: the question.
        answer: the number.
        equation: the equation that gives it, as the worked example prints it.
        digits: decimals that are asked for.
        hint: the formula.
    """

    text: str
    answer: float
    equation: str
    digits: int
    hint: str
    _mistakes: dict[str, float] = field(default_factory=dict)

    def check(self, answer: Any) -> Verdict:
        """Return whether a number is right; the message of a right one is its equation."""
        found = check(
            answer, self.answer, hint=self.hint, digits=self.digits, mistakes=self._mistakes
        )
        return Verdict(right=True, answered=True, message=self.equation) if found else found

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.text)}</p>"


def questions(example: WorkedExample, *, key: jax.Array, count: int = 3) -> tuple[Question, ...]:
    """Return questions "what is the next number?", drawn from a worked example.

    They ask for a weighted sum z, an output a, the cost E, a derivative ∂E/∂a, a δ, a gradient
    ∂E/∂w or a new weight, in this order; of none twice before each was asked for once.  A sum over
    more than 10 neurons is not asked for, nor what a function of your own gives.

    Args:
        example: the worked example.
        key: a random key; equal keys draw equal questions.
        count: the number of questions, at least 1.

    Returns:
        So many `Question`s, no two of them for one number.

    Raises:
        TypeError, ValueError: an argument that breaks these rules; the example has fewer numbers
            that can be asked for.

    >>> import jax, jax.numpy as jnp, jaxnn
    >>> net = jaxnn.mlp(2, 1, output="sigmoid")
    >>> params = (jaxnn.Layer(W=jnp.array([[0.3, -0.4]]), b=jnp.zeros(1)),)
    >>> example = jaxnn.explain(
    ...     net, params, jnp.array([1.0, 2.0]), jnp.ones(1), cost="squared_error")
    >>> cost, slope = questions(example, key=jax.random.key(0), count=2)
    >>> print(cost)
    The outputs are (0.3775407), the targets (1), and the cost is squared_error.
    What is E?  (4 decimals)
    >>> cost.check(0.3875)
    ✗ Not right: it is twice the right one: is a factor ½ missing?
    Hint: E = ½ Σ_i (y_i − a_i)²
    >>> cost.check(0.1937)
    ✓ Right. E = ½(1 − 0.3775)² = 0.1937
    """
    if not isinstance(example, WorkedExample):
        raise TypeError(
            f"example must be a worked example, as jaxnn.explain returns, got {described(example)}"
        )
    words = jax.random.key_data(single_key(key))
    count = check_count("count", count)
    rng = np.random.default_rng(np.asarray(words))
    asking = Asking(example)
    left = {kind: asking.places(kind) for kind in KINDS}
    total = sum(map(len, left.values()))
    if count > total:
        raise ValueError(f"count must be at most the {total} numbers to ask for, got {count}")
    drawn: list[tuple[int, Any]] = []
    while len(drawn) < count:
        kinds = [kind for kind in KINDS if left[kind]]
        for k in rng.permutation(len(kinds))[: count - len(drawn)]:
            places = left[kinds[k]]
            drawn.append((KINDS.index(kinds[k]), places.pop(rng.integers(len(places)))))
    return tuple(_question(asking.ask(KINDS[k], *place), example) for k, place in sorted(drawn))


def _question(asked: Asked, example: WorkedExample) -> Question:
    return Question(
        text=f"{asked.text}  ({example.digits} decimals)",
        answer=asked.answer + 0.0,  # −0.0 is 0
        equation=asked.equation,
        digits=example.digits,
        hint=asked.hint,
        _mistakes=asked.mistakes,
    )
