"""The formula of an optimiser, found by trying it: kind, constants, m and v; others have none."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.support.compilations import compilations
from tests.support.plugin import x64

NET = jaxnn.mlp(3, 4, 1, hidden="tanh", output="sigmoid")
WARM_UP = optax.linear_schedule(0.25, 0.5, 10)
ADAM = {"b1": 0.9, "b2": 0.999, "eps": 1e-8}


def labelled(label):
    return lambda params: jax.tree.map(lambda _: label, params)


def of_biases(optimizer):
    return optax.masked(optimizer, lambda params: tuple(jaxnn.Layer(False, True) for _ in params))


def explained(optimizer, params, opt_state=None, **options):
    dtype = params[0].W.dtype
    x, y = jnp.array([1, 0.5, -0.25], dtype), jnp.zeros(1, dtype)
    return jaxnn.explain(
        NET, params, x, y, cost="squared_error", optimizer=optimizer, opt_state=opt_state, **options
    )


def later(optimizer, params, steps):
    """Return parameters and state after so many steps, by optax."""
    state = optimizer.init(params)
    for _ in range(steps):
        step = explained(optimizer, params, state)
        with jax.numpy_dtype_promotion("standard"):
            updates, state = optimizer.update(step.gradients, state, params)
            params = optax.apply_updates(params, updates)
    return params, state


# optimiser, kind, its constants in the first step
KNOWN = {
    "sgd": (optax.sgd(0.1), "sgd", {"learning_rate": 0.1}),
    "odd adam": (
        optax.adam(0.0123, b1=0.87, b2=0.99, eps=1e-4),
        "adam", {"learning_rate": 0.0123, "b1": 0.87, "b2": 0.99, "eps": 1e-4},
    ),
    "nesterov": (
        optax.sgd(0.02, momentum=0.95, nesterov=True),
        "momentum", {"learning_rate": 0.02, "momentum": 0.95, "nesterov": True},
    ),
    "momentum, schedule": (
        optax.sgd(WARM_UP, momentum=0.9),
        "momentum", {"learning_rate": 0.25, "momentum": 0.9, "nesterov": False},
    ),
    "adamw": (
        optax.adamw(0.01, weight_decay=0.05),
        "adamw", {"learning_rate": 0.01, "weight_decay": 0.05} | ADAM,
    ),
    "injected": (
        optax.inject_hyperparams(optax.adam)(WARM_UP), "adam", {"learning_rate": 0.25} | ADAM,
    ),
    "injected sgd": (optax.inject_hyperparams(optax.sgd)(0.5), "sgd", {"learning_rate": 0.5}),
    "one label": (
        optax.partition({"all": optax.adam(0.1)}, labelled("all")),
        "adam", {"learning_rate": 0.1} | ADAM,
    ),
    "if finite": (
        optax.apply_if_finite(optax.adam(0.1), 3), "adam", {"learning_rate": 0.1} | ADAM,
    ),
    "no mean": (optax.adam(0.1, b1=0), "adam", {"learning_rate": 0.1} | ADAM | {"b1": 0}),
    "large eps": (optax.adam(0.3, eps=1.0), "adam", {"learning_rate": 0.3} | ADAM | {"eps": 1}),
    "no eps": (optax.adam(0.3, eps=0.0), "adam", {"learning_rate": 0.3} | ADAM | {"eps": 0}),
    "slow squares": (optax.adam(0.1, b2=0.99999), "adam", {"learning_rate": 0.1, "b2": 0.99999}),
    "default momentum": (
        optax.sgd(3e-4, momentum=0.0), "momentum", {"learning_rate": 3e-4, "momentum": 0.0},
    ),
}  # fmt: skip


@pytest.mark.thorough_cases(5)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kind_and_constants(name, dtype):
    optimizer, kind, constants = KNOWN[name]
    with x64(dtype == "float64"):
        params = jaxnn.init(NET, jax.random.key(0), dtype=jnp.dtype(dtype))
        example = explained(optimizer, params)
    step = example.optimizer_step
    assert step is not None
    assert step.kind == kind
    for constant, value in constants.items():
        assert getattr(step, constant) == value, constant
    assert example.learning_rate == (step.learning_rate if kind == "sgd" else None)


UNKNOWN = {
    "clipped sgd": optax.chain(optax.clip(2.0), optax.sgd(0.1)),
    "clipped adam": optax.chain(optax.clip_by_global_norm(1.0), optax.adam(0.1)),
    "root": optax.adam(0.1, eps_root=1e-8),
    "momentum of decay": optax.chain(optax.add_decayed_weights(0.1), optax.sgd(0.1, 0.9)),
    "clipped steps": optax.chain(optax.scale_by_adam(), optax.clip(0.5), optax.scale(-0.1)),
    "nadam": optax.nadam(0.1),
    "rmsprop": optax.rmsprop(0.1),
    "root alone": optax.adam(0.1, eps=0.0, eps_root=1e-16),
    "amsgrad": optax.amsgrad(0.1),
    "adamax": optax.adamax(0.1),
    "lamb": optax.lamb(0.1),
    "noise": optax.chain(optax.add_noise(0.1, 0.5, 0), optax.adam(0.1)),
    "mean": optax.chain(optax.ema(0.9), optax.scale(-0.1)),
    "two": optax.chain(optax.trace(0.9), optax.scale_by_adam(), optax.scale(-0.1)),
    "rate first": optax.chain(optax.scale(-0.1), optax.trace(0.9)),
    "some decay": optax.adamw(0.1, mask=lambda p: jax.tree.map(lambda array: array.ndim > 1, p)),
    "some frozen": optax.chain(optax.adam(0.1), of_biases(optax.set_to_zero())),
    "accumulated": optax.MultiSteps(optax.adam(0.1), 2).gradient_transformation(),
    "narrow mean": optax.adam(0.1, mu_dtype=jnp.bfloat16),
}


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", UNKNOWN)
def test_of_another_optimiser_only_the_updates_are_known(name):
    example = explained(UNKNOWN[name], jaxnn.init(NET, jax.random.key(0)))
    assert example.optimizer_step is None
    weight = example.weight(2, 1, 1)
    assert (weight.m, weight.v, weight.m_hat) == (None, None, None)
    assert "w ← w + u   (u is what the optimiser adds)" in example.to_text()


@pytest.mark.thorough
def test_in_bfloat16_the_constants_of_adam_are_not_known():
    params = jaxnn.init(NET, jax.random.key(0), dtype=jnp.bfloat16)
    assert explained(optax.adam(0.1), params).optimizer_step is None
    assert explained(optax.sgd(0.5), params).learning_rate == 0.5


STATEFUL = {
    "adam": optax.adam(0.02, b2=0.99),
    "nesterov": optax.sgd(0.1, momentum=0.9, nesterov=True),
    "momentum": optax.sgd(0.1, momentum=0.9),
    "adamw": optax.adamw(0.02),
}


@pytest.mark.usefixtures("float64")
@pytest.mark.quick_cases(0)
@pytest.mark.thorough_cases(2)
@pytest.mark.parametrize("name", STATEFUL)
def test_moments_are_those_of_optax_and_the_formula_gives_the_new_weights(name):
    optimizer = STATEFUL[name]
    params = jaxnn.init(NET, jax.random.key(0), dtype=jnp.float64)
    params, state = later(optimizer, params, 3)
    example = explained(optimizer, params, state)
    with jax.numpy_dtype_promotion("standard"):
        updates, after = optimizer.update(example.gradients, state, params)
    step, g = example.optimizer_step, example.gradients
    eta = step.learning_rate
    if step.kind == "momentum":
        kept = [(step.v, state[0].trace), (step.new_v, after[0].trace)]
        slope = step.new_v
        if step.nesterov:
            slope = jax.tree.map(lambda g, v: g + step.momentum * v, g, step.new_v)
        change = jax.tree.map(lambda v: -eta * v, slope)
    else:
        assert step.t == 4
        now, then = state[0], after[0]
        kept = [(step.m, now.mu), (step.v, now.nu)]
        kept += [(step.new_m, then.mu), (step.new_v, then.nu)]
        decay = step.weight_decay or 0
        change = jax.tree.map(
            lambda m, v, w: -eta * (m / (np.sqrt(v) + step.eps) + decay * w),
            step.m_hat, step.v_hat, example.params,
        )  # fmt: skip
        kept += [(step.m_hat, jax.tree.map(lambda m: m / (1 - step.b1**4), then.mu))]
        kept += [(step.v_hat, jax.tree.map(lambda v: v / (1 - step.b2**4), then.nu))]
    for found, expected in [*kept, (change, updates)]:
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, 1e-12), found, expected)
    weight, bias = example.weight(1, 2, 3), example.bias(2, 1)
    assert weight.new_v == step.new_v[0].W[1, 2]
    assert bias.v == step.v[1].b[0]
    if step.kind != "momentum":
        assert (weight.m_hat, bias.v_hat) == (step.m_hat[0].W[1, 2], step.v_hat[1].b[0])


def test_gradient_descent_compiles_one_program_and_a_second_step_none():
    params = jaxnn.init(NET, jax.random.key(0))
    explained(optax.sgd(0.5), params)
    for optimizer, programs in ((optax.sgd(0.37), 1), (optax.sgd(0.37, momentum=0.9), 2)):
        for most in (programs, 0):
            with compilations() as found:
                explained(optimizer, params)
            assert len(found) == most
