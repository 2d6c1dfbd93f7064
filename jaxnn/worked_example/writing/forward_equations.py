"""The equations from the inputs to the cost, each one line with its numbers put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxnn.textbook.joint_costs import JOINT_COSTS
from jaxnn.worked_example.numbers import StepNumbers
from jaxnn.worked_example.writing import forms
from jaxnn.worked_example.writing.forms import ENDS, factor, shown
from jaxnn.worked_example.writing.notation import Text

FEW_NAMES = 20  # inputs, all of which are written with their names
MOST_NAMES = 60  # lines with names
MOST_GROUPS = 8  # columns of a table whose shares of a weighted sum are written
PIECE = " in "  # a piece of a quantity is named as "age in 25 … 31"


class ForwardEquations:
    """Writes the weighted sums, outputs and cost of an example; l and i count from 1.

    Args:
        example: the numbers.
        symbols: the notation, text or LaTeX.
    """

    def __init__(self, example: StepNumbers, symbols: Text):
        self.example, self.s = example, symbols

    def inputs(self) -> str:
        """Return the inputs, x = (…)."""
        return self._vector("x", self.example.x)

    def targets(self) -> str:
        """Return the targets, y = (…)."""
        return self._vector("y", self.example.y)

    def named(self, letter: str) -> tuple[str, ...]:
        """Return a line for each input "x" or output "y" that has a name; of many, those not 0.

        Of many, pieces of one quantity that follow each other with one value share a line.
        """
        example, s = self.example, self.s
        values, names = (
            (example.x, example.input_names) if letter == "x" else (example.y, example.class_names)
        )
        places = [i for i in range(len(names)) if values[i] != 0 or len(names) <= FEW_NAMES]
        runs = [[i] for i in places] if len(names) <= FEW_NAMES else _runs(places, values, names)
        lines = []
        for run in runs[:MOST_NAMES]:
            first, last = run[0], run[-1]
            sides, name = [s.given(values[first])], names[first]
            if len(run) > 1:
                dots = [s.dots] if len(run) > 2 else []
                sides = [*dots, s.symbol(letter, last + 1), *sides]
                name = f"{name} to {names[last].rpartition(PIECE)[2]}"
            lines.append(
                s.equation(s.symbol(letter, first + 1), "=", sides) + s.remark(s.name(name))
            )
        return tuple(lines)

    def forward_formula(self, l: int) -> str:
        """Return z^[l] = W^[l] a^[l-1] + b^[l], a^[l] = g(z^[l])."""
        s = self.s
        W, b, z, a = (s.symbol(letter, layer=l) for letter in "Wbza")
        g = forms.name_of(self.example.network.activations[l - 1])
        out = z if g == "identity" else s.applied(g, z)
        return f"{z} = {W} {s.symbol('a', layer=l - 1)} + {b}, {a} = {out}"

    def weighted_sum(self, l: int, i: int) -> str:
        """Return z_i^[l] = a_1 × w_i1 + … + b_i, without b_i if it is 0.

        Where the inputs are those of a table's columns, and too many to be written, each term is
        what one column adds.
        """
        s, example = self.s, self.example
        layer = example.params[l - 1]
        weights: Any = layer.W[i - 1]
        value, bias = example.z[l - 1][i - 1], layer.b[i - 1].item()
        if l == 1 and example.input_groups and len(shown(len(example.x))) < len(example.x):
            return self._sum_over_groups(s.symbol("z", i, layer=1), weights, bias, value)
        extra = "" if bias == 0 else f" {s.minus if bias < 0 else '+'} {s.number(abs(bias))}"
        return self._sum_of_products(
            s.symbol("z", i, layer=l), [], example.a[l - 1], weights, value,
            write=s.given if l == 1 else s.number, extra=extra,
        )  # fmt: skip

    def activation(self, l: int, i: int) -> str:
        """Return a_i^[l] = g(z_i^[l])."""
        g, z = self.example.network.activations[l - 1], self.example.z[l - 1]
        form = forms.activation_form(self.s, g, z.tolist(), i - 1)
        value = self.s.number(self.example.a[l][i - 1])
        sides = [self.s.symbol("z", i, layer=l)] if form is None else [form]
        note = self._softmax_note(z) if forms.name_of(g) == "softmax" else ""
        return self.s.equation(self.s.symbol("a", i, layer=l), "=", [*sides, value]) + note

    def cost(self) -> str:
        """Return E = E(a^[L], y)."""
        s, example = self.s, self.example
        a, y, value = example.a[-1], example.y, s.number(example.E)
        if self._saturated():
            return s.equation("E", "=", [value]) + s.remark(
                "from z, since an output rounds to 0 or 1"
            )
        terms = forms.cost_terms(s, example.cost, a.tolist(), y.tolist())
        if terms is None:
            return s.equation("E", "=", [s.applied(forms.name_of(example.cost), "a, y"), value])
        outputs = [*terms]
        written = [terms[outputs[k - 1]] for k in shown(len(outputs))]
        note = ""
        if len(written) < len(outputs):
            written.insert(ENDS, s.dots)
            rest = outputs[ENDS:-ENDS]
            cost = s.number(float(example.cost(jnp.asarray(a[rest]), jnp.asarray(y[rest]))))
            note = s.note(f"{len(outputs)} terms; the {len(rest)} left out cost ", cost)
        form = forms.cost_form(s, example.cost, written) if written else s.number(0.0)
        return s.equation("E", "=", [form, value]) + note

    def cost_compared(self) -> tuple[str, str]:
        """Return E before and after the step."""
        s, example = self.s, self.example
        return (
            s.equation("E", "=", [s.number(example.E)]) + s.remark("before the step"),
            s.equation("E", "=", [s.number(example.E_after)]) + s.remark("after it"),
        )

    def more(self, count: int, what: str, values: Mapping[str, np.ndarray]) -> str:
        """Return a line with the count and the sums of the numbers that are left out."""
        s = self.s
        sums = [
            f"{s.symbol('Σ')} {symbol} = {s.number(array.sum(dtype=float))}"
            for symbol, array in values.items()
        ]
        return s.line(f"{s.dots} {s.words(f'{count} more {what}')}, {', '.join(sums)}")

    def _softmax_note(self, z: np.ndarray) -> str:
        """Return a note with the sum of the powers that a wide softmax leaves out."""
        left_out = len(z) - len(shown(len(z)))
        rest = np.exp(z[ENDS : len(z) - ENDS].astype(float)).sum()
        if not left_out or not np.isfinite(rest):
            return ""
        words = f"{len(z)} powers of e; the {left_out} left out sum to "
        return self.s.note(words, self.s.number(rest))

    def _joint(self) -> bool:
        return (self.example.network.activations[-1], self.example.cost) in JOINT_COSTS

    def _saturated(self) -> bool:
        a = self.example.a[-1]
        return self._joint() and bool(((a == 0) | (a == 1)).any())

    def _vector(self, letter: str, values: np.ndarray) -> str:
        places, n = shown(len(values)), len(values)
        written = [self.s.given(values[i - 1]) for i in places]
        remark = ""
        if len(places) < n:
            written.insert(ENDS, self.s.dots)
            remark = self.s.remark(
                f"{n} values, their sum is ", self.s.number(values.sum(dtype=float))
            )
        return self.s.equation(letter, "=", [f"({', '.join(written)})"]) + remark

    def _sum_over_groups(self, left: str, weights: np.ndarray, bias: float, value: float) -> str:
        """Return left = what each column adds + … + bias = value, the largest columns."""
        s, groups = self.s, self.example.input_groups
        starts = np.cumsum([0, *(count for _, count in groups)])[:-1]
        sums = np.add.reduceat(self.example.x.astype(float) * weights.astype(float), starts)
        largest = np.argsort(-np.abs(sums), kind="stable")
        most = MOST_GROUPS if len(groups) > MOST_GROUPS + 1 else len(groups)
        written, others = sorted(largest[:most].tolist()), largest[most:]
        terms = [(float(sums[k]), s.name(groups[k][0])) for k in written]
        if len(others):
            terms.append((float(sums[others].sum()), f"{len(others)} more columns"))
        if bias != 0:
            terms.append((bias, "bias"))
        total = ""
        for number, name in terms:
            sign = f" {s.minus if number < 0 else '+'} " if total else ""
            written = s.number(abs(number) if sign else number)
            total += f"{sign}{written} {s.words(f'({name})')}"
        return s.equation(left, "=", [total, s.number(value)])

    def _sum_of_products(
        self,
        left: str,
        sides: list[str],
        firsts: np.ndarray,
        seconds: np.ndarray,
        value: float,
        *,
        write: Callable[[float], str],
        extra: str = "",
    ) -> str:
        """Return left = first × second + … = value; a long sum as its ends and a note."""
        s, n = self.s, len(firsts)
        places = shown(n)
        terms = [
            f"{factor(write(firsts[k - 1]))}{s.times}{factor(s.number(seconds[k - 1]))}"
            for k in places
        ]
        remark = ""
        if len(places) < n:
            terms.insert(ENDS, s.dots)
            middle = slice(ENDS, n - ENDS)
            rest = (firsts[middle].astype(float) * seconds[middle].astype(float)).sum()
            remark = s.note(f"{n} terms; the {n - len(places)} left out sum to ", s.number(rest))
        return s.equation(left, "=", [*sides, " + ".join(terms) + extra, s.number(value)]) + remark


def _runs(places: Sequence[int], values: np.ndarray, names: Sequence[str]) -> list[list[int]]:
    """Return places, those together that follow each other with one value in one quantity.

    >>> names = ("age", "age in 1 … 2", "age in 2 … 3", "age in 3 … 4", "age in 4 … 5")
    >>> _runs([0, 1, 2, 3, 4], np.array([1.0, 1.0, 1.0, 1.0, 0.5]), names)
    [[0], [1, 2, 3], [4]]
    """
    runs: list[list[int]] = []
    for i in places:
        last = runs[-1][-1] if runs else -2
        if (
            last == i - 1
            and values[last] == values[i]
            and (of := names[i].rpartition(PIECE)[0])
            and of == names[last].rpartition(PIECE)[0]
        ):
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs
