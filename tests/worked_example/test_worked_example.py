"""The worked example's data: the numbers of trace, backward and update, and chains of factors."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.support.tables import (
    COST_OF_NETWORK,
    COSTS,
    NETWORKS,
    OPTIMIZERS,
    SMOOTH,
    name_of,
    outputs_of,
    own_activation,
    own_cost,
)

pytestmark = pytest.mark.usefixtures("float64")


def example_of(net, cost, *, optimizer=None, seed=0, **options):
    key, x_key = jax.random.split(jax.random.key(seed))
    params = jaxnn.init(net, key, biases=jax.nn.initializers.normal(0.3), dtype=jnp.float64)
    x = jax.random.normal(x_key, (net.sizes[0],), jnp.float64)
    y = jnp.eye(net.sizes[-1])[0] if net.sizes[-1] > 1 else jnp.ones(1)
    if optimizer is not None:
        options["optimizer"] = optimizer
    return jaxnn.explain(net, params, x, y, cost=cost, **options)


def assert_same(found, expected, rtol=1e-13):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol, 1e-300), found, expected)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", NETWORKS)
def test_numbers_are_those_of_trace_sensitivities_backward_and_loss(name):
    net, cost = NETWORKS[name], COST_OF_NETWORK[name]
    example = example_of(net, cost)
    x, y = (jnp.asarray(array) for array in (example.x, example.y))
    params = jax.tree.map(jnp.asarray, example.params)
    tr = jaxnn.trace(net, params, x)
    assert_same((example.z, example.a), (tr.z, tr.a))
    factors = jaxnn.sensitivities(net, params, tr, y, cost=example.cost)
    assert_same((example.dE_da, example.delta), tuple(factors))
    X, Y = x[:, None], y[:, None]
    assert_same(
        example.gradients, jax.grad(jaxnn.loss, argnums=1)(net, params, X, Y, cost=cost), 1e-10
    )
    before = float(jaxnn.loss(net, params, X, Y, cost=cost))
    assert pytest.approx(before, rel=1e-14) == example.E
    after = float(jaxnn.loss(net, example.new_params, X, Y, cost=cost))
    assert example.E_after == pytest.approx(after, rel=1e-14)


@pytest.mark.thorough_cases(5)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_new_parameters_are_those_of_update(name, key):
    net = jaxnn.mlp(4, 5, 3, hidden="tanh")
    example = example_of(net, "cross_entropy", optimizer=OPTIMIZERS[name])
    params = jax.tree.map(jnp.asarray, example.params)
    state = jaxnn.TrainState.create(params, OPTIMIZERS[name], key)
    batch = jnp.asarray(example.x)[:, None], jnp.asarray(example.y)[:, None]
    state, _ = jaxnn.update(net, "cross_entropy", OPTIMIZERS[name], state, batch)
    assert_same(example.new_params, state.params, 1e-12)
    added = jax.tree.map(lambda w, u: w + u, example.params, example.updates)
    assert_same(added, example.new_params)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("g", SMOOTH, ids=name_of)
def test_the_chain_of_factors_of_every_weight_and_bias_is_its_gradient(g):
    output = g if g.elementwise else jaxnn.softmax
    hidden = g if g.elementwise else "tanh"
    example = example_of(jaxnn.mlp(3, 4, 2, hidden=hidden, output=output), "squared_error")
    for l in (1, 2):
        for i in range(1, example.network.sizes[l] + 1):
            parts = [example.bias(l, i)]
            parts += [example.weight(l, i, j) for j in range(1, example.network.sizes[l - 1] + 1)]
            for part in parts:
                dE_da, da_dz, dz_dw = part.factors
                if da_dz is None:
                    assert not g.elementwise
                    assert part.delta * dz_dw == pytest.approx(part.gradient, rel=1e-12)
                else:
                    assert dE_da * da_dz * dz_dw == pytest.approx(part.gradient, rel=1e-12)


def test_one_forward_and_one_backward_pass_for_the_step():
    calls = []

    def g(z):
        calls.append("g")
        return jnp.sin(z)

    def cost(a, y):
        calls.append("cost")
        return jnp.sum((a - y) ** 2)

    example = example_of(jaxnn.mlp(3, 4, 2, hidden=g, output="identity"), cost)
    assert calls.count("g") == 4, "a, δ, the derivative shown, and a after the step"
    assert calls.count("cost") == 3, "∂E/∂a, E, and E after the step"
    for l, (W, b) in enumerate(example.gradients):
        np.testing.assert_array_equal(W, np.outer(example.delta[l], example.a[l]))
        np.testing.assert_array_equal(b, example.delta[l])


def test_the_derivative_of_softmax_is_its_jacobian():
    example = example_of(jaxnn.mlp(3, 4), "squared_error")
    np.testing.assert_allclose(
        example.da_dz[0], jax.jacobian(jaxnn.softmax)(jnp.asarray(example.z[0])), rtol=1e-12
    )


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("cost", [*COSTS, own_cost], ids=name_of)
def test_every_cost_and_a_users_own_functions(cost):
    net = jaxnn.mlp(3, 4, 2, hidden=own_activation, output=outputs_of(cost)[0])
    example = example_of(net, cost)
    assert example.da_dz[0].shape == (4,), "an own function that acts on each neuron alone"
    batch = jnp.asarray(example.x)[:, None], jnp.asarray(example.y)[:, None]
    by_jax = jax.grad(jaxnn.loss, argnums=1)(net, example.params, *batch, cost=cost)
    assert_same(example.gradients, by_jax, 1e-9)


def test_one_neuron_one_weight_one_bias():
    example = example_of(jaxnn.mlp(3, 4, 2, hidden="tanh"), "cross_entropy")
    neuron, weight, bias = example.neuron(1, 2), example.weight(1, 2, 3), example.bias(1, 2)
    W, b = example.params[0]
    np.testing.assert_array_equal(neuron.weights, W[1])
    np.testing.assert_array_equal(neuron.inputs, example.x)
    assert (neuron.bias, neuron.z, neuron.a) == (b[1], example.z[0][1], example.a[1][1])
    assert neuron.delta == example.delta[0][1]
    assert (weight.value, weight.gradient) == (W[1, 2], example.gradients[0].W[1, 2])
    assert (weight.update, weight.new) == (
        example.updates[0].W[1, 2],
        example.new_params[0].W[1, 2],
    )
    assert weight.dz_dw == example.x[2]
    assert (bias.value, bias.dz_dw, bias.gradient) == (b[1], 1, example.delta[0][1])


ONLY_COUNTS = optax.sgd(optax.linear_schedule(0.25, 0.5, 10))


@pytest.mark.thorough_cases(7)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("optimizer", "learning_rate"),
    [
        (optax.sgd(0.5), 0.5),
        (optax.sgd(0.1), 0.1),
        (ONLY_COUNTS, 0.25),
        (optax.chain(optax.identity(), optax.scale(-3e-4)), 3e-4),
        (optax.sgd(0.5, momentum=0.9), None),
        (optax.adam(0.5), None),
        (optax.chain(optax.clip(1.0), optax.sgd(0.5)), None),
        (optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.5)), None),
        (optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.5)), None),
        (optax.sign_sgd(0.5), None),
    ],
    ids=["0.5", "0.1", "schedule", "chain", "momentum", "adam", "clip", "norm", "decay", "sign"],
)
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.float64], ids=["float32", "float64"])
def test_plain_gradient_descent_is_told_from_other_optimisers(optimizer, learning_rate, dtype):
    net = jaxnn.mlp(3, 4, 1, hidden="tanh", output="sigmoid")
    params = jaxnn.init(net, jax.random.key(0), dtype=dtype)
    x, y = jnp.ones(3, dtype), jnp.zeros(1, dtype)
    example = jaxnn.explain(net, params, x, y, cost="squared_error", optimizer=optimizer)
    assert example.learning_rate == learning_rate


def test_a_later_step_of_an_optimiser():
    net, adam = jaxnn.mlp(3, 2, output="identity"), optax.adam(0.1)
    first = example_of(net, "squared_error", optimizer=adam)
    with jax.numpy_dtype_promotion("standard"):
        _, later = adam.update(first.gradients, adam.init(first.params), first.params)
        expected, _ = adam.update(jax.tree.map(lambda g: 0 * g, first.gradients), later)
    still = example_of(net, lambda a, y: 0 * jnp.sum(a), optimizer=adam, opt_state=later)
    assert_same(still.updates, expected)
    assert np.abs(still.updates[0].W).min() > 0


def test_pixels_and_float32_stay_what_they_are():
    net = jaxnn.mlp(4, 3, 2)
    params = jaxnn.init(net, jax.random.key(0))
    x, y = np.array([0, 51, 102, 255], np.uint8), np.array([0.0, 1.0], np.float32)
    example = jaxnn.explain(net, params, x, y, cost="cross_entropy")
    np.testing.assert_allclose(example.x, [0, 0.2, 0.4, 1], rtol=1e-6)
    arrays = jax.tree.leaves((example.x, example.z, example.a, example.delta, example.gradients))
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}
    assert all(isinstance(array, np.ndarray) for array in arrays)


def test_saturated_outputs_keep_a_finite_gradient():
    net = jaxnn.Network((1, 1), ("sigmoid",))
    params = (jaxnn.Layer(jnp.array([[1e4]]), jnp.zeros(1)),)
    example = jaxnn.explain(net, params, jnp.ones(1), jnp.zeros(1), cost="binary_cross_entropy")
    assert (example.E, example.weight(1, 1, 1).gradient) == (1e4, 1.0)
    assert example.weight(1, 1, 1).factors == (None, None, 1.0)
    assert "E = 10000.0   (from z, since an output rounds to 0 or 1)" in str(example)
    assert "∂E/∂w_1,1^[1] = 1.0 × 1 = 1.0" in str(example)


NET = jaxnn.mlp(3, 4, 2)
PARAMS = jaxnn.init(NET, jax.random.key(0))
X, Y = jnp.ones(3, jnp.float32), jnp.array([1, 0], jnp.float32)


@pytest.mark.parametrize(
    ("x", "y", "options", "error", "text"),
    [
        (jnp.ones(2), Y, {}, ValueError, r"x must have shape \(n_0,\) = \(3,\), got \(2,\)"),
        (jnp.ones((3, 5)), Y, {}, ValueError, r"for a batch \(n_0, m\) use jaxnn.predict"),
        (X, jnp.ones(3), {}, ValueError, r"y must have shape \(n_2,\) = \(2,\), got \(3,\)"),
        (X, jnp.ones((2, 1)), {}, ValueError, r"for a batch \(n_2, m\) use jax.vmap"),
        (X, [0, 1], {}, TypeError, "y must be an array, got list"),
        (X, jnp.array([0, 1]), {}, TypeError, "y must be of a floating type, got int"),
        (X, np.array([0, np.nan]), {}, ValueError, r"y must be finite, got y\[1\] = nan"),
        (X, Y, {"digits": 0}, ValueError, "digits must be at least 1, got 0"),
        (X, Y, {"cost": "huber"}, ValueError, "cost 'huber' is unknown"),
    ],
)
def test_bad_input(x, y, options, error, text):
    with pytest.raises(error, match=text):
        jaxnn.explain(NET, PARAMS, x, y, **({"cost": "squared_error"} | options))


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda e: e.neuron(0, 1), "l must be a layer of weights, 1 to L = 2, got 0"),
        (lambda e: e.bias(3, 1), "l must be a layer of weights, 1 to L = 2, got 3"),
        (
            lambda e: e.neuron(1, 0),
            "i must be a neuron of layer 1, counted from 1 to n_1 = 4, got 0",
        ),
        (lambda e: e.weight(2, 1, 5), "j must be a neuron of layer 1, counted from 1 to n_1 = 4"),
        (lambda e: e.to_text(digits=0), "digits must be at least 1, got 0"),
        (lambda e: e.to_latex(digits=-1), "digits must be at least 1, got -1"),
    ],
)
def test_parts_that_are_not_there(ask, text):
    example = jaxnn.explain(NET, PARAMS, X, Y, cost="squared_error")
    with pytest.raises(ValueError, match=text):
        ask(example)


@pytest.mark.thorough
def test_a_notebook_shows_the_page_and_of_a_large_network_the_equations():
    small = jaxnn.explain(NET, PARAMS, X, Y, cost="squared_error")._repr_html_()
    assert small.startswith(
        '<iframe title="Worked example of a 3-4-2 network" srcdoc="&lt;!doctype'
    )
    assert "<script" not in small
    net = jaxnn.mlp(500, 600, 2)
    params, x = jaxnn.init(net, jax.random.key(0)), jnp.ones(500, jnp.float32)
    large = jaxnn.explain(net, params, x, Y, cost="squared_error")
    assert large._repr_html_().startswith("<pre>The example\n    x = (1, 1, 1, …")
