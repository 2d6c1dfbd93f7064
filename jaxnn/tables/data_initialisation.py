"""RealMLP's first W^[l] and b^[l], which are fitted to the data."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.initialisation import parameter_type
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.network import Layer, Network, Params, check_is_network
from jaxnn.textbook.propagation import as_inputs

CORNERS = 5  # examples whose convex combination a neuron's hinge goes through


def init_from_data(network: Network, key: jax.Array, X: jax.Array) -> Params:
    """Return random parameters for which every z_i^[l] has standard deviation 1 on the data.

    Formula, layer by layer: W_ij^[l] ~ N(0, 1), each row divided by the standard deviation of
    W^[l] a^[l-1] over the examples; b_i^[l] = −Σ_k p_k (W^[l] a^[l-1])_i of 5 random examples, with
    p_k ~ Exp(1) / Σ Exp(1): z_i^[l] = 0 somewhere within the data.

    Args:
        network: the network.
        key: `jax.random.key(seed)`.
        X: training examples, (n_0, m), scaled as the network sees them; a few thousand are enough.

    Returns:
        Params of the type of X; a row of W^[l] whose sum is the same for all examples stays as it
        was drawn.

    Raises:
        TypeError, ValueError: as `jaxnn.predict`.

    For `fit`, write `params=init_from_data(network, key, X)`; for `sweep` and `ensemble`
    `init=functools.partial(init_from_data, X=X)`.

    Source: "std" and "he+5" of Holzmüller, Grinsztajn and Steinwart, RealMLP (2024, arXiv
    2407.04491); the biases, Steinwart, "A sober look at neural network initializations" (2019,
    arXiv 1903.11482).

    >>> import jaxnn
    >>> X, _ = jaxnn.iris()
    >>> net = jaxnn.mlp(4, 16, 3)
    >>> params = init_from_data(net, jax.random.key(0), X)
    >>> Z = params[0].W @ X + params[0].b[:, None]
    >>> bool(abs(Z.std(axis=1) - 1).max() < 1e-5)
    True
    """
    check_is_network(network)
    check_examples(network, X)
    dtype = parameter_type(X.dtype)
    A = as_inputs(jnp.asarray(X), dtype).astype(dtype)
    n, m = network.sizes, A.shape[1]
    layers = []
    for l, layer_key in enumerate(jax.random.split(single_key(key), network.depth), start=1):
        W_key, example_key, p_key = jax.random.split(layer_key, 3)
        W = jax.random.normal(W_key, (n[l], n[l - 1]), dtype)
        Z = W @ A  # (n_l, n_{l-1}) @ (n_{l-1}, m) -> (n_l, m)
        scale = Z.std(axis=1, keepdims=True)
        # the deviation of equal sums is a rounding error, not 0
        constant = scale <= 100 * jnp.finfo(dtype).eps * jnp.abs(Z).max(axis=1, keepdims=True)
        scale = jnp.where(constant, jnp.ones_like(scale), scale)
        W, Z = W / scale, Z / scale
        examples = jax.random.randint(example_key, (n[l], CORNERS), 0, m)
        p = jax.random.exponential(p_key, (n[l], CORNERS), dtype)
        p = p / p.sum(axis=1, keepdims=True)
        b = -(p * jnp.take_along_axis(Z, examples, axis=1)).sum(axis=1)  # (n_l,)
        layers.append(Layer(W, b))
        A = jax.vmap(network.activations[l - 1], in_axes=1, out_axes=1)(Z + b[:, None])
    return tuple(layers)
