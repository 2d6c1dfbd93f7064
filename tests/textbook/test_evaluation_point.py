"""Schedule-free optimisers train at y; the parameters evaluated and returned are x, the average."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.textbook.evaluation_point import evaluation_params
from jaxnn.textbook.network import Layer
from tests.support.tables import quick
from tests.sweeps.test_sweeps import close, same_bits

NET = jaxnn.mlp(3, 4, 1, hidden="tanh", output="sigmoid")
DATA = tuple(map(np.asarray, jaxnn.boolean_function()))
SETTINGS = {"cost": "binary_cross_entropy", "batch_size": 4, "progress": False}
FREE = optax.contrib.schedule_free_sgd(0.5)


def layers(params):
    return ("a", *["b"] * (len(params) - 1))


NESTED = {
    "alone": FREE,
    "chained": optax.chain(optax.clip(1.0), FREE),
    "steps": optax.MultiSteps(FREE, 2).gradient_transformation(),
    "injected": optax.inject_hyperparams(optax.contrib.schedule_free_sgd)(learning_rate=0.5),
    "for one layer": optax.partition({"a": FREE, "b": optax.sgd(0.5)}, layers),
    "for each layer": optax.partition(
        {"a": FREE, "b": optax.contrib.schedule_free_adamw(0.05)}, layers
    ),
}


def x_by_hand(state):
    """Return (y − (1 − β₁) z) / β₁ of each layer in a schedule-free state, y of the others."""
    layers = list(state.params)

    def write(node):
        if not isinstance(node, optax.contrib.ScheduleFreeState):
            return
        b1 = float(node.b1)
        for l, (y, z) in enumerate(zip(state.params, node.z, strict=True)):
            if isinstance(z, Layer):
                layers[l] = Layer((y.W - (1 - b1) * z.W) / b1, (y.b - (1 - b1) * z.b) / b1)

    is_free = lambda node: isinstance(node, optax.contrib.ScheduleFreeState)  # noqa: E731
    jax.tree.map(write, state.opt_state, is_leaf=is_free)
    return tuple(layers)


def furthest(tree, other):
    """Return the largest difference between two trees."""
    apart = jax.tree.map(lambda a, b: float(abs(a - b).max()), tree, other)
    return max(jax.tree.leaves(apart))


def fitted(optimizer, **options):
    key = options.pop("key", jax.random.key(0))
    return jaxnn.fit(NET, DATA, optimizer=optimizer, key=key, **SETTINGS | options)


def score(params):
    return jaxnn.evaluate(NET, params, DATA, cost="binary_cross_entropy")["loss"]


@pytest.mark.thorough_cases(1)
@pytest.mark.thorough
@pytest.mark.parametrize("name", quick(NESTED, ["alone", "chained", "for one layer"]))
def test_fit_validates_and_returns_x_and_goes_on_from_y(name):
    result = fitted(NESTED[name], epochs=7, validation=DATA)
    x, y = x_by_hand(result.state), result.state.params
    assert furthest(x, y) > 1e-3
    close(result.params, x, 1e-6)
    assert result.history["val_loss"][-1] == pytest.approx(score(x), rel=1e-4)
    half = fitted(NESTED[name], epochs=3)
    rest = fitted(NESTED[name], epochs=4, key=None, state=half.state)
    close(rest.params, result.params, 1e-6)
    close(rest.state.params, result.state.params, 1e-6)


@pytest.mark.thorough
def test_records_best_parameters_and_checkpoints_are_x(tmp_path):
    options = {"epochs": 6, "validation": DATA, "record_every": 2}
    result = fitted(FREE, **options, checkpoint=jaxnn.Checkpoints(tmp_path / "run"))
    for record, epoch in enumerate(result.recording.epochs):
        of_epoch = result.recording.params_at(record)
        if epoch:
            assert score(of_epoch) == pytest.approx(result.history["val_loss"][epoch - 1], rel=1e-4)
    same_bits(jaxnn.load(tmp_path / "run")[1], result.params)
    again = fitted(FREE, **options, checkpoint=jaxnn.Checkpoints(tmp_path / "run"))
    same_bits(again.params, result.params)
    best = fitted(
        FREE, epochs=8, validation=DATA, patience=2, metrics={"e": falling_short}, monitor="val_e",
        maximise=False,
    )  # fmt: skip
    assert best.best_epoch == 1
    stopped = fitted(FREE, epochs=best.best_epoch)
    close(best.params, x_by_hand(stopped.state), 1e-5)


def falling_short(A, Y):
    """Return 1 after every epoch: the first is the best."""
    return jnp.mean((A - Y) ** 2) * 0 + 1


@pytest.mark.thorough
def test_a_sweep_and_an_ensemble_have_x():
    rates = [0.2, 0.5]
    options = {"key": jax.random.key(0), "epochs": 5, **SETTINGS}
    swept = jaxnn.sweep(
        NET, DATA, grid={"learning_rate": rates}, optimizer=optax.contrib.schedule_free_sgd,
        validation=DATA, **options,
    )  # fmt: skip
    for i, rate in enumerate(rates):
        alone = fitted(optax.contrib.schedule_free_sgd(rate), epochs=5, validation=DATA)
        close(swept.params(i), alone.params, 1e-5)
        np.testing.assert_allclose(
            swept.histories[i]["val_loss"], alone.history["val_loss"], rtol=1e-4
        )
    together = jaxnn.ensemble(NET, DATA, optimizer=FREE, members=2, validation=DATA, **options)
    first = jax.tree.map(lambda array: array[0], together.params)
    assert score(first) == pytest.approx(together.histories[0]["val_loss"][-1], rel=1e-4)


def test_a_state_in_half_precision_and_gradients_of_the_evaluation_point():
    y = jaxnn.init(NET, jax.random.key(0))
    free = optax.contrib.schedule_free_sgd(0.5, state_dtype="bfloat16")
    x = evaluation_params(free.init(y), y)
    close(x, y, 1e-2)
    assert all(leaf.dtype == np.float32 for leaf in jax.tree.leaves(x))
    plain = optax.adam(0.1)
    assert evaluation_params(plain.init(y), y) is y


@pytest.mark.thorough
def test_what_optax_calls_is_found_inside_of_jit_and_vmap():
    step = functools.partial(jaxnn.epoch, NET, "binary_cross_entropy", FREE, batch_size=4)

    def trained(key):
        state = jaxnn.TrainState.create(jaxnn.init(NET, jax.random.key(0)), FREE, key)
        state, _ = step(state, DATA)
        return evaluation_params(state.opt_state, state.params), x_of(state)

    def x_of(state):
        return optax.contrib.schedule_free_eval_params(state.opt_state, state.params)

    found, wanted = jax.vmap(trained)(jax.random.split(jax.random.key(1), 2))
    close(found, wanted, 1e-6)
