"""Wrong arguments of data, scaling, deformations, pictures and worked examples: the errors."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas
import pytest

import jaxnn
from jaxnn import augment, plots

NET = jaxnn.mlp(3, 4, 2)
X = np.arange(18, dtype=np.float32).reshape(3, 6) / 18
Y = np.eye(2, dtype=np.float32)[:, [0, 1, 0, 1, 0, 1]]
TABLE = pandas.DataFrame(X.T)
BY = jaxnn.standardisation(X)


def key():
    return jax.random.key(0)


def example():
    return jaxnn.explain(NET, jaxnn.init(NET, key()), X[:, 0], Y[:, 0], cost="cross_entropy")


def stratified(labels, **options):
    return jaxnn.split(
        np.ones((3, len(labels))), jaxnn.one_hot(labels, 3), stratify=True, **options
    )


DATA = [
    (TypeError, "labels must be whole numbers, got an array of <U1; number them with np.unique",
     lambda: jaxnn.one_hot(["a", "b"], 2)),
    (TypeError, "labels must be an array of numbers, got .* list",
     lambda: jaxnn.one_hot([[1], [2, 3]], 2)),
    (TypeError, "dtype must be a type of numbers such as np.float32, got 'adam'",
     lambda: jaxnn.one_hot([0, 1], 2, dtype="adam")),
    (TypeError, "n_classes must be a whole number, got None", lambda: jaxnn.one_hot([0], None)),
    (TypeError, r"A must be an array of numbers of shape \(n_L, m\), got one of <U1",
     lambda: jaxnn.class_of([["a"]])),
    (TypeError, r'A must be an array .*, got a pandas DataFrame, .*write A.to_numpy\("float32"\).T',
     lambda: jaxnn.class_of(TABLE)),
    (TypeError, r"X must be an array of numbers of shape \(n_0, m\), got None",
     lambda: jaxnn.split(None, Y)),
    (TypeError, r"Y must be an array of numbers of shape \(n_L, m\), got None",
     lambda: jaxnn.split(X, None)),
    (jaxnn.ShapeError, r"X must have one column per example, shape \(n_0, m\), got \(6,\)",
     lambda: jaxnn.split(X[0], Y)),
    (TypeError, r'got a pandas DataFrame, one example a row; write X.to_numpy\("float32"\).T',
     lambda: jaxnn.split(TABLE, Y)),
    (TypeError, "test must be a share in .0, 1., got 'a third'",
     lambda: jaxnn.split(X, Y, test="a third")),
    (ValueError, "test must leave an example to train on, got 0.9 of 6 examples",
     lambda: jaxnn.split(X, Y, test=0.9)),
    (ValueError, "test must hold out an example of each of the 2 classes where stratify is True, "
     "got 0.1 of 6 examples, which is 1", lambda: jaxnn.split(X, Y, test=0.1, stratify=True)),
    (ValueError, "test must leave an example of each of the 3 classes",
     lambda: stratified([0, 1, 2] * 2, test=0.7)),
    (jaxnn.DataError, "stratify needs at least 2 examples of each class of Y, got 1 of class 2",
     lambda: stratified([0, 0, 1, 1, 1, 2])),
    (jaxnn.DataError, r"Y must hold numbers, got Y\[0, 0\] = nan",
     lambda: jaxnn.split(X, Y * np.nan, stratify=True)),
    (TypeError, "stratify must be True or False, got 'no'",
     lambda: jaxnn.split(X, Y, stratify="no")),
    (TypeError, "seed must be a whole number, got None", lambda: jaxnn.split(X, Y, seed=None)),
    (ValueError, r"seed must be below 2\*\*32, got 4294967296",
     lambda: jaxnn.split(X, Y, seed=2**32)),
    (TypeError, "X must be an array of numbers with one column per example, got",
     lambda: jaxnn.batches(key(), (X.tolist(), Y), 2)),
    (TypeError, "data must be a pair", lambda: jaxnn.batches(key(), X, 2)),
    (TypeError, r'got a pandas DataFrame, one example a row; write X.to_numpy\("float32"\).T',
     lambda: jaxnn.standardisation(TABLE)),
    (TypeError, r"by must be a jaxnn.Standardisation, such as jaxnn.standardisation\(X_train\), "
     "got None", lambda: jaxnn.standardise(X, None)),
    (TypeError, "by must be a jaxnn.Standardisation, .*, got", lambda: jaxnn.unstandardise(X, X)),
    (jaxnn.ShapeError, r"by must have mean and scale of shape \(n_0, 1\), got",
     lambda: jaxnn.standardise(X, jaxnn.Standardisation(BY.mean, BY.scale[:2]))),
    (TypeError, "by.mean must be an array of numbers",
     lambda: jaxnn.standardise(X, jaxnn.Standardisation(None, BY.scale))),
    (TypeError, r"X must be an array of numbers of shape \(n_0, m\), got an array of <U32",
     lambda: jaxnn.standardise(X.astype(str), BY)),
    (TypeError, r'write X.to_numpy\("float32"\).T', lambda: jaxnn.standardise(TABLE, BY)),
    (TypeError, r"A must be an array of numbers of shape \(n_L, m\)",
     lambda: jaxnn.reliability(Y, "probabilities")),
    (jaxnn.DataError, r"Y of shape \(m,\) must hold labels, at least one: whole numbers",
     lambda: jaxnn.reliability(np.full(6, 0.5), Y)),
    (jaxnn.ShapeError, r"Y and A must both have shape \(n_L, m\), got \(2, 6\) and \(2, 5\)",
     lambda: jaxnn.expected_calibration_error(Y, Y[:, :5])),
    (TypeError, "name must be one of digits, iris, .*, got 7", lambda: jaxnn.load_dataset(7)),
    (TypeError, r"part must be text, such as 'train', got \[\]",
     lambda: jaxnn.load_dataset("iris", part=[])),
    (TypeError, "folder must be a path", lambda: jaxnn.mnist(folder=7)),
    (TypeError, "pixels must be text, such as 'float32', got None",
     lambda: jaxnn.mnist(pixels=None)),
]  # fmt: skip

PICTURES = [
    (TypeError, "degrees must be in 0 … 180, got 'ten'",
     lambda: augment.rotation(degrees="ten")),
    (TypeError, "strength must be a finite number",
     lambda: augment.elastic(strength=None, width=1)),
    (ValueError, "pixels must be a whole number, at least 0, got nan",
     lambda: augment.translation(pixels=np.nan)),
    (TypeError, r"deform must be a function \(key, image\) -> image, got 'flip'",
     lambda: augment.of_vectors("flip", (2, 2))),
    (TypeError, r"image_shape must be \(height, width\), two whole numbers, got 28",
     lambda: augment.of_vectors(augment.flip(), 28)),
    (TypeError, "compose joins deformations .*, got None as one of its parts",
     lambda: augment.compose(None)),
    (TypeError, r"image must be an array of numbers of shape \(height, width\), got a list",
     lambda: augment.flip()(key(), [[1.0]])),
    (jaxnn.ShapeError, r"points must have shape \(2, …\), of a floating type, got an array",
     lambda: augment.resample(jnp.ones((2, 2)), jnp.ones((3, 2)))),
    (TypeError, "ax must be the axes of a matplotlib figure, or None for a new one, got 'left'",
     lambda: plots.activation_curves("relu", ax="left")),
    (TypeError, r"ax must be the axes .*: give figure.subplots\(\)",
     lambda: plots.tidy(plots.new_axes(2, 2).figure)),
    (TypeError, "ax must be the axes .*: give one of them, such as axes.flat",
     lambda: plots.tidy(np.array([plots.new_axes(2, 2)]))),
    (TypeError, "title must be text, got 7", lambda: plots.write_title(plots.new_axes(2, 2), 7)),
    (ValueError, "width must be a finite number of inches above 0, got -1",
     lambda: plots.new_axes(-1, 2)),
    (jaxnn.ShapeError, r"g must give an array of the shape of z, \(801,\), got 0 from the function",
     lambda: plots.activation_curves(lambda z: 0)),
    (TypeError, "names must be a list of names, got 'relu': write ",
     lambda: plots.activation_table("relu")),
    (TypeError, "class_names must be a list of names, got 7",
     lambda: plots.confusion_matrix(Y, Y, class_names=7)),
    (TypeError, r"found must be what jaxnn.reliability\(Y, A\) returns, got",
     lambda: plots.reliability_diagram(Y)),
    (TypeError, "history must be a mapping from metrics to arrays, such as result.history, got",
     lambda: plots.learning_curves([1.0, 0.5])),
    (ValueError, "metric 'loss' is unknown; known are none, the keys of history",
     lambda: plots.learning_curves({})),
    (TypeError, "metric must be text, such as 'loss', got 7",
     lambda: plots.learning_curves({"loss": np.ones(2)}, 7)),
    (TypeError, "result must be what jaxnn.sweep returns, got", lambda: plots.sweep_scores([])),
    (TypeError, r"recording must be that of jaxnn.fit\(..., record_every=k\), got None",
     lambda: plots.weight_histograms(None)),
    (ValueError, r"image_shape must be .* n_0 = 3, got \(2, 2\) for W\^\[1\] of shape \(4, 3\)",
     lambda: plots.first_layer_weights(jaxnn.init(NET, key()), image_shape=(2, 2))),
    (jaxnn.ShapeError, r"params must have a layer, got \(\)",
     lambda: plots.first_layer_weights((), image_shape=(2, 2))),
    (TypeError, "Y must be an array, got None",
     lambda: plots.decision_regions(
         jaxnn.mlp(2, 2), jaxnn.init(jaxnn.mlp(2, 2), key()), X[:2], None)),
]  # fmt: skip

EXAMPLES = [
    (TypeError, "l must be a whole number, got 1.5", lambda: example().neuron(1.5, 1)),
    (TypeError, "j must be a whole number, got None", lambda: example().weight(1, 1, None)),
    (TypeError, "path must be a path", lambda: example().to_html(7)),
    (TypeError, "input_names must be a sequence of strings, got 7",
     lambda: example().to_html("page.html", input_names=7)),
    (TypeError, "data must be a pair", lambda: example().to_html("page.html", data=X)),
    (TypeError, r"data must be a pair \(X, Y\), got tuple",
     lambda: example().to_html("page.html", data=(X, Y, X[0]))),
    (TypeError, "Y must be an array, got None",
     lambda: example().to_html("page.html", data=(X, None))),
]  # fmt: skip

ALL = DATA + PICTURES + EXAMPLES


@pytest.mark.quick_cases(4)
@pytest.mark.parametrize(("error", "text", "mistake"), ALL, ids=[row[1][:60] for row in ALL])
def test_a_wrong_argument(error, text, mistake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=text):
        mistake()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("function", ["loss", "update", "evaluate", "fit"])
def test_targets_that_are_none(function):
    import optax

    params, sgd = jaxnn.init(NET, key()), optax.sgd(0.1)
    cost = {"cost": "cross_entropy"}
    functions = {
        "loss": lambda: jaxnn.loss(NET, params, X, None, **cost),
        "update": lambda: jaxnn.update(
            NET, "cross_entropy", sgd, jaxnn.TrainState.create(params, sgd, key()), (X, None)
        ),
        "evaluate": lambda: jaxnn.evaluate(NET, params, (X, None), **cost),
        "fit": lambda: jaxnn.fit(NET, (X, None), optimizer=sgd, key=key(), **cost),
    }
    with pytest.raises(TypeError, match=r"^Y must be an array, got None$"):
        functions[function]()
