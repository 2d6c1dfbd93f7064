"""Parameters of members that share their weights: drawn at random, folded into ordinary ones."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.textbook.checks.arguments import check_floating_type
from jaxnn.textbook.checks.values import as_index
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.network import Layer, Params
from jaxnn.textbook.shared_members import (
    Factors,
    SharedLayer,
    SharedNetwork,
    SharedParams,
    as_shared,
    check_shared_params,
    shapes_of_members,
)

FIRST_FACTORS = ("signs", "normal")


def init_members(
    network: SharedNetwork,
    key: jax.Array,
    *,
    first_factors: str = "signs",
    dtype: Any = jnp.float32,
) -> SharedParams:
    """Return random parameters of the members.

    W^[l] and b^[l] of hidden layers are uniform in ±1/√n_{l-1}, and b_i^[l] are the same for all i;
    each member's W_i^[L] and b_i^[L] are uniform in ±1/√n_{L-1}; all factors are 1 but r_i^[1], so
    that the members differ in r_i^[1] and in their last layers alone.

    Args:
        network: the network.
        key: `jax.random.key(seed)`.
        first_factors: r_i^[1]: "signs", 1 or −1 with equal probability; "normal", N(0, 1).
        dtype: a floating type.

    Returns:
        `SharedParams`.

    Raises:
        TypeError, ValueError: an argument that breaks these rules.

    Source: Gorishniy, Kotelnikov and Babenko (2024), arXiv:2410.24210.

    >>> from jaxnn.textbook.network import mlp
    >>> from jaxnn.textbook.shared_members import share_weights
    >>> params = init_members(share_weights(mlp(3, 4, 2), members=8), jax.random.key(0))
    >>> params.shared[0].W.shape, params.members[0].r.shape, params.members[1].W.shape
    ((4, 3), (8, 3), (8, 2, 4))
    """
    as_shared(network)
    check_floating_type("dtype", dtype, "jnp.float32")
    if not isinstance(first_factors, str) or first_factors not in FIRST_FACTORS:
        raise ValueError(f'first_factors must be "signs" or "normal", got {first_factors!r}')
    return _draw(network, single_key(key), first_factors, jnp.dtype(dtype).name)


@partial(jax.jit, static_argnums=(2, 3))
def _draw(network: SharedNetwork, key: jax.Array, first_factors: str, dtype: str) -> SharedParams:
    shapes, n = shapes_of_members(network, dtype), network.sizes
    *layer_keys, factor_key = jax.random.split(key, network.depth + 1)

    def uniform(key: jax.Array, shape: tuple[int, ...], l: int) -> jax.Array:
        bound = n[l - 1] ** -0.5
        return jax.random.uniform(key, shape, dtype, -bound, bound)

    def ones(shape: Any) -> Any:
        return None if shape is None else jnp.ones(shape.shape, dtype)

    draw = jax.random.rademacher if first_factors == "signs" else jax.random.normal
    shared, members = [], []
    for l, (layer, own) in enumerate(zip(shapes.shared, shapes.members, strict=False), start=1):
        weight_key, bias_key = jax.random.split(layer_keys[l - 1])
        W, b = uniform(weight_key, layer.W.shape, l), uniform(bias_key, (n[l],), l)
        shared.append(SharedLayer(W, None if layer.b is None else b))
        r = draw(factor_key, own.r.shape, dtype) if l == 1 else ones(own.r)
        its_b = None if own.b is None else jnp.tile(b, (network.members, 1))
        members.append(Factors(r, ones(own.s), its_b))
    weight_key, bias_key = jax.random.split(layer_keys[-1])
    last, L = shapes.members[-1], network.depth
    W, b = uniform(weight_key, last.W.shape, L), uniform(bias_key, last.b.shape, L)
    return SharedParams(tuple(shared), (*members, Layer(W, b)))


def member(network: SharedNetwork, params: SharedParams, i: int) -> Params:
    """Return the parameters of member i as those of an ordinary network, `network.network`.

    Formula: W_i^[l] = diag(s_i^[l]) W^[l] diag(r_i^[l]), which every function of jaxnn takes.

    Args:
        network: the network.
        params: of all members.
        i: the number of the member, from 0; −1 is the last.

    Returns:
        `Params`.

    Raises:
        TypeError, ValueError: params do not fit the network; there is no such member.

    >>> from jaxnn.textbook.network import mlp
    >>> from jaxnn.textbook.shared_members import share_weights
    >>> net = share_weights(mlp(3, 4, 2), members=8)
    >>> [layer.W.shape for layer in member(net, init_members(net, jax.random.key(0)), 7)]
    [(4, 3), (2, 4)]
    """
    check_shared_params(network, params)
    i = as_index("i", i, network.members)
    return _folded(network, params.shared, jax.tree.map(lambda array: array[i], params.members))


def fold_members(network: SharedNetwork, params: SharedParams) -> Params:
    """Return the parameters of all members, folded as by `member`; the first axis counts them."""
    check_shared_params(network, params)
    return jax.vmap(_folded, in_axes=(None, None, 0))(network, params.shared, params.members)


def _folded(network: SharedNetwork, shared: Any, own: Any) -> Params:
    layers = []
    for l, ((W, b), (r, s, its_b)) in enumerate(zip(shared, own[:-1], strict=True), start=1):
        if r is not None:
            W = W * factors_of_inputs(network, l, r)[None]  # (n_l, n_{l-1}) * (1, n_{l-1})
        if s is not None:
            W = s[:, None] * W  # (n_l, 1) * (n_l, n_{l-1})
        layers.append(Layer(W, b if its_b is None else its_b))
    return (*layers, own[-1])


def factors_of_inputs(network: SharedNetwork, l: int, r: jax.Array) -> jax.Array:
    """Return a factor for each input of layer l, (…, n_{l-1}), from those that are stored."""
    return r[..., jnp.array(network.groups)] if l == 1 and network.groups is not None else r
