"""uint8 pixels stay uint8 until an example is used, where they are x / 255."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.training.stream_scores import on_device

NET = jaxnn.mlp(12, 6, 3)
ADAM = optax.adam(0.01)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, 50)).astype(np.uint8)
    return pixels, pixels.astype(np.float32) / 255, jaxnn.one_hot(np.arange(50) % 3, 3)


@pytest.fixture
def params(key):
    return jaxnn.init(NET, key)


@pytest.mark.thorough
def test_every_function_reads_pixels_as_fractions(data, params):
    pixels, X, Y = data
    tr = jaxnn.trace(NET, params, jnp.asarray(pixels[:, 0]))
    np.testing.assert_allclose(tr.a[0], X[:, 0], rtol=1e-7)
    for of in (
        lambda X: jaxnn.forward(NET, params, jnp.asarray(X[:, 0])),
        lambda X: jaxnn.predict(NET, params, X),
        lambda X: jaxnn.predict(NET, params, jnp.asarray(X)),
        lambda X: jaxnn.loss(NET, params, X, Y, cost="cross_entropy"),
        lambda X: jaxnn.backward(NET, params, X, Y, cost="cross_entropy")[0].W,
        lambda X: jaxnn.evaluate(NET, params, (X, Y), cost="cross_entropy")["loss"],
    ):
        np.testing.assert_allclose(of(pixels), of(X), rtol=2e-6, atol=1e-7)


@pytest.mark.thorough_cases(1)
@pytest.mark.thorough
@pytest.mark.parametrize("shuffle", [True, False])
def test_fit_on_pixels_is_fit_on_fractions(data, shuffle):
    pixels, X, Y = data
    both = [
        jaxnn.fit(
            NET, (images, Y), cost="cross_entropy", optimizer=ADAM, key=jax.random.key(1),
            epochs=5, batch_size=16, shuffle=shuffle, validation=(images, Y),
        )
        for images in (pixels, X)
    ]  # fmt: skip
    for name, values in both[0].history.items():
        np.testing.assert_allclose(values, both[1].history[name], rtol=1e-4)
    jax.tree.map(
        lambda p, q: np.testing.assert_allclose(p, q, rtol=1e-3, atol=1e-5),
        both[0].params, both[1].params,
    )  # fmt: skip


def test_pixels_are_one_byte_each_on_the_device(data):
    pixels, _, Y = data
    rows = on_device((pixels, Y))
    assert rows[0].dtype == jnp.uint8
    assert rows[0].nbytes == pixels.size


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32"])
def test_other_whole_numbers_are_refused(data, params, dtype):
    with pytest.raises(TypeError, match=rf"X must be .*got {dtype}; .* pixels 0 … 255 as uint8"):
        jaxnn.predict(NET, params, data[0].astype(dtype))


def test_targets_are_no_pixels(data):
    pixels, X, _ = data
    with pytest.raises(TypeError, match=r"Y must be of a floating type, got uint8"):
        jaxnn.fit(NET, (X, pixels[:3]), cost="cross_entropy", optimizer=ADAM, key=jax.random.key(0))


def test_memory_of_the_datasets_and_of_split_is_used_without_a_copy():
    X, Y = jaxnn.digits()
    (X_train, Y_train), _ = jaxnn.split(X, Y)
    for array in (Y, X_train, Y_train):
        (rows,) = on_device((array,))
        assert rows.unsafe_buffer_pointer() == array.ctypes.data
