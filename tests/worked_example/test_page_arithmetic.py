"""The page's own arithmetic, in the browser, against Python's in float64."""

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.worked_example import explain
from jaxnn.worked_example.writing.decimals import decimal, whole_or_decimal
from tests.support.tables import (
    ACTIVATIONS,
    COST_OF_NETWORK,
    COSTS,
    ELEMENTWISE,
    NETWORKS,
    name_of,
    own_activation,
    own_cost,
)

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

Z = np.array([-40.0, -8, -2.9, -2.5, -1, -0.3, -1e-9, 0, 1e-9, 0.2, 0.75, 1, 2.2, 3.4, 8, 40])
V = np.linspace(-2, 2, len(Z))


def example_of(net, cost, *, seed=0, dtype=jnp.float64, **options):
    key, x_key = jax.random.split(jax.random.key(seed))
    params = jaxnn.init(net, key, biases=jax.nn.initializers.normal(0.3), dtype=dtype)
    x = jax.random.normal(x_key, (net.sizes[0],), dtype)
    y = jnp.eye(net.sizes[-1], dtype=dtype)[0] if net.sizes[-1] > 1 else jnp.ones(1, dtype)
    return explain(net, params, x, y, cost=cost, **options)


def as_page(g):
    return {"name": g.name, "options": dict(g.options)}


def test_activations(functions):
    script = "return args[0].map(([g, z]) => [...Arithmetic.activate(g, Float64Array.from(z))])"
    found = functions.run(script, [[as_page(g), Z.tolist()] for g in ACTIVATIONS])
    for g, a in zip(ACTIVATIONS, found, strict=True):
        np.testing.assert_allclose(a, g(jnp.array(Z)), rtol=1e-12, atol=1e-300, err_msg=repr(g))


def test_derivatives(functions):
    script = "return args[0].map(([g, z]) => [...Arithmetic.derivative(g, Float64Array.from(z))])"
    found = functions.run(script, [[as_page(g), Z.tolist()] for g in ELEMENTWISE])
    for g, slopes in zip(ELEMENTWISE, found, strict=True):
        expected = g.derivative(jnp.array(Z))
        np.testing.assert_allclose(slopes, expected, rtol=1e-12, atol=1e-15, err_msg=repr(g))


def test_pullbacks(functions):
    script = (
        "return args[0].map(([g, z, v]) =>"
        " [...Arithmetic.pullback(g, Float64Array.from(z), Float64Array.from(v))])"
    )
    found = functions.run(script, [[as_page(g), Z.tolist(), V.tolist()] for g in ACTIVATIONS])
    for g, product in zip(ACTIVATIONS, found, strict=True):
        expected = g.pullback(jnp.array(Z), jnp.array(V))
        np.testing.assert_allclose(product, expected, rtol=1e-12, atol=1e-15, err_msg=repr(g))


def test_erfc(functions):
    x = [*np.linspace(-6, 26, 321)]
    found = functions.run("return args[0].map(Arithmetic.erfc)", x)
    np.testing.assert_allclose(found, [math.erfc(v) for v in x], rtol=2e-13)


@pytest.mark.parametrize("y", [[0.0, 1.0, 0.0], [0.2, 0.5, 0.3]], ids=["one-hot", "shares"])
def test_costs(functions, y):
    a = [0.1, 0.7, 0.2]
    script = """return args[0].map((name) => [
        Arithmetic.costOf({ name }, Float64Array.from(args[1]), args[2]),
        [...Arithmetic.costDerivative({ name }, Float64Array.from(args[1]), args[2])],
    ])"""
    found = functions.run(script, [cost.name for cost in COSTS], a, y)
    for cost, (E, slopes) in zip(COSTS, found, strict=True):
        a_y = jnp.array(a), jnp.array(y)
        np.testing.assert_allclose(E, cost(*a_y), rtol=1e-14, err_msg=cost.name)
        np.testing.assert_allclose(slopes, cost.derivative(*a_y), rtol=1e-14, err_msg=cost.name)


@pytest.mark.parametrize(
    ("output", "cost", "n"),
    [("softmax", "cross_entropy", 2), ("sigmoid", "binary_cross_entropy", 1)],
)
def test_joint_costs_stay_finite(browser, tmp_path, output, cost, n):
    net = jaxnn.Network((1, n), (output,))
    params = (jaxnn.Layer(jnp.array([[1e4], [-1e4]])[:n], jnp.zeros(n)),)
    example = explain(net, params, jnp.ones(1), jnp.eye(2)[1][:n], cost=cost)
    browser.open(example.to_html(tmp_path / "joint.html"))
    assert browser.run("return model.E") == example.E == (2e4 if n == 2 else 1e4)
    assert browser.run("return [...model.delta[0]]") == example.delta[0].tolist()


PAGES = {
    **{name: (net, COST_OF_NETWORK[name]) for name, net in NETWORKS.items()},
    "shares": (jaxnn.mlp(3, 4, 3, hidden="softmax", output="softmax"), "squared_error"),
    "wide": (jaxnn.mlp(12, 70, 11, hidden="leaky_relu"), "cross_entropy"),
    "many yes or no": (jaxnn.mlp(3, 10, output="sigmoid"), "binary_cross_entropy"),
    "total": (jaxnn.mlp(3, 9, hidden="elu", output="softplus"), "total_error"),
    "absolute": (jaxnn.mlp(3, 2, 2, hidden="arctan", output="silu"), "absolute_error"),
}


IN_CI = ("classes", "wide")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in IN_CI else pytest.mark.slow) for name in PAGES],
)
def test_numbers_and_words_are_those_of_the_printed_example(browser, tmp_path, name):
    net, cost = PAGES[name]
    example = example_of(net, cost)
    browser.open(example.to_html(tmp_path / "page.html"))
    for symbol, expected in (
        ("trace.z", example.z), ("trace.a", example.a), ("dE_da", example.dE_da),
        ("delta", example.delta),
    ):  # fmt: skip
        found = browser.run(f"return model.{symbol}.map((v) => [...v])")
        for layer, numbers in zip(found, expected, strict=True):
            np.testing.assert_allclose(layer, numbers, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        browser.run("return [model.E, model.EAfter]"), [example.E, example.E_after], atol=1e-13
    )
    assert float(browser.run("return document.getElementById('agreement').dataset.value")) < 1e-13
    assert_same_words(browser, example)


def assert_same_words(browser, example):
    """Every equation of a part of the network reads as `print` writes it."""
    sizes = example.network.sizes
    neurons = [(l, i) for l in range(1, len(sizes)) for i in range(1, sizes[l] + 1)]
    weights = [(l, i, j) for l, i in neurons[:12] for j in range(1, min(sizes[l - 1], 12) + 1)]
    script = """
        const write = Equations.writer(model);
        const line = (pieces) => pieces.map((p) => (typeof p === "string" ? p : p.text)).join("");
        const text = (lines) => lines.map(line).join("\\n");
        return [
            args[0].map(([l, i]) => text(write.neuron(l, i))),
            args[1].map(([l, i, j]) => text(write.part({ kind: "weight", l, i, j }))),
            args[0].map(([l, i]) => text(write.part({ kind: "bias", l, i }))),
            text([write.vector("x", model.x), write.vector("y", model.y), write.cost()]),
        ]"""
    found = browser.run(script, neurons, weights)
    assert found[0] == [str(example.neuron(*place)) for place in neurons]
    assert found[1] == [str(example.weight(*place)) for place in weights]
    assert found[2] == [str(example.bias(*place)) for place in neurons]
    lines = [line.strip() for line in str(example).splitlines()]
    assert all(line in lines for line in found[3].splitlines())


def test_words_with_other_digits_and_in_float32(browser, tmp_path):
    net = jaxnn.mlp(4, 6, 3, hidden="tanh")
    for options in ({"digits": 2}, {"digits": 9}, {"dtype": jnp.float32, "digits": 4}):
        example = example_of(net, "cross_entropy", **options)
        browser.open(example.to_html(tmp_path / "page.html"))
        if options.get("dtype") is None:
            assert_same_words(browser, example)
        first = browser.run(
            "return Equations.writer(model).weightedSum(1, 1).map((p) => p.text ?? p)"
        )
        assert "".join(first) == str(example.neuron(1, 1)).splitlines()[0]


STATEFUL = {
    "adam": optax.adam(0.1),
    "nesterov": optax.sgd(0.1, momentum=0.9, nesterov=True),
    "momentum": optax.sgd(0.1, momentum=0.9),
    "odd": optax.adam(1e-5, b1=0.99999, eps=0.5),
    "unknown": optax.rmsprop(0.1),
}


@pytest.mark.thorough_cases(2)
@pytest.mark.parametrize("name", STATEFUL)
def test_words_of_an_optimizer_with_state(browser, tmp_path, name):
    net, optimizer = jaxnn.mlp(3, 4, 2), STATEFUL[name]
    first = example_of(net, "cross_entropy", optimizer=optimizer)
    with jax.numpy_dtype_promotion("standard"):
        _, state = optimizer.update(first.gradients, optimizer.init(first.params))
    second = example_of(net, "cross_entropy", optimizer=optimizer, opt_state=state)
    for example in (first, second):
        browser.open(example.to_html(tmp_path / "page.html"))
        assert_same_words(browser, example)
        assert browser.run("return model.EAfter") == pytest.approx(example.E_after, rel=1e-12)
        formulas = browser.run("return Updates.formulas(model, Equations.writer(model).s)")
        heading = re.search(r"Update, layer 2: (.*?)\n    \w", str(example), re.S)
        assert formulas == [line.strip() for line in heading[1].splitlines()]


@pytest.mark.parametrize(
    ("activation", "cost"),
    [(own_activation, "squared_error"), ("tanh", own_cost), (own_activation, own_cost)],
    ids=["activation", "cost", "both"],
)
def test_words_of_functions_of_ones_own(browser, tmp_path, activation, cost):
    example = example_of(jaxnn.mlp(2, 3, 2, hidden=activation, output="identity"), cost)
    browser.open(example.to_html(tmp_path / "page.html"))
    assert_same_words(browser, example)


def test_an_activation_of_ones_own_that_mixes_its_layer(browser, tmp_path):
    def halves(z):
        return z / jnp.sum(jnp.abs(z))

    example = example_of(jaxnn.mlp(2, 3, 2, hidden=halves, output="identity"), "squared_error")
    browser.open(example.to_html(tmp_path / "page.html"))
    assert_same_words(browser, example)


def test_numbers_are_written_as_python_writes_them(functions, key):
    values = [
        *np.asarray(jax.random.normal(key, (300,)) * 10.0 ** np.linspace(-12, 12, 300)),
        0.0, 1.0, -1.0, 0.5, 0.25, 0.125, 0.375, -0.0625, 2.5, 1e9, 999999999.5, 1e-4, 9.9999e-5,
        0.00005, 123456.789, 1 / 3, 1e21, 1e300, 5e-324,
    ]  # fmt: skip
    values = [float(v) for v in values]
    for digits in (1, 2, 4, 9):
        for precision in (15, 7):
            script = (
                "return args[0].map((v) => [Numbers.decimal(v, args[1], args[2]),"
                " Numbers.given(v, args[1], args[2])])"
            )
            expected = [
                [f(v, digits, precision).replace("-", "−") for f in (decimal, whole_or_decimal)]
                for v in values
            ]
            assert functions.run(script, values, digits, precision) == expected


ARTICLE = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
CLASSES = jaxnn.mlp(4, 6, 5, 3, hidden="tanh")
DESCENTS = {
    "article's": (ARTICLE, "squared_error", optax.sgd(0.1)),
    "classes, adam": (CLASSES, "cross_entropy", optax.adam(0.02, b2=0.99)),
    "classes, momentum": (CLASSES, "cross_entropy", optax.sgd(0.05, momentum=0.9)),
    "regression, nesterov": (
        jaxnn.mlp(4, 5, 2, hidden="gelu", output="identity"),
        "squared_error", optax.sgd(0.02, momentum=0.9, nesterov=True),
    ),
}  # fmt: skip


@pytest.mark.thorough_cases(2)  # `test_page_training` compares every optimiser
@pytest.mark.parametrize("name", DESCENTS)
def test_a_hundred_steps_are_those_of_update(browser, tmp_path, name):
    net, cost, optimizer = DESCENTS[name]
    example = example_of(net, cost, optimizer=optimizer)
    x, y = jnp.asarray(example.x)[:, None], jnp.asarray(example.y)[:, None]
    params = jax.tree.map(jnp.asarray, example.params)
    state = jaxnn.TrainState.create(params, optimizer, jax.random.key(0))
    step = jax.jit(lambda state: jaxnn.update(net, example.cost, optimizer, state, (x, y))[0])
    browser.open(example.to_html(tmp_path / "page.html"))
    for button, count in (("#descend", 1), ("#descend-10", 10), ("#descend-100", 100)):
        browser.click(button)
        for _ in range(count):
            state = step(state)
        found = browser.run("return model.params.map(({ W, b }) => [[...W], [...b]])")
        for (W, b), layer in zip(found, state.params, strict=True):
            np.testing.assert_allclose(W, np.ravel(layer.W), rtol=0, atol=1e-12)
            np.testing.assert_allclose(b, layer.b, rtol=0, atol=1e-12)
    E = jaxnn.loss(net, state.params, x, y, cost=cost)
    assert browser.value("#cost-now") == pytest.approx(float(E), abs=1e-12)
    assert browser.value("#steps-made") == 111


@pytest.mark.parametrize(
    "optimizer",
    [pytest.param(optax.sgd(0.5), marks=pytest.mark.slow), optax.adam(0.1)],
    ids=["sgd", "adam"],
)
def test_steps_on_all_examples_are_those_of_a_batch(browser, tmp_path, optimizer):
    net, data = ARTICLE, jaxnn.boolean_function()
    X, Y = (jnp.asarray(table, jnp.float64) for table in data)
    params = jaxnn.init(net, jax.random.key(3), dtype=jnp.float64)
    example = explain(net, params, X[:, 0], Y[:, 0], cost="squared_error", optimizer=optimizer)
    browser.open(example.to_html(tmp_path / "page.html", data=(X, Y)))
    browser.click("#learns-from-all")
    browser.click("#descend-10")
    state = jaxnn.TrainState.create(params, optimizer, jax.random.key(0))
    for _ in range(10):
        state, _ = jaxnn.update(net, jaxnn.squared_error, optimizer, state, (X, Y))
    found = browser.run("return model.params.map(({ W }) => [...W])")
    for W, layer in zip(found, state.params, strict=True):
        np.testing.assert_allclose(W, np.ravel(layer.W), rtol=0, atol=1e-13)
    E = float(jaxnn.loss(net, state.params, X, Y, cost="squared_error"))
    assert browser.value("#mean-cost") == pytest.approx(E, abs=1e-13)


def test_every_activation_has_a_row():
    assert {name_of(g).split(".")[0] for g in ACTIVATIONS} == set(
        jaxnn.textbook.activations.BY_NAME
    )
