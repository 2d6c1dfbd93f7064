"""A worked example as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxnn.worked_example.decimals import significant
from jaxnn.worked_example.equations import Equations
from jaxnn.worked_example.notation import Text
from jaxnn.worked_example.steps import of_part, steps

if TYPE_CHECKING:
    from jaxnn.worked_example.example import WorkedExample
    from jaxnn.worked_example.parts import Part


def text_of(example: WorkedExample, digits: int) -> str:
    """Return all equations as text, a paragraph a step."""
    paragraphs = []
    for step in steps(_writer(example, digits)):
        title = f"{step.title}:  {step.formula}" if step.formula else step.title
        paragraphs.append("\n".join([title, *(f"    {line}" for line in step.equations)]))
    return "\n\n".join(paragraphs)


def lines_of(part: Part, digits: int) -> str:
    """Return the equations of a part as text, a line each."""
    return "\n".join(of_part(_writer(part.example, digits), part))


def _writer(example: WorkedExample, digits: int) -> Equations:
    return Equations(example, Text(digits, significant(example.x.dtype)))
