"""The formulas of gradient descent, momentum and Adam, and whether a step agrees with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.worked_example.optimizer_numbers import OptimizerStep

COARSEST = 0.03  # relative; where the rounding of 1 − β₂^t is larger, no comparison says anything


class Trial(NamedTuple):
    """A step: gradients, parameters, moments (m, v) before it and t; updates and moments after."""

    g: Any
    params: Any
    before: tuple[Any, ...]
    t: int
    updates: Any
    after: tuple[Any, ...]


def agrees(rule: OptimizerStep, trial: Trial) -> bool:
    """Return whether a trial's updates and moments are those of a formula, to rounding."""
    found = map(jax.tree.leaves, (trial.g, trial.params, trial.updates))
    before, after = ([*map(jax.tree.leaves, moments)] for moments in (trial.before, trial.after))
    for k, (g, w, u) in enumerate(zip(*found, strict=True)):
        moments = [_double(moment[k]) for moment in before]
        expected = _expected(rule, _double(g), _double(w), moments, trial.t)
        eps = float(jnp.finfo(u.dtype).eps)
        bound = _bound(rule, eps, trial.t)
        arrays = [u, *(moment[k] for moment in after)]
        if bound > max(COARSEST, 8 * eps) or not all(
            (abs(_double(array) - value) <= bound * size + 1e-37).all()
            for array, (value, size) in zip(arrays, expected, strict=True)
        ):
            return False
    return True


def with_numbers(rule: Any, trial: Trial) -> OptimizerStep:
    """Return the formula with the moments of a step."""
    if rule.kind == "sgd":
        return rule
    if rule.kind == "momentum":
        return replace(rule, v=trial.before[0], new_v=trial.after[0])
    (m, v), (new_m, new_v), t = trial.before, trial.after, trial.t
    m_hat, v_hat = (
        jax.tree.map(lambda array, c=1 - b**t: (_double(array) / c).astype(array.dtype), moment)
        for moment, b in ((new_m, rule.b1), (new_v, rule.b2))
    )
    return replace(rule, t=t, m=m, v=v, new_m=new_m, new_v=new_v, m_hat=m_hat, v_hat=v_hat)


def simplest(value: Any, ulps: float = 4) -> float:
    """Return the number with the fewest digits beside a number, within so many units of rounding.

    >>> simplest(np.float32(0.1)), simplest(1 / 3)
    (0.1, 0.3333333333333333)
    """
    bound = ulps * float(jnp.finfo(np.asarray(value).dtype).eps) * abs(float(value))
    for digits in range(17):
        shorter = float(f"{float(value):.{digits}e}")
        if abs(shorter - float(value)) <= bound:
            return shorter
    return float(value)


def _double(array: Any) -> np.ndarray:
    """Return an array in double precision; of one value repeated without memory, that value."""
    array = np.asarray(array)
    return (array if any(array.strides) else array[(0,) * array.ndim]).astype(np.float64)


def _bound(rule: OptimizerStep, eps: float, t: int) -> float:
    """Return the rounding of an update, relative to its terms: 1 − β^t loses digits."""
    if rule.b1 is None or rule.b2 is None:
        return 8 * eps
    return eps * (8 + 2 / (1 - rule.b1**t) + 1 / (1 - rule.b2**t))


def _expected(
    rule: Any, g: np.ndarray, w: np.ndarray, before: list[np.ndarray], t: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the update and the moments after, each with the sum of its terms' sizes."""
    eta, size = rule.learning_rate, abs(g)
    if rule.kind == "sgd":
        return [(-eta * g, abs(eta) * size)]
    if rule.kind == "momentum":
        mu, (v,) = rule.momentum, before
        v, v_size = mu * v + g, abs(mu * v) + size
        step, step_size = (g + mu * v, size + abs(mu) * v_size) if rule.nesterov else (v, v_size)
        return [(-eta * step, abs(eta) * step_size), (v, v_size)]
    (m, v), b1, b2 = before, rule.b1, rule.b2
    m, m_size = b1 * m + (1 - b1) * g, b1 * abs(m) + (1 - b1) * size
    v = b2 * v + (1 - b2) * g**2
    scale = 1 / (1 - b1**t) / (np.sqrt(v / (1 - b2**t)) + rule.eps)
    decay = (rule.weight_decay or 0.0) * w
    update = -eta * (scale * m + decay), abs(eta) * (scale * m_size + abs(decay))
    return [update, (m, m_size), (v, v)]
