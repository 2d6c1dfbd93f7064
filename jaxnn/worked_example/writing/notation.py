"""The textbook's symbols in two notations: text for a terminal, and LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxnn.worked_example.writing.decimals import constant, decimal, whole_or_decimal


@dataclass(frozen=True)
class Text:
    """Symbols for a terminal: z_1^[1], ∂E/∂w_1,2^[1], ½(0 − 0.77)².

    Args:
        digits: decimals of a number.
        precision: decimal digits that the numbers' type holds.
    """

    digits: int
    precision: int

    minus, times, dot, arrow = "−", " × ", " · ", "←"
    half, ln, dots = "½", "ln ", "…"

    def number(self, value: float) -> str:
        """Return a computed number, `1.0`."""
        return self._signed(decimal(value, self.digits, self.precision))

    def given(self, value: float) -> str:
        """Return a number that was given, `1`."""
        return self._signed(whole_or_decimal(value, self.digits, self.precision))

    def constant(self, value: float) -> str:
        """Return a number that was given, with all its decimals, `0.99999`."""
        return self._signed(constant(value, self.digits, self.precision))

    def symbol(self, letter: str, *indices: int | str, layer: int | None = None) -> str:
        """Return a letter with its indices and its layer, `w_1,2^[1]`."""
        below = "_" + ",".join(map(str, indices)) if indices else ""
        above = f"^[{layer}]" if layer is not None else ""
        return f"{letter}{below}{above}"

    def partial(self, above: str, below: str) -> str:
        """Return ∂above/∂below."""
        return f"∂{above}/∂{below}"

    def fraction(self, above: str, below: str) -> str:
        """Return above / below."""
        return f"{above} / {below}"

    def squared(self, base: str) -> str:
        """Return base²; a power of ten in brackets."""
        return f"({base})²" if self._is_power(base) else f"{base}²"

    def power(self, base: str, exponent: str) -> str:
        """Return base^exponent; a power of ten in brackets."""
        return f"({base})^{exponent}" if self._is_power(base) else f"{base}^{exponent}"

    def root(self, number: str) -> str:
        """Return √number."""
        return f"√{number}"

    def bracketed(self, sum_of_terms: str) -> str:
        """Return what is below a fraction's line, in brackets where there is no line."""
        return f"({sum_of_terms})"

    def power_of_e(self, exponent: str) -> str:
        """Return e^exponent."""
        return f"e^({exponent})"

    def applied(self, function: str, argument: str) -> str:
        """Return function(argument); σ stands for sigmoid."""
        return f"{'σ' if function == 'sigmoid' else function}({argument})"

    def derivative(self, function: str, argument: str) -> str:
        """Return function′(argument)."""
        return f"{'σ' if function == 'sigmoid' else function}′({argument})"

    def remark(self, words: str, formula: str = "") -> str:
        """Return words, and a formula that ends them, beside an equation."""
        return f"   ({words}{formula})"

    def note(self, words: str, formula: str) -> str:
        """Return a remark on a long equation."""
        return self.remark(words, formula)

    def equation(self, left: str, relation: str, sides: Sequence[str]) -> str:
        """Return left = side = side."""
        return f"{left} {relation} {' = '.join(sides)}"

    def words(self, words: str) -> str:
        """Return words inside a formula."""
        return words

    def name(self, name: str) -> str:
        """Return the name of an input or an output."""
        return name

    def line(self, formula: str) -> str:
        """Return a line that has no relation to align."""
        return formula

    def _is_power(self, number: str) -> bool:
        return "e" in number and not number.startswith("(")

    def _signed(self, number: str) -> str:
        return number.replace("-", "−")


class Latex(Text):
    r"""Symbols for LaTeX: z_{1}^{[1]}, \frac{\partial E}{\partial w_{1,2}^{[1]}}.

    >>> Latex(4, 15).symbol("w", 1, 2, layer=1)
    'w_{1,2}^{[1]}'
    """

    minus, times, dot, arrow = "-", r" \times ", r" \cdot ", r"\leftarrow"
    half, ln, dots = r"\tfrac{1}{2}", r"\ln ", r"\dots"

    def symbol(self, letter: str, *indices: int | str, layer: int | None = None) -> str:
        """Return a letter with its indices and its layer."""
        below = "_{" + ",".join(map(str, indices)) + "}" if indices else ""
        above = f"^{{[{layer}]}}" if layer is not None else ""
        return f"{_GREEK.get(letter, letter)}{below}{above}"

    def partial(self, above: str, below: str) -> str:
        """Return ∂above/∂below."""
        return rf"\frac{{\partial {above}}}{{\partial {below}}}"

    def fraction(self, above: str, below: str) -> str:
        """Return above / below."""
        return rf"\frac{{{above}}}{{{below}}}"

    def squared(self, base: str) -> str:
        """Return base²; a power of ten in brackets."""
        return self.power(base, "2")

    def power(self, base: str, exponent: str) -> str:
        """Return base^exponent; a power of ten in brackets, as TeX takes no second superscript."""
        return f"({base})^{{{exponent}}}" if self._is_power(base) else f"{base}^{{{exponent}}}"

    def root(self, number: str) -> str:
        """Return √number."""
        return rf"\sqrt{{{number}}}"

    def bracketed(self, sum_of_terms: str) -> str:
        """Return what is below a fraction's line."""
        return sum_of_terms

    def power_of_e(self, exponent: str) -> str:
        """Return e^exponent."""
        return f"e^{{{exponent}}}"

    def applied(self, function: str, argument: str) -> str:
        """Return function(argument); σ stands for sigmoid."""
        return f"{_function(function)}({argument})"

    def derivative(self, function: str, argument: str) -> str:
        """Return function′(argument)."""
        return f"{_function(function)}'({argument})"

    def remark(self, words: str, formula: str = "") -> str:
        """Return words, and a formula that ends them, beside an equation."""
        return rf"\quad (\text{{{words}}}{formula})"

    def note(self, words: str, formula: str) -> str:
        """Return a remark on a long equation, in a line of its own."""
        return rf" \\ &{self.remark(words, formula)}"

    def equation(self, left: str, relation: str, sides: Sequence[str]) -> str:
        """Return left = side = side, aligned at the first relation."""
        return f"{left} &{relation} {' = '.join(sides)}"

    def words(self, words: str) -> str:
        """Return words inside a formula."""
        return rf"\text{{ {words}}}"

    def name(self, name: str) -> str:
        """Return the name of an input or an output, escaped."""
        return _escaped(name)

    def line(self, formula: str) -> str:
        """Return a line that has no relation to align."""
        return f"&{formula}"

    def _signed(self, number: str) -> str:
        mantissa, power, exponent = number.partition("e")
        first = "" if mantissa == "1" else rf"{mantissa} \cdot "
        return f"{first}10^{{{exponent}}}" if power else number

    def _is_power(self, number: str) -> bool:
        return "10^" in number and not number.startswith("(")


_GREEK = {
    "δ": r"\delta", "η": r"\eta", "Σ": r"\sum", "μ": r"\mu", "λ": r"\lambda",
    "β₁": r"\beta_1", "β₂": r"\beta_2", "ε": r"\varepsilon",
    "m\u0302": r"\hat{m}", "v\u0302": r"\hat{v}",
}  # fmt: skip
_BUILT_IN = {"sigmoid": r"\sigma", "tanh": r"\tanh", "arctan": r"\arctan", "max": r"\max"}


def _function(name: str) -> str:
    return _BUILT_IN.get(name, rf"\operatorname{{{_escaped(name)}}}")


def _escaped(name: str) -> str:
    return "".join(f"\\{c}" if c in "_#$%&{}" else c for c in name if c not in "\\^~")
