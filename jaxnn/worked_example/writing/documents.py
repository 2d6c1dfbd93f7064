"""A worked example, or one part of it, as text and as LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jaxnn.worked_example.numbers import Part, StepNumbers
from jaxnn.worked_example.writing.decimals import significant
from jaxnn.worked_example.writing.equations import Equations
from jaxnn.worked_example.writing.notation import Latex, Text
from jaxnn.worked_example.writing.steps import Step, of_part, steps


def text_of(numbers: StepNumbers, digits: int) -> str:
    """Return all equations as text, one paragraph a step."""
    paragraphs = []
    for step in steps(_equations(numbers, Text, digits)):
        below = "\n" + " " * len(f"{step.title}:  ")
        formula = step.formula.replace("\n", below)
        title = f"{step.title}:  {formula}" if formula else step.title
        paragraphs.append("\n    ".join([title, *step.equations]))
    return "\n\n".join(paragraphs)


def text_of_part(part: Part, digits: int) -> str:
    """Return the equations of a part as text, one a line."""
    return "\n".join(of_part(_equations(part.example, Text, digits), part))


def latex_of(numbers: StepNumbers, digits: int) -> str:
    """Return all equations as LaTeX, one `align*` a step, for `amsmath` and MathJax."""
    return "\n\n".join(
        _align([*_heading(step), *step.equations])
        for step in steps(_equations(numbers, Latex, digits))
    )


def _heading(step: Step) -> Iterator[str]:
    first, *others = step.formula.split("\n")
    yield rf"&\textbf{{{step.title}}}\quad {first}"
    yield from (rf"&\quad {formula}" for formula in others)


def latex_of_part(part: Part, digits: int) -> str:
    """Return the equations of a part as one `align*`."""
    return _align(of_part(_equations(part.example, Latex, digits), part))


def _equations(numbers: StepNumbers, symbols: type[Text], digits: int) -> Equations:
    return Equations(numbers, symbols(digits, significant(numbers.x.dtype)))


def _align(lines: Iterable[str]) -> str:
    rows = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"
