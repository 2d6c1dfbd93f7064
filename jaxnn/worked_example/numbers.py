"""The numbers of a worked example as plain data: of the whole step, of one neuron, of one weight.

Nothing here writes equations: `WorkedExample` does, and a part asks the example that it is of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.network import Network, Params
from jaxnn.worked_example.optimizer_numbers import OptimizerStep

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True, eq=False, repr=False)
class StepNumbers:
    """Every number of one step of training; `WorkedExample` says what each attribute is."""

    network: Network
    cost: CostFunction
    x: np.ndarray
    y: np.ndarray
    params: Params
    z: Arrays
    a: Arrays
    E: float
    dE_da: Arrays
    da_dz: Arrays
    delta: Arrays
    gradients: Params
    updates: Params
    new_params: Params
    E_after: float
    learning_rate: float | None
    digits: int = 4
    input_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    input_groups: tuple[tuple[str, int], ...] = ()
    optimizer_step: OptimizerStep | None = None

    def _text_of(self, part: Part, digits: int | None) -> str:
        raise NotImplementedError

    def _latex_of(self, part: Part, digits: int | None) -> str:
        raise NotImplementedError


class Factors(NamedTuple):
    """The factors of the chain rule, ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w.

    Where g mixes the neurons of its layer (softmax), ∂E/∂a and ∂a/∂z of one neuron do not give its
    δ: dE_da and da_dz are None, and ∂E/∂w = δ · ∂z/∂w.
    """

    dE_da: float | None
    da_dz: float | None
    dz_dw: float


@dataclass(frozen=True, eq=False, repr=False)
class Part:
    """One neuron, weight or bias of an example; `print` writes its equations.

    Attributes:
        example: the example.
        l: the layer, 1 to L.
        i: the neuron, 1 to n_l.
    """

    example: StepNumbers
    l: int
    i: int

    def to_text(self, digits: int | None = None) -> str:
        """Return the equations as text, with so many decimals; None: the example's own."""
        return self.example._text_of(self, digits)

    def to_latex(self, digits: int | None = None) -> str:
        """Return the equations as LaTeX, with so many decimals; None: the example's own."""
        return self.example._latex_of(self, digits)

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return self.to_latex()

    @property
    def dE_da(self) -> float:
        """∂E/∂a_i^[l]."""
        return self.example.dE_da[self.l - 1][self.i - 1].item()

    @property
    def da_dz(self) -> float | None:
        """∂a_i^[l]/∂z_i^[l]; None where g^[l] mixes the neurons of its layer (softmax)."""
        table = self.example.da_dz[self.l - 1]
        return table[self.i - 1].item() if table.ndim == 1 else None

    @property
    def delta(self) -> float:
        """δ_i^[l] = ∂E/∂z_i^[l]."""
        return self.example.delta[self.l - 1][self.i - 1].item()


@dataclass(frozen=True, eq=False, repr=False)
class Neuron(Part):
    """Neuron i of layer l: its inputs, weights and bias, weighted sum, output and sensitivity."""

    @property
    def inputs(self) -> np.ndarray:
        """a^[l-1], (n_{l-1},)."""
        return self.example.a[self.l - 1]

    @property
    def weights(self) -> np.ndarray:
        """(w_i1^[l], …), (n_{l-1},)."""
        return self.example.params[self.l - 1].W[self.i - 1]  # pyright: ignore[reportReturnType]

    @property
    def bias(self) -> float:
        """b_i^[l]."""
        return self.example.params[self.l - 1].b[self.i - 1].item()

    @property
    def z(self) -> float:
        """z_i^[l] = Σ_j w_ij^[l] a_j^[l-1] + b_i^[l]."""
        return self.example.z[self.l - 1][self.i - 1].item()

    @property
    def a(self) -> float:
        """a_i^[l] = g^[l](z_i^[l])."""
        return self.example.a[self.l][self.i - 1].item()


class _Parameter(Part):
    """The common numbers of a weight and a bias: value, gradient, update, new value."""

    @property
    def dz_dw(self) -> float:
        """∂z_i^[l]/∂w."""
        raise NotImplementedError

    @property
    def factors(self) -> Factors:
        """∂E/∂a_i^[l], ∂a_i^[l]/∂z_i^[l] and ∂z_i^[l]/∂w; their product is `gradient`."""
        if self.da_dz is None or not np.isfinite(self.dE_da):
            return Factors(None, None, self.dz_dw)
        return Factors(self.dE_da, self.da_dz, self.dz_dw)

    @property
    def value(self) -> float:
        """The parameter before the step."""
        return self._of(self.example.params)

    @property
    def gradient(self) -> float:
        """∂E/∂w."""
        return self._of(self.example.gradients)

    @property
    def update(self) -> float:
        """The number that the optimiser adds to it."""
        return self._of(self.example.updates)

    @property
    def new(self) -> float:
        """The parameter after the step."""
        return self._of(self.example.new_params)

    @property
    def m(self) -> float | None:
        """Adam's mean of the gradient before the step; None: the optimiser keeps none."""
        return self._kept("m")

    @property
    def v(self) -> float | None:
        """The velocity of momentum, or Adam's mean of g², before the step; None: there is none."""
        return self._kept("v")

    @property
    def new_m(self) -> float | None:
        """Adam's m after the step, β₁ m + (1 − β₁) ∂E/∂w; None: as `m`."""
        return self._kept("new_m")

    @property
    def new_v(self) -> float | None:
        """The new v, μ v + ∂E/∂w of momentum, β₂ v + (1 − β₂) (∂E/∂w)² of Adam; None: as `v`."""
        return self._kept("new_v")

    @property
    def m_hat(self) -> float | None:
        """m̂ = m / (1 − β₁ᵗ), of m after the step."""
        return self._kept("m_hat")

    @property
    def v_hat(self) -> float | None:
        """v̂ = v / (1 − β₂ᵗ), of v after the step."""
        return self._kept("v_hat")

    def _kept(self, name: str) -> float | None:
        kept = getattr(self.example.optimizer_step, name, None)
        return None if kept is None else self._of(kept)

    def _of(self, params: Params) -> float:
        raise NotImplementedError


@dataclass(frozen=True, eq=False, repr=False)
class Weight(_Parameter):
    """w_ij^[l], the weight into neuron i of layer l from neuron j of layer l − 1."""

    j: int

    @property
    def dz_dw(self) -> float:
        """∂z_i^[l]/∂w_ij^[l] = a_j^[l-1]."""
        return self.example.a[self.l - 1][self.j - 1].item()

    def _of(self, params: Params) -> float:
        return params[self.l - 1].W[self.i - 1, self.j - 1].item()


@dataclass(frozen=True, eq=False, repr=False)
class Bias(_Parameter):
    """b_i^[l], the bias of neuron i of layer l."""

    @property
    def dz_dw(self) -> float:
        """∂z_i^[l]/∂b_i^[l] = 1."""
        return 1.0

    def _of(self, params: Params) -> float:
        return params[self.l - 1].b[self.i - 1].item()
