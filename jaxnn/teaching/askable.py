"""Which numbers of a worked example can be asked for, and where they are."""

from __future__ import annotations

import math
from typing import Any

from jaxnn.textbook.costs import BY_NAME
from jaxnn.textbook.functions import Activation, Cost, CostFunction
from jaxnn.textbook.joint_costs import JOINT_COSTS
from jaxnn.worked_example.example import WorkedExample
from jaxnn.worked_example.numbers import Bias, Weight
from jaxnn.worked_example.writing.forms import shown

KINDS = ("z", "a", "E", "dE_da", "delta", "gradient", "new")  # in the order of the calculation
MOST = 10  # terms of a sum that one is asked to compute

Place = tuple[int, ...]


class Askable:
    """Finds what can be asked for in an example; l, i and j count from 1, j = 0 is the bias."""

    def __init__(self, example: WorkedExample):
        self._example = example
        self._sizes, self._depth = example.network.sizes, example.network.depth
        self._joint = (example.network.activations[-1], example.cost) in JOINT_COSTS

    def places(self, kind: str) -> list[Place]:
        """Return the places of the numbers of a kind that can be asked for, backward from L."""
        if kind == "E":
            return [()] if self._can_ask_for_E() else []
        L, of_weights = self._depth, kind in ("gradient", "new")
        layers = range(1, L + 1) if kind in ("z", "a") else range(L, 0, -1)
        can_ask = getattr(self, f"_can_ask_for_{kind}", lambda l, i: True)
        places: list[Place] = []
        for l in layers:
            neurons = [i for i in shown(self._sizes[l]) if can_ask(l, i)]
            sources = [*shown(self._sizes[l - 1]), 0]
            places += (
                [(l, i, j) for i in neurons for j in sources]
                if of_weights
                else [(l, i) for i in neurons]
            )
        return [place for place in places if math.isfinite(self._number(kind, place))]

    def _number(self, kind: str, place: Place) -> float:
        example = self._example
        if kind in ("gradient", "new"):
            return getattr(self._parameter(*place), kind)
        arrays = example.a[1:] if kind == "a" else getattr(example, kind)
        return arrays[place[0] - 1][place[1] - 1].item()

    def _can_ask_for_z(self, l: int, i: int) -> bool:
        return self._sizes[l - 1] <= MOST

    def _can_ask_for_a(self, l: int, i: int) -> bool:
        known = isinstance(self._example.network.activations[l - 1], Activation)
        return known and (self._acts_alone(l) or self._sizes[l] <= MOST)

    def _can_ask_for_E(self) -> bool:
        example = self._example
        inside = bool(((example.a[-1] > 0) & (example.a[-1] < 1)).all())
        few = self._sizes[-1] <= MOST and _is_known(example.cost)
        return few and math.isfinite(example.E) and (inside or not self._joint)

    def _can_ask_for_dE_da(self, l: int, i: int) -> bool:
        if l == self._depth:
            return _is_known(self._example.cost)
        return self._sizes[l + 1] <= MOST

    def _can_ask_for_delta(self, l: int, i: int) -> bool:
        joint = l == self._depth and self._joint and self._example.y.sum() in (0, 1)
        return joint or (self._acts_alone(l) and math.isfinite(self._number("dE_da", (l, i))))

    def _parameter(self, l: int, i: int, j: int) -> Any:
        return Weight(self._example, l, i, j) if j else Bias(self._example, l, i)

    def _acts_alone(self, l: int) -> bool:
        return self._example.da_dz[l - 1].ndim == 1


def _is_known(cost: CostFunction) -> bool:
    return isinstance(cost, Cost) and cost.name in BY_NAME
