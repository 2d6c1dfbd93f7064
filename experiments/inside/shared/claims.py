"""Shared by the scripts of this folder: options, a training loop, the check of their claims."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jax
    import optax


def options(doc: str | None, *, steps: int) -> tuple[int, int]:
    """Return the seed and the number of steps of the command line.

    Called before JAX is imported, so that --help and mistakes are answered at once.
    """
    script = f"python experiments/inside/{sys.argv[0].rpartition('/')[2]}"
    parser = argparse.ArgumentParser(
        description=doc,
        epilog=f"examples:\n  {script}\n  {script} --seed 1 --steps {steps * 2}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    text = "seed of all random numbers (default: %(default)s)"
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=text)
    text = "steps of the training; fewer take less time and are less exact (default: %(default)s)"
    parser.add_argument("--steps", type=int, default=steps, metavar="N", help=text)
    chosen = parser.parse_args()
    if chosen.steps < 1:
        parser.error(f"--steps must be at least 1, got {chosen.steps}")
    return chosen.seed, chosen.steps


def minimise(
    E: Callable[[Any], jax.Array], params: Any, optimizer: optax.GradientTransformation, steps: int
) -> tuple[Any, jax.Array]:
    """Return the parameters after all steps, which are one scan, and E before each step."""
    import jax
    import optax

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
