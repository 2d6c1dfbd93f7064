"""A Keras model comes in with the same outputs and the same bits."""

import sys

import jax
import numpy as np
import pytest

import jaxnn
from jaxnn.interop.keras import from_keras
from tests.interop.conversions import assert_close, eager_outputs, examples

keras = pytest.importorskip("keras")
layers = keras.layers


def built(*parts, n=5):
    """Return a model whose biases are not zero."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((n,)), *parts])
        for weight in model.trainable_weights:
            weight.assign(np.random.default_rng(0).normal(size=weight.shape))
        return model


def run(model, rows):
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        return keras.ops.convert_to_numpy(model(rows))


@pytest.mark.parametrize(
    ("activation", "wanted"),
    [
        (None, "identity"),
        *((name, name) for name in ("sigmoid", "tanh", "relu", "elu", "softplus", "gelu")),
        *((name, name) for name in ("silu", "softmax")),
        ("swish", "silu"),
        ("linear", "identity"),
        ("leaky_relu", jaxnn.leaky_relu.with_options(negative_slope=0.2)),
        (layers.LeakyReLU(negative_slope=0.01), "leaky_relu"),
        (layers.Activation("tanh"), "tanh"),
    ],
    ids=str,
)
def test_every_activation_of_a_dense_layer(activation, wanted):
    model = built(layers.Dense(5, activation))
    network, params = from_keras(model)
    assert network == jaxnn.mlp(5, 5, output=wanted)
    kernel, bias = (keras.ops.convert_to_numpy(weight.value) for weight in model.weights)
    assert np.asarray(params[0].W.T).tobytes() == kernel.tobytes()
    assert np.asarray(params[0].b).tobytes() == bias.tobytes()
    assert_close(run(model, examples()), eager_outputs(network, params, examples()))


def test_a_deep_model_of_everything():
    model = built(
        keras.Sequential([layers.Flatten(), layers.Dense(6, use_bias=False), layers.ReLU()]),
        layers.Dropout(0.25),
        layers.Dense(5),
        layers.ELU(alpha=0.5),
        layers.Dense(7),
        layers.ReLU(negative_slope=0.3),
        layers.Dense(3),
        layers.Softmax(),
        n=4,
    )
    with pytest.raises(ValueError, match=r"layers\[0\].layers\[0\] is a Flatten"):
        from_keras(model)
    model = built(layers.Flatten(), *model.layers[0].layers[1:], *model.layers[1:], n=4)
    network, params = from_keras(model)
    sloped = jaxnn.leaky_relu.with_options(negative_slope=0.3)
    gs = ("relu", jaxnn.elu.with_options(alpha=0.5), sloped, "softmax")
    assert network == jaxnn.Network((4, 6, 5, 7, 3), gs, dropout=(0.0, 0.25, 0.0, 0.0))
    assert_close(run(model, examples(4)), eager_outputs(network, params, examples(4)))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_weights_keep_their_bits(dtype):
    model = built(layers.Dense(5, dtype=dtype))
    found = from_keras(model)[1][0].W.T
    kernel = keras.ops.convert_to_numpy(model.layers[0].kernel.value)
    assert found.dtype == kernel.dtype == dtype
    assert np.asarray(found).tobytes() == kernel.tobytes()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "there is no layer of weights"),
        ([layers.Dense(5, "mish")], r"layers\[0\] has the activation mish, which jaxnn lacks"),
        ([layers.Dense(5, lambda z: z)], r"layers\[0\] has the activation <lambda>"),
        ([layers.Dense(5), layers.ReLU(max_value=6)], r"layers\[1\] is a ReLU, .*'max_value': 6"),
        ([layers.Dense(5), layers.Softmax(axis=0)], r"layers\[1\] is a Softmax, "),
        ([layers.Dense(5), layers.BatchNormalization()], r"layers\[1\] is a BatchNormalization"),
        ([layers.Dropout(0.5, noise_shape=(None, 1)), layers.Dense(5)], "drops whole slices"),
        ([layers.Dense(5), layers.Dropout(0.5)], "dropout of the outputs"),
        ([layers.Dense(5, dtype="mixed_bfloat16")], "has the dtype policy 'mixed_bfloat16'"),
        ([layers.Dense(5, "relu"), layers.ReLU()], r"layers\[1\] is an activation after an act"),
    ],
)
def test_what_jaxnn_has_not_is_refused_by_name(parts, message):
    with pytest.raises(ValueError, match=message):
        from_keras(built(*parts))


def test_other_errors(monkeypatch):
    with pytest.raises(TypeError, match=r"from_keras reads a keras.Sequential.*, got Dense"):
        from_keras(layers.Dense(5))
    with pytest.raises(ValueError, match=r"layers\[0\] has no weights yet: put keras.Input"):
        from_keras(keras.Sequential([layers.Dense(5)]))
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError, match=r"needs keras: pip install 'jaxnn-textbook\[keras"):
        from_keras(None)
