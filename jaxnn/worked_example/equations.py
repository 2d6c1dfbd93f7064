"""The equations of a worked example, each one line with its numbers put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from jaxnn.textbook.costs import squared_error
from jaxnn.textbook.propagation import JOINT_COSTS
from jaxnn.worked_example import forms
from jaxnn.worked_example.forms import ENDS, factor, shown
from jaxnn.worked_example.notation import Text
from jaxnn.worked_example.parts import Bias, Weight

if TYPE_CHECKING:
    from jaxnn.worked_example.example import WorkedExample


class Equations:
    """Writes the equations of an example; l, i, j count from 1, as in the notation.

    Args:
        example: whose numbers they are.
        symbols: how they are written.
    """

    def __init__(self, example: WorkedExample, symbols: Text):
        self.example, self.s = example, symbols

    def inputs(self) -> str:
        """Return the inputs, x = (…)."""
        return self._vector("x", self.example.x)

    def targets(self) -> str:
        """Return the targets, y = (…)."""
        return self._vector("y", self.example.y)

    def forward_formula(self, l: int) -> str:
        """Return z^[l] = W^[l] a^[l-1] + b^[l], a^[l] = g(z^[l])."""
        s = self.s
        W, b, z, a = (s.symbol(letter, layer=l) for letter in "Wbza")
        g = forms.name_of(self.example.network.activations[l - 1])
        out = z if g == "identity" else s.applied(g, z)
        return f"{z} = {W} {s.symbol('a', layer=l - 1)} + {b}, {a} = {out}"

    def chain_rule(self) -> str:
        """Return ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w."""
        s = self.s
        factors = [s.partial(*pair) for pair in (("E", "a"), ("a", "z"), ("z", "w"))]
        return f"{s.partial('E', 'w')} = {s.dot.join(factors)}"

    def step_formula(self) -> str:
        """Return w ← w − η ∂E/∂w, or w + u where the optimiser is another."""
        s, learning_rate = self.s, self.example.learning_rate
        if learning_rate is None:
            return f"w {s.arrow} w + u{s.remark('u is what the optimiser adds')}"
        eta = s.symbol("η")
        step = f"w {s.arrow} w {s.minus} {eta}{s.dot}{s.partial('E', 'w')}"
        return f"{step}, {eta} = {s.given(learning_rate)}"

    def cost_compared(self) -> tuple[str, str]:
        """Return E before and after the step."""
        s, example = self.s, self.example
        return (
            s.equation("E", "=", [s.number(example.E)]) + s.remark("before the step"),
            s.equation("E", "=", [s.number(example.E_after)]) + s.remark("after it"),
        )

    def weighted_sum(self, l: int, i: int) -> str:
        """Return z_i^[l] = a_1 × w_i1 + … + b_i; a bias of 0 is left out."""
        s, layer = self.s, self.example.params[l - 1]
        weights: Any = layer.W[i - 1]
        value, bias = self.example.z[l - 1][i - 1], layer.b[i - 1].item()
        extra = "" if bias == 0 else f" {s.minus if bias < 0 else '+'} {s.number(abs(bias))}"
        return self._sum_of_products(
            s.symbol("z", i, layer=l), [], self.example.a[l - 1], weights, value,
            write=s.given if l == 1 else s.number, extra=extra,
        )  # fmt: skip

    def activation(self, l: int, i: int) -> str:
        """Return a_i^[l] = g(z_i^[l])."""
        g, z = self.example.network.activations[l - 1], self.example.z[l - 1]
        form = forms.activation_form(self.s, g, z.tolist(), i - 1)
        value = self.s.number(self.example.a[l][i - 1])
        sides = [self.s.symbol("z", i, layer=l)] if form is None else [form]
        note = self._softmax_note(z) if forms.name_of(g) == "softmax" else ""
        return self.s.equation(self.s.symbol("a", i, layer=l), "=", [*sides, value]) + note

    def _softmax_note(self, z: np.ndarray) -> str:
        """Return what the powers that a wide softmax leaves out sum to."""
        left_out = len(z) - len(shown(len(z)))
        rest = np.exp(z[ENDS : len(z) - ENDS].astype(float)).sum()
        if not left_out or not np.isfinite(rest):
            return ""
        words = f"{len(z)} powers of e; the {left_out} left out sum to "
        return self.s.note(words, self.s.number(rest))

    def cost(self) -> str:
        """Return E = E(a^[L], y)."""
        s, example = self.s, self.example
        a, y, value = example.a[-1], example.y, s.number(example.E)
        if self._saturated():
            return s.equation("E", "=", [value]) + s.remark(
                "from z, since an output rounds to 0 or 1"
            )
        terms = forms.cost_terms(s, example.cost, a.tolist(), y.tolist())
        if terms is None:
            return s.equation("E", "=", [s.applied(forms.name_of(example.cost), "a, y"), value])
        outputs = [*terms]
        written = [terms[outputs[k - 1]] for k in shown(len(outputs))]
        note = ""
        if len(written) < len(outputs):
            written.insert(ENDS, s.dots)
            rest = outputs[ENDS:-ENDS]
            cost = s.number(float(example.cost(jnp.asarray(a[rest]), jnp.asarray(y[rest]))))
            note = s.note(f"{len(outputs)} terms; the {len(rest)} left out cost ", cost)
        form = forms.cost_form(s, example.cost, written) if written else s.number(0.0)
        return s.equation("E", "=", [form, value]) + note

    def dE_da(self, l: int, i: int) -> str:
        """Return ∂E/∂a_i^[l]: by the cost in the last layer, by the layer above in the others."""
        s, example = self.s, self.example
        left = s.partial("E", s.symbol("a", i, layer=l))
        value = example.dE_da[l - 1][i - 1]
        if l == example.network.depth:
            form = forms.cost_derivative_form(
                s, example.cost, example.a[-1][i - 1].item(), example.y[i - 1].item()
            )
            sides = (
                [s.number(value)] if form in (None, s.number(value)) else [form, s.number(value)]
            )
            return s.equation(left, "=", sides)
        column: Any = example.params[l].W[:, i - 1]
        return self._sum_of_products(left, [], example.delta[l], column, value, write=s.number)

    def da_dz(self, l: int, i: int) -> str | None:
        """Return ∂a_i^[l]/∂z_i^[l]; None where g^[l] mixes its neurons."""
        s, example, table = self.s, self.example, self.example.da_dz[l - 1]
        if table.ndim > 1:
            return None
        left = s.partial(s.symbol("a", i, layer=l), s.symbol("z", i, layer=l))
        g = example.network.activations[l - 1]
        z, a = example.z[l - 1][i - 1].item(), example.a[l][i - 1].item()
        form = forms.activation_derivative_form(s, g, z, a)
        value = s.number(table[i - 1])
        return s.equation(left, "=", [value] if form is None else [form, value])

    def delta(self, l: int, i: int) -> str:
        """Return δ_i^[l] = ∂E/∂a_i^[l] · ∂a_i^[l]/∂z_i^[l], or the joint form a − y."""
        s, example = self.s, self.example
        left, value = s.symbol("δ", i, layer=l), example.delta[l - 1][i - 1]
        if l == example.network.depth and self._joint():
            a, total = s.symbol("a", i, layer=l), float(example.y.sum())
            numbers = s.number(example.a[-1][i - 1])
            if self._mixes(l) and total != 1:
                a, numbers = f"{a}{s.times}{s.given(total)}", f"{numbers}{s.times}{s.given(total)}"
            sides = [
                f"{a} {s.minus} {s.symbol('y', i)}",
                f"{numbers} {s.minus} {factor(s.given(example.y[i - 1]))}",
                s.number(value),
            ]
            return s.equation(left, "=", sides)
        dE_da, a = s.partial("E", s.symbol("a", i, layer=l)), s.symbol("a", i, layer=l)
        z, table = s.symbol("z", i, layer=l), example.da_dz[l - 1]
        if self._mixes(l):
            general = (
                f"{s.symbol('Σ', 'k')} {s.partial('E', s.symbol('a', 'k', layer=l))}{s.dot}"
                f"{s.partial(s.symbol('a', 'k', layer=l), z)}"
            )
            return self._sum_of_products(
                left, [general], example.dE_da[l - 1], table[:, i - 1], value, write=s.number
            )
        product = [s.number(example.dE_da[l - 1][i - 1]), s.number(table[i - 1])]
        sides = [
            f"{dE_da}{s.dot}{s.partial(a, z)}",
            s.times.join(map(factor, product)),
            s.number(value),
        ]
        return s.equation(left, "=", sides)

    def gradient(self, part: Weight | Bias) -> str:
        """Return ∂E/∂w = ∂E/∂a × ∂a/∂z × ∂z/∂w, with numbers; a bias has ∂z/∂b = 1."""
        s, example, l = self.s, self.example, part.l
        dE_da, da_dz, dz_dw = part.factors
        last = s.given(dz_dw) if l == 1 or isinstance(part, Bias) else s.number(dz_dw)
        if dE_da is None or da_dz is None:
            numbers = [factor(s.number(part.delta)), factor(last)]
        else:
            first = factor(s.number(dE_da))
            if l == example.network.depth and example.cost == squared_error:
                a, y = example.a[-1][part.i - 1].item(), example.y[part.i - 1].item()
                first = f"({forms.cost_derivative_form(s, squared_error, a, y)})"
            numbers = [first, factor(s.number(da_dz)), factor(last)]
        left = s.partial("E", self.symbol_of(part))
        return s.equation(left, "=", [s.times.join(numbers), s.number(part.gradient)])

    def step(self, part: Weight | Bias) -> str:
        """Return w ← w − η × ∂E/∂w, or w + u where the optimiser is another."""
        s, learning_rate = self.s, self.example.learning_rate
        if learning_rate is None:
            change = f"+ {factor(s.number(part.update))}"
        else:
            step = s.given(learning_rate), factor(s.number(part.gradient))
            change = f"{s.minus} {s.times.join(step)}"
        sides = [f"{s.number(part.value)} {change}", s.number(part.new)]
        return s.equation(self.symbol_of(part), s.arrow, sides)

    def more(self, count: int, what: str, values: Mapping[str, np.ndarray]) -> str:
        """Return how many things of a kind are not written, and what their numbers sum to."""
        s = self.s
        sums = [
            f"{s.symbol('Σ')} {symbol} = {s.number(array.sum(dtype=float))}"
            for symbol, array in values.items()
        ]
        return s.line(f"{s.dots} {s.words(f'{count} more {what}')}, {', '.join(sums)}")

    def symbol_of(self, part: Weight | Bias) -> str:
        """Return the parameter's own symbol."""
        if isinstance(part, Weight):
            return self.s.symbol("w", part.i, part.j, layer=part.l)
        return self.s.symbol("b", part.i, layer=part.l)

    def _joint(self) -> bool:
        return (self.example.network.activations[-1], self.example.cost) in JOINT_COSTS

    def _mixes(self, l: int) -> bool:
        return self.example.da_dz[l - 1].ndim > 1

    def _saturated(self) -> bool:
        a = self.example.a[-1]
        return self._joint() and bool(((a == 0) | (a == 1)).any())

    def _vector(self, letter: str, values: np.ndarray) -> str:
        places, n = shown(len(values)), len(values)
        written = [self.s.given(values[i - 1]) for i in places]
        remark = ""
        if len(places) < n:
            written.insert(ENDS, self.s.dots)
            remark = self.s.remark(
                f"{n} values, their sum is ", self.s.number(values.sum(dtype=float))
            )
        return self.s.equation(letter, "=", [f"({', '.join(written)})"]) + remark

    def _sum_of_products(
        self,
        left: str,
        sides: list[str],
        firsts: np.ndarray,
        seconds: np.ndarray,
        value: float,
        *,
        write: Callable[[float], str],
        extra: str = "",
    ) -> str:
        """Return left = first × second + … = value; of a long sum its ends, count and the rest."""
        s, n = self.s, len(firsts)
        places = shown(n)
        terms = [
            f"{factor(write(firsts[k - 1]))}{s.times}{factor(s.number(seconds[k - 1]))}"
            for k in places
        ]
        remark = ""
        if len(places) < n:
            terms.insert(ENDS, s.dots)
            middle = slice(ENDS, n - ENDS)
            rest = (firsts[middle].astype(float) * seconds[middle].astype(float)).sum()
            remark = s.note(f"{n} terms; the {n - len(places)} left out sum to ", s.number(rest))
        return s.equation(left, "=", [*sides, " + ".join(terms) + extra, s.number(value)]) + remark
