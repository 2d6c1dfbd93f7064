"""Fixtures: float64 where numbers are compared, and how hypothesis looks for counterexamples."""

import os

import hypothesis
import jax
import pytest

hypothesis.settings.register_profile(
    "local", deadline=None, print_blob=True, max_examples=25, database=None
)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("local"), derandomize=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def x64(on=True):
    """Return the context in which JAX computes in float64; it changed its address in 0.8."""
    if hasattr(jax, "enable_x64"):
        return jax.enable_x64(on)
    from jax.experimental import enable_x64

    return enable_x64(on)


@pytest.fixture
def float64():
    with x64():
        yield


@pytest.fixture
def float32():
    with x64(False):
        yield
