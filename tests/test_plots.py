"""Pictures hold what they promise, and touch nothing global."""

import io
import sys

import jax
import numpy as np
import pytest

import jaxnn
from jaxnn import plots


def png(figure):
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def test_learning_curves():
    history = jaxnn.History(
        {"loss": np.array([1.0, 0.5]), "val_loss": np.array([1.0, 0.7]), "accuracy": np.ones(2)}
    )
    figure = history.plot()
    assert [len(axes.lines) for axes in figure.axes] == [2, 1]
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_ydata(), [1.0, 0.7])
    assert png(figure).startswith(b"\x89PNG")


def test_confusion_matrix_counts():
    Y, A = jaxnn.one_hot([0, 0, 1, 2], 3), jaxnn.one_hot([0, 1, 1, 2], 3)
    axes = plots.confusion_matrix(Y, A, class_names=["a", "b", "c"])
    assert sorted(text.get_text() for text in axes.texts) == ["1", "1", "1", "1"]


def test_wrong_predictions_shows_the_wrong_ones_only():
    X, Y, A = np.ones((4, 3)), jaxnn.one_hot([0, 1, 1], 2), jaxnn.one_hot([0, 0, 1], 2)
    figure = plots.wrong_predictions(X, Y, A, image_shape=(2, 2))
    assert [axes.get_title() for axes in figure.axes] == ["1 → 0"]
    assert figure.get_suptitle().startswith("1 of 3 wrong")
    assert plots.wrong_predictions(X, Y, Y, image_shape=(2, 2)).axes == []


def test_activation_curves_shows_every_elementwise_one():
    assert len(plots.activation_curves().axes) == 11


def test_a_jump_is_a_gap():
    g, derivative = plots.activation_curves(["step"]).axes[0].lines[2:]
    assert np.isnan(np.asarray(g.get_ydata())).sum() == 1
    assert not np.isnan(np.asarray(derivative.get_ydata())).any()


def test_network_diagram_folds_wide_layers(key):
    net = jaxnn.mlp(30, 3, 2)
    axes = plots.network_diagram(net, jaxnn.init(net, key))
    assert "⋮" in [text.get_text() for text in axes.texts]
    assert any("n = 30\n10 drawn" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize(
    ("n_0", "n_L", "text"),
    [
        (3, 2, "decision_regions needs n_0 = 2 inputs, got 3"),
        (2, 11, "decision_regions has 9 colours, got 11 classes"),
    ],
)
def test_decision_regions_need_two_inputs_and_few_classes(n_0, n_L, text, key):
    net = jaxnn.mlp(n_0, n_L)
    params = jaxnn.init(net, key)
    with pytest.raises(ValueError, match=text):
        plots.decision_regions(net, params, np.ones((n_0, 2)), np.eye(n_L, 2))


def test_pyplot_is_never_touched():
    assert "matplotlib.pyplot" not in sys.modules
    assert jax.config.jax_platforms == "cpu"
