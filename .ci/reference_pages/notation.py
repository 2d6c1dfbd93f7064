"""Formulas in the docstrings' notation, such as `z^[l] = W^[l] a^[l-1] + b^[l]`, as MathML.

MathML is part of HTML: browsers set it by themselves, without a network and without a script.
The parser finds formulas in running text.  It takes as much as it understands and leaves the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from reference_pages.mathml import SPACE, Found, fence, operator, row
from reference_pages.symbols import ARTICLES, GAP, NUMBER, Symbols

RELATION = re.compile(r"[=<>≤≥←≈∈↦]")
SUM = re.compile(r"[+−]")
TIMES = re.compile(r"[·×*⊙]")
START = re.compile(r"(?<![\w./’'\"\ue001-])[A-Za-zΑ-ωϕȳ0-9∂Σ½∞…([|‖−]")
LEAD = re.compile(r"(?:Formulas?|Derivative):\s*$")
SECONDS = re.compile(r"\d s\b")
LONG = 36  # characters of a product, after which a line may break before each factor


class Parser(Symbols):
    """Sums, products and fractions of symbols, and relations between them."""

    def formula(self) -> Found | None:
        """Sums with relations between them: a = b < c."""
        return self._chain(RELATION, lambda: self._chain(SUM, self.product, first=True))

    def _chain(
        self, signs: re.Pattern[str], rule: Callable[[], Found | None], *, first: bool = False
    ) -> Found | None:
        """Operands of a rule with signs between them; `first`: a sign before them as well."""
        sign = self.take(SUM) if first else None
        if (left := self.tried(rule)) is None:
            return None
        if sign:
            left.pieces[0] = row(f'<mo form="prefix">{sign[0]}</mo>', left.pieces[0])
            left.fraction, left.inside = False, ""
        while True:
            start = self.at
            sign = self.take(signs, gap=True)
            if not sign or (right := self.tried(lambda: self._operand(rule))) is None:
                self.at = start
                return left
            right.pieces[0] = row(operator(sign[0]), right.pieces[0])
            left = Found([*left.pieces, *right.pieces], certain=True, equation=True)

    def product(self) -> Found | None:
        """Factors with a sign between them: a · b, 3 × 2."""
        return self._chain(TIMES, self.fraction)

    def fraction(self) -> Found | None:
        """Factors side by side, ` / ` factors: one over the other where fractions are drawn."""
        if (above := self.factors()) is None:
            return None
        start = self.at
        if not self.take(re.compile(r"\s+/\s+")) or (below := self.tried(self.factors)) is None:
            self.at = start
            return above
        return self._over(above, below)

    def _over(self, above: Found, below: Found) -> Found:
        if self.fractions:
            pieces = [f"<mfrac>{row(above.bare)}{row(below.bare)}</mfrac>"]
        else:
            pieces = [row(above.whole, fence("/", ""), below.whole)]
        return Found(pieces, certain=True, fraction=True)

    def factors(self) -> Found | None:
        """One factor after the other: W a, α (e^z − 1), Σ_i y_i ln a_i."""
        begin = self.at
        if (left := self.tried(self.tight)) is None:
            return None
        while True:
            start, article = self.at, self.text[: self.at].rsplit(None, 1)[-1:] in (["a"], ["A"])
            gap = self.take(GAP)
            alone = article and not left.certain and gap and gap[0]
            number = NUMBER.match(self.text, self.at) and not self.text[:start].endswith("…")
            right = None if number else self.tried(self.tight)
            ends = re.compile(r" [a-z]{2,}").match(self.text, self.at)
            last = self.text[start : self.at].strip()
            word = (last in ARTICLES and ends) or (last == "s" and "</mn>" in left.whole)
            if right is None or word or (alone and not right.inside):
                self.at = start
                return left
            pieces = [*left.pieces, row(SPACE, right.whole)]
            if self.at - begin < LONG:
                pieces[-2:] = [row(*pieces[-2:])]
            left = Found(pieces, certain=left.certain or right.certain)

    def tight(self) -> Found | None:
        """∂E/∂a, α/2: a fraction written without spaces."""
        if (above := self.tried(self.scripted)) is None:
            return None
        start = self.at
        if not self.follows("/") or (below := self.tried(self.scripted)) is None:
            self.at = start
            return above
        return self._over(above, below)


def math(found: Found, *, display: bool) -> str:
    """Return <math> elements, one a piece, between which a line may break."""
    style = ' displaystyle="true"' if display else ""
    return "<wbr>".join(f"<math{style}>{piece}</math>" for piece in found.pieces)


def formulas(text: str, *, equations: bool = False) -> list[str]:
    """Return the text divided into prose and formulas, in turns; the latter as MathML.

    With `equations` the fractions of an equation are drawn one over the other; a fraction in the
    middle of a sentence stays on its line.

    >>> formulas("each x_i is")
    ['each ', '<math><msub><mi>x</mi><mi>i</mi></msub></math>', ' is']
    """
    parts, prose, at = [], 0, 0
    while start := START.search(text, at):
        for fractions in (True, False) if equations else (False,):
            parser = Parser(text, start.start(), fractions=fractions)
            found = parser.tried(parser.formula)
            if found and (found.equation or LEAD.search(text, 0, start.start())):
                break
        seconds = SECONDS.match(text, max(0, start.start() - 2))
        if found and found.certain and not seconds:
            parts += [text[prose : start.start()], math(found, display=fractions)]
            prose = at = parser.at
        else:
            rest = re.compile(r"[A-Za-z0-9_]+|.", re.DOTALL).match(text, start.start())
            at = rest.end() if rest else len(text)
    return [*parts, text[prose:]]
