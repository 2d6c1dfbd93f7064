"""The article's own numbers, each beside the function that computes it.

Where the article slips, and what is right:

- it calls (1, 0, 1) the fourth row of the truth table; it is the third;
- its matrix product prints w_{3,1} twice; the second is w_{3,2};
- it says that z_l^{[i]} has l for the layer, but uses l for the neuron and i for the layer;
- it prints ∂σ/∂z with e^{-x}; the variable is z: σ'(z) = e^{-z} / (1 + e^{-z})² = σ(z)(1 − σ(z));
- cross-entropy with one sigmoid output needs both terms, −t log o − (1 − t) log(1 − o); with the
  first alone, every target 0 costs nothing;
- `Prediction = WᵀX + b` leaves out the activation and the other layers; it is A^[L] of `predict`.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn

NET = jaxnn.Network(sizes=(3, 3, 1), activations=(jaxnn.sigmoid, jaxnn.sigmoid))
X1, Y1 = [1.0, 0.0, 1.0], [0.0]
ETA = 0.5

pytestmark = pytest.mark.usefixtures("float64")


def article_params():
    W1 = jnp.array([[0.9, 0.8, 0.1], [0.3, 0.5, 0.6], [0.2, 0.4, 0.7]])
    W2 = jnp.array([[0.3, 0.5, 0.9]])
    return jaxnn.Layer(W1, jnp.zeros(3)), jaxnn.Layer(W2, jnp.zeros(1))


@pytest.fixture
def tr():
    return jaxnn.trace(NET, article_params(), jnp.array(X1))


def test_weighted_sums_and_activations_of_the_hidden_layer(tr):
    np.testing.assert_allclose(tr.z[0], [1, 0.9, 0.9], rtol=1e-15)
    np.testing.assert_allclose(
        tr.a[1], [0.731058578630, 0.710949502625, 0.710949502625], atol=1e-12
    )


def test_output_as_the_article_has_it_with_the_hidden_layer_rounded():
    rounded = jnp.array([0.73, 0.71, 0.71])
    z = jaxnn.weighted_sum(article_params()[1], rounded)
    np.testing.assert_allclose(z, [1.213], rtol=1e-12)
    np.testing.assert_allclose(jaxnn.sigmoid(z), [0.7708293339958], atol=1e-13)


def test_output_unrounded(tr):
    np.testing.assert_allclose(tr.z[1], [1.21464688], atol=1e-8)
    np.testing.assert_allclose(tr.a[2], [0.77112013], atol=1e-8)


def test_costs_of_four_outputs():
    y, a = jnp.array([2.0, 3, 5, 9]), jnp.array([1.0, 5, 3, 6])
    assert jaxnn.total_error(a, y) == 4
    assert jaxnn.absolute_error(a, y) == 8
    assert jaxnn.squared_error(a, y) == 9


def test_squared_error_of_the_rounded_output():
    E = jaxnn.squared_error(jnp.array([0.77]), jnp.array([0.0]))
    assert float(E) == pytest.approx(0.29645, abs=1e-12)


def test_squared_error_unrounded():
    X, Y = jnp.array(X1)[:, None], jnp.array([Y1])
    E = jaxnn.loss(NET, article_params(), X, Y, cost=jaxnn.squared_error)
    assert float(E) == pytest.approx(0.29731313, abs=1e-8)


def test_first_output_weight_as_the_article_rounds_it():
    dE_da, da_dz, dz_dw = 0.77 - 0, jaxnn.sigmoid.derivative(jnp.float64(1.2)), 0.73
    dE_dw = float(dE_da * da_dz * dz_dw)
    assert round(dE_dw, 1) == 0.1
    assert round(0.3 - ETA * round(dE_dw, 1), 2) == 0.25


@pytest.mark.parametrize("how", ["by hand", "by JAX"])
def test_gradients_unrounded(how):
    X, Y = jnp.array(X1)[:, None], jnp.array([Y1])
    rule = {"by hand": jaxnn.backward, "by JAX": jax.grad(jaxnn.loss, argnums=1)}[how]
    grads = rule(NET, article_params(), X, Y, cost=jaxnn.squared_error)
    assert float(grads[1].W[0, 0]) == pytest.approx(0.0994956, abs=1e-7)
    np.testing.assert_allclose(
        grads[0].W,
        [[0.00802755, 0, 0.00802755], [0.01398409, 0, 0.01398409], [0.02517136, 0, 0.02517136]],
        atol=1e-8,
    )


def test_three_factors_of_the_chain_rule(tr):
    s = jaxnn.sensitivities(NET, article_params(), tr, jnp.array(Y1), cost=jaxnn.squared_error)
    dE_da, da_dz, dz_dw = s.dE_da[1][0], jaxnn.sigmoid.derivative(tr.z[1])[0], tr.a[1][0]
    np.testing.assert_allclose([dE_da, da_dz, dz_dw], [0.7711, 0.1765, 0.7311], atol=5e-5)
    assert float(dE_da * da_dz * dz_dw) == pytest.approx(0.0994956, abs=1e-7)


def test_output_weights_after_one_step(key):
    X, Y = jnp.array(X1)[:, None], jnp.array([Y1])
    sgd = optax.sgd(ETA)
    state = jaxnn.TrainState.create(article_params(), sgd, key)
    state, _ = jaxnn.update(NET, jaxnn.squared_error, sgd, state, (X, Y))
    np.testing.assert_allclose(state.params[1].W, [[0.2502522, 0.4516206, 0.8516206]], atol=1e-7)


def test_truth_table():
    X, Y = jaxnn.boolean_function()
    table = {
        (1, 1, 1): 1, (1, 1, 0): 1, (1, 0, 1): 0, (1, 0, 0): 1,
        (0, 1, 1): 0, (0, 1, 0): 1, (0, 0, 1): 0, (0, 0, 0): 1,
    }  # fmt: skip
    assert [tuple(map(int, x)) for x in X.T] == list(table)
    assert Y[0].tolist() == list(table.values())


def test_neuron_by_neuron_layer_by_layer_and_all_at_once_are_the_same():
    X, _ = jaxnn.boolean_function()
    X, params = jnp.asarray(X, jnp.float64), article_params()
    W1, W2 = params[0].W, params[1].W
    by_neuron = np.empty((1, 8))
    for j in range(8):
        hidden = [jaxnn.sigmoid(sum(W1[i, k] * X[k, j] for k in range(3))) for i in range(3)]
        by_neuron[0, j] = jaxnn.sigmoid(sum(W2[0, i] * hidden[i] for i in range(3)))
    by_layer = np.stack([jaxnn.forward(NET, params, X[:, j]) for j in range(8)], axis=1)
    matrix_form = jaxnn.sigmoid(W2 @ jaxnn.sigmoid(W1 @ X))
    for A in (by_layer, matrix_form, jaxnn.predict(NET, params, X)):
        np.testing.assert_allclose(A, by_neuron, rtol=1e-14)


@pytest.mark.parametrize(
    ("weights", "bias", "truth"),
    [([1, 1], -1.5, [0, 0, 0, 1]), ([1, 1], -0.5, [0, 1, 1, 1]), ([-1, -1], 1.5, [1, 1, 1, 0])],
    ids=["and", "or", "nand"],
)
def test_threshold_neuron_is_a_layer_of_one(weights, bias, truth):
    neuron = jaxnn.Network((2, 1), (jaxnn.step,))
    params = (jaxnn.Layer(jnp.array([weights], jnp.float64), jnp.array([bias])),)
    X = jnp.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
    np.testing.assert_array_equal(jaxnn.predict(neuron, params, X), [truth])


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("cost", "weights", "epochs"),
    [
        ("squared_error", jax.nn.initializers.uniform(1.0), 2000),
        ("binary_cross_entropy", jax.nn.initializers.variance_scaling(
            3.0, "fan_in", "normal", in_axis=-1, out_axis=-2), 600),
    ],
    ids=["the article's", "cross-entropy"],
)  # fmt: skip
def test_learns_all_eight_rows_from_20_of_20_seeds(cost, weights, epochs):
    data = jaxnn.boolean_function()
    learnt = []
    for seed in range(20):
        init_key, fit_key = jax.random.split(jax.random.key(seed))
        result = jaxnn.fit(
            NET, data, cost=cost, optimizer=optax.sgd(ETA), key=fit_key, epochs=epochs,
            batch_size=8, params=jaxnn.init(NET, init_key, weights=weights),
        )  # fmt: skip
        scores = jaxnn.evaluate(NET, result.params, data, cost=cost)
        learnt.append(scores["accuracy"] == 1)
    assert sum(learnt) == 20


PRINTED = """\
The example
    x = (1, 0, 1)
    y = (0)

Forward, layer 1:  z^[1] = W^[1] a^[0] + b^[1], a^[1] = σ(z^[1])
    z_1^[1] = 1 × 0.9 + 0 × 0.8 + 1 × 0.1 = 1.0
    a_1^[1] = σ(1.0) = 0.7311
    z_2^[1] = 1 × 0.3 + 0 × 0.5 + 1 × 0.6 = 0.9
    a_2^[1] = σ(0.9) = 0.7109
    z_3^[1] = 1 × 0.2 + 0 × 0.4 + 1 × 0.7 = 0.9
    a_3^[1] = σ(0.9) = 0.7109

Forward, layer 2:  z^[2] = W^[2] a^[1] + b^[2], a^[2] = σ(z^[2])
    z_1^[2] = 0.7311 × 0.3 + 0.7109 × 0.5 + 0.7109 × 0.9 = 1.2146
    a_1^[2] = σ(1.2146) = 0.7711

Cost
    E = ½(0 − 0.7711)² = 0.2973

Backward, layer 2:  ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w
    ∂E/∂a_1^[2] = 0.7711 − 0 = 0.7711
    ∂a_1^[2]/∂z_1^[2] = 0.7711 × (1 − 0.7711) = 0.1765
    δ_1^[2] = ∂E/∂a_1^[2] · ∂a_1^[2]/∂z_1^[2] = 0.7711 × 0.1765 = 0.1361
    ∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995
    ∂E/∂w_1,2^[2] = (0.7711 − 0) × 0.1765 × 0.7109 = 0.0968
    ∂E/∂w_1,3^[2] = (0.7711 − 0) × 0.1765 × 0.7109 = 0.0968
    ∂E/∂b_1^[2] = (0.7711 − 0) × 0.1765 × 1 = 0.1361

Backward, layer 1:  ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w
    ∂E/∂a_1^[1] = 0.1361 × 0.3 = 0.0408
    ∂a_1^[1]/∂z_1^[1] = 0.7311 × (1 − 0.7311) = 0.1966
    δ_1^[1] = ∂E/∂a_1^[1] · ∂a_1^[1]/∂z_1^[1] = 0.0408 × 0.1966 = 0.0080
    ∂E/∂a_2^[1] = 0.1361 × 0.5 = 0.0680
    ∂a_2^[1]/∂z_2^[1] = 0.7109 × (1 − 0.7109) = 0.2055
    δ_2^[1] = ∂E/∂a_2^[1] · ∂a_2^[1]/∂z_2^[1] = 0.0680 × 0.2055 = 0.0140
    ∂E/∂a_3^[1] = 0.1361 × 0.9 = 0.1225
    ∂a_3^[1]/∂z_3^[1] = 0.7109 × (1 − 0.7109) = 0.2055
    δ_3^[1] = ∂E/∂a_3^[1] · ∂a_3^[1]/∂z_3^[1] = 0.1225 × 0.2055 = 0.0252
    ∂E/∂w_1,1^[1] = 0.0408 × 0.1966 × 1 = 0.0080
    ∂E/∂w_1,2^[1] = 0.0408 × 0.1966 × 0 = 0.0
    ∂E/∂w_1,3^[1] = 0.0408 × 0.1966 × 1 = 0.0080
    ∂E/∂b_1^[1] = 0.0408 × 0.1966 × 1 = 0.0080
    ∂E/∂w_2,1^[1] = 0.0680 × 0.2055 × 1 = 0.0140
    ∂E/∂w_2,2^[1] = 0.0680 × 0.2055 × 0 = 0.0
    ∂E/∂w_2,3^[1] = 0.0680 × 0.2055 × 1 = 0.0140
    ∂E/∂b_2^[1] = 0.0680 × 0.2055 × 1 = 0.0140
    ∂E/∂w_3,1^[1] = 0.1225 × 0.2055 × 1 = 0.0252
    ∂E/∂w_3,2^[1] = 0.1225 × 0.2055 × 0 = 0.0
    ∂E/∂w_3,3^[1] = 0.1225 × 0.2055 × 1 = 0.0252
    ∂E/∂b_3^[1] = 0.1225 × 0.2055 × 1 = 0.0252

Update, layer 2:  w ← w − η · ∂E/∂w, η = 0.5
    w_1,1^[2] ← 0.3 − 0.5 × 0.0995 = 0.2503
    w_1,2^[2] ← 0.5 − 0.5 × 0.0968 = 0.4516
    w_1,3^[2] ← 0.9 − 0.5 × 0.0968 = 0.8516
    b_1^[2] ← 0.0 − 0.5 × 0.1361 = −0.0680

Update, layer 1:  w ← w − η · ∂E/∂w, η = 0.5
    w_1,1^[1] ← 0.9 − 0.5 × 0.0080 = 0.8960
    w_1,2^[1] ← 0.8 − 0.5 × 0.0 = 0.8
    w_1,3^[1] ← 0.1 − 0.5 × 0.0080 = 0.0960
    b_1^[1] ← 0.0 − 0.5 × 0.0080 = −0.0040
    w_2,1^[1] ← 0.3 − 0.5 × 0.0140 = 0.2930
    w_2,2^[1] ← 0.5 − 0.5 × 0.0 = 0.5
    w_2,3^[1] ← 0.6 − 0.5 × 0.0140 = 0.5930
    b_2^[1] ← 0.0 − 0.5 × 0.0140 = −0.0070
    w_3,1^[1] ← 0.2 − 0.5 × 0.0252 = 0.1874
    w_3,2^[1] ← 0.4 − 0.5 × 0.0 = 0.4
    w_3,3^[1] ← 0.7 − 0.5 × 0.0252 = 0.6874
    b_3^[1] ← 0.0 − 0.5 × 0.0252 = −0.0126

The step
    E = 0.2973   (before the step)
    E = 0.2718   (after it)"""
"""Rounded from the unrounded numbers: 0.3 − 0.5 × 0.0994956 = 0.2502522, which is 0.2503."""


def test_the_worked_example_prints_line_by_line():
    example = jaxnn.explain(
        NET, article_params(), jnp.array(X1), jnp.array(Y1), cost="squared_error"
    )
    assert str(example) == PRINTED
    in_full = example.to_text(digits=12)
    assert "a_1^[1] = σ(1.0) = 0.731058578630" in in_full
    assert "a_2^[1] = σ(0.9) = 0.710949502625" in in_full
