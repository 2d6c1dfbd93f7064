"""`Verdict`: whether an answer is right, and what to look at if it is not."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import NamedTuple


class _Look(NamedTuple):
    """How a verdict is shown: its colour, and a sign for readers who do not see colours."""

    sign: str
    colour: str


RIGHT, WRONG, OPEN = _Look("✓", "#2da44e"), _Look("✗", "#e5534b"), _Look("…", "#848d97")

BOX = (
    '<div role="status" style="border-left: 4px solid {colour}; padding: 0.4em 0.8em; '
    'margin: 0.3em 0"><b><span style="color: {colour}">{sign}</span> {state}</b> {message}</div>'
)


@dataclass(frozen=True)
class Verdict:
    """The result of `check`: true if the answer is right; a notebook shows it in colour.

    Attributes:
        right: whether the answer is right.
        answered: whether there is an answer: neither `...` nor None.
        message: what a wrong answer should be looked at for; about a right one, or none: a remark.

    >>> verdict = Verdict(right=False, answered=True, message="The sign is the other one.")
    >>> bool(verdict), verdict
    (False, ✗ Not right: The sign is the other one.)
    """

    right: bool
    answered: bool
    message: str

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        return f"{self._look.sign} {self._state} {self.message}".rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        sign, colour = self._look
        message = escape(self.message).replace("\n", "<br>")
        return BOX.format(sign=sign, colour=colour, state=self._state, message=message)

    @property
    def _look(self) -> _Look:
        return RIGHT if self.right else WRONG if self.answered else OPEN

    @property
    def _state(self) -> str:
        return "Right." if self.right else "Not right:" if self.answered else "Not answered yet:"
