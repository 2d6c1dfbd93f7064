"""The elements of MathML that formulas are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

PLAIN = {"ᵀ": "⊤", "²": "2", "³": "3", "⁻": "−", "¹": "1"}
SPACE = '<mspace width="0.17em"/>'


def row(*parts: str) -> str:
    """Return parts side by side as one element."""
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


def operator(sign: str) -> str:
    """Return an operator, spaced as between its operands wherever a line begins."""
    return f'<mo form="infix">{escape(sign)}</mo>'


def fence(sign: str, content: str) -> str:
    """Return a bracket, a bar or a comma; brackets grow with the fractions between them only."""
    after = "0.17em" if sign in ",;" else "0"
    grows = "true" if "<mfrac>" in content else "false"
    return f'<mo lspace="0" rspace="{after}" stretchy="{grows}">{escape(sign)}</mo>'


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
            parts.append(fence(part, ""))
    return row(*parts)


@dataclass
class Found:
    """What was parsed: MathML, divided where a line may break, and whether it must be a formula."""

    pieces: list[str]
    certain: bool = False
    fraction: bool = False
    inside: str = ""
    equation: bool = False

    @property
    def whole(self) -> str:
        """All pieces as one element."""
        return row(*self.pieces)

    @property
    def bare(self) -> str:
        """Without its brackets, for a fraction."""
        return self.inside or self.whole
