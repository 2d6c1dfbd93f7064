"""What `fit` and its kin take and find out: labels and their classes, the cost, an optimiser."""

import pickle

import jax
import numpy as np
import optax
import pandas
import polars
import pytest

import jaxnn
from tests.support.compilations import compilations
from tests.training.test_fitting import same_bits

M = 12
THREE, YES_NO = jaxnn.mlp(4, 5, 3), jaxnn.mlp(4, 5, 1, output="sigmoid")
X = np.linspace(-1, 1, 4 * M, dtype=np.float32).reshape(4, M)
NUMBERS = np.arange(M) % 3
WORDS = np.array(["ash", "birch", "fir"])[NUMBERS]
Y = jaxnn.one_hot(NUMBERS, 3)
COMMON = {"epochs": 2, "batch_size": 5, "key": jax.random.key(0), "progress": False}
SETTINGS = COMMON | {"optimizer": optax.sgd(0.1)}

LABELS = {
    "numbers": NUMBERS,
    "text": WORDS,
    "list": WORDS.tolist(),
    "from 1": NUMBERS + 1,
    "pandas": pandas.Series(WORDS),
    "polars": polars.Series(WORDS),
}


def params_of(net):
    return jaxnn.init(net, jax.random.key(3))


def trained(net, data, **more):
    """Return all numbers of a training."""
    result = jaxnn.fit(net, data, **SETTINGS | more)
    return result.params, dict(result.history), result.state.params, result.best_epoch


CALLS = {
    # called with a network, data and validation; returns arrays
    "fit": lambda net, data, more: trained(net, data, validation=more),
    "evaluate": lambda net, data, more: jaxnn.evaluate(net, params_of(net), data),
    "sweep": lambda net, data, more: jaxnn.sweep(
        net, data, grid={"seed": [0, 1]}, validation=more, **SETTINGS
    ).stacked(),
    "ensemble": lambda net, data, more: (
        jaxnn.ensemble(net, data, members=2, bootstrap=True, validation=more, **SETTINGS).params
    ),
    "Ensemble.evaluate": lambda net, data, more: jaxnn.ensemble(
        net, data, members=2, **SETTINGS
    ).evaluate(more),
    "cross_validate": lambda net, data, more: (
        jaxnn.cross_validate(net, data, folds=2, **SETTINGS).predictions
    ),
}


@pytest.mark.thorough_cases(5)
@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("given", LABELS)
@pytest.mark.parametrize("call", CALLS)
def test_labels_train_and_score_as_one_hot_targets_do(call, given):
    labels, weights = LABELS[given], np.linspace(0.5, 1, M, dtype=np.float32)
    expected = CALLS[call](THREE, (X, Y, weights), (X, Y))
    same_bits(CALLS[call](THREE, (X, labels, weights), (X, labels)), expected)


@pytest.mark.thorough_cases(2)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("call", CALLS)
def test_two_labels_of_one_sigmoid_output(call):
    labels = np.array(["no", "yes"])[(NUMBERS == 1).astype(int)]
    targets = (NUMBERS == 1)[None, :].astype("float32")
    expected = CALLS[call](YES_NO, (X, targets), (X, targets))
    same_bits(CALLS[call](YES_NO, (X, labels), (X, labels)), expected)


def test_labels_compile_nothing_that_targets_do_not():
    jaxnn.fit(THREE, (X, Y), **SETTINGS)
    with compilations() as found:
        jaxnn.fit(THREE, (X, WORDS), **SETTINGS)
    assert not found


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (NUMBERS, (0, 1, 2)),
        (WORDS, ("ash", "birch", "fir")),
        ((NUMBERS + 2) * 2, (4, 6, 8)),
        (Y, ()),
    ],
)
def test_the_result_knows_its_classes(labels, names):
    result = jaxnn.fit(THREE, (X, labels), **SETTINGS)
    assert result.class_names == names
    found = jaxnn.classify(result, X)
    numbers = jaxnn.class_of(jaxnn.predict(result, X))
    np.testing.assert_array_equal(found, np.array(names)[numbers] if names else numbers)
    again = pickle.loads(pickle.dumps(result))
    assert (again.network, again.cost, again.class_names) == (THREE, jaxnn.cross_entropy, names)


@pytest.mark.thorough
def test_a_data_set_and_a_stream_name_the_classes(tmp_path):
    iris = jaxnn.iris()
    net = jaxnn.mlp(4, 3)
    assert jaxnn.fit(net, iris, **SETTINGS).class_names == iris.class_names
    assert jaxnn.ensemble(net, iris, members=1, **SETTINGS).class_names == iris.class_names
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,x\n2,y\n3,x\n", encoding="utf-8")
    stream = jaxnn.stream_csv(path, target="b")
    assert jaxnn.fit(jaxnn.mlp(1, 2), stream, **SETTINGS).class_names == ("x", "y")
    some = SETTINGS | {"optimizer": optax.sgd(1e-3)}
    assert jaxnn.fit(jaxnn.mlp(4, 3, output="identity"), iris, **some).class_names == ()


@pytest.mark.thorough
def test_a_result_stands_for_its_network_and_params():
    result = jaxnn.fit(THREE, (X, WORDS), cost="squared_error", **SETTINGS)
    net, params = result.network, result.params
    np.testing.assert_array_equal(jaxnn.predict(result, X), jaxnn.predict(net, params, X))
    np.testing.assert_array_equal(jaxnn.predict(result, X=X), jaxnn.predict(net, params, X))
    expected = jaxnn.evaluate(net, params, (X, Y), cost="squared_error")
    assert jaxnn.evaluate(result, (X, Y)) == expected
    assert jaxnn.evaluate(result, data=(X, WORDS)) == expected
    assert jaxnn.evaluate(result, (X, Y), cost="cross_entropy")["loss"] != expected["loss"]
    some = np.array(["fir", "fir"])  # of one class, whose number is known from the training
    assert jaxnn.evaluate(result, (X[:, :2], some)) == jaxnn.evaluate(
        result, (X[:, :2], jaxnn.one_hot([2, 2], 3))
    )
    best = jaxnn.sweep(THREE, (X, WORDS), grid={"seed": [0, 1]}, **SETTINGS).best()
    assert jaxnn.evaluate(best, (X, WORDS))["loss"] == pytest.approx(best.scores["loss"], rel=0.2)
    assert set(jaxnn.classify(best, X)) <= set(WORDS)
    for call in (
        lambda: jaxnn.predict(result, params, X),
        lambda: jaxnn.evaluate(result, params, (X, Y)),
        lambda: jaxnn.classify(result, params, X),
    ):
        with pytest.raises(TypeError, match=r"takes a network and its params, or a result in the"):
            call()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: jaxnn.fit(THREE, (X, WORDS), validation=(X[:, :2], ["ash", "oak"]), **SETTINGS),
         r"^validation's Y must hold the classes 'ash', .* got Y\[1\] = 'oak'"),
        (lambda: jaxnn.evaluate(jaxnn.fit(THREE, (X, WORDS), **SETTINGS), (X[:, :2], ["a", "ash"])),
         r"^Y must hold the classes 'ash', 'birch', 'fir', got Y\[0\] = 'a'"),
        (lambda: jaxnn.evaluate(THREE, params_of(THREE), (X[:, :2], ["ash", "fir"])),
         r"2 different ones .*: number them as in training, .* evaluate\(result, \(X, Y\)\)"),
        (lambda: jaxnn.fit(THREE, (X, np.arange(M) % 4 * 2), **SETTINGS),
         r"Y must hold labels 0 … 2 .*, got Y\[2\] = 4 \(example 2\)"),
        (lambda: jaxnn.fit(THREE, (X, np.arange(M) / 7), **SETTINGS), r"shape \(n_2, m\) = \(3, m"),
        (lambda: jaxnn.fit(YES_NO, (X, np.arange(M) / 20), **SETTINGS), r"write Y\[None, :\]"),
        (lambda: jaxnn.fit(YES_NO, (X, WORDS), **SETTINGS), "for them it needs 3 outputs"),
        (lambda: jaxnn.fit(jaxnn.mlp(4, 1, output="identity"), (X, NUMBERS), **SETTINGS),
         r"for one row of m targets write Y\[None, :\]"),
        (lambda: jaxnn.fit(jaxnn.mlp(4, 3, output="sigmoid"), (X, NUMBERS), **SETTINGS),
         r"write jaxnn.one_hot\(Y, 3\)"),  # each of its outputs is a yes-or-no of its own
        (lambda: jaxnn.fit(jaxnn.mlp(4, 2), (X, jaxnn.one_hot(NUMBERS, 3)[0]), **SETTINGS),
         r"write jaxnn.one_hot\(Y, 2\)"),  # one row of targets is no labels
    ],
)  # fmt: skip
def test_labels_that_cannot_be_meant(call, text):
    with pytest.raises((TypeError, ValueError), match=text):
        call()


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (jaxnn.mlp(4, 2, output="identity"), "network has 2 outputs of identity"),
        (jaxnn.mlp(4, 1, output="tanh"), "network has 1 output of tanh"),
        (jaxnn.mlp(4, 2, output="sigmoid"), "network has 2 outputs of sigmoid"),
    ],
)
def test_quantities_have_no_class(net, message):
    with pytest.raises(ValueError, match=message):
        jaxnn.classify(net, params_of(net), X)


def test_classes_of_one_output():
    result = jaxnn.fit(YES_NO, (X, NUMBERS == 1), **SETTINGS)
    assert result.class_names == (False, True)
    found = jaxnn.classify(result, X)
    np.testing.assert_array_equal(found, np.asarray(jaxnn.predict(result, X))[0] >= 0.5)
    assert found.dtype == bool
    assert jaxnn.classify(YES_NO, result.params, X).dtype.kind == "i"


# the cost


@pytest.mark.thorough_cases(2)
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("output", "cost"),
    [
        ("softmax", jaxnn.cross_entropy),
        ("sigmoid", jaxnn.binary_cross_entropy),
        ("identity", jaxnn.squared_error),
        ("tanh", jaxnn.squared_error),
    ],
)
def test_the_cost_belongs_to_the_output_activation(output, cost):
    net = jaxnn.mlp(4, 3, output=output)
    result = jaxnn.fit(net, (X, Y), **SETTINGS)
    assert result.cost == cost
    same_bits(trained(net, (X, Y)), trained(net, (X, Y), cost=cost))
    assert jaxnn.evaluate(net, result.params, (X, Y)) == jaxnn.evaluate(
        net, result.params, (X, Y), cost=cost
    )
    assert jaxnn.ensemble(net, (X, Y), members=1, **SETTINGS).cost == cost
    assert jaxnn.sweep(net, (X, Y), grid={"seed": [0]}, **SETTINGS).cost == cost


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("adam", r"optimizer=optax\.adam\(1e-3\)$"),
        ("SGD", r"optimizer=optax\.sgd\(1e-3\)$"),
        ("linear_schedule", r"optimizer=optax\.adam\(1e-3\), optax\.adamw\(1e-3\), optax\.sgd"),
        ("best", r"optimizer=optax\.adam\(1e-3\), optax\.adamw\(1e-3\), optax\.sgd\(1e-2\) or an"),
    ],
)
def test_an_optimizer_by_name_says_the_line_to_write(name, line):
    some = COMMON | {"optimizer": name}
    for call in (
        lambda: jaxnn.fit(THREE, (X, Y), **some),
        lambda: jaxnn.ensemble(THREE, (X, Y), members=2, **some),
        lambda: jaxnn.cross_validate(THREE, (X, Y), folds=2, **some),
    ):
        with pytest.raises(TypeError, match=f"got the text '{name}': write {line}"):
            call()
