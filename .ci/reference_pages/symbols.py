"""Symbols of the notation: names, numbers, brackets, with what stands below and above them."""

from __future__ import annotations

import re
from collections.abc import Callable

from reference_pages.mathml import Found, fence, index, operator, row

GAP = re.compile(r"[ \t]*(?:\n[ \t]*)?(?!\n)")
NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?(?:e[−-]?\d+)?)(?![\w]|\.\d)")
LETTER = re.compile(r"[Α-ωϕ]|[A-Za-zȳ][̂̄]?(?![A-Za-z0-9]|[.-]\w|'[a-rt-z])")
WORD = re.compile(
    r"(?:ln|log|exp|max|min|sign|tanh|softmax)(?=[\s(²_^])"
    r"|(?:mean|scale|accuracy|confidence)(?=_[a-z](?![A-Za-z0-9_]))|image(?=\()|kernel(?![a-z])|xy(?![a-z])"
)
INDEX = re.compile(r"_(?:\{([^{}\s]+)\}|(\w{1,2}(?:,\w{1,2})?)(?![\w(=]))", re.ASCII)
LAYER = re.compile(r"\^\[([^\]\s]{1,7})\]")
LATER = re.compile(r"\^\(([^()\s]+)\)")
RAISED = re.compile(r"[²³ᵀ⁻¹]+|\^[−-]?(?:\d+|[a-zA-Zα-ω](?![a-zA-Z]))")
PRIME = re.compile(r"'(?![a-zA-Z])")
ARTICLES = {"a", "A", "I"}  # English words, too


class Symbols:
    """A recursive descent over a text; a method returns None where its rule does not hold."""

    def __init__(self, text: str, at: int, *, fractions: bool):
        self.text, self.at, self.fractions = text, at, fractions

    def take(self, pattern: re.Pattern[str], *, gap: bool = False) -> re.Match[str] | None:
        """Move past a pattern."""
        start = GAP.match(self.text, self.at).end() if gap else self.at  # type: ignore[union-attr]
        if found := pattern.match(self.text, start):
            self.at = found.end()
        return found

    def follows(self, signs: str, *, gap: bool = False) -> str:
        """Move past one of some signs, and return it."""
        found = self.take(re.compile(f"[{re.escape(signs)}]"), gap=gap)
        return found[0] if found else ""

    def tried(self, rule: Callable[[], Found | None]) -> Found | None:
        """Apply a rule; where it does not hold, go back."""
        start = self.at
        if (found := rule()) is None:
            self.at = start
        return found

    def formula(self) -> Found | None:
        """What may be between brackets."""
        raise NotImplementedError

    def _operand(self, rule: Callable[[], Found | None]) -> Found | None:
        self.take(GAP)
        return rule()

    def scripted(self) -> Found | None:
        """A primary with its indices, powers and arguments: z_i^[l], σ'(z), (y − a)²."""
        if sign := self.follows("∂"):
            if (inner := self.tried(self.scripted)) is None:
                return None
            return Found([row(f"<mi>{sign}</mi>", inner.whole)], certain=True)
        if (base := self.tried(self.primary)) is None:
            return None
        found = self._with_scripts(base)
        if found is base and base.fraction and self.fractions:
            return Found([base.inside], certain=True, fraction=True)  # (1/m) needs no brackets
        called = self._called(found)
        return found if called is found else self._with_scripts(called)

    def _power(self) -> Found | None:
        if not self.follows("^") or not self.follows("("):
            return None
        inner = self.tried(self.formula)
        return inner if inner and self.follows(")") else None

    def _with_scripts(self, base: Found) -> Found:
        below, above = "", ""
        while True:
            if found := self.take(INDEX):
                below += found[1] or found[2]
            elif found := self.take(LAYER):
                above += f"[{found[1]}]"
            elif found := self.take(RAISED) or self.take(PRIME):
                above += found[0].lstrip("^").replace("'", "′")
            else:
                break
        power = self.tried(self._power)
        if not power and not above and (found := self.take(LATER)):
            above = found[1]  # 3^(r-1)
        raised = power.whole if power else index(above) if above else ""
        if not below and not raised:
            return base
        below = index(below) if below else ""
        if "∑" in base.whole and below:
            return Found([f"<munder>{base.whole}{below}</munder>"], certain=True)
        name = "msubsup" if below and raised else "msub" if below else "msup"
        return Found([f"<{name}>{base.whole}{below}{raised}</{name}>"], certain=True)

    def _called(self, found: Found) -> Found:
        """g(z), directly followed by its argument, and 1[i=k], which is 1 where i = k."""
        opens = "[" if found.whole == "<mn>1</mn>" else "("
        called = self.text[self.at : self.at + 1] == opens and "∑" not in found.whole
        if not called or found.inside:
            return found
        if (argument := self.tried(self.bracket)) is None:
            return found
        return Found([row(found.whole, argument.whole)], certain=True)

    def primary(self) -> Found | None:
        """A number, a name, a symbol, or what is between brackets."""
        if found := self.take(NUMBER):
            return Found([f"<mn>{found[0]}</mn>"])
        if found := self.take(WORD):
            return Found([f"<mi>{found[0]}</mi>"])
        if found := self.follows("…∞½Σ"):
            known = {"Σ": "<mo>∑</mo>", "½": "<mn>½</mn>"}
            if self.fractions:
                known["½"] = "<mfrac><mn>1</mn><mn>2</mn></mfrac>"
            return Found([known.get(found, f"<mi>{found}</mi>")], certain=found != "…")
        if found := self.take(LETTER):
            rest = self.text[self.at :]
            if rest.startswith("_") and not INDEX.match(rest):
                return None  # n_classes is a name
            ends = re.compile(r"[,;:.](?:\s|$)").match(rest)  # what a comma follows is no article
            certain = bool(found[0] not in ARTICLES or ends)
            upright = ' mathvariant="normal"' if found[0] in "ΔΦΣΩ" else ""
            return Found([f"<mi{upright}>{found[0]}</mi>"], certain) if found[0] != "I" else None
        return self.tried(self.bars) or self.tried(self.bracket)

    def bars(self) -> Found | None:
        """|y − a|, ‖W‖."""
        bar = self.follows("|‖")
        if not bar or (inner := self.tried(self.formula)) is None or not self.follows(bar):
            return None
        whole = row(fence(bar, inner.whole), inner.whole, fence(bar, inner.whole))
        return Found([whole], certain=inner.certain)

    def bracket(self) -> Found | None:
        """(y − a), (n_0, m), [0, ∞), p(y | x)."""
        opens = self.follows("([")
        if not opens:
            return None
        parts, certain, items = [], False, []
        while (item := self.tried(lambda: self._operand(self.formula))) is not None:
            parts.append(item.whole)
            items.append(item)
            certain |= item.certain
            if sign := self.follows(",;|:", gap=True):
                parts.append(operator(sign) if sign == "|" else fence(sign, ""))
            else:
                break
        closes = self.follows(")]", gap=True)
        if not closes or not items:
            return None
        content = row(*parts)
        whole = row(fence(opens, content), *parts, fence(closes, content))
        single = opens == "(" and closes == ")" and len(parts) == 1
        fraction = single and items[0].fraction
        return Found([whole], certain, fraction, inside=parts[0] if single else "")
