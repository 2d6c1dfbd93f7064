"""Histograms over training hold the recorded weights and their gradients."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn import plots
from jaxnn.training.results import Recording

WIDE, SMALL = jaxnn.mlp(8, 5, 2), jaxnn.mlp(3, 2, 1, output="sigmoid")
EPOCHS = (0, 10, 20, 25)


def recording_of(network, epochs=EPOCHS):
    keys = jax.random.split(jax.random.key(0), len(epochs))
    return Recording.of(
        [(e, jaxnn.init(network, key)) for e, key in zip(epochs, keys, strict=True)]
    )


def data_of(network, m=6):
    rng = np.random.default_rng(0)
    Y = jaxnn.one_hot(np.arange(m) % network.sizes[-1], network.sizes[-1])
    return rng.normal(size=(network.sizes[0], m)).astype(np.float32), Y


def test_a_wide_layer_is_a_histogram_at_each_record():
    recording = recording_of(WIDE)
    ax = plots.weight_histograms(recording)
    W = np.asarray(recording.params[0].W).reshape(4, -1)
    (mesh,) = ax.collections
    corners = mesh.get_coordinates()
    np.testing.assert_allclose(corners[0, :, 0], [-5, 5, 15, 22.5, 27.5])
    edges = corners[:, 0, 1]
    counts = np.stack([np.histogram(row, edges)[0] for row in W], axis=1)
    np.testing.assert_allclose(np.square(mesh.get_array()) * 40, counts, atol=1e-6)
    assert counts.sum() == W.size
    upper, lower, median = ax.lines
    np.testing.assert_allclose(median.get_ydata(), np.median(W, axis=1), rtol=1e-6)
    np.testing.assert_allclose(upper.get_ydata(), np.quantile(W, 0.95, axis=1), rtol=1e-6)
    np.testing.assert_allclose(lower.get_ydata(), np.quantile(W, 0.05, axis=1), rtol=1e-6)
    np.testing.assert_array_equal(median.get_xdata(), EPOCHS)
    assert ax.get_title(loc="left") == "weights $W^{[1]}$"
    assert ax.get_title(loc="right") == "40 weights"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "$w_{ij}^{[1]}$")


def test_few_weights_are_a_line_each():
    recording = recording_of(SMALL)
    ax = plots.weight_histograms(recording)
    lines = {line.get_label(): line for line in ax.lines[1:]}
    assert len(lines) == 6
    np.testing.assert_array_equal(lines["$w_{21}$"].get_ydata(), recording.params[0].W[:, 1, 0])
    assert sorted(text.get_text() for text in ax.texts) == sorted(lines)
    assert lines["$w_{11}$"].get_color() == lines["$w_{13}$"].get_color()
    assert lines["$w_{11}$"].get_color() != lines["$w_{21}$"].get_color()


def test_two_digits_need_a_comma():
    ax = plots.weight_histograms(recording_of(jaxnn.mlp(12, 1, output="sigmoid")))
    assert "$w_{1,12}$" in [text.get_text() for text in ax.texts]


def test_labels_do_not_overlap():
    same = jaxnn.init(SMALL, jax.random.key(0), weights=jax.nn.initializers.ones)
    ax = plots.weight_histograms(Recording.of([(0, same), (5, same)]))
    ax.figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("weights", [(), (np.arange(6, dtype=np.float32),)])
def test_gradients_are_those_of_backward(weights):
    recording, data = recording_of(WIDE), data_of(WIDE)
    ax = plots.gradient_histograms(
        WIDE, recording, (*data, *weights), cost="cross_entropy", layer=2
    )
    assert ax.get_yscale() == "linear"  # 2 × 5 weights are lines
    lines = {line.get_label(): line.get_ydata() for line in ax.lines[1:]}
    for k in range(len(recording)):
        dE_dW = jaxnn.backward(
            WIDE, jax.tree.map(jnp.asarray, recording.params_at(k)), *map(jnp.asarray, data),
            cost="cross_entropy", weights=jnp.asarray(weights[0]) if weights else None,
        )[1].W  # fmt: skip
        np.testing.assert_allclose(lines["$w_{25}$"][k], dE_dW[1, 4], rtol=1e-5, atol=1e-7)
    assert ax.get_ylabel() == r"$\partial E/\partial w_{ij}^{[2]}$"


def test_gradients_of_a_wide_layer_are_sizes_and_zeros_are_counted():
    recording, (X, Y) = recording_of(WIDE), data_of(WIDE)
    X[:2] = 0  # two inputs of eight that are never lit
    ax = plots.gradient_histograms(WIDE, recording, (X, Y), cost="cross_entropy")
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == r"$|\partial E/\partial w_{ij}^{[1]}|$"
    params = jax.tree.map(jnp.asarray, recording.params_at(-1))
    dE_dW = np.abs(jaxnn.backward(WIDE, params, X, Y, cost="cross_entropy")[0].W)
    zeros = np.mean(dE_dW == 0)
    assert zeros >= 0.25
    assert ax.get_title(loc="right") == f"40 weights, at the end {100 * zeros:.0f} % are 0"
    median = ax.lines[2].get_ydata()[-1]
    np.testing.assert_allclose(median, np.median(dE_dW[dE_dW > 0]), rtol=1e-5)


def test_gradients_that_are_all_zero_are_said_to_be():
    recording, (X, Y) = recording_of(WIDE), data_of(WIDE)
    ax = plots.gradient_histograms(WIDE, recording, (0 * X, Y), cost="cross_entropy")
    assert [text.get_text() for text in ax.texts] == ["all are 0"]


def test_weights_that_are_all_equal():
    zeros = jaxnn.init(WIDE, jax.random.key(0), weights=jax.nn.initializers.zeros)
    (mesh,) = plots.weight_histograms(Recording.of([(0, zeros), (5, zeros)])).collections
    assert mesh.get_array().max() == 1
    assert np.diff(mesh.get_coordinates()[:, 0, 1]).min() > 0


def test_one_record_and_weights_that_became_nan():
    assert len(plots.weight_histograms(recording_of(WIDE, (0,))).collections) == 1
    recording = recording_of(WIDE)
    recording.params[0].W[2:] = np.nan
    ax = plots.weight_histograms(recording)
    np.testing.assert_array_equal(np.isnan(ax.lines[2].get_ydata()), [0, 0, 1, 1])


def test_a_recorded_fit():
    X, Y = jaxnn.boolean_function()
    result = jaxnn.fit(
        SMALL, (X, Y), cost="squared_error", optimizer=optax.sgd(0.5), epochs=10, batch_size=8,
        key=jax.random.key(0), record_every=4,
    )  # fmt: skip
    ax = plots.gradient_histograms(SMALL, result.recording, (X, Y), cost="squared_error")
    np.testing.assert_array_equal(ax.lines[-1].get_xdata(), [0, 4, 8, 10])


@pytest.mark.parametrize("layer", [0, 3])
def test_a_layer_that_is_not_there(layer):
    text = "layer must be in 1 … L = 2, got 3" if layer else "layer must be at least 1, got 0"
    with pytest.raises(ValueError, match=text):
        plots.weight_histograms(recording_of(WIDE), layer=layer)


def test_a_recording_of_another_network():
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape \(n_1, n_0\) = \(2, 3\), got"):
        plots.gradient_histograms(SMALL, recording_of(WIDE), data_of(SMALL), cost="squared_error")
    with pytest.raises(ValueError, match="X must have one column per example"):
        plots.gradient_histograms(SMALL, recording_of(SMALL), data_of(WIDE), cost="squared_error")
