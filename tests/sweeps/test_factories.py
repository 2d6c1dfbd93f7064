"""A sweep's factory of optimisers sees what `fit` would give it, wherever it looks at a number."""

import functools

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.sweeps.traced_hyperparameters import traceable
from tests.support.tables import quick
from tests.sweeps.test_sweeps import close

NET = jaxnn.mlp(3, 1, output="sigmoid")
DATA = tuple(map(np.asarray, jaxnn.boolean_function()))
SETTINGS = {"cost": "squared_error", "epochs": 3, "batch_size": 4, "progress": False}


@functools.cache
def remembered(k):
    return optax.sgd(0.1 * k)


def forgiving(k):
    try:
        return optax.sgd(0.1 * int(k))
    except TypeError:
        return optax.sgd(9.0)


def own_optimizer(k):
    """Return an optimiser whose update, and not the factory, looks at the type of a number."""

    def update(updates, state, params=None):
        rate = 0.1 * k if isinstance(k, int) else 9.0
        return jax.tree.map(lambda g: -rate * g, updates), state

    return optax.GradientTransformation(lambda params: optax.EmptyState(), update)


class Rate:
    def __init__(self, k):
        self.rate = k if isinstance(k, int) else 9

    def __call__(self, step):
        return 0.1 * self.rate


FACTORIES = {
    # name: (factory of k, what is traced)
    "multiplied": (lambda k: optax.sgd(0.1 * k), True),
    "rounded": (lambda k: optax.adam(0.1, b1=round(0.45 * k, 1)), False),
    "MultiSteps": (
        lambda k: optax.MultiSteps(optax.sgd(0.1), k).gradient_transformation(), False,
    ),
    "isinstance": (lambda k: optax.sgd(0.1 * k if isinstance(k, int) else 9.0), False),
    "type": (lambda k: optax.sgd(0.1 * k if type(k) is int else 9.0), False),
    "table": (lambda k: optax.sgd({1: 0.1, 2: 0.2}[k]), False),
    "table with a default": (lambda k: optax.sgd({1: 0.1, 2: 0.2}.get(k, 9.0)), False),
    "str": (lambda k: optax.sgd({"1": 0.1, "2": 0.2}.get(str(k), 9.0)), False),
    "format": (lambda k: optax.sgd(float(f"1e-{k:d}")), False),
    "power": (lambda k: optax.sgd(10**-k), False),
    "power in a schedule": (lambda k: optax.sgd(lambda step: 10**-k / (1 + step)), False),
    "if": (lambda k: optax.sgd(0.1 if k > 1 else 0.3), False),
    "float": (lambda k: optax.sgd(0.1 * float(k)), False),
    "caught": (forgiving, False),
    "remembered": (remembered, False),
    "schedule": (lambda k: optax.sgd(optax.linear_schedule(0.5, 0.01, transition_steps=k)), False),
    "own schedule": (lambda k: optax.sgd(lambda step: 0.1 * k / (1 + step)), True),
    "own optimiser": (own_optimizer, False),
    "own class": (lambda k: optax.sgd(Rate(k)), False),
    "memory": (lambda k: optax.chain(optax.scale_by_lbfgs(memory_size=k), optax.sgd(0.1)), False),
    "partial": (functools.partial(optax.adam, 0.1), None),
}  # fmt: skip


OTHER_WAYS = {
    *("type", "table", "table with a default", "str", "power", "power in a schedule", "float"),
    *("caught", "schedule", "own class", "memory"),
}
"""Factories that ask in a way of which the table has another example; slow."""


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", quick(FACTORIES, FACTORIES.keys() - OTHER_WAYS))
def test_every_network_of_a_sweep_is_fit_whatever_the_factory_asks(name):
    factory, traced = FACTORIES[name]
    grid = {"k": [1, 2]} if traced is not None else {"b1": [0.5, 0.9]}
    points = [dict(zip(grid, [value], strict=True)) for value in next(iter(grid.values()))]
    assert bool(traceable(NET, factory, points)) is (traced is not False)
    result = jaxnn.sweep(NET, DATA, grid=grid, optimizer=factory, key=jax.random.key(0), **SETTINGS)
    for member in result:
        alone = jaxnn.fit(
            NET, DATA, optimizer=factory(**member.point), key=jax.random.key(0), **SETTINGS
        )
        close(member.params, alone.params, 1e-5)


def test_one_number_is_looked_at_and_the_other_is_traced():
    def factory(learning_rate, k):
        return optax.sgd(optax.cosine_decay_schedule(learning_rate, decay_steps=k))

    points = [{"learning_rate": rate, "k": k} for rate in (0.1, 0.2) for k in (1, 2)]
    assert traceable(NET, factory, points) == ["learning_rate"]


def test_a_number_that_differs_at_one_point_of_many_is_found():
    def factory(learning_rate):
        return optax.sgd(7.0 if str(learning_rate) == "0.05" else learning_rate)

    assert traceable(NET, factory, [{"learning_rate": 0.1}, {"learning_rate": 0.2}])
    many = [{"learning_rate": i / 100} for i in range(1, 10)]
    assert not traceable(NET, factory, many)


def test_numbers_that_no_int32_or_float32_holds_are_not_traced():
    points = [{"learning_rate": rate} for rate in (1e-60, 0.1)]
    assert not traceable(NET, optax.sgd, points)
    assert not traceable(NET, lambda k: optax.sgd(0.1 * k), [{"k": 2**40}, {"k": 2**40 + 1}])


def clipped_adam(learning_rate):
    return optax.chain(optax.clip(1.0), optax.adam(learning_rate))


@pytest.mark.parametrize(
    ("factory", "points"),
    [
        (optax.adamw, {"learning_rate": 0.1, "weight_decay": 0.01}),
        (optax.inject_hyperparams(optax.adam), {"learning_rate": 0.1}),
        (clipped_adam, {"learning_rate": 0.1}),
        (optax.contrib.schedule_free_sgd, {"learning_rate": 0.1}),
        (optax.polyak_sgd, {"max_learning_rate": 1.0}),
    ],
)  # fmt: skip
def test_the_usual_factories_are_traced(factory, points):
    half = {name: value / 2 for name, value in points.items()}
    assert traceable(NET, factory, [points, half]) == list(points)


def test_what_a_factory_raises_reaches_the_caller():
    def factory(k):
        raise ValueError(f"k must be odd, got {k}")

    with pytest.raises(ValueError, match="k must be odd, got 2"):
        jaxnn.sweep(
            NET, DATA, grid={"k": [2]}, optimizer=factory, key=jax.random.key(0), **SETTINGS
        )


@pytest.mark.parametrize("transform", [jax.jit, jax.vmap, jax.grad])
def test_loops_on_the_host_name_what_composes(transform):
    options = {"optimizer": optax.sgd(0.1), **SETTINGS}

    def within(function):
        def of_number(number):
            weights = number * np.ones(8, np.float32)
            return function((*DATA, weights), key=jax.random.key(0), **options)

        number = np.ones(3, np.float32) if transform is jax.vmap else np.float32(1)
        with pytest.raises(TypeError, match=r"is a loop on the host, .* jaxnn.epoch .*jaxnn.sweep"):
            transform(of_number)(number)

    within(functools.partial(jaxnn.fit, NET))
    within(functools.partial(jaxnn.sweep, NET, grid={"seed": [0]}))
    within(functools.partial(jaxnn.ensemble, NET, members=2))
    within(functools.partial(jaxnn.cross_validate, NET, folds=2))


def test_fit_of_constants_within_jit_names_what_composes():
    def train():
        return jaxnn.fit(NET, DATA, optimizer=optax.sgd(0.1), key=jax.random.key(0), **SETTINGS)

    with pytest.raises(TypeError, match=r"jaxnn.fit is a loop on the host, .* jaxnn.ensemble"):
        jax.jit(train)()
