r"""A worked example as LaTeX: `align*` environments, for a document with `amsmath` and MathJax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from jaxnn.worked_example.decimals import significant
from jaxnn.worked_example.equations import Equations
from jaxnn.worked_example.notation import Latex
from jaxnn.worked_example.steps import of_part, steps

if TYPE_CHECKING:
    from jaxnn.worked_example.example import WorkedExample
    from jaxnn.worked_example.parts import Part


def latex_of(example: WorkedExample, digits: int) -> str:
    """Return all equations as LaTeX, one environment a step."""
    environments = []
    for step in steps(_writer(example, digits)):
        title = rf"&\textbf{{{step.title}}}\quad {step.formula}"
        environments.append(_align([title, *step.equations]))
    return "\n\n".join(environments)


def align_of(part: Part, digits: int) -> str:
    """Return the equations of a part as one environment."""
    return _align(of_part(_writer(part.example, digits), part))


def _align(lines: Sequence[str]) -> str:
    rows = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{rows}\n\\end{{align*}}"


def _writer(example: WorkedExample, digits: int) -> Equations:
    return Equations(example, Latex(digits, significant(example.x.dtype)))
