"""Networks: static data, text, dropout rates; the spread of the first weights."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn


def test_network_is_static():
    net = jaxnn.mlp(3, 4, 2)
    assert jax.tree.leaves(net) == []
    assert net == jaxnn.Network((3, 4, 2), (jaxnn.relu, jaxnn.softmax))
    assert hash(net) == hash(jaxnn.mlp(3, 4, 2, hidden="relu", output="softmax"))
    assert (net.depth, net.sizes, net.parameter_count) == (2, (3, 4, 2), 26)


def test_str_shows_every_shape_in_the_notation():
    text = str(jaxnn.mlp(64, 32, 10))
    assert "W^[1] (32, 64)" in text
    assert "a^[2] = softmax(z^[2])" in text
    assert "2,410 parameters" in text


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("weights", "hidden", "expected"),
    [
        (None, "relu", np.sqrt(2 / 2000)),
        (None, "tanh", np.sqrt(2 / (2000 + 50))),
        (jax.nn.initializers.he_normal(in_axis=-1, out_axis=-2), "tanh", np.sqrt(2 / 2000)),
        (jax.nn.initializers.lecun_normal(in_axis=-1, out_axis=-2), "tanh", np.sqrt(1 / 2000)),
        (jax.nn.initializers.uniform(1.0), "sigmoid", np.sqrt(1 / 12)),
    ],
    ids=["He by default", "Glorot by default", "He", "LeCun", "the article's [0, 1)"],
)
def test_standard_deviation_of_a_wide_to_narrow_layer(weights, hidden, expected, key):
    net = jaxnn.mlp(2000, 50, 1, hidden=hidden, output="identity")
    W = jaxnn.init(net, key, weights=weights)[0].W
    assert W.shape == (50, 2000)
    assert float(W.std()) == pytest.approx(expected, rel=0.02)  # 6 standard errors of 100,000 draws


def test_the_articles_weights_lie_in_0_1(key):
    W = jaxnn.init(jaxnn.mlp(50, 50, 2), key, weights=jax.nn.initializers.uniform(1.0))[0].W
    assert W.min() >= 0
    assert W.max() < 1


def test_biases_and_dtype(key, float64):
    params = jaxnn.init(
        jaxnn.mlp(3, 4, 2), key, biases=jax.nn.initializers.constant(0.1), dtype=jnp.float64
    )
    assert params[0].W.dtype == jnp.float64
    np.testing.assert_array_equal(params[1].b, [0.1, 0.1])


def test_init_under_vmap_is_the_loop(key):
    net, keys = jaxnn.mlp(3, 4, 2), jax.random.split(key, 3)
    many = jax.vmap(lambda k: jaxnn.init(net, k))(keys)
    one = jaxnn.init(net, jax.random.clone(keys)[1])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a[1], b, rtol=1e-6), many, one)


def test_dropout_rates():
    assert jaxnn.mlp(3, 4, 4, 2, dropout=0.5).dropout_rates == (0, 0.5, 0.5)
    assert jaxnn.mlp(3, 4, 2, dropout=(0.2, 0.5)).dropout_rates == (0.2, 0.5)


def test_a_network_of_functions_of_jax_is_that_of_ours(key):
    by_function = jaxnn.mlp(13, 300, 3, hidden=jax.nn.relu, output=jax.nn.softmax)
    assert by_function == jaxnn.mlp(13, 300, 3, hidden="relu", output="softmax")
    W = jaxnn.init(by_function, key)[0].W
    assert float(W.std()) == pytest.approx(np.sqrt(2 / 13), rel=0.05)  # He's


def test_other_rectifiers_of_jax_get_he_initialisation(key):
    W = jaxnn.init(jaxnn.mlp(100, 200, 3, hidden=jax.nn.gelu), key)[0].W
    assert float(W.std()) == pytest.approx(np.sqrt(2 / 100), rel=0.05)
