"""What the scripts in this folder share: options, a loop of optax's, the number each must meet."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import jax
import optax


def options(description: str | None, *, steps: int) -> argparse.Namespace:
    """Return the seed and the number of steps that the command line asks for."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=0, help="of everything that is random")
    parser.add_argument("--steps", type=int, default=steps, help="fewer: sooner, and less exact")
    chosen = parser.parse_args()
    if chosen.steps < 1:
        parser.error(f"--steps must be at least 1, got {chosen.steps}")
    return chosen


def minimise(
    E: Callable[[Any], jax.Array], params: Any, optimizer: optax.GradientTransformation, steps: int
) -> tuple[Any, jax.Array]:
    """Return what E(params) becomes least at, and E before each step: all steps are one scan."""

    def step(carry, _):
        params, state = carry
        cost, gradients = jax.value_and_grad(E)(params)
        updates, state = optimizer.update(gradients, state, params)
        return (optax.apply_updates(params, updates), state), cost

    carry, costs = jax.lax.scan(step, (params, optimizer.init(params)), length=steps)
    return carry[0], costs


def conclude(claims: dict[str, bool]) -> None:
    """Print each claim and whether it is met, and end with status 1 if one is not."""
    for claim, met in claims.items():
        print(f"{'met' if met else 'NOT MET'}: {claim}")
    sys.exit(0 if all(claims.values()) else 1)
