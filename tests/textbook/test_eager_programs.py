"""How many programs the first call of loss, its gradient and explain compiles for a new shape."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from tests.support.compilations import compilations


def programs_of(function):
    with compilations() as found:
        function()
    return len(found)


@pytest.mark.thorough
def test_first_calls_compile_few_programs_and_second_calls_none():
    n, m = (23, 19, 7), 29  # of no other test, whose programs would be there already
    net = jaxnn.mlp(*n)
    params, Y = jaxnn.init(net, jax.random.key(0)), np.tile(np.eye(7, dtype=np.float32), 5)[:, :m]
    X, Y = jnp.asarray(np.ones((n[0], m), np.float32)), jnp.asarray(Y)
    x, y = jnp.asarray(np.ones(n[0], np.float32)), jnp.asarray(np.eye(7, dtype=np.float32)[0])

    def loss(params):
        return jaxnn.loss(net, params, X, Y, cost="cross_entropy")

    def explain():
        return jaxnn.explain(net, params, x, y, cost="cross_entropy")

    assert programs_of(lambda: loss(params)) <= 4
    assert programs_of(lambda: jax.grad(loss)(params)) <= 7
    assert programs_of(explain) <= 12
    assert programs_of(lambda: (loss(params), jax.grad(loss)(params), explain())) == 0


def test_a_users_own_activation_is_called_with_values():
    seen = []

    def g(z):
        seen.append(float(z[0]))
        return jnp.tanh(z)

    net = jaxnn.mlp(2, 3, 1, hidden=g, output="identity")
    params = jax.tree.map(jnp.ones_like, jaxnn.init(net, jax.random.key(0)))
    jaxnn.forward(net, params, jnp.ones(2))
    assert seen == [3.0], "within a jax.jit z would have no value"
