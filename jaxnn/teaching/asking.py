"""The questions about a worked example: each with what is known, and the right number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from jaxnn.teaching.askable import Askable
from jaxnn.textbook.functions import Activation
from jaxnn.worked_example.example import WorkedExample
from jaxnn.worked_example.writing.decimals import significant
from jaxnn.worked_example.writing.equations import Equations
from jaxnn.worked_example.writing.forms import name_of
from jaxnn.worked_example.writing.notation import Text

SPARE = 2  # digits that known numbers have more than the answer

# of these the question gives a and not ∂a/∂z
DERIVATIVES = {"sigmoid": "a (1 − a)", "tanh": "1 − a²", "identity": "1"}
COSTS = {
    "total_error": "E = Σ_i (y_i − a_i)",
    "squared_error": "E = ½ Σ_i (y_i − a_i)²",
    "absolute_error": "E = Σ_i |y_i − a_i|",
    "cross_entropy": "E = −Σ_i y_i ln a_i",
    "binary_cross_entropy": "E = −Σ_i [y_i ln a_i + (1 − y_i) ln(1 − a_i)]",
}
COST_DERIVATIVES = {
    "total_error": "∂E/∂a_i = −1",
    "squared_error": "∂E/∂a_i = a_i − y_i",
    "absolute_error": "∂E/∂a_i = sign(a_i − y_i)",
    "cross_entropy": "∂E/∂a_i = −y_i / a_i",
    "binary_cross_entropy": "∂E/∂a_i = (1 − y_i) / (1 − a_i) − y_i / a_i",
}


class Asked(NamedTuple):
    """A question: its text, its number, the equation and the formula; what mistakes lead to."""

    text: str
    answer: float
    equation: str
    hint: str
    mistakes: dict[str, float]


class Asking(Askable):
    """Writes questions about one example; l, i and j count from 1, and j = 0 is the bias."""

    def __init__(self, example: WorkedExample):
        super().__init__(example)
        self._s = Text(example.digits, significant(example.x.dtype))
        self._write = Equations(example, self._s)

    def ask(self, kind: str, *place: int) -> Asked:
        """Return the question for the number of a kind at a place."""
        return getattr(self, f"_{kind}")(*place)

    def _z(self, l: int, i: int) -> Asked:
        neuron = self._example.neuron(l, i)
        symbol, mistakes = self._symbol("z", l, i), {}
        if neuron.bias:
            mistakes["The bias is missing."] = neuron.z - neuron.bias
        return Asked(
            f"{self._neuron(l, i)} has the inputs {self._vector(neuron.inputs)}, the weights "
            f"{self._vector(neuron.weights)} and the bias {self._known(neuron.bias)}.  "
            f"What is its weighted sum {symbol}?",
            neuron.z, self._write.weighted_sum(l, i), "z_i = Σ_j w_ij a_j + b_i", mistakes,
        )  # fmt: skip

    def _a(self, l: int, i: int) -> Asked:
        neuron, g = self._example.neuron(l, i), self._example.network.activations[l - 1]
        name = name_of(g)
        if isinstance(g, Activation) and g.options:
            name += f" ({', '.join(f'{k} = {v}' for k, v in dict(g.options).items())})"
        if self._acts_alone(l):
            known = f"{self._neuron(l, i)} has {self._equals('z', l, i, neuron.z)}"
        else:
            z = self._vector(self._example.z[l - 1])
            known = f"Layer {l} has the weighted sums {self._s.symbol('z', layer=l)} = {z}"
        softmax = "a_i = e^(z_i) / Σ_k e^(z_k)"
        return Asked(
            f"{known} and the activation {name}.  What is its output {self._symbol('a', l, i)}?",
            neuron.a, self._write.activation(l, i),
            softmax if name == "softmax" else f"a = {name_of(g)}(z)",
            {"This is z: apply the activation to it.": neuron.z},
        )  # fmt: skip

    def _E(self) -> Asked:
        a, y, cost = self._example.a[-1], self._example.y, name_of(self._example.cost)
        return Asked(
            f"The outputs are {self._vector(a)}, the targets {self._vector(y)}, and the cost is "
            f"{cost}.  What is E?",
            self._example.E, self._write.cost(), COSTS[cost], {},
        )  # fmt: skip

    def _dE_da(self, l: int, i: int) -> Asked:
        example, symbol = self._example, self._symbol("a", l, i)
        answer, equation = self._number("dE_da", (l, i)), self._write.dE_da(l, i)
        if l == self._depth:
            cost, a, y = name_of(example.cost), example.a[-1][i - 1], example.y[i - 1]
            return Asked(
                f"{self._neuron(l, i)} has {self._equals('a', l, i, a)} and the target "
                f"{self._known(y)}, and the cost is {cost}.  What is ∂E/∂{symbol}?",
                answer, equation, COST_DERIVATIVES[cost], {},
            )  # fmt: skip
        column = np.asarray(example.params[l].W)[:, i - 1]
        return Asked(
            f"Layer {l + 1} has {self._s.symbol('δ', layer=l + 1)} = "
            f"{self._vector(example.delta[l])}, and the weights from neuron {i} of layer {l} to "
            f"its neurons are {self._vector(column)}.  What is ∂E/∂{symbol}?",
            answer, equation, "∂E/∂a_j^[l−1] = Σ_i δ_i^[l] w_ij^[l]", {},
        )  # fmt: skip

    def _delta(self, l: int, i: int) -> Asked:
        example, symbol = self._example, self._symbol("δ", l, i)
        answer, equation = self._number("delta", (l, i)), self._write.delta(l, i)
        g = name_of(example.network.activations[l - 1])
        a = self._equals("a", l, i, example.a[l][i - 1])
        if l == self._depth and self._joint:
            return Asked(
                f"{self._neuron(l, i)} has {a} and the target {self._known(example.y[i - 1])}; its "
                f"activation is {g} and the cost {name_of(example.cost)}.  What is {symbol}?",
                answer, equation, "δ_i = a_i − y_i", {},
            )  # fmt: skip
        dE_da = self._number("dE_da", (l, i))
        derivative = example.da_dz[l - 1][i - 1].item()
        known, formula = f" and ∂a/∂z = {self._known(derivative)}", ""
        if g in DERIVATIVES:
            known, formula = f", {a} and the activation {g}", f", ∂a/∂z = {DERIVATIVES[g]}"
        return Asked(
            f"{self._neuron(l, i)} has ∂E/∂{self._symbol('a', l, i)} = {self._known(dE_da)}"
            f"{known}.  What is {symbol}?",
            answer, equation, f"δ = ∂E/∂a · ∂a/∂z{formula}",
            {"This is ∂E/∂a: multiply it by ∂a/∂z.": dE_da, "This is ∂a/∂z alone.": derivative},
        )  # fmt: skip

    def _gradient(self, l: int, i: int, j: int) -> Asked:
        part = self._parameter(l, i, j)
        symbol, hint = self._write.symbol_of(part), "∂E/∂w_ij = δ_i a_j"
        known = f"{self._neuron(l, i)} has {self._equals('δ', l, i, part.delta)}"
        if j:
            known += f", and its input from neuron {j} is {self._known(part.dz_dw)}"
        return Asked(
            f"{known}.  What is ∂E/∂{symbol}?",
            part.gradient, self._write.gradient(part), hint if j else "∂E/∂b_i = δ_i",
            {"This is δ: multiply it by ∂z/∂w, the input.": part.delta},
        )  # fmt: skip

    def _new(self, l: int, i: int, j: int) -> Asked:
        part, rule = self._parameter(l, i, j), self._example.optimizer_step
        w, g, symbol = part.value, part.gradient, self._write.symbol_of(part)
        known, by, mistakes = f"{symbol} is {self._known(w)}", "", {}
        eta = 0.0 if rule is None else rule.learning_rate
        if rule is None:
            known += f", and the optimiser adds {self._known(part.update)} to it"
        elif rule.kind == "sgd":
            known += f", its gradient is {self._known(g)}, and η = {self._known(eta)}"
            by = " of gradient descent"
            mistakes = {
                "The step goes against the gradient: w − η ∂E/∂w.": w + eta * g,
                "The learning rate η is missing.": w - g,
                "This is the change of the weight: add it to the weight.": -eta * g,
            }
        elif rule.kind == "momentum":
            known += f", its gradient {self._known(g)}, its velocity was v = {self._known(part.v)}"
            known += f"; η = {self._known(eta)} and μ = {rule.momentum:g}"
            by = " with Nesterov's momentum" if rule.nesterov else " with momentum"
            mistakes = {"This is plain gradient descent: update v first.": w - eta * g}
        else:
            known += f", Adam has m̂ = {self._known(part.m_hat)} and v̂ = {self._known(part.v_hat)}"
            known += f"; η = {self._known(eta)} and ε = {rule.eps:g}"
            if rule.weight_decay is not None:
                known += f", with λ = {rule.weight_decay:g} for the decay of weights"
        return Asked(
            f"{known}.  What is it after one step{by}?",
            part.new, self._write.update(part)[-1],
            self._write.update_formulas()[-1].partition(",")[0], mistakes,
        )  # fmt: skip

    def _neuron(self, l: int, i: int) -> str:
        return f"Neuron {i} of layer {l}"

    def _symbol(self, letter: str, l: int, i: int) -> str:
        return self._s.symbol(letter, i, layer=l)

    def _equals(self, letter: str, l: int, i: int, value: float) -> str:
        return f"{self._symbol(letter, l, i)} = {self._known(value)}"

    def _vector(self, values: Sequence[float] | np.ndarray) -> str:
        return f"({', '.join(map(self._known, values))})"

    def _known(self, value: float) -> str:
        """Return a number with more digits than the answer, so that the answer comes out right."""
        value, digits = float(value), self._s.digits + SPARE
        if 0 < abs(value) < 1:
            digits += min(-math.floor(math.log10(abs(value))), 300)
        return Text(digits, self._s.precision).given(value)
