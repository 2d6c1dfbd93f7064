"""Periodic embeddings, PLR and its light form, against a transcription in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jaxnn.errors import ShapeError
from jaxnn.tables import (
    Periodic,
    init_light_periodic,
    init_periodic,
    light_periodic_embedding,
    periodic_embedding,
)


def embedded(c, A, b, x):
    """Return the embedding of a number, as the paper writes it, in float64."""
    v = 2 * np.pi * c * x
    features = np.array([*(np.cos(angle) for angle in v), *(np.sin(angle) for angle in v)])
    return np.maximum(A @ features + b, 0)


def drawn(k=6, d=5, n=(), seed=0):
    draw = np.random.default_rng(seed).normal
    return Periodic(draw(size=(*n, k)), draw(size=(d, 2 * k)), draw(size=d))


@pytest.mark.usefixtures("float64")
def test_the_embedding_is_the_formula():
    weights = drawn()
    X = np.linspace(-3, 3, 13)
    expected = np.stack([embedded(*weights, x) for x in X], axis=1)
    assert (expected == 0).any()
    assert (expected > 0).any()
    found = jax.jit(jax.vmap(periodic_embedding, (None, 0), 1))(weights, X)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.usefixtures("float64")
def test_the_light_form_is_the_formula():
    c, A, b = weights = drawn(n=(3,))
    X = np.random.default_rng(1).normal(size=(3, 4))
    found = jax.vmap(light_periodic_embedding, (None, 1), 2)(weights, jnp.asarray(X))
    expected = [[embedded(c[j], A, b, x) for x in X[j]] for j in range(3)]  # n, m, d
    np.testing.assert_allclose(found, np.swapaxes(expected, 1, 2), rtol=1e-10, atol=1e-12)


@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("embedding", "n", "x"),
    [(periodic_embedding, (), 0.3), (light_periodic_embedding, (2,), np.array([0.3, -1.2]))],
    ids=["plr", "light"],
)
def test_gradients_are_finite_differences(embedding, n, x):
    weights, step = drawn(n=n), 1e-6

    @jax.jit
    def cost(weights):
        return jnp.sum(jnp.square(embedding(weights, x)))

    found = jax.jit(jax.grad(cost))(weights)
    for field in Periodic._fields:
        direction = getattr(drawn(n=n, seed=1), field)

        def along(t, field=field, direction=direction):
            moved = {field: getattr(weights, field) + t * direction}
            return float(cost(weights._replace(**moved)))

        slope = float(np.vdot(getattr(found, field), direction))
        assert abs(slope) > 1e-3
        assert slope == pytest.approx((along(step) - along(-step)) / (2 * step), rel=1e-6)


def test_columns_are_one_vmap():
    weights = jax.vmap(lambda key: init_periodic(key, frequencies=4, width=3, sigma=1.0))(
        jax.random.split(jax.random.key(0), 2)
    )
    x = np.array([0.5, -0.25])
    found = jax.vmap(periodic_embedding)(weights, x)  # (2, 3)
    for j in range(2):
        one = [np.asarray(array)[j] for array in weights]
        np.testing.assert_allclose(found[j], embedded(*one, x[j]), rtol=1e-5, atol=1e-6)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("light", [False, True])
def test_the_first_arrays(light):
    if light:
        c, A, b = init_light_periodic(jax.random.key(0), 4, frequencies=2000, width=9, sigma=2.0)
    else:
        c, A, b = init_periodic(jax.random.key(0), frequencies=8000, width=9, sigma=2.0)
    assert c.shape == ((4, 2000) if light else (8000,))
    assert float(jnp.abs(c).max()) <= 6
    # of a normal distribution cut at three deviations
    assert float(c.std()) == pytest.approx(2 * 0.9866, rel=0.03)
    bound = A.shape[1] ** -0.5
    assert A.shape[1] == 2 * c.shape[-1]
    assert float(jnp.abs(A).max()) <= bound
    assert float(A.std()) == pytest.approx(bound / 3**0.5, rel=0.02)
    assert float(jnp.abs(b).max()) <= bound
    assert len({float(A[0, 0]), float(b[0])}) == 2


def test_types():
    weights = init_periodic(jax.random.key(0), dtype=jnp.bfloat16)
    assert periodic_embedding(weights, np.float64(0.5)).dtype == jnp.bfloat16
    light = init_light_periodic(jax.random.key(0), 2)
    assert light_periodic_embedding(light, np.array([1, 2])).dtype == jnp.float32


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: periodic_embedding((1, 2), 1.0), TypeError, "weights must be a Periodic"),
        (
            lambda: periodic_embedding(Periodic(np.ones(2), np.ones((3, 5)), np.ones(3)), 1.0),
            ShapeError,
            r"weights.A must have shape \(d, 2k\) = \(3, 4\), got \(3, 5\)",
        ),
        (
            lambda: light_periodic_embedding(drawn(n=(3,)), np.ones(2)),
            ShapeError,
            r"x must have shape \(n,\) = \(3,\), one for each row of c, got \(2,\)",
        ),
        (lambda: init_periodic(jax.random.key(0), sigma=0), ValueError, "sigma must be above 0"),
        (lambda: init_periodic(0), TypeError, "key must be one random key"),
        (lambda: init_light_periodic(jax.random.key(0), 0), ValueError, "n must be at least 1"),
    ],
)
def test_wrong_arguments(call, error, text):
    with pytest.raises(error, match=text):
        call()
