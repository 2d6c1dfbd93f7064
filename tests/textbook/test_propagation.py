"""Forward and backward: shapes, stable joint costs, and four oracles of the gradient."""

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.neural_network import MLPRegressor

import jaxnn
from tests.support.compilations import compilations
from tests.support.tables import COSTS, SMOOTH, name_of, outputs_of, own_activation, own_cost

pytestmark = pytest.mark.usefixtures("float64")
M = 4


def problem(net, seed=0):
    """Return random parameters, X, and targets that are distributions, which every cost takes."""
    keys = jax.random.split(jax.random.key(seed), 4)
    params = jaxnn.init(net, keys[0], biases=jax.nn.initializers.normal(0.3), dtype=jnp.float64)
    X = jax.random.normal(keys[1], (net.sizes[0], M), jnp.float64)
    Y = jax.nn.softmax(jax.random.normal(keys[2], (net.sizes[-1], M), jnp.float64), axis=0)
    weights = jax.random.uniform(keys[3], (M,), jnp.float64, 0.1, 2.0)
    return params, X, Y, weights


def assert_same(tree, other, rtol, atol=0.0):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=rtol, atol=atol), tree, other)


def scale_of(tree):
    return max(float(jnp.abs(leaf).max()) for leaf in jax.tree.leaves(tree))


def assert_backward_is_grad(net, cost):
    params, X, Y, weights = problem(net)
    both = jax.jit(
        lambda params: (
            jaxnn.backward(net, params, X, Y, cost=cost, weights=weights),
            jax.grad(jaxnn.loss, argnums=1)(net, params, X, Y, cost=cost, weights=weights),
        )
    )
    by_hand, by_jax = both(params)
    # Single entries may be differences of numbers of the largest entry's size; and the total error
    # of a softmax is constant, its gradient 0 but for rounding of sums of numbers near 1.
    assert_same(by_hand, by_jax, rtol=1e-12, atol=1e-12 * scale_of(by_jax) + 1e-16)


@pytest.mark.thorough_cases(12)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("cost", [*COSTS, own_cost], ids=name_of)
@pytest.mark.parametrize("g", [*SMOOTH, own_activation], ids=name_of)
def test_backward_is_grad_for_every_activation_and_cost(g, cost):
    output = g if g in outputs_of(cost) else outputs_of(cost)[0]
    assert_backward_is_grad(jaxnn.mlp(3, 4, 3, hidden=g, output=output), cost)


@pytest.mark.thorough_cases(4)
@pytest.mark.quick_cases(1)
@pytest.mark.filterwarnings("ignore:binary_cross_entropy takes each output as a yes-or-no")
@pytest.mark.parametrize("depth", range(1, 7))
@pytest.mark.parametrize(
    ("output", "cost"),
    [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy"),
     ("softmax", "squared_error"), ("softmax", "binary_cross_entropy")],
)  # fmt: skip
def test_backward_is_grad_for_every_depth(depth, output, cost):
    sizes = [*[3, 5, 4, 6, 2, 5][:depth], 3]
    assert_backward_is_grad(jaxnn.mlp(*sizes, hidden="tanh", output=output), cost)


@pytest.mark.thorough_cases(4)
@pytest.mark.thorough
@pytest.mark.parametrize("depth", range(1, 7))
@pytest.mark.parametrize("cost", [*COSTS, own_cost], ids=name_of)
def test_backward_is_grad_for_every_output_cost_and_depth(cost, depth):
    """Every g that goes with the cost is the output once; hidden layers take the others in turn.

    Sizes and shapes are one and the same and nothing is jitted, so that nothing is compiled twice.
    z^[L] lies near 0.3, where every a^[L] is in (0, 1), so that every cost is at home.
    """
    functions = [*SMOOTH, own_activation]
    for i, output in enumerate(functions):
        if output not in outputs_of(cost):
            continue
        hidden = [functions[(i + 5 * l) % len(functions)] for l in range(1, depth)]
        net = jaxnn.Network((M,) * (depth + 1), (*hidden, output))
        params, X, Y, weights = problem(net, seed=i)
        last = jaxnn.Layer(W=0.02 * params[-1].W, b=jnp.full(M, 0.3))
        params = (*params[:-1], last)
        by_hand = jaxnn.backward(net, params, X, Y, cost=cost, weights=weights)
        grad = jax.grad(jaxnn.loss, argnums=1)
        by_jax = grad(net, params, X, Y, cost=cost, weights=weights)
        if (output, cost) == (jaxnn.softmax, jaxnn.total_error):  # Σ a = 1, whatever z is
            assert max(scale_of(by_hand), scale_of(by_jax)) < 1e-15
            continue
        assert scale_of(by_jax) > 1e-12
        for layer, expected in zip(by_hand, by_jax, strict=True):
            assert_same(layer, expected, rtol=1e-12, atol=1e-12 * scale_of(expected))


@pytest.mark.parametrize("depth", [2, 3])
def test_below_a_step_every_gradient_is_zero(depth):
    net = jaxnn.mlp(*[3] * (depth + 1), hidden="step", output="sigmoid")
    params, X, Y, _ = problem(net)
    by_hand = jaxnn.backward(net, params, X, Y, cost="squared_error")
    assert scale_of(by_hand[:-1]) == 0 < scale_of(by_hand[-1])
    by_jax = jax.grad(jaxnn.loss, argnums=1)(net, params, X, Y, cost="squared_error")
    assert_same(by_hand, by_jax, rtol=1e-12)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("cost", COSTS, ids=name_of)
def test_backward_is_the_finite_difference(cost):
    net = jaxnn.mlp(2, 3, 2, hidden="silu", output=outputs_of(cost)[0])
    params, X, Y, weights = problem(net)
    flat, unravel = jax.flatten_util.ravel_pytree(params)

    @jax.jit
    def E(flat):
        return jaxnn.loss(net, unravel(flat), X, Y, cost=cost, weights=weights)

    h = 1e-5
    by_differences = jnp.stack(
        [(E(flat + h * e) - E(flat - h * e)) / (2 * h) for e in jnp.eye(len(flat))]
    )
    by_hand, _ = jax.flatten_util.ravel_pytree(
        jaxnn.backward(net, params, X, Y, cost=cost, weights=weights)
    )
    np.testing.assert_allclose(by_hand, by_differences, rtol=1e-6, atol=1e-9)


@pytest.mark.thorough
def test_gradient_is_that_of_flax():
    net = jaxnn.mlp(3, 5, 4, 3, hidden="tanh")
    params, X, Y, _ = problem(net)
    dense = nn.Sequential(
        [nn.Dense(5, param_dtype=float), jnp.tanh, nn.Dense(4, param_dtype=float), jnp.tanh,
         nn.Dense(3, param_dtype=float)]
    )  # fmt: skip
    variables = {
        f"layers_{2 * i}": {"kernel": layer.W.T, "bias": layer.b} for i, layer in enumerate(params)
    }

    def E(variables):
        logits = dense.apply({"params": variables}, X.T)
        return optax.softmax_cross_entropy(logits, Y.T).mean()

    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        value, grads = jax.value_and_grad(E)(variables)
    assert float(jaxnn.loss(net, params, X, Y, cost="cross_entropy")) == pytest.approx(float(value))
    by_hand = jaxnn.backward(net, params, X, Y, cost="cross_entropy")
    for i, layer in enumerate(by_hand):
        np.testing.assert_allclose(layer.W, grads[f"layers_{2 * i}"]["kernel"].T, rtol=1e-10)
        np.testing.assert_allclose(layer.b, grads[f"layers_{2 * i}"]["bias"], rtol=1e-10)


def test_one_step_is_that_of_scikit_learn():
    net = jaxnn.mlp(3, 4, 2, hidden="tanh", output="identity")
    params, X, Y, _ = problem(net)
    theirs = MLPRegressor(
        hidden_layer_sizes=(4,), activation="tanh", solver="sgd", alpha=0.0,
        learning_rate_init=0.1, momentum=0.0, nesterovs_momentum=False, batch_size=M,
        shuffle=False, max_iter=1,
    )  # fmt: skip
    theirs.partial_fit(np.asarray(X).T, np.asarray(Y).T)  # makes its arrays
    theirs.coefs_ = [np.array(layer.W).T for layer in params]
    theirs.intercepts_ = [np.array(layer.b) for layer in params]
    theirs.partial_fit(np.asarray(X).T, np.asarray(Y).T)
    # its squared loss is also ½ Σ over outputs up to 1 / n_L in some versions: fix the scale by E
    by_hand = jaxnn.backward(net, params, X, Y, cost="squared_error")
    moved = [np.array(layer.W) - W.T for layer, W in zip(params, theirs.coefs_, strict=True)]
    scale = np.linalg.norm(moved[0]) / np.linalg.norm(by_hand[0].W)
    assert scale == pytest.approx(0.1) or scale == pytest.approx(0.1 / net.sizes[-1])
    for difference, layer in zip(moved, by_hand, strict=True):
        np.testing.assert_allclose(difference, scale * layer.W, rtol=1e-6, atol=1e-10)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("output", "cost"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")]
)
def test_loss_and_gradient_are_finite_and_right_at_1e4_in_float32(output, cost, sign):
    net = jaxnn.Network((1, 2), (output,))
    W = jnp.array([[1e4], [-1e4]], jnp.float32) * sign
    params = (jaxnn.Layer(W, jnp.zeros(2, jnp.float32)),)
    X, Y = jnp.ones((1, 1), jnp.float32), jnp.array([[0.0], [1.0]], jnp.float32)
    E = jaxnn.loss(net, params, X, Y, cost=cost)
    assert float(E) == pytest.approx(2e4 if sign > 0 else 0.0)
    expected = jnp.array([1.0, -1.0] if sign > 0 else [0.0, 0.0])
    for rule in (jaxnn.backward, jax.grad(jaxnn.loss, argnums=1)):
        np.testing.assert_allclose(rule(net, params, X, Y, cost=cost)[0].b, expected, atol=1e-6)


def test_forward_trace_predict_agree_and_compose():
    net = jaxnn.mlp(3, 5, 2, hidden="gelu")
    params, X, _, _ = problem(net)
    tr = jaxnn.trace(net, params, X[:, 0])
    np.testing.assert_array_equal(tr.a[0], X[:, 0])
    np.testing.assert_allclose(tr.z[1], params[1].W @ tr.a[1] + params[1].b, rtol=1e-14)
    np.testing.assert_allclose(jaxnn.forward(net, params, X[:, 0]), tr.a[-1], rtol=1e-14)
    batch = jax.vmap(jaxnn.forward, in_axes=(None, None, 1), out_axes=1)
    A = jaxnn.predict(net, params, X)
    np.testing.assert_allclose(batch(net, params, X), A, rtol=1e-13)
    np.testing.assert_allclose(jax.jit(jaxnn.forward)(net, params, X[:, 0]), A[:, 0], rtol=1e-13)
    saved = jax.checkpoint(lambda p: jaxnn.loss(net, p, X, A, cost="squared_error"))
    direct = jax.grad(jaxnn.loss, argnums=1)(net, params, X, A, cost="squared_error")
    assert_same(jax.grad(saved)(params), direct, rtol=1e-12, atol=1e-15)


@pytest.mark.thorough
def test_many_networks_at_once_are_the_loop():
    net = jaxnn.mlp(3, 4, 2)
    _, X, Y, _ = problem(net)
    keys = jax.random.split(jax.random.key(5), 3)
    many = jax.vmap(lambda k: jaxnn.init(net, k, dtype=jnp.float64))(keys)
    E = jax.vmap(lambda p: jaxnn.loss(net, p, X, Y, cost="cross_entropy"))(many)
    for i, k in enumerate(keys):
        one = jaxnn.init(net, k, dtype=jnp.float64)
        np.testing.assert_allclose(E[i], jaxnn.loss(net, one, X, Y, cost="cross_entropy"))


def test_weights_are_a_weighted_mean_and_zero_means_absent():
    net = jaxnn.mlp(3, 4, 2)
    params, X, Y, _ = problem(net)
    each = [jaxnn.loss(net, params, X[:, [j]], Y[:, [j]], cost="cross_entropy") for j in range(M)]
    w = jnp.array([1.0, 0.0, 2.0, 0.5])
    E = jaxnn.loss(net, params, X, Y, cost="cross_entropy", weights=w)
    np.testing.assert_allclose(E, np.average(each, weights=w), rtol=1e-13)
    present = X[:, [0, 2, 2, 3]], Y[:, [0, 2, 2, 3]]
    twice = jaxnn.loss(
        net, params, *present, cost="cross_entropy", weights=jnp.array([1, 1, 1, 0.5])
    )
    np.testing.assert_allclose(E, twice, rtol=1e-13)


def test_dropout_keeps_the_expectation_and_needs_a_key():
    net = jaxnn.Network((400, 1), ("identity",), dropout=(0.25,))
    params = (jaxnn.Layer(jnp.eye(1, 400), jnp.zeros(1)),)
    x = jnp.ones(400)
    kept = jaxnn.trace(net, params, x, key=jax.random.key(1)).a[0]
    assert set(np.unique(kept)) == {0.0, 1 / 0.75}
    draws = jax.vmap(lambda k: jaxnn.trace(net, params, x, key=k).a[0])(
        jax.random.split(jax.random.key(2), 200)
    )
    assert float((draws == 0).mean()) == pytest.approx(0.25, abs=6 * np.sqrt(0.1875 / 80_000))
    np.testing.assert_array_equal(jaxnn.trace(net, params, x).a[0], x)


def test_bfloat16_products_are_near_and_keep_the_type():
    narrow = jaxnn.mlp(8, 16, 3, compute_dtype="bfloat16")
    wide = jaxnn.mlp(8, 16, 3)
    params = jaxnn.init(wide, jax.random.key(0))
    X = jax.random.normal(jax.random.key(1), (8, 20), jnp.float32)
    A = jaxnn.predict(narrow, params, X)
    assert A.dtype == jnp.float32
    np.testing.assert_allclose(A, jaxnn.predict(wide, params, X), atol=2e-2)
    assert not np.array_equal(A, jaxnn.predict(wide, params, X))


@pytest.mark.thorough_cases(1)
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("types", "of_numpy", "compute_dtype"),
    [
        (("float16", "float32"), True, None),
        (("bfloat16", "float64"), False, None),
        pytest.param(("float64", "float32"), True, None, marks=pytest.mark.slow),
        pytest.param(("float16", "bfloat16"), False, None, marks=pytest.mark.slow),
        (("float16", "float32"), False, "bfloat16"),
    ],
)
def test_strict_promotion_gives_the_types_of_the_standard(types, of_numpy, compute_dtype):
    net = jaxnn.mlp(3, 4, 2, hidden="tanh", compute_dtype=compute_dtype)
    params, *data = problem(net)
    params = jax.tree.map(lambda array: array.astype(types[1]), params)
    X, Y, w = (array.astype(types[0]) for array in data)
    if of_numpy:
        X, Y, w = map(np.asarray, (X, Y, w))
    options = {"cost": "cross_entropy", "weights": w}

    def results():
        tr = jaxnn.trace(net, params, X[:, 0])
        state = jaxnn.TrainState.create(params, optax.sgd(0.5), jax.random.key(0))
        return {
            "forward": jaxnn.forward(net, params, X[:, 0], key=jax.random.key(1)),
            "predict": jaxnn.predict(net, params, X),
            "loss": jaxnn.loss(net, params, X, Y, **options),
            "grad": jax.grad(jaxnn.loss, argnums=1)(net, params, X, Y, cost="squared_error"),
            "backward": jaxnn.backward(net, params, X, Y, **options),
            "sensitivities": jaxnn.sensitivities(net, params, tr, Y[:, 0], cost="squared_error"),
            "update": jaxnn.update(net, "cross_entropy", optax.sgd(0.5), state, (X, Y, w))[0],
        }

    with jax.numpy_dtype_promotion("strict"):
        strict = results()
    with jax.numpy_dtype_promotion("standard"):
        standard = results()
    strict["update"] = strict["update"].params
    standard["update"] = standard["update"].params
    for found, expected in zip(*map(jax.tree.leaves, (strict, standard)), strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype


@pytest.mark.thorough
def test_second_call_compiles_nothing():
    net = jaxnn.mlp(3, 4, 2, hidden=lambda z: jnp.tanh(z))
    params, X, _, _ = problem(net)
    jaxnn.predict(net, params, X)
    X = X + 1
    with compilations() as found:
        jaxnn.predict(net, params, X)
    assert not found
