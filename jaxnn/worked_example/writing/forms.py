"""Each activation, each cost and their derivatives, written out with numbers put in."""

from __future__ import annotations

from collections.abc import Sequence

from jaxnn.textbook import costs
from jaxnn.textbook.functions import Activation, ActivationFunction, Cost, CostFunction
from jaxnn.worked_example.writing.notation import Text

WIDEST = 8  # neurons or terms up to which all are written
ENDS = 3  # of more, so many at either end


def shown(n: int) -> list[int]:
    """Return the numbers, from 1, of those of n things that are written.

    >>> shown(4), shown(100)
    ([1, 2, 3, 4], [1, 2, 3, 98, 99, 100])
    """
    return [*range(1, n + 1)] if n <= WIDEST else [*range(1, ENDS + 1), *range(n - ENDS + 1, n + 1)]


def name_of(function: ActivationFunction | CostFunction) -> str:
    """Return the name of a function of jaxnn or of the user."""
    if isinstance(function, Activation | Cost):
        return function.name
    return getattr(function, "__name__", type(function).__name__)


def factor(number: str) -> str:
    """Return a number as a factor, or after a sign: a negative one in brackets.

    >>> factor("0.5"), factor("−0.5")
    ('0.5', '(−0.5)')
    """
    return f"({number})" if number.startswith(("−", "-")) else number


def activation_form(s: Text, g: ActivationFunction, z: Sequence[float], i: int) -> str | None:
    """Return g(z_i) with its number put in, i from 0; None if it is z_i itself."""
    name, number = name_of(g), s.number(z[i])
    if name == "identity":
        return None
    if name == "relu":
        return s.applied("max", f"0, {number}")
    if name == "softmax":
        terms = [s.power_of_e(s.number(z[k - 1])) for k in shown(len(z))]
        if len(terms) < len(z):
            terms.insert(ENDS, s.dots)
        return s.fraction(s.power_of_e(number), s.bracketed(" + ".join(terms)))
    return s.applied(name, number)


def activation_derivative_form(s: Text, g: ActivationFunction, z: float, a: float) -> str | None:
    """Return g′(z) with numbers put in, by the formula in a if there is one; None if it is 1."""
    name, out = name_of(g), s.number(a)
    if name == "identity":
        return None
    if name == "sigmoid":
        return f"{out}{s.times}(1 {s.minus} {out})"
    if name == "tanh":
        return f"1 {s.minus} {s.squared(factor(out))}"
    if name == "arctan":
        return s.fraction("1", s.bracketed(f"1 + {s.squared(factor(s.number(z)))}"))
    return s.derivative(name, s.number(z))


def cost_terms(
    s: Text, cost: CostFunction, a: Sequence[float], y: Sequence[float]
) -> dict[int, str] | None:
    """Return output i, from 0 -> its term of the cost, without terms that are 0 for every a.

    None: the cost is the user's own.
    """
    term = _TERMS.get(name_of(cost)) if isinstance(cost, Cost) else None
    if term is None:
        return None
    terms = {i: term(s, *pair) for i, pair in enumerate(zip(a, y, strict=True))}
    return {i: term for i, term in terms.items() if term}


def cost_form(s: Text, cost: CostFunction, terms: Sequence[str]) -> str:
    """Return E(a, y), the sum of its terms with its sign and its factor."""
    inner = " + ".join(terms)
    if cost == costs.squared_error:
        return f"{s.half}{inner}" if len(terms) == 1 else f"{s.half}[{inner}]"
    if cost in (costs.cross_entropy, costs.binary_cross_entropy):
        single = len(terms) == 1 and " + " not in inner
        return f"{s.minus}{inner}" if single else f"{s.minus}[{inner}]"
    return inner


def cost_derivative_form(s: Text, cost: CostFunction, a: float, y: float) -> str | None:
    """Return ∂E/∂a of one output with its numbers put in; None if there is nothing to compute."""
    if cost == costs.squared_error:
        return f"{s.number(a)} {s.minus} {factor(s.given(y))}"
    if cost == costs.absolute_error:
        return s.applied("sign", f"{s.number(a)} {s.minus} {factor(s.given(y))}")
    if cost == costs.cross_entropy and y:
        return f"{s.minus}{s.fraction(s.given(y), s.number(a))}"
    if cost == costs.binary_cross_entropy:
        left = s.fraction(f"(1 {s.minus} {s.given(y)})", f"(1 {s.minus} {s.number(a)})")
        return f"{left} {s.minus} {s.fraction(s.given(y), s.number(a))}"
    return None


def _difference(s: Text, y: float, a: float) -> str:
    return f"{s.given(y)} {s.minus} {factor(s.number(a))}"


def _times_ln(s: Text, y: float, a: str) -> str:
    return f"{s.ln}{a}" if y == 1 else f"{s.given(y)}{s.times}{s.ln}{a}"


def _cross_entropy(s: Text, a: float, y: float) -> str:
    return _times_ln(s, y, s.number(a)) if y else ""


def _binary_cross_entropy(s: Text, a: float, y: float) -> str:
    terms = [_cross_entropy(s, a, y)]
    if y != 1:
        terms.append(_times_ln(s, 1 - y, f"(1 {s.minus} {s.number(a)})"))
    return " + ".join(term for term in terms if term)


_TERMS = {
    "squared_error": lambda s, a, y: s.squared(f"({_difference(s, y, a)})"),
    "absolute_error": lambda s, a, y: f"|{_difference(s, y, a)}|",
    "total_error": lambda s, a, y: f"({_difference(s, y, a)})",
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": _binary_cross_entropy,
}
