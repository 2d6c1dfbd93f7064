"""Flax computes what jaxnn computes, trains it on, and gives back the same bits."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen, nnx

import jaxnn
from jaxnn.interop.flax import from_linen, from_nnx, to_linen, to_nnx
from tests.interop.conversions import (
    DEEP,
    IMPOSTOR,
    alike,
    assert_close,
    assert_same_weights,
    draws,
    eager_outputs,
    examples,
    name_of,
    outputs,
    single,
)
from tests.support.plugin import x64
from tests.support.tables import ACTIVATIONS, own_activation


@pytest.mark.quick_cases(3)
@pytest.mark.parametrize("g", [*ACTIVATIONS, own_activation, IMPOSTOR], ids=name_of)
def test_every_activation_goes_to_flax_and_back(g):
    network, rows = single(g), examples()
    params = draws(network)
    wanted = eager_outputs(network, params, rows)
    module = to_nnx(network, params)
    assert_close(module(rows), wanted)
    assert from_nnx(module)[0] == network
    assert_same_weights(params, from_nnx(module)[1])
    module, variables = to_linen(network, params)
    assert_close(module.apply(variables, rows), wanted)
    assert from_linen(module, variables)[0] == network
    assert_same_weights(params, from_linen(module, variables)[1])


@pytest.mark.thorough
def test_a_deep_network_and_one_example_of_it():
    params, rows = draws(DEEP), examples(4)
    wanted = outputs(DEEP, params, rows)
    module = to_nnx(DEEP, params)
    assert_close(module(rows), wanted)
    assert_close(module(rows[0]), wanted[0])
    assert from_nnx(module)[0] == DEEP
    assert_same_weights(params, from_nnx(module)[1])
    module, variables = to_linen(DEEP, params)
    assert_close(module.apply(variables, rows), wanted)
    assert from_linen(module, variables)[0] == DEEP
    assert_same_weights(params, from_linen(module, variables)[1])


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_every_type_keeps_its_bits(dtype):
    with x64():
        network = jaxnn.mlp(5, 5, 5, hidden="tanh", output="relu")
        params, rows = draws(network, dtype=dtype), examples(dtype=dtype)
        wanted = eager_outputs(network, params, rows)
        tolerance = 1e-14 if dtype == "float64" else 2e-2
        module, variables = to_linen(network, params)
        for theirs in (to_nnx(network, params)(rows), module.apply(variables, rows)):
            assert_close(theirs, wanted, tolerance)
        assert_same_weights(params, from_nnx(to_nnx(network, params))[1])
        assert_same_weights(params, from_linen(module, variables)[1])


@pytest.mark.parametrize("dropout", [0.25, (0.5, 0.0, 0.25)])
def test_dropout_drops_as_often_there(dropout):
    network = jaxnn.mlp(5, 5, 5, 5, hidden="tanh", dropout=dropout)
    params, rows = draws(network), examples()
    module = to_nnx(network, params, rngs=nnx.Rngs(0))
    assert alike(network, from_nnx(module)[0])
    assert not np.array_equal(module(rows), module(rows))
    module.eval()
    assert_close(module(rows), eager_outputs(network, params, rows))

    module, variables = to_linen(network, params)
    assert alike(network, from_linen(module, variables)[0])
    assert_close(module.apply(variables, rows), eager_outputs(network, params, rows))
    first, second = (
        module.apply(variables, rows, train=True, rngs={"dropout": jax.random.key(i)})
        for i in range(2)
    )
    assert not np.array_equal(first, second)


def test_a_module_trains_on_and_comes_back():
    g = jaxnn.leaky_relu.with_options(negative_slope=0.3)
    network = jaxnn.mlp(5, 5, 5, hidden=g, output="identity")
    params, rows = draws(network), examples() / 10
    targets = np.tanh(rows)
    module = to_nnx(network, params)
    optimizer = nnx.Optimizer(module, optax.adam(0.02), wrt=nnx.Param)

    @nnx.jit
    def step(module, optimizer):
        def loss(module):
            return jnp.mean(jnp.sum((module(rows) - targets) ** 2, axis=1)) / 2

        E, grads = nnx.value_and_grad(loss)(module)
        with jax.numpy_dtype_promotion("standard"):
            optimizer.update(module, grads)
        return E

    losses = [float(step(module, optimizer)) for _ in range(5)]
    assert losses == sorted(losses, reverse=True)
    found, trained = from_nnx(module)
    assert found == network
    assert_close(module(rows), eager_outputs(network, trained, rows))
    before, after = (
        float(jaxnn.loss(network, some, rows.T, targets.T, cost="squared_error"))
        for some in (params, trained)
    )
    assert losses[0] == pytest.approx(before, rel=1e-5)
    assert after < losses[-1]


def test_the_same_network_twice_is_one_program():
    network = jaxnn.Network((5, 5, 5, 5), (jaxnn.gelu, jaxnn.step, own_activation))
    traces = []

    @nnx.jit
    def run(module, rows):
        traces.append(1)
        return module(rows)

    for seed in range(3):
        run(to_nnx(network, draws(network, seed)), examples())
    assert len(traces) == 1


def test_a_module_has_arrays_of_its_own():
    network = jaxnn.mlp(4, 3)
    params = draws(network)
    module = to_nnx(network, params)
    for leaf in jax.tree.leaves(nnx.state(module)):
        leaf.delete()
    assert not any(leaf.is_deleted() for leaf in jax.tree.leaves(params))


def test_nested_sequentials_and_layers_without_bias():
    rngs = nnx.Rngs(0)
    module = nnx.Sequential(
        nnx.Sequential(nnx.Linear(5, 5, rngs=rngs), nnx.silu),
        nnx.Linear(5, 5, use_bias=False, rngs=rngs),
    )
    network, params = from_nnx(module)
    assert network == jaxnn.mlp(5, 5, 5, hidden="silu", output="identity")
    assert_close(module(examples()), eager_outputs(network, params, examples()))


def test_a_linen_sequential_and_a_module_of_ones_own():
    layers = [
        linen.Dropout(0.5, deterministic=True),
        linen.Dense(5),
        linen.relu,
        linen.Dense(5),
        functools.partial(linen.gelu, approximate=False),
    ]
    module = linen.Sequential(layers)
    variables = module.init(jax.random.key(0), examples())
    network, params = from_linen(module, variables)
    assert network.dropout_rates == (0.5, 0.0)
    assert_close(module.apply(variables, examples()), eager_outputs(network, params, examples()))

    class Own(linen.Module):
        @linen.compact
        def __call__(self, x):
            for n in (5,) * 11:
                x = linen.tanh(linen.Dense(n)(x))
            return x

    module = Own()
    variables = module.init(jax.random.key(0), examples())
    network, params = from_linen(jaxnn.mlp(*(5,) * 12, hidden="tanh", output="tanh"), variables)
    assert_close(module.apply(variables, examples()), eager_outputs(network, params, examples()))


def linear(**options):
    return nnx.Linear(4, 4, rngs=nnx.Rngs(0), **options)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "there is no layer of weights"),
        ([linear(), jnp.sin], r"layers\[1\] is .*sin.* not one of jaxnn's activations"),
        ([linear(), nnx.gelu], r"layers\[1\] is jax.nn.gelu, which approximates by tanh"),
        ([linear(), functools.partial(jax.nn.softmax, axis=0)], "not one of jaxnn's"),
        ([linear(), jaxnn.softmax], r"layers\[1\] is softmax, .*not one of jaxnn's"),
        ([linear(), nnx.relu, nnx.tanh], r"layers\[2\] is an activation after an activation"),
        ([linear(), nnx.Dropout(0.5), nnx.relu, linear()], "an activation after dropout"),
        ([nnx.relu, linear()], r"layers\[0\] is an activation before any weights"),
        ([linear(), nnx.Dropout(0.5)], "dropout of the outputs, which jaxnn never drops"),
        ([linear(), nnx.Dropout(0.5), nnx.Dropout(0.5), linear()], "dropout after dropout"),
        ([linear(), nnx.Dropout(1.0), linear()], "drops with probability 1.0"),
        ([nnx.Dropout(0.5, broadcast_dims=(0,)), linear()], "drops whole slices"),
        ([linear(dtype=jnp.bfloat16)], r"layers\[0\] computes in dtype=bfloat16"),
        ([linear(dot_general=lambda *a, **b: 0)], "has a dot_general of its own"),
        ([linear(), nnx.BatchNorm(4, rngs=nnx.Rngs(0))], r"layers\[1\] is a BatchNorm"),
        ([nnx.Linear(4, 3, rngs=nnx.Rngs(0)), linear()], r"W\^\[2\] takes 4 inputs, W\^\[1\] giv"),
        ([nnx.Linear(4, 1, rngs=nnx.Rngs(0)), nnx.softmax], "softmax over n_L = 1"),
    ],
)
def test_what_jaxnn_has_not_is_refused_by_name(layers, message):
    with pytest.raises(ValueError, match=message):
        from_nnx(nnx.Sequential(*layers))


def test_other_errors():
    with pytest.raises(TypeError, match=r"from_nnx reads an nnx.Sequential.*, got Linear"):
        from_nnx(linear())
    with pytest.raises(TypeError, match=r"from_linen reads what to_linen returned.*, got Dense"):
        from_linen(linen.Dense(3), {})
    with pytest.raises(ValueError, match=r"\['Dense_0'\] must hold \"kernel\" and \"bias\", got"):
        from_linen(*to_linen(jaxnn.mlp(4, 3), draws(jaxnn.mlp(4, 3)))[:1], {"params": {}})
    with pytest.raises(ValueError, match=r"must differ in a number alone.*\['a', 'b'\]"):
        from_linen(jaxnn.mlp(4, 4, 4), {"params": {"b": {}, "a": {}}})
    with pytest.raises(ValueError, match=r"layers\[1\] is a LayerNorm"):
        from_linen(linen.Sequential([linen.Dense(4), linen.LayerNorm()]),
                   {"params": {"layers_0": {"kernel": jnp.ones((4, 4))}}})  # fmt: skip
    network = jaxnn.mlp(4, 4, 3, compute_dtype="bfloat16")
    for convert in (to_nnx, to_linen):
        with pytest.raises(ValueError, match=r"compute_dtype='bfloat16' rounds the factors"):
            convert(network, draws(network))
        with pytest.raises(ValueError, match=r"W\^\[1\] must have shape"):
            convert(jaxnn.mlp(5, 3), draws(jaxnn.mlp(4, 3)))
    with pytest.raises(ValueError, match=r"has dropout, which draws from rngs=nnx.Rngs"):
        to_nnx(jaxnn.mlp(4, 4, 3, dropout=0.1), draws(jaxnn.mlp(4, 4, 3)))
    wide = (jaxnn.Layer(np.ones((3, 4)), np.ones(3)),)
    with x64(False), pytest.raises(ValueError, match=r"W\^\[1\] is float64, which JAX would cut"):
        to_nnx(jaxnn.mlp(4, 3), wide)
