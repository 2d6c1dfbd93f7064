"""Labels and data frames given as Y and X: the error ends with code that works as written.

`fit` and its kin take most labels, see tests/data/test_labels.py and tests/training/test_front.py.
"""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas
import polars
import pytest

import jaxnn

M = 6
THREE = jaxnn.mlp(4, 5, 3)
YES_NO = jaxnn.mlp(4, 5, 1, output="sigmoid")
QUANTITY = jaxnn.mlp(4, 5, 1, output="identity")
X = np.linspace(-1, 1, 4 * M, dtype=np.float32).reshape(4, M)
SGD = optax.sgd(0.1)
TABLE = pandas.DataFrame(X.T.astype("float64"), columns=list("abcd"))
WORDS = ["setosa", "virginica", "versicolor"] * 2
INTS = np.array([0, 1, 2, 2, 1, 0])
YES = ["no", "yes", "yes", "no", "yes", "no"]
BITS = np.array([0, 1, 1, 0, 1, 0])


def cost_of(net):
    pairs = {"softmax": "cross_entropy", "sigmoid": "binary_cross_entropy"}
    return pairs.get(repr(net.activations[-1]), "squared_error")


def params_of(net):
    return jaxnn.init(net, jax.random.key(0))


def many_of(net):
    common = {"epochs": 1, "batch_size": 3, "key": jax.random.key(0), "progress": False}
    return {"cost": cost_of(net), "optimizer": SGD, **common}


def recording_of(net):
    return jaxnn.Recording.of([(0, params_of(net)), (1, params_of(net))])


def ensemble_of(net):
    Y = np.full((net.sizes[-1], M), 1 / net.sizes[-1], np.float32)
    return jaxnn.ensemble(net, (X, Y), members=2, **many_of(net))


FUNCTIONS = {
    "fit": lambda net, X, Y: jaxnn.fit(net, (X, Y), **many_of(net)),
    "loss": lambda net, X, Y: jaxnn.loss(net, params_of(net), X, Y, cost=cost_of(net)),
    "backward": lambda net, X, Y: jaxnn.backward(net, params_of(net), X, Y, cost=cost_of(net)),
    "update": lambda net, X, Y: jaxnn.update(
        net, cost_of(net), SGD, jaxnn.TrainState.create(params_of(net), SGD, jax.random.key(1)),
        (X, Y),
    ),
    "epoch": lambda net, X, Y: jaxnn.epoch(
        net, cost_of(net), SGD, jaxnn.TrainState.create(params_of(net), SGD, jax.random.key(1)),
        (X, Y), batch_size=3,
    ),
    "evaluate": lambda net, X, Y: jaxnn.evaluate(net, params_of(net), (X, Y), cost=cost_of(net)),
    "sweep": lambda net, X, Y: jaxnn.sweep(net, (X, Y), grid={"seed": [0, 1]}, **many_of(net)),
    "ensemble": lambda net, X, Y: jaxnn.ensemble(net, (X, Y), members=2, **many_of(net)),
    "Ensemble.evaluate": lambda net, X, Y: ensemble_of(net).evaluate((X, Y)),
    "cross_validate": lambda net, X, Y: jaxnn.cross_validate(
        net, (X, Y), folds=2, **many_of(net)
    ),
    "gradient_histograms": lambda net, X, Y: jaxnn.plots.gradient_histograms(
        net, recording_of(net), (X, Y), cost=cost_of(net)
    ),
}  # fmt: skip
EVERY = tuple(FUNCTIONS)
OF_TARGETS = ("loss", "backward", "update", "epoch", "gradient_histograms")  # labels are refused

ADVICE = re.compile(r"(?:write|convert it with) (.*?)(?: for one row of m targets)?$")


def advised(error, **names):
    """Return the value of the code that ends an error's message."""
    found = ADVICE.search(str(error.value))
    assert found, str(error.value)
    return eval(found[1], {"np": np, "jax": jax, "jaxnn": jaxnn, "pandas": pandas} | names)


TARGETS = {
    # name: (network, Y, the advice, the kind of error)
    "text": (THREE, np.array(WORDS),
             "jaxnn.one_hot(np.unique(Y, return_inverse=True)[1], 3)", TypeError),
    "text of objects": (THREE, np.array(WORDS, object), "return_inverse=True)[1], 3)", TypeError),
    "list of text": (THREE, WORDS, "return_inverse=True)[1], 3)", TypeError),
    "column of text": (THREE, np.array(WORDS)[:, None],
                       "jaxnn.one_hot(np.unique(np.ravel(Y), return_inverse=True)[1], 3)",
                       TypeError),
    "integers": (THREE, INTS, "jaxnn.one_hot(Y, 3)", TypeError),
    "small integers": (THREE, INTS.astype("uint8"), "jaxnn.one_hot(Y, 3)", TypeError),
    "integers of JAX": (THREE, jnp.asarray(INTS), "jaxnn.one_hot(Y, 3)", TypeError),
    "list of integers": (THREE, INTS.tolist(), "jaxnn.one_hot(Y, 3)", TypeError),
    "objects": (THREE, INTS.astype(object), "jaxnn.one_hot(np.asarray(Y, int), 3)", TypeError),
    "floats": (THREE, INTS.astype("float32"), "jaxnn.one_hot(Y, 3)", jaxnn.ShapeError),
    "doubles": (THREE, INTS.astype("float64"), "jaxnn.one_hot(Y, 3)", jaxnn.ShapeError),
    "list of floats": (THREE, INTS.astype(float).tolist(), "jaxnn.one_hot(Y, 3)", TypeError),
    "booleans": (THREE, BITS > 0, "jaxnn.one_hot(np.asarray(Y, int), 3)", TypeError),
    "list of booleans": (THREE, (BITS > 0).tolist(), "np.asarray(Y, int), 3)", TypeError),
    "column": (THREE, INTS[:, None], "jaxnn.one_hot(np.ravel(Y), 3)", TypeError),
    "row": (THREE, INTS[None], "jaxnn.one_hot(np.ravel(Y), 3)", TypeError),
    "list of a row": (THREE, [INTS.tolist()], "jaxnn.one_hot(np.ravel(Y), 3)", TypeError),
    "column of floats": (THREE, INTS[:, None].astype("float32"), "one_hot(np.ravel(Y), 3)",
                         jaxnn.ShapeError),
    "from 1": (THREE, INTS + 1, "jaxnn.one_hot(Y - 1, 3)", TypeError),
    "list from 1": (THREE, (INTS + 1).tolist(), "jaxnn.one_hot(np.asarray(Y) - 1, 3)", TypeError),
    "one-hot integers": (THREE, jaxnn.one_hot(INTS, 3).astype(int), "Y.astype('float32')",
                         TypeError),
    "one-hot rows": (THREE, jaxnn.one_hot(INTS, 3).T.astype(bool), "Y.T.astype('float32')",
                     TypeError),
    "list of one-hot": (THREE, jaxnn.one_hot(INTS, 3).tolist(), 'np.asarray(Y, "float32")',
                        TypeError),
    "Series": (THREE, pandas.Series(INTS), "jaxnn.one_hot(Y, 3)", TypeError),
    "Series of text": (THREE, pandas.Series(WORDS), "return_inverse=True)[1], 3)", TypeError),
    "categories": (THREE, pandas.Series(WORDS, dtype="category"), "=True)[1], 3)", TypeError),
    "strings": (THREE, pandas.Series(WORDS, dtype="string"), "=True)[1], 3)", TypeError),
    "Int64": (THREE, pandas.Series(INTS, dtype="Int64"), "jaxnn.one_hot(", TypeError),
    "DataFrame": (THREE, pandas.DataFrame({"y": INTS}), "jaxnn.one_hot(np.ravel(Y), 3)",
                  TypeError),
    "DataFrame of text": (THREE, pandas.DataFrame({"y": WORDS}), "np.ravel(Y), return", TypeError),
    "DataFrame one-hot": (THREE, pandas.get_dummies(pandas.Series(WORDS)),
                          'Y.to_numpy("float32").T', TypeError),
    "polars": (THREE, polars.Series(INTS), "jaxnn.one_hot(Y, 3)", TypeError),
    "polars text": (THREE, polars.Series(WORDS), "return_inverse=True)[1], 3)", TypeError),
    "polars table": (THREE, polars.DataFrame({"y": INTS}), "one_hot(np.ravel(Y), 3)", TypeError),
    "yes or no": (YES_NO, BITS, 'Y[None, :].astype("float32")', TypeError),
    "list of yes or no": (YES_NO, BITS.tolist(), 'np.asarray(Y, "float32")[None, :]', TypeError),
    "booleans, one": (YES_NO, BITS > 0, 'Y[None, :].astype("float32")', TypeError),
    "floats, one": (YES_NO, BITS.astype("float32"), "Y[None, :]", jaxnn.ShapeError),
    "1 and 2": (YES_NO, BITS + 1, '(Y == 2)[None, :].astype("float32")', TypeError),
    "text, one": (YES_NO, np.array(YES), "return_inverse=True)[1][None, :]", TypeError),
    "row of integers": (YES_NO, BITS[None], "Y.astype('float32')", TypeError),
    "column, one": (YES_NO, BITS[:, None], "Y.T.astype('float32')", TypeError),
    "quantities": (QUANTITY, np.arange(M) * 10, 'Y[None, :].astype("float32")', TypeError),
    "real quantities": (QUANTITY, np.arange(M) / 7, "Y[None, :]", jaxnn.ShapeError),
    "list of quantities": (QUANTITY, (np.arange(M) / 7).tolist(),
                           'np.asarray(Y, "float32")[None, :]', TypeError),
    "Series of quantities": (QUANTITY, pandas.Series(np.arange(M) / 7),
                             'Y.to_numpy("float32")[None, :]', TypeError),
    "DataFrame of quantities": (QUANTITY, pandas.DataFrame({"y": np.arange(M) / 7}),
                                'Y.to_numpy("float32").T', TypeError),
    "polars quantities": (QUANTITY, polars.Series(np.arange(M) / 7),
                          'Y.to_numpy().astype("float32")[None, :]', TypeError),
}  # fmt: skip


@pytest.mark.quick_cases(4)
@pytest.mark.parametrize("given", TARGETS)
def test_the_advice_for_targets_works(given):
    net, Y, advice, kind = TARGETS[given]
    with pytest.raises(kind) as error:
        FUNCTIONS["loss"](net, X, Y)
    assert advice in str(error.value)
    assert str(error.value).startswith("Y must ")
    made = advised(error, Y=Y)
    assert made.shape == (net.sizes[-1], M)
    assert made.dtype in ("float32", "float64")
    assert np.isfinite(FUNCTIONS["loss"](net, X, made))


@pytest.mark.thorough_cases(8)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("function", "given"),
    [(f, g) for f in OF_TARGETS for g in ("text", "integers", "list of integers", "yes or no")]
    + [(f, g) for f in EVERY for g in ("floats", "column", "booleans", "floats, one")],
)
def test_the_advice_is_given_everywhere(function, given):
    net, Y, advice, kind = TARGETS[given]
    with pytest.raises(kind) as error:
        FUNCTIONS[function](net, X, Y)
    assert advice in str(error.value)
    FUNCTIONS[function](net, X, advised(error, Y=Y))


def test_classes_keep_their_numbers():
    """The code for text numbers the classes in the order of their names."""
    Y = np.array(WORDS)
    with pytest.raises(TypeError, match=r"3 different ones \('setosa', 'versicolor', 'virginica'"):
        FUNCTIONS["loss"](THREE, X, Y)
    made = jaxnn.one_hot(np.unique(Y, return_inverse=True)[1], 3)
    np.testing.assert_array_equal(jaxnn.class_of(made), [0, 2, 1] * 2)


@pytest.mark.parametrize(
    ("net", "Y", "kind", "text"),
    [
        (THREE, INTS + 5, jaxnn.DataError, r"Y must hold labels 0 … 2 \(the network has n_2 = 3 "
         r"outputs\).*, got Y\[0\] = 5 \(example 0\); labels 0 … 7 need a network of 8 outputs$"),
        (THREE, INTS - 1, jaxnn.DataError, r"got Y\[0\] = -1 \(example 0\)$"),
        (THREE, (INTS - 1).tolist(), jaxnn.DataError, r"got Y\[0\] = -1 \(example 0\)$"),
        (THREE, np.where(INTS == 2, 7.0, INTS), jaxnn.DataError, r"got Y\[2\] = 7.0 \(example 2\)"),
        (THREE, np.where(INTS == 2, np.nan, INTS), jaxnn.DataError,
         r"Y must be finite, got Y\[2\] = nan \(example 2\), which is no label: leave that"),
        (THREE, ["a", None, "b", "a", "c", "b"], jaxnn.DataError, r"got Y\[1\] = None"),
        (THREE, list("abcdea"), TypeError, "5 different ones .* the network has n_2 = 3: for them "
         "it needs 5 outputs, one a class$"),
        (THREE, INTS[:4], jaxnn.ShapeError,
         "same number of examples m, got 6 columns in X and 4 labels in Y"),
        (YES_NO, INTS, jaxnn.DataError, "Y must hold 0 and 1 for a network of one output in .*, "
         r"got 3 different labels, 0 … 2: for classes give the network an output a class"),
        (YES_NO, WORDS, TypeError, "has n_2 = 1: for them it needs 3 outputs, one a class"),
    ],
)  # fmt: skip
def test_no_advice_that_does_not_work(net, Y, kind, text):
    with pytest.raises(kind, match=text):
        FUNCTIONS["loss"](net, X, Y)


@pytest.mark.parametrize("net", [THREE, YES_NO])
def test_fewer_classes_than_in_training(net):
    Y = np.array(["yes"] * M)
    with pytest.raises(
        TypeError, match=r"number them as in training.*; or with names = np.uniq"
    ) as error:
        FUNCTIONS["loss"](net, X, Y)
    made = advised(error, Y=Y, names=np.array(["no", "yes"]))
    assert made.shape == (net.sizes[-1], M)
    np.testing.assert_array_equal(jaxnn.class_of(made), np.ones(M))


def test_labels_inside_jit():
    def loss(Y):
        return jaxnn.loss(THREE, params_of(THREE), X, Y, cost="cross_entropy")

    Y = jnp.asarray(INTS)
    with pytest.raises(TypeError, match=r"write jax.nn.one_hot\(Y, 3, axis=0\)") as error:
        jax.jit(loss)(Y)
    assert np.isfinite(jax.jit(loss)(advised(error, Y=Y)))


FRAMES = {
    "pandas": (TABLE, 'X.to_numpy("float32").T'),
    "of integers": ((100 * TABLE).astype(int), 'X.to_numpy("float32").T'),
    "of objects": (TABLE.astype(object), 'X.to_numpy("float32").T'),
    "in columns": (TABLE.T, 'X.to_numpy("float32")'),
    "polars": (polars.DataFrame(X.T, schema=list("abcd")), 'X.to_numpy().astype("float32").T'),
    "with text": (TABLE.assign(kind=WORDS), "X.drop(columns='kind').to_numpy(\"float32\").T"),
    "with dates": (TABLE.assign(day=pandas.Timestamp("2024-01-31")), "X.drop(columns='day')"),
    "polars with text": (polars.DataFrame({**dict(zip("abcd", X, strict=True)), "kind": WORDS}),
                         "X.drop('kind').to_numpy().astype(\"float32\").T"),
}  # fmt: skip


@pytest.mark.parametrize("given", FRAMES)
def test_the_advice_for_frames_works(given):
    frame, advice = FRAMES[given]
    for function in (FUNCTIONS["loss"], lambda net, X, Y: jaxnn.predict(net, params_of(net), X)):
        with pytest.raises(TypeError, match=r"^X must be an array of shape \(n_0, m\), got a p"):
            function(QUANTITY, frame, X[:1])
    with pytest.raises(TypeError) as error:
        FUNCTIONS["loss"](QUANTITY, frame, X[:1])
    assert advice in str(error.value)
    made = advised(error, X=frame)
    np.testing.assert_allclose(made, 100 * X if "integers" in given else X, atol=1)
    assert made.dtype == np.float32
    FUNCTIONS["loss"](QUANTITY, made, X[:1])


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("function", [*EVERY, "predict", "decision_regions"])
def test_frames_are_refused_everywhere(function):
    net = QUANTITY if function != "decision_regions" else jaxnn.mlp(2, 3, 1, output="identity")
    frame = TABLE[list("abcd")[: net.sizes[0]]]
    functions = FUNCTIONS | {
        "predict": lambda net, X, Y: jaxnn.predict(net, params_of(net), X),
        "decision_regions": lambda net, X, Y: jaxnn.plots.decision_regions(
            net, params_of(net), X, Y
        ),
    }
    with pytest.raises(TypeError, match=r'got a pandas DataFrame.*write X.to_numpy\("float32"\).T'):
        functions[function](net, frame, X[:1])


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (TABLE.assign(e=1.0, f=2.0), r"of 6 columns \(a, b, c, d, e, …\), and n_0 is 4: choose 4"),
        (TABLE.assign(d=WORDS), "whose column 'd' holds no numbers but 'setosa': leave it out, or "
         r"turn it into numbers, pandas.get_dummies\(X, columns=\['d'\]\)"),
        (TABLE["a"], "got a pandas Series of one column, and n_0 is 4"),
    ],
)  # fmt: skip
def test_frames_that_do_not_fit(frame, text):
    with pytest.raises(TypeError, match=text):
        FUNCTIONS["loss"](QUANTITY, frame, X[:1])


def test_a_series_of_weights():
    weights = pandas.Series(np.ones(M))
    with pytest.raises(TypeError, match=r"weights must be an array of shape \(m,\)") as error:
        jaxnn.evaluate(QUANTITY, params_of(QUANTITY), (X, X[:1], weights), cost="squared_error")
    made = advised(error, weights=weights)
    jaxnn.evaluate(QUANTITY, params_of(QUANTITY), (X, X[:1], made), cost="squared_error")


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("net", "y", "advice"),
    [
        (THREE, 2, "jaxnn.one_hot([y], 3)[:, 0]"),
        (THREE, 2.0, "jaxnn.one_hot([y], 3)[:, 0]"),
        (THREE, np.int32(2), "jaxnn.one_hot([y], 3)[:, 0]"),
        (THREE, jnp.asarray(2), "jaxnn.one_hot([y], 3)[:, 0]"),
        (THREE, np.array([2.0], np.float32), "jaxnn.one_hot([int(y[0])], 3)[:, 0]"),
        (THREE, True, "jaxnn.one_hot([int(y)], 3)[:, 0]"),
        (YES_NO, 1, 'np.array([y], "float32")'),
    ],
)
def test_the_label_of_one_example(net, y, advice):
    def explained(y):
        return jaxnn.explain(net, params_of(net), X[:, 0], y, cost=cost_of(net))

    with pytest.raises(jaxnn.ShapeError, match=r"^y must have shape") as error:
        explained(y)
    assert str(error.value).endswith(f"write {advice}")
    explained(advised(error, y=y))


def test_a_label_that_no_class_has():
    for y in (3, -1, 0.5):
        with pytest.raises(jaxnn.ShapeError, match="which is no label 0 … 2 either"):
            jaxnn.explain(THREE, params_of(THREE), X[:, 0], y, cost="cross_entropy")
