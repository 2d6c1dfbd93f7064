"""RealMLP's schedules, as those of optax: functions from the number of updates to a value."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import optax

from jaxnn.textbook.checks.values import check_count, check_number


def log_cosine(
    peak_value: float | jax.Array, decay_steps: int, *, cycles: int = 4
) -> optax.Schedule:
    """Return a schedule of cosine cycles from 0 to the peak and back, each twice as long as before.

    Formula, with K cycles: η(t) = peak_value · ½ (1 − cos(2π log2(1 + (2^K − 1) t / decay_steps)));
    0 for t > decay_steps.

    A small learning rate comes early, again later and at the end, so that early stopping finds a
    settled network whether the data need few epochs or many.

    Args:
        peak_value: the largest value, one in each cycle.
        decay_steps: the number of updates in all cycles.
        cycles: K, at most 30; cycle i ends at decay_steps (2^i − 1) / (2^K − 1).

    Returns:
        A function t -> η(t), for any optimiser of optax.

    Raises:
        ValueError: decay_steps or cycles is below 1, or a number is not finite.
        TypeError: an argument is no number.

    Source: "coslog4" of Holzmüller, Grinsztajn and Steinwart, "Better by default" (RealMLP, arXiv
    2407.04491).

    >>> learning_rate = log_cosine(0.04, decay_steps=150)
    >>> [round(float(learning_rate(t)), 3) for t in (0, 10, 18, 30, 150)]  # cycles end at 10, 30
    [0.0, 0.0, 0.04, 0.0, 0.0]
    >>> optimizer = optax.adamw(learning_rate)
    """
    _check_value("peak_value", peak_value)
    steps = float(check_count("decay_steps", decay_steps))
    check_number("cycles", check_count("cycles", cycles), "at most 30", lambda k: k <= 30)
    unit = 2.0**cycles - 1

    def schedule(count):
        u = jnp.minimum(jax.lax.convert_element_type(count, float) / steps, 1)
        return peak_value * 0.5 * (1 - jnp.cos(2 * jnp.pi * jnp.log2(1 + unit * u)))

    return schedule


def flat_cosine(init_value: float | jax.Array, decay_steps: int) -> optax.Schedule:
    """Return a schedule that is constant in the first half, and falls to 0 along a cosine.

    Formula, with u = t / decay_steps: init_value for u ≤ ½, then init_value · ½ (1 + cos(π(2u−1)))
    for u ≤ 1, and 0 after.  RealMLP multiplies its weight decay and its dropout by it; the dropout
    of a `jaxnn.Network` is constant, that of a loss of one's own may follow it.

    Args:
        init_value: the value in the first half.
        decay_steps: the number of updates after which it is 0.

    Returns:
        A function t -> value, for `optax.inject_hyperparams(optax.add_decayed_weights)`; newer
        releases of optax take it in `optax.add_decayed_weights` itself.

    Raises:
        ValueError: decay_steps is below 1, or init_value is not finite.
        TypeError: an argument is no number.

    Source: "flat_cos" of RealMLP, arXiv 2407.04491.

    >>> weight_decay = flat_cosine(0.02, decay_steps=100)
    >>> [round(float(weight_decay(t)), 3) for t in (0, 50, 75, 100)]
    [0.02, 0.02, 0.01, 0.0]
    >>> decay = optax.inject_hyperparams(optax.add_decayed_weights)(weight_decay)
    """
    _check_value("init_value", init_value)
    steps = float(check_count("decay_steps", decay_steps))

    def schedule(count):
        u = jnp.clip(jax.lax.convert_element_type(count, float) / steps, 0.5, 1)
        return init_value * 0.5 * (1 + jnp.cos(jnp.pi * (2 * u - 1)))

    return schedule


def _check_value(name, value):
    """Raise an error unless a value is a finite number, or a JAX array, such as a traced number."""
    if not isinstance(value, jax.Array):
        check_number(name, value, "a finite number", math.isfinite)
