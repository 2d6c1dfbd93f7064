"""All equations of a worked example: forward, the chain rule, the update."""

from __future__ import annotations

from typing import Any

from jaxnn.textbook.costs import squared_error
from jaxnn.worked_example.numbers import Bias, Weight
from jaxnn.worked_example.writing import forms
from jaxnn.worked_example.writing.forms import factor
from jaxnn.worked_example.writing.update_equations import UpdateEquations


class Equations(UpdateEquations):
    """Writes also the factors of the chain rule; j counts from 1."""

    def chain_rule(self) -> str:
        """Return ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w."""
        s = self.s
        factors = [s.partial(*pair) for pair in (("E", "a"), ("a", "z"), ("z", "w"))]
        return f"{s.partial('E', 'w')} = {s.dot.join(factors)}"

    def dE_da(self, l: int, i: int) -> str:
        """Return ∂E/∂a_i^[l], from the cost in layer L, from δ^[l+1] in the layers below it."""
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
        """Return ∂a_i^[l]/∂z_i^[l]; None if g^[l] mixes its neurons."""
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

    def _mixes(self, l: int) -> bool:
        return self.example.da_dz[l - 1].ndim > 1
