"""A table: which output activation, cost and targets are allowed, warned of, or refused."""

import functools
import re
import time
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.textbook import costs
from jaxnn.textbook.pairing import advice_for, check_pairing, judged_targets
from jaxnn.textbook.pairs import judged_pair
from tests.streams.test_streams import saved
from tests.support.tables import name_of, own_activation, own_cost

M = 12
RNG = np.random.default_rng(0)
ONE_HOT = np.asarray(jaxnn.one_hot(np.arange(M) % 3, 3), np.float32)
MANY = {  # of three outputs
    "one-hot": ONE_HOT,
    "smoothed": 0.9 * ONE_HOT + np.float32(0.1 / 3),
    "multi-label": np.array([[1, 0, 1], [1, 1, 0], [0, 0, 0]] * 4, np.float32).T,
    "in (0, 1)": RNG.uniform(0.1, 0.9, (3, M)).astype(np.float32),
    "in (−1, 1)": RNG.uniform(-0.9, 0.9, (3, M)).astype(np.float32),
    "positive": RNG.uniform(25, 346, (3, M)).astype(np.float32),
    "real": RNG.normal(0, 3, (3, M)).astype(np.float32),
    "one-hot × 100": 100 * ONE_HOT,
}
ONE = {  # of one output
    "yes or no": np.array([[0, 1] * 6], np.float32),
    "all 1": np.ones((1, M), np.float32),
    "in (0, 1)": MANY["in (0, 1)"][:1],
    "−1 or 1": np.array([[-1, 1, 1] * 4], np.float32),
    "positive": MANY["positive"][:1],
    "real": MANY["real"][:1],
}
# which kinds of target are a(llowed), w(arned of) or r(efused), in the order of the dicts above
REACHES = {  # with costs that measure a distance
    "softmax": ("aawwrrrr", None),
    "sigmoid": ("aaaarrrr", "aaawrr"),
    "step": ("aaaarrrr", "aaawrr"),
    "tanh": ("aaaaarrr", "aaaarr"),
    "arctan": ("aaaaarrr", "aaaarr"),
    "relu": ("aaaarara", "aaawaw"),
    "leaky_relu": ("aaaaaaaa", "aaaaaa"),
    "elu": ("aaaaaara", "aaaaaw"),
    "softplus": ("aaaarara", "aaawaw"),
    "gelu": ("aaaarara", "aaawaw"),
    "silu": ("aaaarara", "aaawaw"),
    "identity": ("aaaaaaaa", "aaaaaa"),
    "own": ("aaaaaaaa", "aaaaaa"),
}
CROSS_ENTROPY = {"softmax": ("aawwrrrr", None), "own": ("aawwrrrr", "wawrrr")}
BINARY = {
    "softmax": ("wwwwrrrr", None),
    "sigmoid": ("aaaarrrr", "aaarrr"),
    "own": ("aaaarrrr", "aaarrr"),
}
REFUSED = ("rrrrrrrr", "rrrrrr")
TABLE = {
    (output, cost): by_output.get(output, REFUSED)
    for cost, by_output in {
        "squared_error": REACHES,
        "absolute_error": REACHES,
        "total_error": REACHES,
        "cross_entropy": CROSS_ENTROPY,
        "binary_cross_entropy": BINARY,
        "own": dict.fromkeys(REACHES, ("aaaaaaaa", "aaaaaa")),
    }.items()
    for output in REACHES
}


def outcome(net, cost, Y, weights=None):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            check_pairing(net, cost, Y, weights)
        except ValueError as error:
            return "r", str(error)
    return ("w" if warned else "a"), " ".join(str(one.message) for one in warned)


def network(output, n_L):
    return jaxnn.mlp(2, n_L, output=own_activation if output == "own" else output)


@pytest.mark.parametrize(("output", "cost"), TABLE)
def test_every_pair_with_every_kind_of_target(output, cost):
    takes = own_cost if cost == "own" else costs.find(cost)
    found = "".join(outcome(network(output, 3), takes, Y)[0] for Y in MANY.values())
    many, one = TABLE[output, cost]
    assert dict(zip(MANY, found, strict=True)) == dict(zip(MANY, many, strict=True))
    if output == "softmax":  # of one output: refused where the network is made
        return
    found = "".join(outcome(network(output, 1), takes, Y)[0] for Y in ONE.values())
    assert dict(zip(ONE, found, strict=True)) == dict(zip(ONE, one, strict=True))


CLASSES = "for classes take output='softmax' with cost='cross_entropy'"
YES_OR_NO = "for yes-or-no outputs take output='sigmoid' with cost='binary_cross_entropy'"
QUANTITIES = "for quantities take output='identity' with cost='squared_error'"


@pytest.mark.parametrize(
    ("output", "cost", "Y", "text"),
    [
        ("sigmoid", "cross_entropy", ONE["yes or no"],
         "cross_entropy is −Σ y_i ln a_i, in which a target of 0 costs nothing: after sigmoid the "
         f"output grows to 1, whatever the examples are; {YES_OR_NO}"),
        ("sigmoid", "cross_entropy", ONE_HOT,
         "cross_entropy is −Σ y_i ln a_i, in which a target of 0 costs nothing: after sigmoid "
         f"every output grows to 1, whatever the examples are; {CLASSES}"),
        ("identity", "cross_entropy", ONE_HOT,
         "cross_entropy takes ln a, and identity gives a in (−∞, ∞), where it is NaN or infinite; "
         + CLASSES),
        ("softplus", "cross_entropy", MANY["multi-label"],
         "cross_entropy takes ln a, and softplus gives a in (0, ∞), where it falls without end; "
         + YES_OR_NO),
        ("relu", "binary_cross_entropy", ONE["positive"],
         "binary_cross_entropy takes ln a and ln(1 − a), and relu gives a in [0, ∞), where it is "
         f"NaN or infinite; {QUANTITIES}"),
        (jax.nn.log_softmax, "cross_entropy", ONE_HOT,
         "cross_entropy takes ln a, and log_softmax gives a ≤ 0, where it is NaN; " + CLASSES),
        ("softmax", "binary_cross_entropy", ONE_HOT,
         "binary_cross_entropy takes each output as a yes-or-no of its own, and softmax gives "
         f"probabilities that sum to 1; {CLASSES}"),
        ("softmax", "cross_entropy", 100 * ONE_HOT,
         "Y must hold probabilities in [0, 1] for cross_entropy, got Y[0, 0] = 100 (example 0); "
         f"for classes give 0 and 1, Y / 100: {CLASSES}; {QUANTITIES}"),
        ("sigmoid", "binary_cross_entropy", ONE["−1 or 1"],
         "Y must hold probabilities in [0, 1] for binary_cross_entropy, got Y[0, 0] = -1 "
         f"(example 0); for classes give 0 and 1, (Y + 1) / 2: {YES_OR_NO}; {QUANTITIES}"),
        ("softmax", "cross_entropy", MANY["multi-label"],
         "cross_entropy takes probabilities that sum to 1, but Y[:, 0] (example 0) sums to 2, and "
         f"so 12 of 12 columns do not sum to 1; {YES_OR_NO}; {QUANTITIES}"),
        ("softmax", "squared_error", MANY["in (0, 1)"],
         "softmax gives probabilities that sum to 1, but Y[:, "),
        ("sigmoid", "squared_error", ONE["positive"],
         "Y should lie where sigmoid can reach, in (0, 1), got Y[0, 0] = "),
        ("sigmoid", "squared_error", ONE["positive"],
         f"(example 0), and so for 12 of 12 examples; {QUANTITIES}"),
        ("softmax", costs.softmax_cross_entropy, ONE_HOT,
         "softmax_cross_entropy takes the weighted sums z^[1], not the outputs of softmax, and "
         f"belongs to output='identity'; {CLASSES}"),
        ("softmax", optax.losses.softmax_cross_entropy, ONE_HOT,
         "softmax_cross_entropy takes the weighted sums z^[1], not the outputs of softmax"),
        ("softmax", functools.partial(optax.losses.softmax_cross_entropy, axis=-1), ONE_HOT,
         "softmax_cross_entropy takes the weighted sums z^[1], not the outputs of softmax"),
        ("tanh", optax.losses.softmax_cross_entropy, ONE_HOT,
         "softmax_cross_entropy takes the weighted sums z^[1], not the outputs of tanh"),
        ("sigmoid", optax.losses.sigmoid_binary_cross_entropy, ONE["yes or no"],
         "sigmoid_binary_cross_entropy takes the weighted sums z^[1], not the outputs of sigmoid, "
         f"and belongs to output='identity'; {YES_OR_NO}"),
        ("softmax", optax.losses.kl_divergence, ONE_HOT,
         f"kl_divergence takes ln a, and softmax gives a itself; {CLASSES}"),
        ("identity", optax.losses.softmax_cross_entropy, 100 * ONE_HOT,
         "Y must hold probabilities in [0, 1] for softmax_cross_entropy, got Y[0, 0] = 100"),
    ],
    ids=name_of,
)  # fmt: skip
def test_what_is_said(output, cost, Y, text):
    kind, said = outcome(jaxnn.mlp(2, len(Y), output=output), costs.find(cost), Y)
    assert kind != "a"
    assert text in said


def test_costs_of_weighted_sums_belong_to_the_identity():
    net = jaxnn.mlp(2, 3, output="identity")
    for cost in (costs.softmax_cross_entropy, optax.losses.softmax_cross_entropy):
        assert outcome(net, cost, ONE_HOT)[0] == "a"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_rounding_is_no_mistake(dtype):
    smoothed = MANY["smoothed"].astype(dtype)
    assert outcome(network("softmax", 3), jaxnn.cross_entropy, smoothed)[0] == "a"
    Y = np.full((1, M), 1 + jnp.finfo(dtype).eps, dtype)  # as scaled numbers may be
    assert outcome(network("sigmoid", 1), jaxnn.binary_cross_entropy, Y)[0] == "a"
    assert outcome(network("sigmoid", 1), jaxnn.squared_error, jnp.asarray(Y))[0] == "a"


def test_examples_of_weight_0_are_not_judged():
    Y, w = ONE_HOT.copy(), np.ones(M, np.float32)
    Y[:, 4], Y[:, 5], w[4:6] = 7.0, 0.0, 0.0
    net = network("softmax", 3)
    assert outcome(net, jaxnn.cross_entropy, Y, w)[0] == "a"
    assert outcome(net, jaxnn.cross_entropy, Y)[0] == "r"


def test_some_targets_out_of_reach_are_warned_of_and_most_are_refused():
    net, Y = network("sigmoid", 1), ONE["in (0, 1)"].copy()
    Y[0, :6] = 2.0
    assert outcome(net, jaxnn.squared_error, Y)[0] == "w"
    Y[0, 6] = 2.0
    assert outcome(net, jaxnn.squared_error, Y)[0] == "r"


def test_with_traced_targets_the_pair_is_judged(key):
    X, Y = jnp.ones((2, M)), jnp.asarray(ONE["positive"])

    def loss(net, cost):
        return jax.jit(lambda Y: jaxnn.loss(net, jaxnn.init(net, key), X, Y, cost=cost))(Y)

    assert jnp.isfinite(loss(jaxnn.mlp(2, 1, output="sigmoid"), "squared_error"))
    with pytest.raises(ValueError, match=r"takes ln a, and identity .* for yes-or-no outputs"):
        loss(jaxnn.mlp(2, 1, output="identity"), "cross_entropy")


X = np.ones((2, M), np.float32)
MANY_OF = {"optimizer": optax.sgd(0.1), "key": jax.random.key(0), "epochs": 1, "progress": False}


def functions(net, tmp_path):
    """Return every function that takes a network, a cost and targets."""
    params, sgd = jaxnn.init(net, jax.random.key(0)), optax.sgd(0.1)

    def state():
        return jaxnn.TrainState.create(params, sgd, jax.random.key(1))

    def stream(Y):
        rows = {"X": np.ascontiguousarray(X.T), "Y": np.ascontiguousarray(Y.T)}
        return jaxnn.stream_npy(**saved(tmp_path, **rows), block=3, buffer=6)

    return {
        "loss": lambda Y, c: jaxnn.loss(net, params, X, Y, cost=c),
        "backward": lambda Y, c: jaxnn.backward(net, params, X, Y, cost=c),
        "evaluate": lambda Y, c: jaxnn.evaluate(net, params, (X, Y), cost=c),
        "evaluate a stream": lambda Y, c: jaxnn.evaluate(net, params, stream(Y), cost=c),
        "explain": lambda Y, c: jaxnn.explain(net, params, X[:, 0], Y[:, 0], cost=c),
        "update": lambda Y, c: jaxnn.update(net, c, sgd, state(), (X, Y)),
        "epoch": lambda Y, c: jaxnn.epoch(net, c, sgd, state(), (X, Y), batch_size=4),
        "fit": lambda Y, c: jaxnn.fit(net, (X, Y), cost=c, **MANY_OF),
        "fit a stream": lambda Y, c: jaxnn.fit(net, stream(Y), cost=c, batch_size=3, **MANY_OF),
        "sweep": lambda Y, c: jaxnn.sweep(net, (X, Y), cost=c, grid={"seed": [0]}, **MANY_OF),
        "ensemble": lambda Y, c: jaxnn.ensemble(net, (X, Y), cost=c, members=2, **MANY_OF),
        "cross_validate": lambda Y, c: jaxnn.cross_validate(
            net, (X, Y), cost=c, folds=2, stratify=False, **MANY_OF
        ),
    }


FUNCTIONS = list(functions(jaxnn.mlp(2, 1, output="sigmoid"), None))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_refuses_and_warns(function, tmp_path):
    net = jaxnn.mlp(2, 3, output="softmax")
    call = functions(net, tmp_path)[function]
    with pytest.raises(jaxnn.DataError, match=r"must hold probabilities in \[0, 1\]"):
        call(100 * ONE_HOT, "cross_entropy")
    with pytest.warns(UserWarning, match="probabilities that sum to 1") as warned:
        call(MANY["multi-label"], "cross_entropy")
    assert [one.filename for one in warned] == [__file__]  # once, at the line that called
    with pytest.raises(ValueError, match="takes ln a, and identity"):
        functions(jaxnn.mlp(2, 3, output="identity"), tmp_path)[function](ONE_HOT, "cross_entropy")
    call(ONE_HOT, "cross_entropy")


@pytest.mark.thorough
def test_validation_and_standardised_targets_are_judged_too():
    net = jaxnn.mlp(2, 1, output="sigmoid")
    with pytest.raises(jaxnn.DataError, match=r"validation's Y should lie where sigmoid can"):
        jaxnn.fit(net, (X, ONE["in (0, 1)"]), cost="squared_error",
                  validation=(X, ONE["positive"]), **MANY_OF)  # fmt: skip
    settings = {"cost": "squared_error", "folds": 2, "standardise_targets": True, **MANY_OF}
    with pytest.warns(UserWarning, match="standardised Y should lie where sigmoid can reach"):
        jaxnn.cross_validate(net, (X, ONE["in (0, 1)"]), stratify=False, **settings)
    net = jaxnn.mlp(2, 1, output="identity")
    jaxnn.cross_validate(net, (X, ONE["positive"]), **settings)


def test_an_ensemble_is_measured_on_targets_that_fit():
    some = jaxnn.ensemble(jaxnn.mlp(2, 3), (X, ONE_HOT), cost="cross_entropy", members=2, **MANY_OF)
    with pytest.raises(jaxnn.DataError, match=r"must hold probabilities in \[0, 1\]"):
        some.evaluate((X, 100 * ONE_HOT))


def test_a_cost_of_several_numbers_says_how_to_make_one_of_them(key):
    net = jaxnn.mlp(2, 3, output="identity")
    with pytest.raises(ValueError, match=r"got shape \(3,\): sum over the outputs, lambda a, y"):
        jaxnn.loss(net, jaxnn.init(net, key), X, ONE_HOT, cost=optax.losses.l2_loss)


@pytest.mark.parametrize(
    ("output", "cost", "text"),
    [
        ("softmax", "cross_entropy", r"^Try a smaller learning rate, .* standardised inputs\.$"),
        ("softmax", "binary_cross_entropy", r"^The pair may be the cause: .*; for classes take"),
        (own_activation, "cross_entropy",
         r"^The pair may be the cause: cross_entropy .*which own_activation, an activation of your "
         r"own, must keep inside \(0, 1\); for classes take output='softmax'"),
        ("identity", "total_error", r"^The cost is the cause: .* take squared_error"),
        ("identity", own_cost, r"^Try a smaller learning rate, .* whether own_cost, a cost that"),
    ],
)  # fmt: skip
def test_the_advice_after_a_loss_diverged(output, cost, text):
    assert re.search(text, advice_for(jaxnn.mlp(2, 3, output=output), costs.find(cost)))


def test_a_loss_that_the_pair_made_nan_says_so(nan_wanted):
    net = jaxnn.mlp(2, 3, output=lambda z: z)  # a user's activation is not refused
    for train in (
        lambda: jaxnn.fit(net, (X, ONE_HOT), cost="cross_entropy", **MANY_OF),
        lambda: jaxnn.ensemble(net, (X, ONE_HOT), cost="cross_entropy", members=3, **MANY_OF),
    ):
        with pytest.warns(RuntimeWarning, match="The pair may be the cause: cross_entropy takes"):
            train()


def test_to_judge_mnist_takes_no_longer_than_a_few_passes_over_its_targets():
    rows = np.asarray(jaxnn.one_hot(np.arange(60_000) % 10, 10), np.float32).T
    Y, net = np.ascontiguousarray(rows).T, jaxnn.mlp(784, 10)
    judged, passed = [], []
    for _ in range(10):
        start = time.process_time()  # not the time of other processes
        assert judged_pair(net, jaxnn.cross_entropy) is None
        assert judged_targets(net, jaxnn.cross_entropy, Y, None, "Y") is None
        judged.append(time.process_time() - start)
        start = time.process_time()
        np.abs(Y).sum()  # memory that the kernel has to find first slows both
        passed.append(time.process_time() - start)
    assert min(judged) < 10 * min(passed)


def test_the_classes_of_scikit_learn_refuse_a_cost_that_does_not_fit():
    from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor

    rows, y, few = RNG.normal(size=(M, 2)), np.arange(M) % 3, {"max_iter": 1}
    regressor = MLPRegressor(cost="cross_entropy", **few)
    with pytest.raises(ValueError, match="cross_entropy takes ln a, and identity gives a in"):
        regressor.fit(rows, y.astype(float))
    classifier = MLPClassifier(cost=optax.losses.softmax_cross_entropy, **few)
    with pytest.raises(ValueError, match="not the outputs of softmax, and belongs to"):
        classifier.fit(rows, y)
