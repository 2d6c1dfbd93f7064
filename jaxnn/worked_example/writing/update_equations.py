"""The update of a weight or a bias, line by line: gradient descent, momentum, Adam, AdamW."""

from __future__ import annotations

from typing import Any

from jaxnn.worked_example.numbers import Bias, Weight
from jaxnn.worked_example.writing.forms import factor
from jaxnn.worked_example.writing.forward_equations import ForwardEquations

M_HAT, V_HAT = "m\u0302", "v\u0302"


class UpdateEquations(ForwardEquations):
    """Writes the formulas of the update with their constants, and the update of one parameter."""

    @property
    def _rule(self) -> Any:
        return self.example.optimizer_step

    def update_formulas(self) -> tuple[str, ...]:
        """Return the formulas, one a line; w ← w + u of an optimiser of no known formula."""
        s, rule = self.s, self._rule
        if rule is None:
            return (f"w {s.arrow} w + u{s.remark('u is what the optimiser adds')}",)
        gradient, eta = s.partial("E", "w"), s.symbol("η")
        eta_is = f"{eta} = {s.given(rule.learning_rate)}"
        if rule.kind == "sgd":
            return (f"w {s.arrow} w {s.minus} {eta}{s.dot}{gradient}, {eta_is}",)
        if rule.kind == "momentum":
            mu = s.symbol("μ")
            step = f"({gradient} + {mu}{s.dot}v)" if rule.nesterov else "v"
            return (
                f"v {s.arrow} {mu}{s.dot}v + {gradient}, {mu} = {s.constant(rule.momentum)}",
                f"w {s.arrow} w {s.minus} {eta}{s.dot}{step}, {eta_is}",
            )
        return self._adam_formulas(rule, gradient, f"w {s.arrow} w {s.minus} {eta}{s.dot}", eta_is)

    def _adam_formulas(self, rule: Any, gradient: str, change: str, eta_is: str) -> tuple[str, ...]:
        s = self.s
        beta_1, beta_2, eps = map(s.symbol, ("β₁", "β₂", "ε"))
        m_hat, v_hat, square = s.symbol(M_HAT), s.symbol(V_HAT), s.squared(f"({gradient})")
        constants = [eta_is, f"{eps} = {s.constant(rule.eps)}"]
        step = s.fraction(m_hat, s.bracketed(f"{s.root(v_hat)} + {eps}"))
        if rule.weight_decay is not None:
            decay = s.symbol("λ")
            step = f"({step} + {decay}{s.dot}w)"
            constants.append(f"{decay} = {s.constant(rule.weight_decay)}")

        def mean(letter: str, beta: str, new: str, value: float) -> str:
            terms = f"{beta}{s.dot}{letter} + (1 {s.minus} {beta}){s.dot}{new}"
            return f"{letter} {s.arrow} {terms}, {beta} = {s.constant(value)}"

        return (
            mean("m", beta_1, gradient, rule.b1),
            mean("v", beta_2, square, rule.b2),
            f"{m_hat} = {self._corrected('m', beta_1, 't')}, "
            f"{v_hat} = {self._corrected('v', beta_2, 't')}, t = {rule.t}",
            f"{change}{step}, {', '.join(constants)}",
        )

    def update(self, part: Any) -> tuple[str, ...]:
        """Return the equations of the update of a weight or a bias."""
        s, rule = self.s, self._rule
        if rule is None:
            return (self._moved(part, f"+ {factor(s.number(part.update))}"),)
        eta, gradient = s.given(rule.learning_rate), factor(s.number(part.gradient))
        if rule.kind == "sgd":
            return (self._moved(part, f"{s.minus} {eta}{s.times}{gradient}"),)
        if rule.kind == "momentum":
            mu, velocity = s.constant(rule.momentum), factor(s.number(part.new_v))
            step = velocity
            if rule.nesterov:
                step = f"({s.number(part.gradient)} + {mu}{s.times}{velocity})"
            before = factor(s.number(part.v))
            return (
                self._mean(part, "v", f"{mu}{s.times}{before}", gradient),
                self._moved(part, f"{s.minus} {eta}{s.times}{step}"),
            )
        return self._adam(part, rule, eta, gradient)

    def _adam(self, part: Any, rule: Any, eta: str, gradient: str) -> tuple[str, ...]:
        s, b1, b2 = self.s, rule.b1, rule.b2
        root = f"{s.root(s.number(part.v_hat))} + {s.constant(rule.eps)}"
        step = s.fraction(factor(s.number(part.m_hat)), s.bracketed(root))
        if rule.weight_decay is not None:
            decay = f"{s.constant(rule.weight_decay)}{s.times}{factor(s.number(part.value))}"
            step = f"({step} + {decay})"
        return (
            self._mean(part, "m", *self._weighted(b1, part.m, gradient)),
            self._mean(part, "v", *self._weighted(b2, part.v, s.squared(gradient))),
            self._unbiased(part, M_HAT, part.new_m, b1, part.m_hat),
            self._unbiased(part, V_HAT, part.new_v, b2, part.v_hat),
            self._moved(part, f"{s.minus} {eta}{s.times}{step}"),
        )

    def symbol_of(self, part: Weight | Bias) -> str:
        """Return the symbol of a weight or a bias."""
        return self._of(part, "w" if isinstance(part, Weight) else "b")

    def _of(self, part: Weight | Bias, letter: str) -> str:
        """Return a letter with the indices of a weight or a bias."""
        indices = (part.i, part.j) if isinstance(part, Weight) else (part.i,)
        return self.s.symbol(letter, *indices, layer=part.l)

    def _weighted(self, b: float, mean: float, new: str) -> tuple[str, str]:
        """Return b × mean and (1 − b) × new."""
        s = self.s
        return (
            f"{s.constant(b)}{s.times}{factor(s.number(mean))}",
            f"{s.constant(1 - b)}{s.times}{new}",
        )

    def _corrected(self, mean: str, b: str, t: str) -> str:
        """Return mean / (1 − b^t)."""
        s = self.s
        return s.fraction(mean, s.bracketed(f"1 {s.minus} {s.power(b, t)}"))

    def _unbiased(self, part: Any, hat: str, mean: float, b: float, value: float) -> str:
        """Return m̂ or v̂ = mean / (1 − b^t) = its value."""
        s, t = self.s, str(self._rule.t)
        sides = [self._corrected(s.number(mean), s.constant(b), t), s.number(value)]
        return s.equation(self._of(part, hat), "=", sides)

    def _mean(self, part: Weight | Bias, letter: str, *terms: str) -> str:
        value = getattr(part, f"new_{letter}")
        sides = [" + ".join(terms), self.s.number(value)]
        return self.s.equation(self._of(part, letter), self.s.arrow, sides)

    def _moved(self, part: Weight | Bias, change: str) -> str:
        """Return w ← w and its change = the new w."""
        s = self.s
        sides = [f"{s.number(part.value)} {change}", s.number(part.new)]
        return s.equation(self.symbol_of(part), s.arrow, sides)
