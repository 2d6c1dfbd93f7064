"""Pictures hold what they promise, draw where they are told, and touch nothing global."""

import sys

import jax
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import jaxnn
from jaxnn import plots

NET = jaxnn.mlp(2, 3, 2)
PARAMS = jaxnn.init(NET, jax.random.key(0))
X, Y = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32), np.eye(2, dtype=np.float32)
DRAWINGS = {
    "activation_curves": lambda ax: plots.activation_curves("tanh", ax=ax),
    "activation_table": lambda ax: plots.activation_table(["step", "softmax"], ax=ax),
    "learning_curves": lambda ax: plots.learning_curves({"loss": np.ones(3)}, ax=ax),
    "history.plot": lambda ax: jaxnn.History({"loss": np.ones(3)}).plot(ax=ax),
    "network_diagram": lambda ax: plots.network_diagram(NET, PARAMS, ax=ax),
    "decision_regions": lambda ax: plots.decision_regions(NET, PARAMS, X, Y, ax=ax),
    "confusion_matrix": lambda ax: plots.confusion_matrix(Y, Y, ax=ax),
    "first_layer_weights": lambda ax: plots.first_layer_weights(PARAMS, image_shape=(1, 2), ax=ax),
    "wrong_predictions": lambda ax: plots.wrong_predictions(
        X, Y, Y[::-1], image_shape=(2, 1), ax=ax
    ),
    "predicted_against_true": lambda ax: plots.predicted_against_true(Y, Y, ax=ax),
    "reliability_diagram": lambda ax: plots.reliability_diagram(jaxnn.reliability(Y, Y), ax=ax),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_picture_draws_where_it_is_told_or_on_a_figure_of_its_own(name, tmp_path):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert DRAWINGS[name](right) is right
    assert not left.has_data()
    own = DRAWINGS[name](None)
    assert isinstance(own, Axes)
    own.figure.savefig(tmp_path / "own.png")
    assert (tmp_path / "own.png").read_bytes().startswith(b"\x89PNG")
    assert "matplotlib.pyplot" not in sys.modules


def test_learning_curves_draw_training_and_validation():
    history = jaxnn.History(
        {"loss": np.array([1.0, 0.5, 0.4]), "val_loss": np.array([1.0, 0.7, 0.8])}
    )
    training, validation, best = history.plot().lines
    np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(training.get_ydata(), [1.0, 0.5, 0.4])
    np.testing.assert_array_equal(validation.get_ydata(), [1.0, 0.7, 0.8])
    assert (best.get_xdata(), best.get_ydata()) == ([2], [0.7])


def test_unknown_metric():
    with pytest.raises(ValueError, match="metric 'f1' is unknown; known are loss, accuracy"):
        plots.learning_curves({"loss": np.ones(1), "accuracy": np.ones(1)}, "f1")


def test_confusion_matrix_counts():
    Y, A = jaxnn.one_hot([0, 0, 1, 2], 3), jaxnn.one_hot([0, 1, 1, 2], 3)
    ax = plots.confusion_matrix(Y, A, class_names=["a", "b", "c"])
    found = {text.get_position()[::-1]: text.get_text() for text in ax.texts}
    assert found == {(0, 0): "1", (0, 1): "1", (1, 1): "1", (2, 2): "1"}


def test_wrong_predictions_shows_the_wrong_ones_only():
    X, Y, A = np.ones((4, 3)), jaxnn.one_hot([0, 1, 1], 2), jaxnn.one_hot([0, 0, 1], 2)
    ax = plots.wrong_predictions(X, Y, A, image_shape=(2, 2))
    assert [text.get_text() for text in ax.texts] == ["1 → 0"]
    assert ax.get_title(loc="left") == "1 of 3 wrong"
    assert len(plots.wrong_predictions(X, Y, Y, image_shape=(2, 2)).images) == 0


def test_a_jump_is_a_gap():
    g, derivative = plots.activation_curves("step").lines[2:]
    assert np.isnan(np.asarray(g.get_ydata())).sum() == 1
    assert not np.isnan(np.asarray(derivative.get_ydata())).any()


def test_network_diagram_folds_wide_layers(key):
    net = jaxnn.mlp(30, 3, 2)
    ax = plots.network_diagram(net, jaxnn.init(net, key))
    assert "⋮" in [text.get_text() for text in ax.texts]
    assert any("n = 30\n10 drawn" in text.get_text() for text in ax.texts)


@pytest.mark.parametrize(
    ("n_0", "n_L", "text"),
    [
        (3, 2, "decision_regions needs n_0 = 2 inputs, got 3"),
        (2, 11, "decision_regions has 10 colours, got 11 classes"),
    ],
)
def test_decision_regions_need_two_inputs_and_few_classes(n_0, n_L, text, key):
    net = jaxnn.mlp(n_0, n_L)
    params = jaxnn.init(net, key)
    with pytest.raises(ValueError, match=text):
        plots.decision_regions(net, params, np.ones((n_0, 2)), np.eye(n_L, 2))
