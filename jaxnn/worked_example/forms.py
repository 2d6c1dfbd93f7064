"""How each activation, each cost and their derivatives are written out with numbers put in."""

from __future__ import annotations

from collections.abc import Sequence

from jaxnn import costs
from jaxnn.activations import Activated, Activation
from jaxnn.costs import Cost, Costing
from jaxnn.worked_example.notation import Text


def name_of(function: Activated | Costing) -> str:
    """Return what a function is called, also a user's own."""
    if isinstance(function, Activation | Cost):
        return function.name
    return getattr(function, "__name__", type(function).__name__)


def factor(number: str) -> str:
    """Return a number as it stands in a product or behind a sign: a negative one in brackets.

    >>> factor("0.5"), factor("−0.5")
    ('0.5', '(−0.5)')
    """
    return f"({number})" if number.startswith(("−", "-")) else number


def activation_form(s: Text, g: Activated, z: Sequence[float], i: int) -> str | None:
    """Return g(z_i) with its number put in; None: it is z_i itself.

    Args:
        s: how symbols are written.
        g: the activation.
        z: the weighted sums of the layer, (n_l,).
        i: the neuron, counted from 0.
    """
    name, number = name_of(g), s.number(z[i])
    if name == "identity":
        return None
    if name == "relu":
        return s.applied("max", f"0, {number}")
    if name == "softmax":
        shown = [s.power_of_e(s.number(value)) for value in z[:3]]
        if len(z) > 3:
            shown.append(s.dots)
        return s.fraction(s.power_of_e(number), _bracketed(s, " + ".join(shown)))
    return s.applied(name, number)


def activation_derivative_form(s: Text, g: Activated, z: float, a: float) -> str | None:
    """Return g′(z) with numbers put in, by the formula in a where there is one; None: it is 1."""
    name, out = name_of(g), s.number(a)
    if name == "identity":
        return None
    if name == "sigmoid":
        return f"{out}{s.times}(1 {s.minus} {out})"
    if name == "tanh":
        return f"1 {s.minus} {s.squared(factor(out))}"
    if name == "arctan":
        return s.fraction("1", _bracketed(s, f"1 + {s.squared(factor(s.number(z)))}"))
    return s.derivative(name, s.number(z))


def cost_form(s: Text, cost: Costing, a: Sequence[float], y: Sequence[float]) -> str:
    """Return E(a, y) of the outputs shown, with their numbers put in."""
    if cost == costs.squared_error:
        terms = [s.squared(f"({_difference(s, t, o)})") for o, t in zip(a, y, strict=True)]
        return f"{s.half}{terms[0]}" if len(terms) == 1 else f"{s.half}[{' + '.join(terms)}]"
    if cost == costs.absolute_error:
        return " + ".join(f"|{_difference(s, t, o)}|" for o, t in zip(a, y, strict=True))
    if cost == costs.total_error:
        return " + ".join(f"({_difference(s, t, o)})" for o, t in zip(a, y, strict=True))
    if cost == costs.cross_entropy:
        pairs = [(o, t) for o, t in zip(a, y, strict=True) if t]
        return _negative_sum(s, [f"{_times_ln(s, t, s.number(o))}" for o, t in pairs])
    if cost == costs.binary_cross_entropy:
        terms = []
        for o, t in zip(a, y, strict=True):
            if t:
                terms.append(_times_ln(s, t, s.number(o)))
            if t != 1:
                terms.append(_times_ln(s, 1 - t, f"(1 {s.minus} {s.number(o)})"))
        return _negative_sum(s, terms)
    return s.applied(name_of(cost), "a, y")


def cost_derivative_form(s: Text, cost: Costing, a: float, y: float) -> str | None:
    """Return ∂E/∂a of one output with its numbers put in; None: there is nothing to compute."""
    if cost == costs.squared_error:
        return f"{s.number(a)} {s.minus} {factor(s.given(y))}"
    if cost == costs.absolute_error:
        return s.applied("sign", f"{s.number(a)} {s.minus} {factor(s.given(y))}")
    if cost == costs.total_error:
        return f"{s.minus}1"
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


def _negative_sum(s: Text, terms: Sequence[str]) -> str:
    if not terms:
        return s.number(0.0)
    inner = " + ".join(terms)
    return f"{s.minus}{inner}" if len(terms) == 1 else f"{s.minus}[{inner}]"


def _bracketed(s: Text, inner: str) -> str:
    """Return brackets around what stands below a slash; a fraction bar needs none."""
    return inner if s.fraction("", "").startswith("\\") else f"({inner})"
