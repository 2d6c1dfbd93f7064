"""`OptimizerStep`: the formula and the numbers of an optimiser in one step, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from jaxnn.textbook.network import Params


@dataclass(frozen=True, eq=False, repr=False)
class OptimizerStep:
    """What an optimiser computes in one step, g = ∂E/∂w; `explain` finds it out by trying it.

    Formulas, for every parameter w, each ← from the numbers before the step:

    - "sgd": w ← w − η g.
    - "momentum": v ← μ v + g, w ← w − η v; with Nesterov's, w ← w − η (g + μ v).
    - "adam": m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², m̂ = m / (1 − β₁ᵗ),
      v̂ = v / (1 − β₂ᵗ), w ← w − η m̂ / (√v̂ + ε).
    - "adamw": as "adam", but w ← w − η (m̂ / (√v̂ + ε) + λ w).

    What a formula does not have is None.

    Attributes:
        kind: "sgd", "momentum", "adam" or "adamw".
        learning_rate: η of this step, that of a schedule at its count.
        momentum: μ.
        nesterov: whether the momentum is Nesterov's.
        b1: β₁.
        b2: β₂.
        eps: ε.
        weight_decay: λ.
        t: number of this step, 1 for the first.
        m: the mean of g before the step, as W^[l] and b^[l].
        v: the velocity of momentum, or Adam's mean of g², before the step.
        new_m: m after the step.
        new_v: v after the step.
        m_hat: m̂, in the parameters' type from `new_m`, with 1 − β₁ᵗ in double precision.
        v_hat: v̂, likewise.

    Source: Polyak (1964); Nesterov (1983) in the form of Sutskever et al. (2013); Kingma and Ba
    (2015); Loshchilov and Hutter (2019) for "adamw".

    >>> import jax.numpy as jnp, jaxnn, optax
    >>> net = jaxnn.mlp(1, 1, output="identity")
    >>> params = (jaxnn.Layer(W=jnp.array([[0.5]]), b=jnp.zeros(1)),)
    >>> example = jaxnn.explain(
    ...     net, params, jnp.ones(1), jnp.zeros(1), cost="squared_error",
    ...     optimizer=optax.adam(0.1))
    >>> step = example.optimizer_step
    >>> step.kind, step.learning_rate, step.b1, step.b2, step.eps, step.t
    ('adam', 0.1, 0.9, 0.999, 1e-08, 1)
    >>> print(example.weight(1, 1, 1))
    ∂E/∂w_1,1^[1] = (0.5 − 0) × 1.0 × 1 = 0.5
    m_1,1^[1] ← 0.9 × 0.0 + 0.1 × 0.5 = 0.05
    v_1,1^[1] ← 0.999 × 0.0 + 0.001 × 0.5² = 0.0003
    m̂_1,1^[1] = 0.05 / (1 − 0.9^1) = 0.5
    v̂_1,1^[1] = 0.0003 / (1 − 0.999^1) = 0.25
    w_1,1^[1] ← 0.5 − 0.1 × 0.5 / (√0.25 + 1e−8) = 0.4000
    """

    kind: str
    learning_rate: float
    momentum: float | None = None
    nesterov: bool | None = None
    b1: float | None = None
    b2: float | None = None
    eps: float | None = None
    weight_decay: float | None = None
    t: int | None = None
    m: Params | None = None
    v: Params | None = None
    new_m: Params | None = None
    new_v: Params | None = None
    m_hat: Params | None = None
    v_hat: Params | None = None

    def __repr__(self) -> str:
        names = "learning_rate", "momentum", "nesterov", "b1", "b2", "eps", "weight_decay", "t"
        given = ((name, getattr(self, name)) for name in names)
        written = (f"{name}={value!r}" for name, value in given if value is not None)
        return f"OptimizerStep({self.kind!r}, {', '.join(written)})"
