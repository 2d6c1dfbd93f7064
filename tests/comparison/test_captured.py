"""Values that users' functions capture: each call computes with their present values."""

import functools
import types

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.support.compilations import compilations

X, Y = (np.asarray(array) for array in jaxnn.boolean_function())
NET = jaxnn.mlp(3, 4, 1, hidden="tanh", output="sigmoid")
PARAMS = jaxnn.init(NET, jax.random.key(0))
FACTOR = 1.0


def by_closure():
    factor = 1.0

    def change(value):
        nonlocal factor
        factor = value

    return lambda x: factor * x, change


def by_global():
    def change(value):
        global FACTOR
        FACTOR = value

    change(1.0)
    return lambda x: FACTOR * x, change


def by_attribute():
    holder = types.SimpleNamespace(factor=1.0)
    return lambda x: holder.factor * x, functools.partial(setattr, holder, "factor")


class Scaled:
    def __init__(self):
        self.factor = 1.0

    def __call__(self, x):
        return self.factor * x

    def method(self, x):
        return self.factor * x


def by_method():
    scaled = Scaled()
    return lambda x: scaled.method(x), functools.partial(setattr, scaled, "factor")


def by_array():
    factor = np.ones(1, np.float32)

    def change(value):
        factor[0] = value

    return lambda x: jnp.asarray(factor)[0] * x, change


def by_partial():
    keywords = {"factor": jnp.ones((), jnp.float32)}

    def change(value):
        keywords["factor"] = jnp.asarray(value, jnp.float32)

    def scale(x, given):
        return given["factor"] * x

    return functools.partial(scale, given=keywords), change


def by_helper():
    def helper(x, factor=1.0):
        return factor * x

    def change(value):
        helper.__defaults__ = (value,)

    return lambda x: helper(x), change


def by_derivative():
    """Return a function of which also the hand-written derivative captures the factor."""
    holder = types.SimpleNamespace(factor=1.0)

    @jax.custom_jvp
    def scale(x):
        return holder.factor * x

    scale.defjvp(lambda x, t: (holder.factor * x[0], holder.factor * t[0]))
    return scale, functools.partial(setattr, holder, "factor")


CAPTURES = [
    by_closure, by_global, by_attribute, by_method, by_array, by_partial, by_helper, by_derivative,
]  # fmt: skip

captures = pytest.mark.parametrize("captured", CAPTURES, ids=lambda f: f.__name__)


def fitted(**options):
    """Return the result of a fit with these options, all others equal."""
    settings = {"cost": "squared_error", "optimizer": optax.sgd(0.5), "network": NET} | options
    return jaxnn.fit(
        settings.pop("network"), (X, Y), key=jax.random.key(0), epochs=2, batch_size=8,
        progress=False, **settings,
    )  # fmt: skip


def cost_of(scale):
    return lambda a, y: scale(jnp.sum((a - y) ** 2))


def network_of(scale):
    return jaxnn.mlp(3, 4, 1, hidden=lambda z: jnp.tanh(scale(z)), output="sigmoid")


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@captures
def test_a_cost(captured):
    scale, change = captured()
    cost = cost_of(scale)
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        expected = jaxnn.loss(NET, PARAMS, X, Y, cost=cost).item()
        plain = factor * 2 * jaxnn.loss(NET, PARAMS, X, Y, cost="squared_error").item()
        assert expected == pytest.approx(plain, rel=1e-5)
        scores = jaxnn.evaluate(NET, PARAMS, (X, Y), cost=cost)
        assert scores["loss"] == pytest.approx(plain, rel=1e-5)
        expected = fitted(optimizer=optax.sgd(0.5 * 2 * factor))  # a factor on every gradient
        found = fitted(cost=cost)
        np.testing.assert_allclose(found.params[0].W, expected.params[0].W, rtol=1e-5)


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@captures
def test_a_metric(captured):
    scale, change = captured()
    metrics = {"own": lambda A, Y: scale(jnp.mean(A))}
    plain = np.mean(jaxnn.predict(NET, PARAMS, X)).item()
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        scores = jaxnn.evaluate(NET, PARAMS, (X, Y), cost="squared_error", metrics=metrics)
        assert scores["own"] == pytest.approx(factor * plain, rel=1e-5)
        found = fitted(validation=(X, Y), metrics=metrics)
        plain_after = np.mean(jaxnn.predict(NET, found.params, X)).item()
        assert found.history["val_own"][-1] == pytest.approx(factor * plain_after, rel=1e-5)


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@captures
def test_an_activation(captured):
    scale, change = captured()
    network = network_of(scale)
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        plain = jaxnn.mlp(3, 4, 1, hidden=lambda z, k=factor: jnp.tanh(k * z), output="sigmoid")
        expected = jax.vmap(jaxnn.forward, (None, None, 1), 1)(plain, PARAMS, X)
        np.testing.assert_allclose(jaxnn.predict(network, PARAMS, X), expected, rtol=1e-5)
        loss = jaxnn.loss(plain, PARAMS, X, Y, cost="squared_error").item()
        scores = jaxnn.evaluate(network, PARAMS, (X, Y), cost="squared_error")
        assert scores["loss"] == pytest.approx(loss, rel=1e-5)
        found = fitted(network=network, params=PARAMS)
        np.testing.assert_allclose(
            found.params[0].W, fitted(network=plain, params=PARAMS).params[0].W, rtol=1e-5
        )
        four = jaxnn.Ensemble(
            network, jax.tree.map(lambda p: p[None], PARAMS), jaxnn.squared_error, (), *[X[:0]] * 2
        )
        np.testing.assert_allclose(four.outputs(X)[0], expected, rtol=1e-5)


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@captures
def test_a_schedule(captured):
    scale, change = captured()
    optimizer = optax.sgd(lambda step: scale(jnp.float32(0.5)))
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        found, expected = fitted(optimizer=optimizer), fitted(optimizer=optax.sgd(0.5 * factor))
        np.testing.assert_allclose(found.params[0].W, expected.params[0].W, rtol=1e-5)


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@captures
def test_an_augmentation(captured):
    scale, change = captured()
    augment = lambda key, x: scale(x)  # noqa: E731
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        found = fitted(augment=augment)
        expected = fitted(augment=lambda key, x, k=factor: k * x)
        np.testing.assert_allclose(found.params[0].W, expected.params[0].W, rtol=1e-5)


def swept(**options):
    settings = {"cost": "squared_error", "optimizer": optax.sgd(0.5), "grid": {"seed": [0]}}
    settings |= options
    result = jaxnn.sweep(
        NET, (X, Y), key=jax.random.key(0), epochs=2, batch_size=8, progress=False, **settings
    )
    return result.params(0)[0].W, result.scores()


@pytest.mark.thorough_cases(2)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("what", ["cost", "metrics", "optimizer", "augment", "init", "hidden"])
def test_a_sweep(what):
    scale, change = by_attribute()

    def options(scale):
        own = {
            "cost": cost_of(scale),
            "metrics": {"own": lambda A, Y: scale(jnp.mean(A))},
            "optimizer": lambda: optax.sgd(lambda step: scale(jnp.float32(0.5))),
            "augment": lambda key, x: scale(x),
            "init": lambda network, key: jax.tree.map(scale, jaxnn.init(network, key)),
        }
        if what == "hidden":
            return {"grid": {"hidden": [lambda z: jnp.tanh(scale(z))]}}
        more = (
            {"validation": (X, Y), "monitor": "val_own", "maximise": False}
            if what == "metrics"
            else {}
        )
        return {what: own[what]} | more

    given = options(scale)
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        expected = swept(**options(lambda x, k=factor: k * x))
        for a, b in zip(swept(**given), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.thorough
def test_an_optimizer_factory_of_a_sweep():
    holder = types.SimpleNamespace(momentum=0.0)

    def factory(learning_rate):
        return optax.sgd(learning_rate, momentum=holder.momentum)

    for momentum in (0.0, 0.9, 0.0):
        holder.momentum = momentum
        found, _ = swept(optimizer=factory, grid={"learning_rate": [0.5]})
        expected, _ = swept(optimizer=optax.sgd(0.5, momentum=momentum), grid={"seed": [0]},
                            init=lambda network, _: jaxnn.init(network, KEY))  # fmt: skip
        again, _ = swept(optimizer=factory, grid={"learning_rate": [0.5]},
                         init=lambda network, _: jaxnn.init(network, KEY))  # fmt: skip
        np.testing.assert_allclose(again, expected, rtol=1e-5)
        assert found.shape == expected.shape


KEY = jax.random.key(3)


@pytest.mark.thorough
def test_an_ensemble_and_cross_validation():
    scale, change = by_closure()
    options = {"optimizer": optax.sgd(0.5), "key": jax.random.key(0), "epochs": 2, "batch_size": 8}
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        plain = cost_of(lambda x, k=factor: k * x)
        a, b = (
            jaxnn.ensemble(NET, (X, Y), members=2, cost=cost, progress=False, **options)
            for cost in (cost_of(scale), plain)
        )
        np.testing.assert_allclose(a.params[0].W, b.params[0].W, rtol=1e-5)
        a, b = (
            jaxnn.cross_validate(NET, (X, Y), folds=2, cost=cost, progress=False, **options)
            for cost in (cost_of(scale), plain)
        )
        np.testing.assert_allclose(a.scores["loss"], b.scores["loss"], rtol=1e-5)


def test_a_cost_on_a_stream(tmp_path):
    for name, array in (("X", X), ("Y", Y)):
        np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array.T, np.float32))
    stream = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy")
    scale, change = by_attribute()
    cost = cost_of(scale)
    for factor in (1.0, 3.0, 1.0):
        change(factor)
        plain = factor * 2 * jaxnn.loss(NET, PARAMS, X, Y, cost="squared_error").item()
        scores = jaxnn.evaluate(NET, PARAMS, stream, cost=cost)
        assert scores["loss"] == pytest.approx(plain, rel=1e-5)
        result = jaxnn.fit(
            NET, stream, cost=cost, optimizer=optax.sgd(0.0), params=PARAMS, key=jax.random.key(0),
            epochs=1, batch_size=8, validation=stream, progress=False,
        )  # fmt: skip
        for name in ("loss", "val_loss"):
            assert result.history[name][0] == pytest.approx(plain, rel=1e-5)


def test_functions_written_anew_compile_nothing():
    def once():
        scale = lambda x: 2.0 * x  # noqa: E731
        network = network_of(scale)
        metrics = {"own": lambda A, Y: scale(jnp.mean(A))}
        options = {"cost": cost_of(scale), "metrics": metrics}
        fitted(
            network=network, validation=(X, Y), augment=lambda key, x: scale(x),
            optimizer=optax.sgd(lambda step: scale(jnp.float32(0.5))), **options,
        )  # fmt: skip
        jaxnn.evaluate(network, PARAMS, (X, Y), **options)
        jaxnn.predict(network, PARAMS, X)

    once()
    with compilations() as found:
        once()
    assert not found


def test_a_function_that_calls_back_is_known_by_what_it_calls():
    """The code of a callback is not in the jaxpr; the compiled function calls it each time."""
    holder = types.SimpleNamespace(factor=1.0)

    def on_host(x):
        return np.float32(holder.factor) * x

    def metric(A, Y):
        return jax.pure_callback(on_host, jax.ShapeDtypeStruct((), jnp.float32), jnp.mean(A))

    plain = np.mean(jaxnn.predict(NET, PARAMS, X)).item()
    for factor in (1.0, 3.0):
        holder.factor = factor
        scores = jaxnn.evaluate(NET, PARAMS, (X, Y), cost="squared_error", metrics={"own": metric})
        assert scores["own"] == pytest.approx(factor * plain, rel=1e-5)
    other = lambda A, Y: jax.pure_callback(  # noqa: E731
        lambda x: 7 * x, jax.ShapeDtypeStruct((), jnp.float32), jnp.mean(A)
    )
    scores = jaxnn.evaluate(NET, PARAMS, (X, Y), cost="squared_error", metrics={"own": other})
    assert scores["own"] == pytest.approx(7 * plain, rel=1e-5)


def test_gradients_pass_through_a_captured_value():
    def loss(factor):
        cost = cost_of(lambda x: factor * x)
        return jaxnn.evaluate(NET, PARAMS, (X, Y), cost=cost)["loss"]

    plain = 2 * jaxnn.loss(NET, PARAMS, X, Y, cost="squared_error").item()
    assert jax.grad(loss)(3.0).item() == pytest.approx(plain, rel=1e-5)
