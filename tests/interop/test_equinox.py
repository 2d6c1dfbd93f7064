"""An `eqx.nn.MLP` computes what jaxnn computes, trains it on, and gives back the same bits."""

import functools
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.interop.equinox import from_equinox, to_equinox
from tests.interop.conversions import (
    IMPOSTOR,
    assert_close,
    assert_same_weights,
    draws,
    eager_outputs,
    examples,
    name_of,
    outputs,
)
from tests.support.plugin import x64
from tests.support.tables import ELEMENTWISE, own_activation


def run(module, rows):
    return jax.vmap(module)(rows)


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("g", ELEMENTWISE, ids=name_of)
def test_every_activation_goes_to_equinox_and_back(g):
    network, rows = jaxnn.Network((5, 5, 5), (g, g)), examples()
    params = draws(network)
    module = to_equinox(network, params)
    assert_close(run(module, rows), eager_outputs(network, params, rows))
    assert from_equinox(module)[0] == network
    assert_same_weights(params, from_equinox(module)[1])


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("sizes", [(4, 3), (4, 6, 6, 6, 3)])
def test_depths(sizes):
    network = jaxnn.mlp(*sizes, hidden="tanh", output="identity")
    params, rows = draws(network), examples(4)
    module = to_equinox(network, params)
    assert_close(run(module, rows), outputs(network, params, rows))
    assert from_equinox(module)[0] == network
    assert_same_weights(params, from_equinox(module)[1])


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_every_type_keeps_its_bits(dtype):
    with x64():
        network = jaxnn.mlp(5, 5, 5, hidden="tanh", output="identity")
        params, rows = draws(network, dtype=dtype), examples(dtype=dtype)
        module = to_equinox(network, params)
        tolerance = {"float64": 1e-14, "bfloat16": 2e-2}[dtype]
        assert_close(run(module, rows), eager_outputs(network, params, rows), tolerance)
        assert_same_weights(params, from_equinox(module)[1])


def test_an_mlp_trains_on_and_comes_back():
    network = jaxnn.mlp(5, 5, 5, hidden="silu", output="identity")
    params, rows = draws(network), examples() / 10
    module, optimizer = to_equinox(network, params), optax.sgd(0.02)

    @eqx.filter_jit
    def step(module, state):
        def loss(module):
            return jnp.mean(jnp.sum((run(module, rows) - np.tanh(rows)) ** 2, axis=1))

        E, grads = eqx.filter_value_and_grad(loss)(module)
        updates, state = optimizer.update(grads, state)
        return eqx.apply_updates(module, updates), state, E

    state, losses = optimizer.init(eqx.filter(module, eqx.is_array)), []
    for _ in range(4):
        module, state, E = step(module, state)
        losses.append(float(E))
    assert losses == sorted(losses, reverse=True)
    found, trained = from_equinox(module)
    assert found == network
    assert_close(run(module, rows), eager_outputs(network, trained, rows))


def test_an_mlp_of_equinox_as_it_is_by_default_and_without_bias():
    for options in ({}, {"use_bias": False, "use_final_bias": False}):
        module = eqx.nn.MLP(5, 5, width_size=5, depth=2, key=jax.random.key(0), **options)
        network, params = from_equinox(module)
        assert network == jaxnn.mlp(5, 5, 5, 5, output="identity")
        assert_close(run(module, examples()), eager_outputs(network, params, examples()))
    ignored = eqx.nn.MLP(
        5, 5, width_size=5, depth=0, final_activation=jnp.tanh, key=jax.random.key(0)
    )
    network, params = from_equinox(ignored)
    assert network == jaxnn.mlp(5, 5, output="identity")
    assert_close(run(ignored, examples()), eager_outputs(network, params, examples()))


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (jaxnn.mlp(5, 4, 5, 3, output="identity"), r"have one width, got \(4, 5\)"),
        (jaxnn.Network((5, 5, 5, 5), ("relu", "tanh", "relu")), r"one activation, got \(relu, t"),
        (jaxnn.mlp(5, 5, 5, output="tanh", dropout=0.1), "has no dropout, got dropout=0.1"),
        (jaxnn.mlp(5, 5, 5), r"g\^\[2\] = softmax needs all neurons of the layer"),
        (jaxnn.mlp(5, 5, 5, output=own_activation), r"g\^\[2\] = own_activation is a function of"),
        (jaxnn.mlp(5, 5, output=IMPOSTOR), r"g\^\[1\] = abs is a function of a layer"),
        (jaxnn.mlp(5, 5, output="tanh"), r"applies no activation, got g\^\[1\] = tanh"),
        (jaxnn.mlp(5, 5, output="identity", compute_dtype="bfloat16"), "to_equinox: compute_dtype"),
    ],
)
def test_what_an_mlp_cannot_be_is_refused_by_name(network, message):
    with pytest.raises(ValueError, match=message):
        to_equinox(network, draws(network))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": jnp.sin}, "from_equinox: activation is .*sin"),
        ({"activation": jax.nn.gelu}, "activation is jax.nn.gelu, which approximates by tanh"),
        ({"final_activation": functools.partial(jax.nn.elu, alpha=jnp.ones(()))}, "not one of"),
        ({"final_activation": jax.nn.softmax}, "final_activation is softmax, which an MLP applies"),
        ({"activation": eqx.nn.PReLU()}, "activation is PReLU"),
        ({"in_size": "scalar"}, 'has in_size or out_size "scalar"'),
        ({"scan": True}, "scans over its layers"),
    ],
)
def test_what_jaxnn_has_not_is_refused_by_name(options, message):
    arguments = {"in_size": 5, "out_size": 5, "width_size": 5, "depth": 1} | options
    with pytest.raises(ValueError, match=message):
        from_equinox(eqx.nn.MLP(**arguments, key=jax.random.key(0)))


def test_other_errors(monkeypatch):
    network = jaxnn.mlp(5, 5, output="identity")
    with pytest.raises(TypeError, match=r"from_equinox reads an eqx.nn.MLP, got Identity"):
        from_equinox(eqx.nn.Identity())
    mixed = (jaxnn.Layer(jnp.ones((5, 5)), jnp.ones(5, jnp.float16)),)
    with pytest.raises(ValueError, match=r"one type, got \['float16', 'float32'\]"):
        to_equinox(network, mixed)
    monkeypatch.setitem(sys.modules, "equinox", None)
    with pytest.raises(ImportError, match=r"needs equinox: pip install 'jaxnn-textbook\[equinox"):
        to_equinox(network, draws(network))
