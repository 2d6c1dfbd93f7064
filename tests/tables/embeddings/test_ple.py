"""The piecewise linear encoding and its embedding against a transcription in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.errors import DataError, ShapeError
from jaxnn.tables import (
    Piecewise,
    PiecewiseLinear,
    init_piecewise,
    piecewise_embedding,
    piecewise_linear,
)

EDGES = (np.array([-1.0, 0.5, 0.75, 4.0]), np.array([2.0, 5.0]), np.linspace(-3, 3, 33) ** 3)


def encoded(b, x):
    """Return the encoding of a number, entry by entry as the paper writes it, in float64."""
    T = len(b) - 1
    found = np.empty(T)
    for t in range(1, T + 1):
        if x < b[t - 1] and t > 1:
            found[t - 1] = 0
        elif x >= b[t] and t < T:
            found[t - 1] = 1
        else:
            found[t - 1] = (x - b[t - 1]) / (b[t] - b[t - 1])
    return found


def embedded(W0, b0, A, b, x):
    """Return version B of TabM, in float64."""
    return W0 * x + b0 + sum(A[:, t] * value for t, value in enumerate(encoded(b, x)))


def some(edges):
    """Return numbers within, at and outside of the edges."""
    low, high = edges[0], edges[-1]
    return np.concatenate([np.linspace(low - 2, high + 2, 57), edges])


def drawn(T, d, seed=0):
    draw = np.random.default_rng(seed).normal
    return Piecewise(draw(size=d), draw(size=d), draw(size=(d, T)))


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("b", EDGES, ids=len)
def test_the_encoding_is_the_formula(b):
    X = some(b)
    expected = np.stack([encoded(b, x) for x in X], axis=1)
    assert expected.min() < -0.5 or len(b) > 4
    found = jax.vmap(piecewise_linear, in_axes=(None, 0), out_axes=1)(b, jnp.asarray(X))
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-14)
    traced = jax.jit(piecewise_linear)(jnp.asarray(b), X[3])
    np.testing.assert_allclose(traced, expected[:, 3], rtol=1e-14)
    np.testing.assert_allclose(PiecewiseLinear(b)(X[4]), expected[:, 4], rtol=1e-14)


@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("b", EDGES, ids=len)
def test_the_embedding_is_the_formula(b):
    weights = drawn(len(b) - 1, 5)
    X = some(b)[::7]
    found = jax.vmap(piecewise_embedding, in_axes=(None, None, 0))(weights, b, X)
    np.testing.assert_allclose(found, [embedded(*weights, b, x) for x in X], rtol=1e-12)


@pytest.mark.usefixtures("float64")
def test_gradients_are_finite_differences():
    b, x, step = EDGES[0], 0.6, 1e-6
    weights, direction = drawn(3, 4), drawn(3, 4, seed=1)

    @jax.jit
    def cost(weights, x):
        return jnp.sum(jnp.square(piecewise_embedding(weights, b, x)))

    found, slope_of_x = jax.jit(jax.grad(cost, argnums=(0, 1)))(weights, x)
    assert all(np.asarray(g).any() for g in found)
    slope = sum(np.vdot(g, d) for g, d in zip(found, direction, strict=True))

    def along(t):
        return float(cost(jax.tree.map(lambda w, d: w + t * d, weights, direction), x))

    assert float(slope) == pytest.approx((along(step) - along(-step)) / (2 * step), rel=1e-7)
    of_x = (cost(weights, x + step) - cost(weights, x - step)) / (2 * step)
    assert float(slope_of_x) == pytest.approx(float(of_x), rel=1e-7)


def test_columns_of_equal_length_are_one_vmap():
    edges = jnp.array([[0.0, 1.0, 2.0], [10.0, 20.0, 40.0]])
    weights = jax.vmap(lambda key: init_piecewise(key, T=2, width=3))(
        jax.random.split(jax.random.key(0), 2)
    )
    x = np.array([0.5, 25.0])
    found = jax.jit(jax.vmap(piecewise_embedding))(weights, edges, x)
    for j in range(2):
        one = jax.tree.map(lambda array, j=j: np.asarray(array)[j], weights)
        expected = embedded(*one, np.asarray(edges)[j], x[j])
        np.testing.assert_allclose(found[j], expected, rtol=1e-5)


def test_the_first_arrays():
    weights = init_piecewise(jax.random.key(0), T=7, width=4096)
    assert not weights.A.any()
    for array in weights[:2]:
        assert float(jnp.abs(array).max()) <= 1 / 64
        assert float(array.std()) == pytest.approx(1 / 64 / 3**0.5, rel=0.05)
    half = init_piecewise(jax.random.key(0), T=1, dtype=jnp.bfloat16)
    assert piecewise_embedding(half, [0.0, 1.0], 0.5).dtype == jnp.bfloat16


def test_edges_that_float32_does_not_tell_apart_are_a_step():
    b = np.array([0.0, 1e9, 1e9 + 1, 2e9])
    for x, expected in ((1e8, 0.0), (1e9, 1.0), (1.5e9, 1.0)):
        found = piecewise_linear(b, jnp.float32(x))
        assert float(found[1]) == expected
        assert bool(jnp.isfinite(found).all())
    assert bool(
        jnp.isfinite(jax.jacobian(lambda x: piecewise_linear(b, x))(jnp.float32(1e9))).all()
    )


def test_types():
    assert piecewise_linear([0, 1, 2], 1).dtype == jnp.float32
    assert piecewise_linear([0, 1, 2], jnp.bfloat16(1)).dtype == jnp.bfloat16
    assert piecewise_linear([0, 1, 2], np.int64(1)).tolist() == [1, 0]
    assert bool(jnp.isnan(piecewise_linear([0, 1, 2], jnp.nan)).all())


def test_an_encoding_is_static():
    encode = PiecewiseLinear([0, 1, 2])
    assert encode == PiecewiseLinear(np.array([0.0, 1, 2]))
    assert jax.tree.leaves(encode) == []
    assert encode.T == 2
    assert jax.jit(lambda encode, x: encode(x))(encode, 1.5).tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("edges", "x", "error", "text"),
    [
        ([0.0, 1.0, 1.0], 1.0, DataError, "edges must be finite and increase, got b_1 = 1.0, b_2"),
        ([0.0, np.nan], 1.0, DataError, "edges must be finite and increase, got b_0 = 0.0, b_1"),
        ([0.0], 1.0, ShapeError, r"edges must be .*, got \(1,\)"),
        (["a", "b"], 1.0, TypeError, "edges must be an array of numbers"),
        ([0.0, 1.0], "1", TypeError, "x must be one number, got '1'"),
        ([0.0, 1.0], np.ones(3), ShapeError, r"x must be one number, .*got shape \(3,\): jax.vmap"),
    ],
)
def test_wrong_arguments_of_the_encoding(edges, x, error, text):
    with pytest.raises(error, match=text):
        piecewise_linear(edges, x)


@pytest.mark.parametrize(
    ("weights", "error", "text"),
    [
        ((1, 2, 3), TypeError, "weights must be a Piecewise, such as init_piecewise returns"),
        (Piecewise(*drawn(2, 3)[:2], np.ones((4, 2))), ShapeError, "weights.A .* with d = 3"),
        (
            Piecewise(*drawn(2, 3)[:2], np.ones(4)),
            ShapeError,
            r"weights.A must have shape \(d, T\)",
        ),
        (drawn(3, 4), ShapeError, "weights.A must have .* T = 2 of the edges"),
    ],
)
def test_wrong_weights(weights, error, text):
    with pytest.raises(error, match=text):
        piecewise_embedding(weights, [0.0, 1.0, 2.0], 1.0)


@pytest.mark.parametrize(
    ("more", "error", "text"),
    [
        ({"T": 0}, ValueError, "T must be at least 1, got 0"),
        ({"T": 1, "width": 0}, ValueError, "width must be at least 1, got 0"),
        ({"T": 1, "dtype": int}, TypeError, "dtype"),
    ],
)
def test_wrong_arguments_of_the_first_arrays(more, error, text):
    with pytest.raises(error, match=text):
        init_piecewise(jax.random.key(0), **more)


@pytest.mark.thorough
def test_a_network_on_embeddings_learns_what_a_line_cannot():
    """A loss of one's own: embeddings of two columns, and a neuron on top."""
    X = np.random.default_rng(0).uniform(-2, 2, (2, 256)).astype(np.float32)
    Y = (np.abs(X[:1]) - np.abs(X[1:])).astype(np.float32)
    edges = [jaxnn.tables.quantile_edges(x, bins=8) for x in X]
    network = jaxnn.mlp(8, 1, output="identity")
    keys = jax.random.split(jax.random.key(0), 3)
    params = {
        "embeddings": [init_piecewise(key, T=8, width=4) for key in keys[:2]],
        "network": jaxnn.init(network, keys[2]),
    }

    def output(params, x):
        columns = zip(params["embeddings"], edges, x, strict=True)
        embedded = jnp.concatenate([piecewise_embedding(*column) for column in columns])
        return jaxnn.forward(network, params["network"], embedded)

    def loss(params):
        A = jax.vmap(output, in_axes=(None, 1), out_axes=1)(params, X)
        return jnp.mean(jnp.square(A - Y))

    optimizer = optax.adam(0.05)

    def step(carry, _):
        params, state = carry
        value, gradients = jax.value_and_grad(loss)(params)
        updates, state = optimizer.update(gradients, state)
        return (optax.apply_updates(params, updates), state), value

    with jax.numpy_dtype_promotion("standard"):  # optax's Adam needs it
        _, losses = jax.lax.scan(step, (params, optimizer.init(params)), None, 200)
    assert float(losses[-1]) < 0.01 < 0.5 < float(losses[0])
