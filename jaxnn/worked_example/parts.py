"""One neuron, one weight, one bias of a worked example: its numbers, and its equations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from jaxnn.worked_example.example import WorkedExample


class Factors(NamedTuple):
    """The chain of factors ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w.

    Where g mixes the neurons of its layer (softmax) the first two do not part: dE_da and da_dz are
    None, and ∂E/∂w = δ · ∂z/∂w.
    """

    dE_da: float | None
    da_dz: float | None
    dz_dw: float


@dataclass(frozen=True, eq=False, repr=False)
class Part:
    """A part of an example; `print` writes its equations, a notebook shows them."""

    example: WorkedExample
    l: int
    i: int

    def to_text(self, digits: int | None = None) -> str:
        """Return the equations as text, with so many decimals; None: the example's own."""
        from jaxnn.worked_example.text import lines_of

        return lines_of(self, self.example._digits(digits))

    def to_latex(self, digits: int | None = None) -> str:
        """Return the equations as LaTeX, with so many decimals; None: the example's own."""
        from jaxnn.worked_example.latex import align_of

        return align_of(self, self.example._digits(digits))

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
    """Neuron i of layer l: what goes in, its weighted sum, its output, its share in the cost."""

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
    """What a weight and a bias have in common: a value, a gradient, an update, a new value."""

    @property
    def dz_dw(self) -> float:
        """How z_i^[l] grows with the parameter."""
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
        """What the optimiser adds to it."""
        return self._of(self.example.updates)

    @property
    def new(self) -> float:
        """The parameter after the step."""
        return self._of(self.example.new_params)

    def _of(self, params) -> float:
        raise NotImplementedError


@dataclass(frozen=True, eq=False, repr=False)
class Weight(_Parameter):
    """w_ij^[l], the weight into neuron i of layer l from neuron j of layer l − 1."""

    j: int

    @property
    def dz_dw(self) -> float:
        """∂z_i^[l]/∂w_ij^[l] = a_j^[l-1]."""
        return self.example.a[self.l - 1][self.j - 1].item()

    def _of(self, params) -> float:
        return params[self.l - 1].W[self.i - 1, self.j - 1].item()


@dataclass(frozen=True, eq=False, repr=False)
class Bias(_Parameter):
    """b_i^[l], the bias of neuron i of layer l."""

    @property
    def dz_dw(self) -> float:
        """∂z_i^[l]/∂b_i^[l] = 1."""
        return 1.0

    def _of(self, params) -> float:
        return params[self.l - 1].b[self.i - 1].item()
