"""Every mistake raises an error that names the argument, the rule and what came."""

import chex
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn

NET = jaxnn.mlp(3, 4, 2)
PARAMS = jaxnn.init(NET, jax.random.key(0))
X, Y = np.ones((3, 5), np.float32), np.eye(2, dtype=np.float32)[:, [0, 1, 0, 1, 0]]
SGD = optax.sgd(0.1)
FIT = {"cost": "cross_entropy", "optimizer": SGD}


def with_value(array, value):
    array = array.copy()
    array[1, 2] = value
    return array


def fit(data=(X, Y), net=NET, **options):
    return jaxnn.fit(net, data, **(FIT | {"key": jax.random.key(0)} | options))


def loss(X=X, Y=Y, **options):
    return jaxnn.loss(NET, PARAMS, X, Y, **({"cost": "cross_entropy"} | options))


@pytest.mark.parametrize(
    ("error", "text", "mistake"),
    [
        (ValueError, r"sizes must have at least two layers, .* got \(3,\)", lambda: jaxnn.mlp(3)),
        (ValueError, r"sizes must be at least 1, got n_1 = 0", lambda: jaxnn.mlp(3, 0, 2)),
        (ValueError, r"sizes must be at least 1, got n_0 = -3", lambda: jaxnn.mlp(-3, 2)),
        (TypeError, r"sizes must be whole numbers, got n_1 = 2.5", lambda: jaxnn.mlp(3, 2.5, 2)),
        (TypeError, r"sizes must be a tuple .* got 'ab'", lambda: jaxnn.Network("ab", ("relu",))),
        (ValueError, r"activations must have one entry for each of the L = 2 layers .* got 1",
         lambda: jaxnn.Network((3, 4, 2), ("relu",))),
        (TypeError, r"activations must be a tuple .* got 'relu'",
         lambda: jaxnn.Network((3, 2), "relu")),
        (ValueError, r"activation 'rellu' is unknown; the known ones are identity, step, sigmoid",
         lambda: jaxnn.mlp(3, 2, output="rellu")),
        (TypeError, r"activation must be a name or a callable z -> a, got 3 of type int",
         lambda: jaxnn.mlp(3, 2, output=3)),
        (ValueError, r"softmax over n_L = 1 neuron is always 1", lambda: jaxnn.mlp(3, 1)),
        (ValueError, r"dropout must be a probability in \[0, 1\), got 1.0",
         lambda: jaxnn.mlp(3, 4, 2, dropout=1.0)),
        (ValueError, r"dropout must be one number or a tuple .* of L = 2, got 3",
         lambda: jaxnn.mlp(3, 4, 2, dropout=(0.1, 0.1, 0.1))),
        (TypeError, r"dropout must be a probability of dropping, got '0.5'",
         lambda: jaxnn.Network((3, 2), ("relu",), dropout="0.5")),
        (TypeError, r"compute_dtype must be a floating type such as 'bfloat16', got 'int8'",
         lambda: jaxnn.mlp(3, 2, compute_dtype="int8")),
        (TypeError, r"dtype must be a floating type such as jnp.float32, got",
         lambda: jaxnn.init(NET, jax.random.key(0), dtype=jnp.int32)),
    ],
)  # fmt: skip
def test_networks(error, text, mistake):
    with pytest.raises(error, match=text):
        mistake()


@pytest.mark.parametrize(
    ("error", "text", "params"),
    [
        (ValueError, r"W\^\[2\] must have shape \(n_2, n_1\) = \(2, 4\), got \(4, 2\)",
         (PARAMS[0], jaxnn.Layer(PARAMS[1].W.T, PARAMS[1].b))),
        (ValueError, r"b\^\[1\] must have shape \(n_1,\) = \(4,\), got \(4, 1\)",
         (jaxnn.Layer(PARAMS[0].W, PARAMS[0].b[:, None]), PARAMS[1])),
        (ValueError, r"params must have L = 2 layers for sizes \(3, 4, 2\), got 1", PARAMS[:1]),
        (TypeError, r"params must be a tuple of jaxnn.Layer\(W, b\), got dict", {"W": 1}),
        (TypeError, r"params must be a tuple of jaxnn.Layer\(W, b\), got list", list(PARAMS)),
        (TypeError, r"W\^\[1\] must be of a floating type, got int32",
         (jaxnn.Layer(PARAMS[0].W.astype(jnp.int32), PARAMS[0].b), PARAMS[1])),
        (TypeError, r"b\^\[1\] must be an array of shape \(n_1,\) = \(4,\), got None",
         (jaxnn.Layer(PARAMS[0].W, None), PARAMS[1])),
    ],
)  # fmt: skip
def test_parameters(error, text, params):
    for function in (
        lambda: jaxnn.check_params(NET, params),
        lambda: jaxnn.predict(NET, params, X),
        lambda: fit(params=params),
    ):
        with pytest.raises(error, match=text):
            function()


DATA = [
    (ValueError, r"X must have one column per example, shape \(n_0, m\) = \(3, m\), got \(5, 3\): "
     r"its rows are examples; transpose it, X.T", (X.T, Y)),
    (ValueError, r"X must have one column per example.* got \(4, 5\)", (np.ones((4, 5), "f"), Y)),
    (ValueError, r"Y must have one column per example, shape \(n_2, m\) = \(2, m\), got \(5, 2\): "
     r"its rows are examples; transpose it, Y.T", (X, Y.T)),
    (ValueError, r"Y must have one column per example.* = \(2, m\), got \(3, 5\)",
     (X, np.ones((3, 5), "f"))),
    (ValueError, r"X and Y must have the same number of examples m, got 5 columns in X and 4 in Y",
     (X, Y[:, :4])),
    (ValueError, r"X must have at least one example, got shape \(3, 0\)", (X[:, :0], Y[:, :0])),
    (ValueError, r"X must be finite, got X\[1, 2\] = nan \(example 2\)",
     (with_value(X, np.nan), Y)),
    (ValueError, r"Y must be finite, got Y\[1, 2\] = inf \(example 2\)",
     (X, with_value(Y, np.inf))),
    (TypeError, r"X must be of a floating type, got int64; convert it", (X.astype("int64"), Y)),
    (TypeError, r"Y must be of a floating type, got bool", (X, Y.astype(bool))),
    (TypeError, r"X must be an array, got list", (X.tolist(), Y)),
    (ValueError, r"X must fit float32 \(at most 3.403e\+38\), got X\[1, 2\] = 1e\+300; rescale it",
     (with_value(X.astype("float64"), 1e300), Y)),
]  # fmt: skip


@pytest.mark.parametrize(("error", "text", "data"), DATA, ids=[row[1][:45] for row in DATA])
@pytest.mark.parametrize("chex_off", [False, True])
def test_data_in_every_function(error, text, data, chex_off):
    state = jaxnn.TrainState.create(PARAMS, SGD, jax.random.key(1))
    functions = (
        lambda: loss(*data),
        lambda: jaxnn.backward(NET, PARAMS, *data, cost="cross_entropy"),
        lambda: jaxnn.update(NET, "cross_entropy", SGD, state, data),
        lambda: jaxnn.epoch(NET, "cross_entropy", SGD, state, data, batch_size=2),
        lambda: jaxnn.evaluate(NET, PARAMS, data, cost="cross_entropy"),
        lambda: fit(data),
        lambda: fit(validation=data),
    )
    if chex_off:
        chex.disable_asserts()
    try:
        for function in functions:
            with pytest.raises(error, match=text):
                function()
    finally:
        chex.enable_asserts()


@pytest.mark.usefixtures("nan_wanted")
def test_nan_on_the_device_is_found_too():
    with pytest.raises(ValueError, match=r"X must be finite, got X\[1, 2\] = nan"):
        jaxnn.predict(NET, PARAMS, jnp.asarray(with_value(X, np.nan)))


@pytest.mark.parametrize(
    ("error", "text", "weights"),
    [
        (ValueError, r"weights must have shape \(m,\) = \(5,\), got \(4,\)", np.ones(4, "f")),
        (ValueError, r"weights must be at least 0, got weights\[1\] = -1.0",
         np.array([1, -1, 1, 1, 1], "f")),
        (ValueError, r"weights must not all be 0", np.zeros(5, "f")),
        (ValueError, r"weights must be finite, got weights\[0\] = nan",
         np.array([np.nan, 1, 1, 1, 1], "f")),
        (TypeError, r"weights must be of a floating type, got int64", np.ones(5, "int64")),
    ],
)  # fmt: skip
def test_weights(error, text, weights):
    for function in (lambda: loss(weights=weights), lambda: fit((X, Y, weights))):
        with pytest.raises(error, match=text):
            function()


@pytest.mark.parametrize(
    ("error", "text", "options"),
    [
        (ValueError, r"batch_size must be at least 1, got 0", {"batch_size": 0}),
        (ValueError, r"epochs must be at least 1, got -1", {"epochs": -1}),
        (TypeError, r"epochs must be a whole number, got 1.5", {"epochs": 1.5}),
        (ValueError, r"cost 'hinge' is unknown; the known ones are total_error, absolute_error",
         {"cost": "hinge"}),
        (TypeError, r"cost must be a name or a callable", {"cost": 3}),
        (TypeError, r"fit needs key=jax.random.key\(seed\), or state=", {"key": None}),
        (ValueError, r"patience needs validation", {"patience": 3}),
        (ValueError, r"patience must be at least 1, got 0",
         {"patience": 0, "validation": (X, Y)}),
        (ValueError, r"monitor 'val_f1' is unknown; known are accuracy, loss, val_accuracy",
         {"patience": 2, "monitor": "val_f1", "validation": (X, Y)}),
        (ValueError, r"cost must return one number for one example, .* got shape \(2,\)",
         {"cost": lambda a, y: a - y}),
        (ValueError, r"layer 1 uses step, whose derivative is zero",
         {"net": jaxnn.mlp(3, 4, 2, hidden="step")}),
        (ValueError, r"state already holds params and key",
         {"state": jaxnn.TrainState.create(PARAMS, SGD, jax.random.key(1))}),
    ],
)  # fmt: skip
def test_options_of_fit(error, text, options):
    with pytest.raises(error, match=text):
        fit(**options)


def test_one_example_must_be_a_vector():
    with pytest.raises(
        ValueError,
        match=r"x must have shape \(n_0,\) = \(3,\), got \(3, 5\); for a batch .*predict",
    ):
        jaxnn.forward(NET, PARAMS, X)


@pytest.mark.parametrize(
    ("error", "text", "labels"),
    [
        (ValueError, r"labels must lie in 0 … 2, got labels\[1\] = -1", [0, -1]),
        (ValueError, r"labels must lie in 0 … 2, got labels\[0\] = 7", [7]),
        (ValueError, r"labels must be whole numbers, got labels\[1\] = 1.5", [1.0, 1.5]),
        (ValueError, r"labels must be whole numbers, got labels\[0\] = nan", [np.nan]),
        (ValueError, r"labels must have shape \(m,\), got \(1, 2\)", [[0, 1]]),
        (TypeError, r"labels must be whole numbers, got an array of <U1", ["a"]),
    ],
)
def test_labels(error, text, labels):
    with pytest.raises(error, match=text):
        jaxnn.one_hot(labels, 3)


def test_split():
    with pytest.raises(ValueError, match=r"test must be a share in \(0, 1\), got 1.5"):
        jaxnn.split(X, Y, test=1.5)
    with pytest.raises(ValueError, match=r"same number of examples m, got 5 and 4"):
        jaxnn.split(X, Y[:, :4])
    with pytest.raises(ValueError, match=r"split needs at least 2 examples, got 1"):
        jaxnn.split(X[:, :1], Y[:, :1])


@pytest.mark.parametrize("chex_off", [False, True])
def test_an_activation_that_changes_the_shape(chex_off):
    """The check does not depend on chex, which can be switched off."""
    net = jaxnn.Network((3, 1), (lambda z: jnp.concatenate([z, z]),))
    params = (jaxnn.Layer(jnp.ones((1, 3)), jnp.ones(1)),)
    if chex_off:
        chex.disable_asserts()
    try:
        with pytest.raises(ValueError, match=r"g\^\[1\] must keep the shape .*\(1,\), got \(2,\)"):
            jaxnn.forward(net, params, jnp.ones(3))
    finally:
        chex.enable_asserts()


@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize("function", [jaxnn.forward, jaxnn.trace])
def test_one_example_must_be_finite(function):
    with pytest.raises(ValueError, match=r"x must be finite, got x\[1\] = nan"):
        function(NET, PARAMS, jnp.array([1.0, jnp.nan, 1.0]))


@pytest.mark.parametrize(
    ("error", "text", "bad"),
    [
        (TypeError, r"X must be of a floating type, got int64", X.astype("int64")),
        (ValueError, r"X must have at least one example, got shape \(3, 0\)", X[:, :0]),
        (ValueError, r"X must have one column per example.* got \(5,\)", X[0]),
        (ValueError, r"X must be finite, got X\[1, 2\] = nan", with_value(X, np.nan)),
    ],
    ids=["integers", "no example", "vector", "nan"],
)
def test_standardisation(error, text, bad):
    with pytest.raises(error, match=text):
        jaxnn.standardisation(bad)


@pytest.mark.parametrize("n", [4, 6])
def test_batches_drop_no_row(n):
    """If Y were longer than X, its last columns would be dropped without an error."""
    with pytest.raises(ValueError, match=f"same number of examples m, got 5 and {n}"):
        next(jaxnn.batches(jax.random.key(0), (X, np.ones((2, n), np.float32)), 2))
