"""Networks, examples and comparisons for the tests of converters."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

import jaxnn
from jaxnn.textbook.functions import Activation

DEEP = jaxnn.Network((4, 6, 5, 7, 3), ("tanh", jaxnn.leaky_relu, "silu", "softmax"))
WIDTH = 5
"""One width for most networks here: JAX compiles an operation once for each shape."""


def draws(network, seed=0, dtype=jnp.float32):
    """Return random parameters whose biases are not zero."""
    rng = np.random.default_rng(seed)
    sizes = network.sizes
    return tuple(
        jaxnn.Layer(*(jnp.asarray(rng.normal(size=shape), dtype) for shape in ((n, k), (n,))))
        for n, k in zip(sizes[1:], sizes, strict=False)
    )


def examples(n=WIDTH, m=7, dtype=np.float32):
    """Return examples one a row, (m, n), some of them far from zero."""
    rows = np.random.default_rng(0).normal(size=(m, n)) * np.linspace(0.1, 10, m)[:, None]
    return rows.astype(dtype)


def outputs(network, params, rows):
    """Return what jaxnn computes, one example a row."""
    return np.asarray(jaxnn.predict(network, params, rows.T).T)


def eager_outputs(network, params, rows):
    """Return the same, without compiling each network as a whole."""
    A = jnp.asarray(rows.T)
    for (W, b), g in zip(params, network.activations, strict=True):
        A = jax.vmap(g, in_axes=1, out_axes=1)(W @ A + b[:, None])
    return np.asarray(A.T)


def assert_close(theirs, ours, tolerance=1e-6):
    theirs = np.asarray(theirs)
    assert theirs.dtype == ours.dtype
    scale = max(1.0, float(np.abs(ours).max()))
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=tolerance * scale)


def assert_same_weights(params, others):
    """Compare bit for bit."""
    assert len(params) == len(others)
    for ours, theirs in zip(params, others, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == b.dtype
            assert a.shape == b.shape
            assert np.asarray(a).tobytes() == np.asarray(b).tobytes()


def single(g):
    """Return the network of one layer, with that activation."""
    return jaxnn.Network((WIDTH, WIDTH), (g,))


IMPOSTOR = replace(jaxnn.relu, function=jnp.abs)
"""Called relu, and not jaxnn's."""


def alike(network, other):
    """Return whether two networks are equal, but for how the same dropout is written."""
    return network == replace(other, dropout=network.dropout) and (
        network.dropout_rates == other.dropout_rates
    )


def name_of(g):
    return repr(g) if isinstance(g, Activation) else g.__name__
