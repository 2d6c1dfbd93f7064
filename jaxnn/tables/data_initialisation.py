"""RealMLP's first W^[l] and b^[l], which are fitted to the data."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from jaxnn.compilation import BoundedJit
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
    layers = []
    keys = jax.random.split(single_key(key), network.depth)
    for n, g, layer_key in zip(network.sizes[1:], network.activations, keys, strict=True):
        layer, Z = _fitted(layer_key, A, n)
        layers.append(layer)
        A = jax.vmap(g, in_axes=1, out_axes=1)(Z)
    return tuple(layers)


def _fitted_layer(key: jax.Array, A: jax.Array, n: int) -> tuple[Layer, jax.Array]:
    """Return W, (n, n_{l-1}), b, (n,), and Z, (n, m)."""
    W_key, example_key, p_key = jax.random.split(key, 3)
    W = jax.random.normal(W_key, (n, len(A)), A.dtype)
    S = W @ A  # (n_l, n_{l-1}) @ (n_{l-1}, m) -> (n_l, m)
    scale = S.std(axis=1, keepdims=True)
    # the deviation of equal sums is a rounding error, not 0
    constant = scale <= 100 * jnp.finfo(A.dtype).eps * jnp.abs(S).max(axis=1, keepdims=True)
    scale = jnp.where(constant, jnp.ones_like(scale), scale)
    W, S = W / scale, S / scale
    examples = jax.random.randint(example_key, (n, CORNERS), 0, A.shape[1])
    p = jax.random.exponential(p_key, (n, CORNERS), A.dtype)
    p = p / p.sum(axis=1, keepdims=True)
    b = -(p * jnp.take_along_axis(S, examples, axis=1)).sum(axis=1)  # (n_l,)
    return Layer(W, b), S + b[:, None]


# compiled, but without the activation: what a user's own one captures is read at each call
_fitted = BoundedJit(_fitted_layer, static_argnums=2)
