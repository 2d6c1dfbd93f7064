"""Forward: z^[l] = W^[l] a^[l-1] + b^[l], a^[l] = g^[l](z^[l]), and the cost E of what comes out.

`forward` and `trace` are defined on one example; `jax.vmap` makes the batch, with
one column per example.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.comparison.fingerprint import same_network
from jaxnn.engine.narrow import narrow_product, product_of_each
from jaxnn.errors import ShapeError
from jaxnn.textbook import activations, costs
from jaxnn.textbook.checks.arguments import check_given, described
from jaxnn.textbook.checks.arrays import check_examples, check_inputs
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.checks.values import check_one_array
from jaxnn.textbook.costs import CostFunction
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.means import shares, weighted_mean
from jaxnn.textbook.network import Layer, Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing

Product = Callable[[jax.Array, jax.Array], jax.Array]

MOST_SIZES = 128
"""Compiled functions that `predict` keeps, of some 2 MB each.  To fill X up to a few sizes instead
costs 20 to 40 µs a call, where the call takes 30, and changes the last bits on some releases."""


class JointCost(NamedTuple):
    """An output activation g and a cost computed together, from z^[L].

    Attributes:
        cost: (z^[L], y) -> E.
        delta: (a^[L], y) -> δ^[L].
        mean_z: z of K networks, (K, n_L) -> a z, (n_L,), of which g(z) is the mean of their g(z_k).
    """

    cost: Callable[[jax.Array, jax.Array], jax.Array]
    delta: Callable[[jax.Array, jax.Array], jax.Array]
    mean_z: Callable[[jax.Array], jax.Array]


def _mean_log(log_a: jax.Array) -> jax.Array:
    """Return the logarithm of the mean of K outputs, (K, n_L) -> (n_L,), from their logarithms."""
    return jax.nn.logsumexp(log_a, axis=0) - np.log(len(log_a)).astype(log_a.dtype)


JOINT_COSTS: dict[tuple[Any, Any], JointCost] = {
    (activations.softmax, costs.cross_entropy): JointCost(
        cost=costs.softmax_cross_entropy,
        delta=lambda a, y: a * jnp.sum(y) - y,
        mean_z=lambda z: _mean_log(jax.nn.log_softmax(z, axis=1)),
    ),
    (activations.sigmoid, costs.binary_cross_entropy): JointCost(
        cost=costs.sigmoid_binary_cross_entropy,
        delta=lambda a, y: a - y,
        mean_z=lambda z: _mean_log(jax.nn.log_sigmoid(z)) - _mean_log(jax.nn.log_sigmoid(-z)),
    ),
}
"""The pairs whose separate forms overflow where a^[L] rounds to 0 or 1; these stay finite."""


class Trace(NamedTuple):
    """Every number of one forward propagation: z = (z^[1], …, z^[L]), a = (a^[0], …, a^[L]).

    >>> from jaxnn.textbook.network import init, mlp
    >>> net = mlp(3, 4, 2)
    >>> tr = trace(net, init(net, jax.random.key(0)), jnp.ones(3))
    >>> len(tr.z), len(tr.a), tr.a[0].tolist()
    (2, 3, [1.0, 1.0, 1.0])
    """

    z: tuple[jax.Array, ...]
    a: tuple[jax.Array, ...]


def weighted_sum(layer: Layer, a: jax.Array) -> jax.Array:
    """Return z = W a + b, what a layer's neurons add up before their activation.

    Args:
        layer: W^[l], (n_l, n_{l-1}), and b^[l], (n_l,).
        a: a^[l-1], (n_{l-1},).

    Returns:
        z^[l], (n_l,).

    Raises:
        TypeError, ValueError: not a layer, not arrays of numbers, or shapes that do not fit.

    Source: McCulloch and Pitts (1943); Rosenblatt (1958).

    A neuron is a layer with n_l = 1:

    >>> neuron = Layer(W=jnp.array([[0.9, 0.8, 0.1]]), b=jnp.zeros(1))
    >>> weighted_sum(neuron, jnp.array([1.0, 0.0, 1.0])).tolist()
    [1.0]
    """
    if not isinstance(layer, tuple) or len(layer) != 2:
        raise TypeError(f"layer must be a jaxnn.Layer(W, b), got {described(layer)}")
    W, b = layer
    check_one_array("layer.W", W, 2, "(n_l, n_{l-1})")
    check_one_array("layer.b", b, 1, "(n_l,)")
    check_one_array("a", a, 1, "(n_{l-1},)")
    if W.shape != (*b.shape, *a.shape):
        raise ShapeError(
            f"layer.W must have shape (n_l, n_{{l-1}}) = {(*b.shape, *a.shape)} for b of shape "
            f"{b.shape} and a of shape {a.shape}, got {W.shape}"
        )
    return W @ a + b  # (n_l, n_{l-1}) @ (n_{l-1},) + (n_l,) -> (n_l,)


def trace(network: Network, params: Params, x: jax.Array, *, key: jax.Array | None = None) -> Trace:
    """Return every z^[l] and a^[l] of one example.

    Formula: a^[0] = x; z^[l] = W^[l] a^[l-1] + b^[l]; a^[l] = g^[l](z^[l]).

    Args:
        network: the network.
        params: its parameters.
        x: one example, (n_0,); uint8 pixels 0 … 255 become a^[0] = x / 255.
        key: turns dropout on: each a_i^[l] is dropped (set to 0) with the network's probability p,
            the others are divided by 1 − p.  None: nothing is dropped.

    Returns:
        `Trace(z, a)`, z = (z^[1], …, z^[L]), a = (a^[0], …, a^[L]), with a^[0] = x.

    Raises:
        TypeError, ValueError: a parameter or x of another shape, or not of a floating type.

    Source: Rumelhart, Hinton and Williams (1986); dropout, Srivastava et al. (2014).

    >>> from jaxnn.textbook.network import mlp, init
    >>> net = mlp(3, 4, 2)
    >>> tr = trace(net, init(net, jax.random.key(0)), jnp.ones(3))
    >>> [z.shape for z in tr.z], [a.shape for a in tr.a]
    ([(4,), (2,)], [(3,), (4,), (2,)])
    """
    check_params(network, params)
    check_inputs(network, x, name="x")
    key = None if key is None else single_key(key)
    dtype = network.compute_dtype
    return _trace(network, params, x, key, jnp.matmul if dtype is None else narrow_product(dtype))


def trace_of_each(
    network: Network,
    params: Params,
    x: jax.Array,
    *,
    key: Any = None,
    kept: Any = None,
    product: Product = jnp.matmul,
) -> Trace:
    """Return `trace` of an example, for use under `jax.vmap` over the examples.

    Args:
        network: the network; where it has a `compute_dtype` its products are `rows_product`.
        params: its parameters.
        x: one example, (n_0,).
        key: turns dropout on.
        kept: (L,), the probabilities of keeping a neuron of a^[0] to a^[L-1]; None: the network's.
        product: (W, a) -> W a, (n_l,).

    >>> from jaxnn.textbook.network import mlp, init
    >>> net = mlp(3, 40, 2, compute_dtype="bfloat16")
    >>> params, X = init(net, jax.random.key(0)), jnp.ones((3, 5))
    >>> jax.vmap(lambda x: trace_of_each(net, params, x).a[-1], in_axes=1, out_axes=1)(X).shape
    (2, 5)
    """
    check_params(network, params)
    check_inputs(network, x, name="x")
    if network.compute_dtype is not None:
        product = product_of_each(network.compute_dtype)
    return _trace(network, params, x, key, product, kept)


def _trace(
    network: Network, params: Params, x: jax.Array, key: Any, product: Product, kept: Any = None
) -> Trace:
    keys = [None] * network.depth if key is None else list(jax.random.split(key, network.depth))
    kept = [1 - p for p in network.dropout_rates] if kept is None else kept
    a = _drop(as_inputs(x, params[0].W.dtype), kept[0], keys[0])
    zs, as_ = [], [a]
    for l, (layer, g) in enumerate(zip(params, network.activations, strict=True), start=1):
        # a narrow product rounds W and a itself, and sums in W's type
        W, a = (layer.W, a) if network.compute_dtype is not None else promoted(layer.W, a)
        z = jnp.add(*promoted(product(W, a), layer.b))  # (n_l,)
        a = applied(f"g^[{l}], an activation", "z -> a", g, z)
        chex.assert_shape(z, (network.sizes[l],))
        if jnp.shape(a) != z.shape:
            raise ValueError(
                f"g^[{l}] must keep the shape of z^[{l}], (n_{l},) = {z.shape}, got {jnp.shape(a)}"
            )
        if l < network.depth:
            a = _drop(a, kept[l], keys[l])
        zs.append(z)
        as_.append(a)
    return Trace(tuple(zs), tuple(as_))


def forward(
    network: Network, params: Params, x: jax.Array, *, key: jax.Array | None = None
) -> jax.Array:
    """Return a^[L], the network's output for one example.

    The batch is `jax.vmap(forward, in_axes=(None, None, 1), out_axes=1)(network, params, X)`,
    which is what `predict` computes.

    Under a `jax.jit` of one's own, values that an activation captures stay those of the first call,
    by JAX's rule: jit a function that takes what changes as an argument.

    Args:
        network: the network.
        params: its parameters.
        x: one example, (n_0,).
        key: turns dropout on, see `trace`.

    Returns:
        a^[L], (n_L,).

    Raises:
        TypeError, ValueError: as `trace`.

    Source: Rumelhart, Hinton and Williams (1986).

    >>> from jaxnn.textbook.network import mlp, init
    >>> net = mlp(3, 4, 2)
    >>> forward(net, init(net, jax.random.key(0)), jnp.ones(3)).shape
    (2,)
    """
    return trace(network, params, x, key=key).a[-1]


@lru_cache(MOST_SIZES)
def _outputs(network: Network, m: int, examples: int) -> Any:
    """Return (params, X) -> A^[L], compiled for m examples, which lie along an axis of X."""
    batch = jax.vmap(partial(forward, network), in_axes=(None, examples), out_axes=1)
    return jax.jit(lambda params, X: batch(params, X))


def predict(network: Network, params: Params, X: jax.Array | np.ndarray) -> jax.Array:
    """Return A^[L], the network's outputs for a batch, one column per example.

    Compiled once for each m; of networks and m, the functions of the last 128 pairs are kept, so
    that batches of ever other sizes fill no memory.  Where there are more sizes than that, fill X
    up with columns of zeros to one of a few.

    Values that an activation of one's own captures are read in every call.

    Args:
        network: the network.
        params: its parameters.
        X: examples, (n_0, m), finite; uint8 pixels 0 … 255 become x = X / 255.

    Returns:
        A^[L], (n_L, m).

    Raises:
        TypeError, ValueError: a shape or type that differs, no example, NaN or infinite input.

    Equivalent to `jax.vmap(forward, in_axes=(None, None, 1), out_axes=1)(network, params, X)`.

    >>> from jaxnn.textbook.network import mlp, init
    >>> net = mlp(3, 4, 2)
    >>> predict(net, init(net, jax.random.key(0)), jnp.ones((3, 5))).shape
    (2, 5)
    """
    check_params(network, params)
    check_examples(network, X)
    network = same_network(network, params[0].W.dtype)
    if isinstance(X, np.ndarray) and X.T.flags.c_contiguous:
        return _outputs(network, X.shape[1], 0)(params, X.T)  # JAX need not turn it
    return _outputs(network, X.shape[1], 1)(params, X)


def loss(
    network: Network,
    params: Params,
    X: jax.Array,
    Y: jax.Array,
    *,
    cost: str | CostFunction,
    weights: jax.Array | None = None,
    key: jax.Array | None = None,
) -> jax.Array:
    """Return E, the weighted mean over the examples of the cost of each.

    Formula: E = Σ_j w_j E(a_j, y_j) / Σ_j w_j.  Softmax with cross-entropy and sigmoid with binary
    cross-entropy are computed jointly from z^[L]: finite, with the right gradient, at |z| = 1e4.

    Its gradient is `jax.grad(loss, argnums=1)(network, params, X, Y, cost=…)`, which is what
    `backward` computes by hand: argument 0, by which `jax.grad` differentiates unless it is told,
    is the network, which has no numbers, so that without `argnums=1` it gives the network back.

    Under a `jax.jit` of one's own, values that a cost captures stay those of the first call, by
    JAX's rule: jit a function that takes what changes as an argument.

    Args:
        network: the network.
        params: its parameters.
        X: examples, (n_0, m).
        Y: targets, (n_L, m).
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        weights: w, (m,), each at least 0; None: all 1.  An example of weight 0 does not count.
            Only their ratio counts: all 1e38, or all 1e-30, is all 1.
        key: turns dropout on, with its own key for each example; None: nothing is dropped.

    Returns:
        E, ().  Where all weights are 0 it is 0.

    Raises:
        TypeError, ValueError: a shape, type or value that breaks these rules; an output activation,
            a cost and targets that cannot be meant together.

    Warns:
        UserWarning: they go together, but that is rarely meant; the message names what fits.

    Source: Bishop, "Pattern Recognition and Machine Learning" (2006), section 5.2.

    >>> from jaxnn.textbook.network import mlp, init
    >>> net = mlp(3, 2, 4)
    >>> params = jax.tree.map(jnp.zeros_like, init(net, jax.random.key(0)))
    >>> round(loss(net, params, jnp.ones((3, 4)), jnp.eye(4), cost="cross_entropy").item(), 4)
    1.3863
    >>> gradients = jax.grad(loss, argnums=1)(net, params, jnp.ones((3, 4)), jnp.eye(4),
    ...                                       cost="cross_entropy")
    >>> gradients[0].W.shape
    (2, 3)
    """
    cost = costs.find(cost)
    check_params(network, params)
    check_given("Y", Y)
    check_examples(network, X, Y, weights)
    check_pairing(network, cost, Y, weights)
    key = None if key is None else single_key(key)
    w = shares(X.shape[1], weights, params[-1].b.dtype)
    return mean_cost(network, params, X, Y, w, cost=cost, key=key)[0]


def mean_cost(
    network: Network,
    params: Params,
    X: jax.Array,
    Y: jax.Array,
    w: jax.Array,
    *,
    cost: CostFunction,
    key: jax.Array | None = None,
    kept: Any = None,
    product: Product = jnp.matmul,
) -> tuple[jax.Array, jax.Array]:
    """Return (E, A^[L]): E = Σ_j w_j E(a_j, y_j), where w (m,) sums to 1, and the outputs (n_L, m).

    `kept` and `product` are those of `trace_of_each`.

    >>> from jaxnn.textbook.network import mlp, init
    >>> net, w = mlp(3, 2, output="identity"), jnp.full(5, 0.2)
    >>> params, X, Y = init(net, jax.random.key(0)), jnp.ones((3, 5)), jnp.zeros((2, 5))
    >>> E, A = mean_cost(net, params, X, Y, w, cost=costs.squared_error)
    >>> E.shape, A.shape
    ((), (2, 5))
    """

    def one_example(x, y, key):
        tr = trace_of_each(network, params, x, key=key, kept=kept, product=product)
        return cost_of(network, cost, tr, y), tr.a[-1]

    keys = None if key is None else jax.random.split(key, X.shape[1])
    key_axis = None if key is None else 0
    batch = jax.vmap(one_example, in_axes=(1, 1, key_axis), out_axes=(0, 1))
    E, A = batch(X, Y, keys)  # (m,), (n_L, m)
    return weighted_mean(w, E), A


def as_inputs(x: jax.Array, dtype: Any) -> jax.Array:
    """Return x as a^[0]: uint8 pixels 0 … 255 become x / 255 in `dtype`, all else stays as it is.

    >>> as_inputs(jnp.array([0, 255], jnp.uint8), jnp.float32).tolist()
    [0.0, 1.0]
    """
    return x.astype(dtype) / 255 if x.dtype == jnp.uint8 else x


def promoted(*arrays: Any) -> tuple[Any, ...]:
    """Return arrays in the type that JAX's standard rules give them together.

    What is narrower than the parameters is so widened also under
    `jax.numpy_dtype_promotion("strict")`, which refuses to mix types.

    >>> with jax.numpy_dtype_promotion("strict"):
    ...     [array.dtype.name for array in promoted(jnp.ones(1), jnp.ones(1, jnp.bfloat16))]
    ['float32', 'float32']
    """
    if len({array.dtype for array in arrays}) == 1:
        return arrays
    with jax.numpy_dtype_promotion("standard"):
        dtype = jnp.result_type(*arrays)
    return tuple(array.astype(dtype) for array in arrays)


def _drop(a: jax.Array, kept: Any, key: jax.Array | None) -> jax.Array:
    """Set each a_i to 0 with probability 1 − kept and divide the others by `kept`."""
    if key is None or (isinstance(kept, float | int) and kept == 1):
        return a
    chosen = jax.random.bernoulli(key, kept, a.shape)
    kept = kept.astype(a.dtype) if isinstance(kept, jax.Array) else kept
    return jnp.where(chosen, a / kept, 0)


def mean_trace(network: Network, cost: CostFunction, tr: Trace) -> Trace:
    """Return (z^[L], a^[L]) of the mean of K networks' outputs, (n_L,), from theirs, (K, n_L).

    Where `cost_of` takes z^[L], z^[L] is that of the mean: the cross-entropy of averaged
    probabilities that round to 0 would be infinite, though none of the members' is.

    >>> from jaxnn.textbook.network import mlp
    >>> net, z = mlp(2, 2), jnp.array([[500.0, 0.0], [400.0, 0.0]])
    >>> tr = mean_trace(net, costs.cross_entropy, Trace((z,), (net.activations[0](z),)))
    >>> cost_of(net, costs.cross_entropy, tr, jnp.array([0.0, 1.0])).round(2).item()
    400.69000244140625
    """
    joint = JOINT_COSTS.get((network.activations[-1], cost))
    z, a = tr.z[-1], tr.a[-1]
    return Trace((z if joint is None else joint.mean_z(z),), (jnp.mean(a, axis=0),))


def cost_of(network: Network, cost: CostFunction, tr: Trace, y: jax.Array) -> jax.Array:
    """Return E of one example from its trace: jointly from z^[L] where that is the stable form.

    >>> from jaxnn.textbook.network import mlp
    >>> net, z = mlp(2, 2), jnp.array([1e4, -1e4])
    >>> cost_of(net, costs.cross_entropy, Trace((z,), (z, net.activations[0](z))), jnp.eye(2)[1])
    Array(20000., dtype=float32)
    """
    joint = JOINT_COSTS.get((network.activations[-1], cost))
    if joint is not None:
        return joint.cost(*promoted(tr.z[-1], y))
    return costs.cost_of_one(cost, *promoted(tr.a[-1], y))
