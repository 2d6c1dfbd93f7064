"""RealMLP's parametrisation: a step on W^[l] is a step on V^[l] = √n_{l-1} W^[l]."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.tables import ntp_factors, ntp_labels

SIZES = (3, 50, 7, 2)
RATE, DECAY = 0.04, 0.02


def ntp_output(V, x):
    """Return the output of a network as RealMLP writes it: z = V a / √n + b."""
    a = x
    for l, (weights, b) in enumerate(V):
        z = weights @ a / np.sqrt(len(a)) + b
        a = jnp.tanh(z) if l < len(V) - 1 else z
    return a


def ntp_adam(V, gradients_of, steps, b1=0.9, b2=0.95):
    """Return V^[l] and b^[l] after steps of Adam with ε = 0 and decoupled weight decay."""
    V = [[np.array(W), np.array(b)] for W, b in V]
    first = [[0, 0] for _ in V]
    second = [[0, 0] for _ in V]
    for t in range(1, steps + 1):
        gradients = gradients_of(V)
        for l in range(len(V)):
            for i, (factor, decay) in enumerate([(1.0, DECAY), (0.1, 0.0)]):
                g = np.asarray(gradients[l][i])
                first[l][i] = b1 * first[l][i] + (1 - b1) * g
                second[l][i] = b2 * second[l][i] + (1 - b2) * g**2
                step = first[l][i] / (1 - b1**t) / np.sqrt(second[l][i] / (1 - b2**t))
                V[l][i] = V[l][i] - RATE * (factor * step + decay * V[l][i])
    return V


@pytest.mark.thorough
@pytest.mark.usefixtures("float64")
def test_a_step_is_the_one_of_the_ntp_network():
    draw = np.random.default_rng(0).normal
    X, Y = draw(size=(3, 20)), draw(size=(2, 20))
    V = [(draw(size=(n, k)), draw(size=n)) for k, n in pairwise(SIZES)]
    network = jaxnn.Network(SIZES, ("tanh", "tanh", "identity"))
    params = tuple(jaxnn.Layer(jnp.asarray(W / W.shape[1] ** 0.5), jnp.asarray(b)) for W, b in V)
    outputs = jax.vmap(ntp_output, in_axes=(None, 1), out_axes=1)(V, X)
    np.testing.assert_allclose(jaxnn.predict(network, params, X), outputs, rtol=1e-12)

    scales = {label: optax.scale(factor) for label, factor in ntp_factors(network).items()}
    optimizer = optax.chain(
        optax.scale_by_adam(b2=0.95, eps=0.0),
        optax.partition(scales, ntp_labels),
        optax.add_decayed_weights(DECAY, mask=tuple(jaxnn.Layer(True, False) for _ in params)),
        optax.scale_by_learning_rate(RATE),
    )
    fitted = jaxnn.fit(
        network, (X, Y), cost="squared_error", optimizer=optimizer, epochs=4, batch_size=20,
        shuffle=False, params=params, key=jax.random.key(0), progress=False,
    )  # fmt: skip

    def ntp_loss(V):
        A = jax.vmap(ntp_output, in_axes=(None, 1), out_axes=1)(V, X)
        return jnp.mean(jax.vmap(jaxnn.squared_error, in_axes=1)(A, jnp.asarray(Y)))

    expected = ntp_adam(V, jax.jit(jax.grad(ntp_loss)), steps=4)
    for (W, b), (weights, biases), (old, _) in zip(fitted.params, expected, V, strict=True):
        np.testing.assert_allclose(W, weights / weights.shape[1] ** 0.5, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(b, biases, rtol=1e-9, atol=1e-12)
        assert np.abs(weights - old).max() > 0.05


def test_labels_and_factors():
    network = jaxnn.mlp(4, 9, 3)
    params = jaxnn.init(network, jax.random.key(0))
    tree = {"scale": jnp.ones(4), "embeddings": [{"A": jnp.ones(2)}], "network": params}
    labels = ntp_labels(tree)
    assert jax.tree.structure(labels) == jax.tree.structure(tree)
    assert labels["embeddings"] == [{"A": "embeddings"}]
    factors = ntp_factors(network)
    assert factors == {"W^[1]": 1 / 2, "W^[2]": 1 / 3, "b": 0.1, "embeddings": 0.1, "scale": 6.0}
    transforms = {label: optax.sgd(factor) for label, factor in factors.items()}
    optimizer = optax.partition(transforms, ntp_labels)
    ones = jax.tree.map(jnp.ones_like, tree)
    updates, _ = optimizer.update(ones, optimizer.init(tree), tree)
    pairs = zip(jax.tree.leaves(labels), jax.tree.leaves(updates), strict=True)
    for label, update in pairs:
        np.testing.assert_allclose(update, -factors[label], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: ntp_labels([1.0]), r"params must be a tuple of jaxnn.Layer, or a mapping .*\[1.0"),
        (lambda: ntp_factors((3, 2)), "network must be a jaxnn.Network"),
    ],
)
def test_wrong_arguments(call, text):
    with pytest.raises(TypeError, match=text):
        call()
