"""RealMLP's schedules against their formulas in float64 NumPy."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jaxnn.tables.schedules import flat_cosine, log_cosine

STEPS = 1500


def coslog(u, cycles):
    """Return the transcription of RealMLP's formula."""
    return 0.5 * (1 - np.cos(2 * np.pi * np.log2(1 + (2**cycles - 1) * u)))


def flat_cos(u):
    """Return the transcription of RealMLP's formula."""
    return np.where(u <= 0.5, 1.0, 0.5 * (1 + np.cos(np.pi * (2 * u - 1))))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("cycles", [1, 3, 4])
def test_log_cosine_is_the_formula(cycles):
    t = np.arange(STEPS + 1)
    rate = jax.vmap(log_cosine(0.04, STEPS, cycles=cycles))(jnp.asarray(t))
    np.testing.assert_allclose(rate, 0.04 * coslog(t / STEPS, cycles), rtol=0, atol=1e-14)


@pytest.mark.usefixtures("float64")
def test_flat_cosine_is_the_formula():
    t = np.arange(STEPS + 1)
    value = jax.jit(flat_cosine(0.02, STEPS))(jnp.asarray(t))
    np.testing.assert_allclose(value, 0.02 * flat_cos(t / STEPS), rtol=0, atol=1e-15)


def test_log_cosine_is_0_where_a_cycle_ends_and_at_its_peak_between():
    rate = log_cosine(0.5, STEPS)
    ends = [STEPS * (2**i - 1) // 15 for i in range(5)]  # 0, 100, 300, 700, 1500
    assert [float(rate(t)) for t in (*ends, STEPS + 1, 10 * STEPS)] == pytest.approx(
        [0] * 7, abs=1e-10
    )
    peaks = [(2 ** (i + 0.5) - 1) / 15 * STEPS for i in range(4)]
    assert [float(rate(t)) for t in peaks] == pytest.approx([0.5] * 4)


def test_flat_cosine_at_its_ends():
    value = flat_cosine(3.0, 100)
    assert [float(value(t)) for t in (0, 50, 100, 101)] == pytest.approx([3, 3, 0, 0], abs=1e-7)


def test_an_optimiser_takes_a_traced_peak():
    def updated(peak):
        optimizer = optax.sgd(log_cosine(peak, 30, cycles=1))
        state = optimizer.init(jnp.ones(2))
        for _ in range(16):
            updates, state = optimizer.update(jnp.ones(2), state)
        return updates  # of step 15, half of the only cycle: log2(1.5) of it

    expected = -0.3 * coslog(0.5, 1) * np.ones(2)
    np.testing.assert_allclose(jax.jit(updated)(0.3), expected, rtol=1e-6)


def test_weight_decay_that_falls():
    decay = optax.inject_hyperparams(optax.add_decayed_weights)(flat_cosine(0.5, 4))
    with jax.numpy_dtype_promotion("standard"):
        state, found = decay.init(jnp.ones(1)), []
        for _ in range(5):
            updates, state = decay.update(jnp.zeros(1), state, jnp.ones(1))
            found.append(float(updates[0]))
    np.testing.assert_allclose(found, 0.5 * flat_cos(np.arange(5) / 4), atol=1e-7)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: log_cosine(0.1, 0), ValueError, "decay_steps must be at least 1, got 0"),
        (lambda: log_cosine(0.1, 9, cycles=0), ValueError, "cycles must be at least 1, got 0"),
        (lambda: log_cosine(0.1, 9, cycles=31), ValueError, "cycles must be at most 30, got 31"),
        (lambda: log_cosine(np.nan, 9), ValueError, "peak_value must be a finite number, got nan"),
        (lambda: log_cosine("0.1", 9), TypeError, "peak_value must be a finite number, got '0.1'"),
        (lambda: flat_cosine(None, 9), TypeError, "init_value must be a finite number, got None"),
        (lambda: flat_cosine(1.0, 9.5), TypeError, "decay_steps must be a whole number, got 9.5"),
    ],
)
def test_wrong_arguments(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call()
