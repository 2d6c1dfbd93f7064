"""RealMLP's embedding against a transcription in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxnn.errors import ShapeError
from jaxnn.tables import PBLD, init_pbld, pbld_embedding


def embedded(c, phase, A, b, x):
    """Return the embedding of a number, as the paper writes it, in float64."""
    return np.array([x, *(A @ np.cos(2 * np.pi * c * x + phase) + b)])


def drawn(k=5, d=4, seed=0):
    draw = np.random.default_rng(seed).normal
    return PBLD(draw(size=k), draw(size=k), draw(size=(d - 1, k)), draw(size=d - 1))


@pytest.mark.usefixtures("float64")
def test_the_embedding_is_the_formula():
    weights, X = drawn(), np.linspace(-3, 3, 13)
    found = jax.jit(jax.vmap(pbld_embedding, (None, 0), 1))(weights, X)
    expected = np.stack([embedded(*weights, x) for x in X], axis=1)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("field", PBLD._fields)
def test_gradients_are_finite_differences(field):
    weights, direction, step = drawn(), getattr(drawn(seed=1), field), 1e-6

    @jax.jit
    def cost(array):
        return jnp.sum(jnp.square(pbld_embedding(weights._replace(**{field: array}), 0.7)))

    at = getattr(weights, field)
    slope = float(np.vdot(jax.jit(jax.grad(cost))(at), direction))
    differences = float(cost(at + step * direction) - cost(at - step * direction)) / (2 * step)
    assert abs(slope) > 1e-3
    assert slope == pytest.approx(differences, rel=1e-6)


def test_columns_are_one_vmap():
    columns = jax.vmap(init_pbld)(jax.random.split(jax.random.key(0), 3))
    x = jnp.array([1.0, 2.0, 3.0])
    found = jax.vmap(pbld_embedding)(columns, x)
    assert found.shape == (3, 4)
    np.testing.assert_array_equal(found[:, 0], x)


def test_the_first_arrays():
    c, phase, A, b = init_pbld(jax.random.key(0), frequencies=10_000, width=3, sigma=0.5)
    assert float(c.std()) == pytest.approx(0.5, rel=0.03)
    assert float(jnp.abs(phase).max()) <= 3.1416
    assert float(phase.std()) == pytest.approx(np.pi / 3**0.5, rel=0.03)
    assert float(jnp.abs(A).max()) <= 0.01
    assert float(A.std()) == pytest.approx(0.01 / 3**0.5, rel=0.03)
    assert b.shape == (2,)
    assert float(jnp.abs(b).max()) <= 0.01


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pbld_embedding(None, 1.0), TypeError, "weights must be a PBLD, such as init_pbld"),
        (
            lambda: pbld_embedding(drawn()._replace(phase=np.ones(3)), 1.0),
            ShapeError,
            "weights.phase must have shape .* with k = 5",
        ),
        (lambda: init_pbld(jax.random.key(0), width=1), ValueError, "width must be at least 2"),
        (lambda: init_pbld(jax.random.key(0), sigma=-1.0), ValueError, "sigma must be above 0"),
    ],
)
def test_wrong_arguments(call, error, text):
    with pytest.raises(error, match=text):
        call()
