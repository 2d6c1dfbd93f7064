"""The laws that every activation obeys."""

import copy
import functools
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from jaxnn.textbook import activations
from tests.support.tables import ACTIVATIONS, ELEMENTWISE, SMOOTH, name_of

BOUNDS = {
    "step": (0, 1), "sigmoid": (0, 1), "tanh": (-1, 1), "arctan": (-np.pi / 2, np.pi / 2),
    "relu": (0, np.inf), "softplus": (0, np.inf), "gelu": (-0.17, np.inf),
    "silu": (-0.28, np.inf), "softmax": (0, 1), "elu": (-1, np.inf),
}  # fmt: skip
FROM_JAX = {
    "identity": jax.nn.identity, "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "arctan": jnp.arctan,
    "relu": jax.nn.relu, "leaky_relu": jax.nn.leaky_relu, "elu": jax.nn.elu,
    "softplus": jax.nn.softplus, "silu": jax.nn.silu, "softmax": jax.nn.softmax,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "step": lambda z: jnp.heaviside(z, jnp.ones_like(z)),
}  # fmt: skip
Z = np.concatenate([np.linspace(-6, 6, 41), [-700.0, -40.0, 40.0, 700.0]])


@pytest.mark.quick_cases(4)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("g", ACTIVATIONS, ids=name_of)
def test_shape_and_dtype_are_kept(g, dtype, float64):
    z = jnp.linspace(-2, 2, 7).astype(dtype)
    assert g(z).shape == z.shape
    assert g(z).dtype == z.dtype
    assert g.pullback(z, z).shape == z.shape
    assert g.pullback(z, z).dtype == z.dtype


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("g", ACTIVATIONS, ids=name_of)
def test_batch_is_the_loop_and_jit_is_eager(g, key, float64):
    Z = jax.random.normal(key, (5, 4), jnp.float64)
    loop = np.stack([g(Z[:, j]) for j in range(4)], axis=1)
    np.testing.assert_allclose(jax.vmap(g, 1, 1)(Z), loop, rtol=1e-14)
    np.testing.assert_allclose(g(Z), loop, rtol=1e-14, err_msg="applied to the matrix at once")
    np.testing.assert_allclose(jax.jit(g)(Z), loop, rtol=1e-14)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("g", [g for g in ELEMENTWISE if g.name != "step"], ids=name_of)
def test_hand_written_derivative_is_that_of_jax(g, float64):
    by_jax = jax.vmap(jax.grad(g))(jnp.asarray(Z))
    np.testing.assert_allclose(g.derivative(jnp.asarray(Z)), by_jax, rtol=1e-12, atol=1e-14)
    at_zero = jnp.zeros((), jnp.float64)
    assert g.derivative(at_zero) == jax.grad(g)(at_zero)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("g", SMOOTH, ids=name_of)
def test_pullback_is_the_vector_jacobian_product(g, key, float64):
    z, v = jax.random.normal(key, (2, 6), jnp.float64)
    np.testing.assert_allclose(g.pullback(z, v), jax.vjp(g, z)[1](v)[0], rtol=1e-12)
    np.testing.assert_allclose(g.pullback(z, v), jax.jvp(g, (z,), (v,))[1], rtol=1e-12)
    step = 1e-6
    by_differences = (g(z + step * v) - g(z - step * v)) / (2 * step)
    np.testing.assert_allclose(g.pullback(z, v), by_differences, rtol=1e-6, atol=1e-9)


def test_step_has_derivative_zero():
    z = jnp.array([-1.0, 0.0, 1.0])
    np.testing.assert_array_equal(jaxnn.step(z), [0, 1, 1])
    np.testing.assert_array_equal(jaxnn.step.derivative(z), [0, 0, 0])


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("g", ACTIVATIONS, ids=name_of)
def test_values_stay_in_range_and_finite(g, float64):
    z = jnp.array([-1e4, -50.0, -1.28, -0.75, 0.0, 0.5, 50.0, 1e4])
    a = g(z)
    assert jnp.isfinite(a).all()
    assert jnp.isfinite(g.pullback(z, jnp.ones_like(z))).all()
    low, high = BOUNDS.get(g.name, (-np.inf, np.inf))
    assert a.min() >= low - 1e-2 * (g.name in ("gelu", "silu"))
    assert a.max() <= high


@pytest.mark.quick_cases(3)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("g", ACTIVATIONS, ids=name_of)
def test_finite_far_out_in_narrow_types(g, dtype):
    z = jnp.array([-1e4, -100.0, -1.0, 0.0, 1.0, 100.0, 1e4]).astype(dtype)
    assert jnp.isfinite(g(z)).all()
    assert jnp.isfinite(g.pullback(z, jnp.ones_like(z))).all()


def test_every_known_activation_has_its_row():
    assert set(FROM_JAX) == set(activations.BY_NAME) == {g.name for g in ACTIVATIONS}


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("name", FROM_JAX)
def test_equals_the_function_of_jax(name):
    z = jnp.linspace(-3, 3, 13)
    np.testing.assert_array_equal(activations.find(name)(z), FROM_JAX[name](z))


@pytest.mark.parametrize("g", ACTIVATIONS, ids=name_of)
def test_is_static_hashable_and_picklable(g):
    assert jax.tree.leaves(g) == []
    assert pickle.loads(pickle.dumps(g)) == g
    assert hash(pickle.loads(pickle.dumps(g))) == hash(g)
    assert "Range" in g.__doc__


def twice(z):
    return 2 * z


def twice_product(z, v):
    return 2 * v


def test_a_users_activation_is_copied_with_its_function():
    own = jaxnn.Activation("relu", twice, twice_product, "(−∞, ∞)")
    for again in (copy.deepcopy(own), pickle.loads(pickle.dumps(own))):
        assert again == own != jaxnn.relu
        assert again(jnp.float32(-1)) == -2


def test_softmax_sums_to_one_over_the_neurons(key):
    A = jaxnn.softmax(jax.random.normal(key, (4, 3)))
    np.testing.assert_allclose(A.sum(axis=0), np.ones(3), rtol=1e-6)


def test_softmax_has_no_elementwise_derivative():
    with pytest.raises(TypeError, match="softmax is not elementwise: its derivative is a matrix J"):
        jaxnn.softmax.derivative(jnp.zeros(3))


def test_options():
    g = jaxnn.leaky_relu.with_options(negative_slope=0.2)
    assert g(jnp.float32(-10)) == pytest.approx(-2)
    assert g != jaxnn.leaky_relu
    assert repr(g) == "leaky_relu.with_options(negative_slope=0.2)"
    with pytest.raises(TypeError, match="sigmoid has no option 'slope'; its options are none"):
        jaxnn.sigmoid.with_options(slope=1.0)


@pytest.mark.quick_cases(3)
@pytest.mark.parametrize(
    ("function", "ours"),
    [
        (jax.nn.identity, jaxnn.identity),
        (jax.nn.sigmoid, jaxnn.sigmoid),
        (jax.lax.logistic, jaxnn.sigmoid),
        (jax.scipy.special.expit, jaxnn.sigmoid),
        (jnp.tanh, jaxnn.tanh),
        (jax.nn.tanh, jaxnn.tanh),
        (jnp.arctan, jaxnn.arctan),
        (jnp.atan, jaxnn.arctan),
        (jax.nn.relu, jaxnn.relu),
        (jax.nn.leaky_relu, jaxnn.leaky_relu),
        (functools.partial(jax.nn.leaky_relu, negative_slope=0.2),
         jaxnn.leaky_relu.with_options(negative_slope=0.2)),
        (functools.partial(jax.nn.leaky_relu, negative_slope=np.float32(0.5)),
         jaxnn.leaky_relu.with_options(negative_slope=0.5)),
        (jax.nn.elu, jaxnn.elu),
        (functools.partial(jax.nn.elu, alpha=1.0), jaxnn.elu),
        (jax.nn.softplus, jaxnn.softplus),
        (jax.nn.silu, jaxnn.silu),
        (jax.nn.swish, jaxnn.silu),
        (functools.partial(jax.nn.gelu, approximate=False), jaxnn.gelu),
        (jax.nn.softmax, jaxnn.softmax),
        (functools.partial(jax.nn.softmax, axis=0), jaxnn.softmax),
    ],
    ids=name_of,
)  # fmt: skip
def test_functions_of_jax_are_ours(function, ours):
    assert activations.find(function) == ours
    assert jaxnn.mlp(2, 3, 2, hidden=function) == jaxnn.mlp(2, 3, 2, hidden=ours)
    z = jnp.array([-1.5, 0.5, 2.0])
    np.testing.assert_allclose(function(z), ours(z), rtol=1e-6)  # they are the same function


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    "function",
    [
        jax.nn.gelu,
        functools.partial(jax.nn.gelu, approximate=True),
        functools.partial(jax.nn.softmax, axis=1),
        functools.partial(jax.nn.leaky_relu, negative_slope=np.full(2, 0.1)),
        functools.partial(jax.nn.softmax, where=None),
        jax.nn.relu6,
        jnp.sin,
        lambda z: jax.nn.relu(z),
    ],
    ids=name_of,
)
def test_other_functions_of_jax_stay_as_they_are(function):
    assert activations.find(function) is function
