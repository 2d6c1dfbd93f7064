"""Formulas in the docstrings' notation, such as `z^[l] = W^[l] a^[l-1] + b^[l]`, as MathML.

MathML is part of HTML: browsers set it by themselves, without a network and without a script.
The parser finds formulas in running text.  It takes as much as it understands and leaves the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

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
RELATION = re.compile(r"[=<>≤≥←≈∈↦]")
SUM = re.compile(r"[+−]")
TIMES = re.compile(r"[·×*⊙]")
START = re.compile(r"(?<![\w./’'\"\ue001-])[A-Za-zΑ-ωϕȳ0-9∂Σ½∞…([|‖−]")
LEAD = re.compile(r"(?:Formulas?|Derivative):\s*$")
PLAIN = {"ᵀ": "⊤", "²": "2", "³": "3", "⁻": "−", "¹": "1"}
ARTICLES = {"a", "A", "I"}  # English words, too
SPACE = '<mspace width="0.17em"/>'


def row(*parts: str) -> str:
    """Return parts side by side as one element."""
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def operator(sign: str, form: str = "infix") -> str:
    """Return an operator, spaced as between its operands wherever a line begins."""
    return f'<mo form="{form}">{escape(sign)}</mo>'


def index(text: str) -> str:
    """Return what stands below or above a symbol: `l-1`, `ij`, `[l]ᵀ`."""
    parts = []
    for part in re.findall(r"\d+|[^\W\d_]|.", text):
        part = PLAIN.get(part, part.replace("-", "−"))
        if part[0].isdigit():
            parts.append(f"<mn>{part}</mn>")
        elif part.isalpha():
            parts.append(f"<mi>{part}</mi>")
        else:
            parts.append(f'<mo lspace="0" rspace="0">{escape(part)}</mo>')
    return row(*parts)


@dataclass
class Found:
    """What was parsed: MathML, divided where a line may break, and whether it must be a formula."""

    pieces: list[str]
    certain: bool = False
    fraction: bool = False
    inside: str = ""

    @property
    def whole(self) -> str:
        return row(*self.pieces)

    @property
    def bare(self) -> str:
        """Without its brackets, for a fraction."""
        return self.inside or self.whole


class Parser:
    """A recursive descent over a text; a method returns None where its rule does not apply."""

    def __init__(self, text: str, at: int, *, fractions: bool):
        self.text, self.at, self.fractions = text, at, fractions

    def take(self, pattern: re.Pattern[str], *, gap: bool = False) -> re.Match[str] | None:
        start = GAP.match(self.text, self.at).end() if gap else self.at  # type: ignore[union-attr]
        if found := pattern.match(self.text, start):
            self.at = found.end()
        return found

    def follows(self, signs: str, *, gap: bool = False) -> str:
        found = self.take(re.compile(f"[{re.escape(signs)}]"), gap=gap)
        return found[0] if found else ""

    def tried(self, rule: Callable[[], Found | None]) -> Found | None:
        start = self.at
        if (found := rule()) is None:
            self.at = start
        return found

    def formula(self) -> Found | None:
        """relation: sum (= sum)*, and `, …, L` after it."""
        return self._chain(RELATION, lambda: self._chain(SUM, self.product, first=True))

    def _chain(self, signs, rule: Callable[[], Found | None], *, first: bool = False):
        sign = self.take(SUM) if first else None
        if (left := self.tried(rule)) is None:
            return None
        if sign:
            left.pieces[0] = row(operator(sign[0], "prefix"), left.pieces[0])
            left.fraction, left.inside = False, ""
        while True:
            start = self.at
            sign = self.take(signs, gap=True)
            if not sign or (right := self.tried(lambda: self._operand(rule))) is None:
                self.at = start
                return left
            right.pieces[0] = row(operator(sign[0]), right.pieces[0])
            left = Found([*left.pieces, *right.pieces], certain=True)

    def _operand(self, rule: Callable[[], Found | None]) -> Found | None:
        self.take(GAP)
        return rule()

    def product(self) -> Found | None:
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
            pieces = [row(above.whole, operator("/"), below.whole)]
        return Found(pieces, certain=True, fraction=True)

    def factors(self) -> Found | None:
        """One factor after the other: W a, α (e^z − 1), Σ_i y_i ln a_i."""
        if (left := self.tried(self.tight)) is None:
            return None
        while True:
            start, article = self.at, self.text[: self.at].rsplit(None, 1)[-1:] in (["a"], ["A"])
            gap = self.take(GAP)
            alone = article and not left.certain and gap and gap[0]
            number = NUMBER.match(self.text, self.at) and not self.text[:start].endswith("…")
            right = None if number else self.tried(self.tight)
            ends = re.compile(r" [a-z]{2,}").match(self.text, self.at)
            word = self.text[start : self.at].strip() in ARTICLES and ends
            if right is None or word or (alone and not right.inside):
                self.at = start
                return left
            left = Found(
                [row(left.whole, SPACE, right.whole)], certain=left.certain or right.certain
            )

    def tight(self) -> Found | None:
        """∂E/∂a, α/2: a fraction written without spaces."""
        if (above := self.tried(self.scripted)) is None:
            return None
        start = self.at
        if not self.follows("/") or (below := self.tried(self.scripted)) is None:
            self.at = start
            return above
        return self._over(above, below)

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
        if found := self.take(NUMBER):
            return Found([f"<mn>{found[0]}</mn>"])
        if found := self.take(WORD):
            return Found([f"<mi>{found[0]}</mi>"])
        if found := self.follows("…∞½Σ"):
            tag = "mn" if found == "½" else "mi"
            mathml = "<mo>∑</mo>" if found == "Σ" else f"<{tag}>{found}</{tag}>"
            return Found([mathml], certain=found != "…")
        if found := self.take(LETTER):
            rest = self.text[self.at :]
            if rest.startswith("_") and not INDEX.match(rest):
                return None  # n_classes is a name
            ends = re.compile(r"[,;:.](?:\s|$)").match(rest)  # what a comma follows is no article
            certain = bool(found[0] not in ARTICLES or ends)
            return Found([f"<mi>{found[0]}</mi>"], certain) if found[0] != "I" else None
        return self.tried(self.bars) or self.tried(self.bracket)

    def bars(self) -> Found | None:
        bar = self.follows("|‖")
        if not bar or (inner := self.tried(self.formula)) is None or not self.follows(bar):
            return None
        both = operator(bar, "prefix"), inner.whole, operator(bar, "postfix")
        return Found([row(*both)], certain=inner.certain)

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
                parts.append(operator(sign))
            else:
                break
        closes = self.follows(")]", gap=True)
        if not closes or not items:
            return None
        whole = row(operator(opens, "prefix"), *parts, operator(closes, "postfix"))
        single = opens == "(" and closes == ")" and len(parts) == 1
        fraction = single and items[0].fraction
        return Found([whole], certain, fraction, inside=parts[0] if single else "")


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
            if found and (len(found.pieces) > 1 or LEAD.search(text, 0, start.start())):
                break
        if found and found.certain:
            parts += [text[prose : start.start()], math(found, display=fractions)]
            prose = at = parser.at
        else:
            rest = re.compile(r"[A-Za-z0-9_]+|.", re.DOTALL).match(text, start.start())
            at = rest.end() if rest else len(text)
    return [*parts, text[prose:]]
