"""Pictures hold what they promise, draw where they are told, and touch nothing global."""

import itertools
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Tick
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

import jaxnn
from jaxnn import plots
from jaxnn.plots.table import FORMULAS
from jaxnn.textbook.activations import BY_NAME
from jaxnn.training.results import Recording

NET = jaxnn.mlp(2, 3, 2)
PARAMS = jaxnn.init(NET, jax.random.key(0))
X, Y = np.array([[0.0, 1.0], [1.0, 0.0]], np.float32), np.eye(2, dtype=np.float32)
RECORDING = Recording.of([(0, PARAMS), (5, PARAMS)])
DRAWINGS = {
    "activation_curves": lambda ax: plots.activation_curves("tanh", ax=ax),
    "activation_table": lambda ax: plots.activation_table(["step", "softmax"], ax=ax),
    "learning_curves": lambda ax: plots.learning_curves({"loss": np.ones(3)}, ax=ax),
    "History.plot": lambda ax: jaxnn.History({"loss": np.ones(3)}).plot(ax=ax),
    "importance": lambda ax: plots.importance(["a"], [1.0], ax=ax),
    "network_diagram": lambda ax: plots.network_diagram(NET, PARAMS, ax=ax),
    "decision_regions": lambda ax: plots.decision_regions(NET, PARAMS, X, Y, ax=ax),
    "confusion_matrix": lambda ax: plots.confusion_matrix(Y, Y, ax=ax),
    "first_layer_weights": lambda ax: plots.first_layer_weights(PARAMS, image_shape=(1, 2), ax=ax),
    "wrong_predictions": lambda ax: plots.wrong_predictions(
        X, Y, Y[::-1], image_shape=(2, 1), ax=ax
    ),
    "predicted_against_true": lambda ax: plots.predicted_against_true(Y, Y, ax=ax),
    "reliability_diagram": lambda ax: plots.reliability_diagram(jaxnn.reliability(Y, Y), ax=ax),
    "weight_histograms": lambda ax: plots.weight_histograms(RECORDING, ax=ax),
    "gradient_histograms": lambda ax: plots.gradient_histograms(
        NET, RECORDING, (X, Y), cost="cross_entropy", ax=ax
    ),
}


def open_figures():
    """Return the figures that pyplot keeps, of which jaxnn makes none."""
    pyplot = sys.modules.get("matplotlib.pyplot")  # a library of another test may have imported it
    return [] if pyplot is None else pyplot.get_fignums()


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("name", DRAWINGS)
def test_every_picture_draws_where_it_is_told_or_on_a_figure_of_its_own(name, tmp_path):
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert DRAWINGS[name](right) is right
    assert not left.has_data()
    assert right.has_data()
    own = DRAWINGS[name](None)
    assert isinstance(own, Axes)
    assert own.figure is not figure
    own.figure.savefig(tmp_path / "own.png")
    assert (tmp_path / "own.png").read_bytes().startswith(b"\x89PNG")
    assert not open_figures()


def written(ax):
    """What is written in axes, by place."""
    return {text.get_position(): text.get_text() for text in ax.texts}


def test_learning_curves_draw_training_and_validation():
    history = jaxnn.History(
        {"loss": np.array([1.0, 0.5, 0.4]), "val_loss": np.array([1.0, 0.7, 0.8])}
    )
    ax = history.plot()
    training, validation, best = ax.lines
    np.testing.assert_array_equal(training.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(training.get_ydata(), [1.0, 0.5, 0.4])
    np.testing.assert_array_equal(validation.get_ydata(), [1.0, 0.7, 0.8])
    assert (best.get_xdata(), best.get_ydata()) == ([2], [0.7])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["training", "validation", "best: 0.7 in epoch 2"]
    assert ax.get_title(loc="left") == "loss $E$"
    assert ax.get_yscale() == "linear"


def test_the_best_accuracy_is_the_largest_and_nan_is_passed_over():
    history = {"accuracy": np.ones(3), "val_accuracy": np.array([0.5, 0.9, np.nan])}
    ax = plots.learning_curves(history, "accuracy")
    assert (ax.lines[2].get_xdata(), ax.lines[2].get_ydata()) == ([2], [0.9])
    assert ax.get_title(loc="left") == "accuracy"
    never = {"loss": np.full(2, np.nan), "val_loss": np.full(2, np.nan)}
    assert len(plots.learning_curves(never).lines) == 2


def test_a_loss_that_falls_far_is_on_a_logarithmic_scale():
    assert plots.learning_curves({"loss": np.array([1.0, 0.09])}).get_yscale() == "log"
    assert plots.learning_curves({"loss": np.array([1.0, 0.0])}).get_yscale() == "linear"
    assert plots.learning_curves({"r2": np.array([0.01, 1.0])}, "r2").get_yscale() == "linear"


@pytest.mark.parametrize("last", [0.09, 0.05, 1e-3, 1e-8, 1e-30])
def test_a_logarithmic_scale_has_three_to_seven_numbers(last):
    ax = plots.learning_curves({"loss": np.array([1.0, last])})
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    ticks = [t for t in ax.yaxis.get_major_ticks() if low <= t.get_loc() <= high]
    assert 3 <= len(ticks) <= 7
    assert [float(t.label1.get_text()) for t in ticks] == pytest.approx([*map(Tick.get_loc, ticks)])


def test_validation_alone_is_called_so():
    ax = plots.learning_curves({"val_r2": np.array([0.5, 0.25])}, "r2")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["validation", "best: 0.5 in epoch 1"]
    assert ax.get_title(loc="left") == "$r^2$"
    assert plots.learning_curves({"r2": np.ones(2)}, "r2").get_legend() is None


def test_of_a_metric_of_ones_own_no_epoch_is_called_best():
    history = {"worst": np.ones(2), "val_worst": np.ones(2), "val_my_error": np.array([1.0, 2.0])}
    assert len(plots.learning_curves(history, "worst").lines) == 2
    assert len(plots.learning_curves(history, "my_error").lines) == 1  # whatever it is called


def test_one_epoch_is_a_dot():
    assert plots.learning_curves({"loss": np.ones(1)}).lines[0].get_marker() == "o"


def test_unknown_metric():
    with pytest.raises(ValueError, match="metric 'f1' is unknown; known are loss, accuracy"):
        plots.learning_curves({"loss": np.ones(1), "val_accuracy": np.ones(1)}, "f1")
    with pytest.raises(ValueError, match="metric 'loss' is unknown; known are none"):
        plots.learning_curves({})


def test_confusion_matrix_counts():
    Y, A = jaxnn.one_hot([0, 0, 1, 2], 3), jaxnn.one_hot([0, 1, 1, 2], 3)
    ax = plots.confusion_matrix(Y, A, class_names=["a", "b", "virginica"])
    assert written(ax) == {(0, 0): "1", (1, 0): "1", (1, 1): "1", (2, 2): "1"}
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b", "virginica"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    assert ax.get_title(loc="right") == "3 of 4 right"
    right, wrong = (image.get_array() for image in ax.images)
    np.testing.assert_array_equal(right.mask, ~np.eye(3, dtype=bool))
    np.testing.assert_array_equal(wrong.mask, np.eye(3, dtype=bool))
    np.testing.assert_array_equal(wrong.filled(0), [[0, 1, 0], [0, 0, 0], [0, 0, 0]])


def test_confusion_of_one_output_has_two_classes():
    ax = plots.confusion_matrix(np.array([[1.0, 0.0, 0.0]]), np.array([[0.9, 0.6, 0.1]]))
    assert written(ax) == {(1, 1): "1", (1, 0): "1", (0, 0): "1"}


@pytest.mark.parametrize("draw", [plots.confusion_matrix, plots.predicted_against_true])
def test_outputs_must_have_the_targets_shape(draw):
    with pytest.raises(ValueError, match=r"Y and A must both have shape \(n_L, m\), got \(2, 3\)"):
        draw(np.ones((2, 3)), np.ones((3, 2)))


def test_class_names_must_name_all_classes():
    with pytest.raises(ValueError, match="class_names must name 2 classes, got 3 names"):
        plots.confusion_matrix(Y, Y, class_names="abc")
    with pytest.raises(ValueError, match="class_names must name 2 classes, got 1 names"):
        plots.decision_regions(NET, PARAMS, X, Y, class_names=["only"])


NAMES = {
    "[/x] $a_$": "[/x] $a_$",
    "$\\alpha$ \\$": "$\\alpha$ \\$",
    "two\nlines\0\udc80": "two lines��",
    "_x": "_x",
}


def metric_of(name):
    return plots.learning_curves({name: np.ones(3)}, name)


def activation_of(name):
    g = partial(jnp.sin)
    g.__name__ = name
    return plots.activation_curves(g)


NAMED = [
    (lambda name: plots.confusion_matrix(Y, Y, class_names=[name, "other"]), "{}"),
    (lambda name: plots.decision_regions(NET, PARAMS, X, Y, class_names=[name, "other"]), "{}"),
    (
        lambda name: plots.wrong_predictions(
            X, Y, Y[::-1], image_shape=(1, 2), class_names=[name, "other"]
        ),
        "{} → other",
    ),
    (metric_of, "{}"),
    (activation_of, "{}"),
]


@pytest.mark.quick_cases(3)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("draw", "text"), NAMED)
def test_names_are_drawn_letter_by_letter(draw, text, name, monkeypatch, tmp_path):
    drawn, parsed = [], Text._preprocess_math

    def remembered(self, s):
        found = parsed(self, s)
        drawn.append((found[0].strip(), found[1]))
        return found

    monkeypatch.setattr(Text, "_preprocess_math", remembered)
    draw(name).figure.savefig(tmp_path / "picture.png")
    shown = NAMES[name].replace("_", " ").strip() if draw is metric_of else NAMES[name]
    assert (text.format(shown), False) in drawn  # False: no formula


def test_wrong_predictions_shows_the_wrong_ones_only_the_most_confident_first():
    X = np.arange(12.0).reshape(4, 3)
    Y = jaxnn.one_hot([0, 1, 1], 2)
    A = np.array([[0.6, 0.9, 0.3], [0.4, 0.1, 0.7]])
    A[:, 0] = A[::-1, 0]
    ax = plots.wrong_predictions(X, Y, A, image_shape=(2, 2), class_names=["no", "yes"])
    assert [text.get_text() for text in ax.texts] == ["yes → no", "no → yes"]
    np.testing.assert_array_equal(ax.images[0].get_array(), [[1, 4], [7, 10]])
    np.testing.assert_array_equal(ax.images[1].get_array(), [[0, 3], [6, 9]])
    assert ax.get_title(loc="left") == "2 of 3 wrong"
    ax = plots.wrong_predictions(X, Y, A, image_shape=(2, 2), most=1)
    assert [text.get_text() for text in ax.texts] == ["1 → 0"]
    assert ax.get_title(loc="right") == "true → predicted, the 1 most confident mistakes"
    assert len(plots.wrong_predictions(X, Y, Y, image_shape=(2, 2)).images) == 0


def test_long_names_of_classes_do_not_run_into_each_other():
    X, Y = np.ones((784, 8)), jaxnn.one_hot([0] * 8, 2)
    names = ["T-shirt/top", "Ankle boot"]
    ax = plots.wrong_predictions(X, Y, Y[::-1], image_shape=(28, 28), class_names=names)
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    for left, right in itertools.pairwise(boxes):
        assert left.x1 < right.x0


def test_rows_of_images_are_alike_in_length():
    X, Y = np.ones((4, 9)), jaxnn.one_hot([0] * 9, 2)
    ax = plots.wrong_predictions(X, Y, Y[::-1], image_shape=(2, 2))
    rows = [image.get_extent()[3] for image in ax.images]
    assert [rows.count(row) for row in sorted(set(rows), reverse=True)] == [5, 4]


def test_first_layer_weights_are_the_rows_of_w_1():
    W = np.zeros((4, 6), np.float32)
    W[[0, 2, 3]] = np.arange(6) * np.array([[1], [-2], [0.5]])
    params = (jaxnn.Layer(W, np.zeros(4, np.float32)),)
    ax = plots.first_layer_weights(params, image_shape=(2, 3), most=2)
    assert [text.get_text() for text in ax.texts] == ["1", "3"]
    np.testing.assert_array_equal(ax.images[1].get_array(), W[2].reshape(2, 3))
    assert {image.get_clim() for image in ax.images} == {(-10.0, 10.0)}
    assert ax.get_title(loc="left") == "rows of $W^{[1]}$"
    assert ax.get_title(loc="right") == "2 of 4 neurons, full colour at ±10"
    assert len(plots.first_layer_weights(params, image_shape=(2, 3)).images) == 4


@pytest.mark.parametrize("draw", ["first_layer_weights", "wrong_predictions"])
def test_images_of_another_shape(draw):
    given = (PARAMS,) if draw == "first_layer_weights" else (X, Y, Y)
    text = r"image_shape must be \(rows, columns\) with rows × columns = n_0 = 2, got \(2, 2\)"
    with pytest.raises(ValueError, match=text):
        getattr(plots, draw)(*given, image_shape=(2, 2))
    with pytest.raises(ValueError, match="most must be at least 1, got 0"):
        getattr(plots, draw)(*given, image_shape=(1, 2), most=0)


def test_another_number_of_images():
    with pytest.raises(ValueError, match=r"X must have shape \(n_0, m\) with m = 2, got \(2, 1\)"):
        plots.wrong_predictions(X[:, :1], Y, Y, image_shape=(1, 2))


def test_predicted_against_true_draws_each_output():
    Y, A = np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([[0.5, 1.5], [2.5, 3.5]])
    ax = plots.predicted_against_true(Y, A)
    first, second = ax.collections
    np.testing.assert_array_equal(first.get_offsets(), [[0, 0.5], [1, 1.5]])
    np.testing.assert_array_equal(second.get_offsets(), [[2, 2.5], [3, 3.5]])
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [
        "output 1: $r^2$ = 0.000, RMSE = 0.5", "output 2: $r^2$ = 0.000, RMSE = 0.5"
    ]  # fmt: skip
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("true $y$", "predicted $a$")
    ax = plots.predicted_against_true(Y[1:] + 100, A[1:] + 100)
    assert ax.get_legend() is None
    (diagonal,) = ax.lines
    x, y = diagonal.get_xy1()
    assert (x, diagonal.get_slope()) == (y, 1)
    assert ax.dataLim.x0 > 100


def test_a_picture_of_quantities_names_r2_and_rmse(key):
    from sklearn.metrics import r2_score, root_mean_squared_error

    y, noise = np.asarray(jax.random.normal(key, (2, 50))) * [[30.0], [7.0]] + 100
    ax = plots.predicted_against_true(y, noise)
    r2, rmse = r2_score(y, noise), root_mean_squared_error(y, noise)
    assert ax.get_title(loc="right") == f"$r^2$ = {r2:.3f}, RMSE = {rmse:.3g}"
    same = plots.predicted_against_true(np.ones((1, 3)), np.full((1, 3), 1.5))
    assert same.get_title(loc="right") == "RMSE = 0.5"  # r² is 1 − 0.25 / 0


@pytest.mark.quick_cases(4)
@pytest.mark.parametrize("g", [g for g in BY_NAME.values() if g.elementwise], ids=repr)
def test_activation_curves_are_those_of_g_and_its_derivative(g):
    ax = plots.activation_curves(g.name)
    a, slope = ax.lines[2:]
    z = np.array(a.get_xdata())
    assert (z[0], z[-1]) == (-4, 4)
    for line, values in ((a, g(jnp.asarray(z))), (slope, g.derivative(jnp.asarray(z)))):
        drawn = np.array(line.get_ydata())
        gaps = np.isnan(drawn)
        assert gaps.sum() <= 1
        np.testing.assert_array_equal(drawn[~gaps], np.asarray(values)[~gaps])


def test_a_jump_is_a_gap():
    g, derivative = plots.activation_curves("step").lines[2:]
    assert np.isnan(np.asarray(g.get_ydata())).sum() == 1
    assert not np.isnan(np.asarray(derivative.get_ydata())).any()


def test_activation_curves_of_ones_own_and_with_options():
    ax = plots.activation_curves(jnp.sin)
    np.testing.assert_allclose(ax.lines[3].get_ydata(), np.cos(ax.lines[3].get_xdata()), atol=1e-6)
    assert ax.get_title(loc="left") == "sin"
    ax = plots.activation_curves(jaxnn.leaky_relu.with_options(negative_slope=0.2))
    assert ax.get_title(loc="left") == "leaky relu"
    assert ax.get_title(loc="right") == r"$\alpha = 0.2$"


def test_softmax_has_no_curve():
    with pytest.raises(ValueError, match="softmax is not elementwise: each a_i depends on every"):
        plots.activation_curves("softmax")


def test_the_table_has_every_activation_with_its_formulas_range_and_curves():
    assert list(FORMULAS) == list(BY_NAME)
    ax = plots.activation_table()
    ax.figure.draw_without_rendering()  # the formulas are valid mathtext
    texts = {text.get_text() for text in ax.texts}
    for name, g in BY_NAME.items():
        assert {name.replace("_", " "), g.range} <= texts
        assert {f"${formula}$" for formula in FORMULAS[name]} <= texts
    assert len(ax.child_axes) == len(BY_NAME)
    tanh = ax.child_axes[list(BY_NAME).index("tanh")]
    np.testing.assert_allclose(tanh.lines[2].get_ydata(), np.tanh(tanh.lines[2].get_xdata()), 1e-5)
    bars = [bar.get_height() for bar in ax.child_axes[-1].patches]
    np.testing.assert_allclose(bars, jaxnn.softmax(jnp.array([-1.0, 0.0, 1.0, 2.0])), rtol=1e-6)


def test_the_tables_texts_stay_in_their_columns():
    ax = plots.activation_table()
    ax.figure.draw_without_rendering()
    insets = [inset.get_window_extent() for inset in ax.child_axes]
    words = [text.get_window_extent() for text in ax.texts]
    frame = ax.figure.bbox
    for k, box in enumerate(words):
        assert frame.x0 <= box.x0, ax.texts[k]
        assert box.x1 <= frame.x1, ax.texts[k]
        for other in [*words[k + 1 :], *insets]:
            assert not box.overlaps(other), ax.texts[k]


def test_the_table_of_some():
    ax = plots.activation_table(["relu", "elu"])
    assert len(ax.child_axes) == 2
    with pytest.raises(ValueError, match="activation 'reloo' is unknown"):
        plots.activation_table(["reloo"])


def test_network_diagram_draws_every_weight_by_size_and_sign():
    W1, W2 = np.array([[1.0, -2.0], [0.0, 0.5]]), np.array([[-3.0, 3.0]])
    params = jaxnn.Layer(W1, np.zeros(2)), jaxnn.Layer(W2, np.zeros(1))
    net = jaxnn.mlp(2, 2, 1, output="sigmoid")
    ax = plots.network_diagram(net, params)
    for l, W in enumerate((W1, W2), start=1):
        lines = ax.collections[l - 1]
        height = (len(W) - 1) / 2
        found = {}
        for ((x0, y0), (x1, y1)), width, colour in zip(
            lines.get_segments(), lines.get_linewidths(), lines.get_colors(), strict=True
        ):
            assert (x0, x1) == (l - 1, l)
            found[int(height - y1), int((W.shape[1] - 1) / 2 - y0)] = width, to_hex(colour)
        for (i, j), w in np.ndenumerate(W):
            width, colour = found[i, j]
            assert width == pytest.approx(0.3 + 3 * abs(w) / np.abs(W).max())
            assert colour == (plots.BLUE if w >= 0 else plots.ORANGE)
    texts = written(ax).values()
    assert {"$x_{2}$", "$a_{2}^{[1]}$", "$a_{1}^{[2]}$", "$W^{[1]}$", "$W^{[2]}$"} <= set(texts)
    assert "$a^{[1]}$\n$n_{1} = 2$" in texts


def test_network_diagram_folds_wide_layers(key):
    net = jaxnn.mlp(30, 3, 2)
    params = jaxnn.init(net, key)
    ax = plots.network_diagram(net, params)
    texts = written(ax)
    assert texts[0, 0] == "⋮"
    assert "$a^{[0]} = x$\n$n_{0} = 30$\n10 drawn" in texts.values()
    assert "$x_{26}$" in texts.values()
    assert "$x_{6}$" not in texts.values()
    assert len(ax.collections[0].get_segments()) == 30
    small = Figure(figsize=(2, 2)).subplots()
    plots.network_diagram(net, params, ax=small)
    assert "$x_{26}$" not in written(small).values()  # no room inside the neurons


def test_network_diagram_of_other_parameters():
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape \(n_1, n_0\) = \(3, 4\)"):
        plots.network_diagram(jaxnn.mlp(4, 3, 2), PARAMS)


def test_decision_regions_have_the_networks_class_everywhere():
    ax = plots.decision_regions(NET, PARAMS, X, Y, class_names=["no", "yes"])
    (image,) = ax.images
    left, right, bottom, top = image.get_extent()
    assert (left, right, bottom, top) == pytest.approx((-0.1, 1.1, -0.1, 1.1))
    region = np.asarray(image.get_array())
    for row, column in ((0, 0), (0, 299), (299, 0), (120, 200)):
        x = jnp.array([left + (right - left) * column / 299, bottom + (top - bottom) * row / 299])
        a = jaxnn.forward(NET, PARAMS, x.astype(jnp.float32))
        assert region[row, column] == np.argmax(a)
    points = {scatter.get_label(): scatter for scatter in ax.collections if scatter.get_label()}
    np.testing.assert_array_equal(points["no"].get_offsets(), [[0, 1]])
    np.testing.assert_array_equal(points["yes"].get_offsets(), [[1, 0]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no", "yes"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")


def test_one_output_shades_the_plane_with_a_line_at_a_half():
    net = jaxnn.mlp(2, 1, output="sigmoid")
    params = (jaxnn.Layer(jnp.array([[8.0, 0.0]]), jnp.array([-4.0])),)  # ½ at x_1 = 0.5
    ax = plots.decision_regions(net, params, X, np.array([[0.0, 1.0]], np.float32))
    (image,) = ax.images
    shade = np.asarray(image.get_array())
    np.testing.assert_allclose(shade[0, -1], 1 / (1 + np.exp(-4.8)), rtol=1e-5)
    assert image.get_clim() == (0, 1)
    line, *points = ax.collections
    np.testing.assert_allclose(line.get_paths()[0].vertices[:, 0], 0.5, atol=1e-3)
    assert [scatter.get_label() for scatter in points] == ["$y = 0$", "$y = 1$"]
    assert ax.get_title(loc="right") == "shade: $a^{[1]}$, line: ½"
    flat = (jaxnn.Layer(jnp.zeros((1, 2)), jnp.array([-4.0])),)
    ax = plots.decision_regions(net, flat, X, np.array([[0.0, 1.0]], np.float32))
    assert len(ax.collections) == 2  # a is nowhere ½


def test_examples_in_a_line_leave_room():
    ax = plots.decision_regions(NET, PARAMS, X * np.array([[1.0], [0.0]], np.float32), Y)
    assert ax.get_ylim() == (-1, 1)


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


def test_decision_regions_of_rows():
    with pytest.raises(ValueError, match="X must have one column per example"):
        plots.decision_regions(NET, PARAMS, np.ones((5, 2), np.float32), Y)
