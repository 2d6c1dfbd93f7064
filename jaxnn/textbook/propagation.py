"""Forward propagation: z^[l] = W^[l] a^[l-1] + b^[l] and a^[l] = g^[l](z^[l]), layer by layer.

`weighted_sum`, `trace` and `forward` take one example; `propagate` is the matrix form for a batch,
Z^[l] = W^[l] A^[l-1] + b^[l] and A^[l] = g^[l](Z^[l]), with one column per example.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import chex
import jax
import jax.numpy as jnp

from jaxnn.compilation import one_program
from jaxnn.errors import ShapeError
from jaxnn.textbook.activations import identity
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.arrays import check_inputs
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.checks.values import check_one_array
from jaxnn.textbook.functions import ActivationFunction, is_ours
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.network import Layer, Network, Params, check_params

Matmul = Callable[[jax.Array, jax.Array, Any], jax.Array]
"""(W, A, compute_dtype) -> W A."""


class Trace(NamedTuple):
    """Every number of one forward propagation: z = (z^[1], …, z^[L]), a = (a^[0], …, a^[L]).

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
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

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 4, 2)
    >>> tr = trace(net, init(net, jax.random.key(0)), jnp.ones(3))
    >>> [z.shape for z in tr.z], [a.shape for a in tr.a]
    ([(4,), (2,)], [(3,), (4,), (2,)])
    """
    check_params(network, params)
    check_inputs(network, x, name="x")
    L = network.depth
    keys = [None] * L if key is None else list(jax.random.split(single_key(key), L))
    keep = [1 - p for p in network.dropout_rates]
    a = drop(as_inputs(x, params[0].W.dtype), keep[0], keys[0])
    zs, as_ = [], [a]
    for l, ((W, b), g) in enumerate(zip(params, network.activations, strict=True), start=1):
        z, a = layer_outputs(g, l, multiply, network.compute_dtype, W, b, a)
        # (n_l, n_{l-1}) @ (n_{l-1},) + (n_l,) -> (n_l,)
        chex.assert_shape([z, a], (network.sizes[l],))
        if l < L:
            a = drop(a, keep[l], keys[l])
        zs.append(z)
        as_.append(a)
    return Trace(tuple(zs), tuple(as_))


def forward(
    network: Network, params: Params, x: jax.Array, *, key: jax.Array | None = None
) -> jax.Array:
    """Return a^[L], the network's output for one example.

    The batch is `jax.vmap(forward, in_axes=(None, None, 1), out_axes=1)(network, params, X)`,
    which is what `predict` returns.

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

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 4, 2)
    >>> forward(net, init(net, jax.random.key(0)), jnp.ones(3)).shape
    (2,)
    """
    return trace(network, params, x, key=key).a[-1]


def multiply(W: jax.Array, A: jax.Array, compute_dtype: str | None = None) -> jax.Array:
    """Return W A; with a `compute_dtype`, both are rounded to it and the sums are in W's type.

    >>> multiply(jnp.ones((2, 3)), jnp.ones((3, 4)), "bfloat16").dtype
    dtype('float32')
    """
    if compute_dtype is None:
        return jnp.matmul(*promoted(W, A))
    narrow = W.astype(compute_dtype), A.astype(compute_dtype)
    return jnp.matmul(*narrow, preferred_element_type=W.dtype)


def propagate(
    network: Network,
    params: Params,
    X: jax.Array,
    *,
    keys: jax.Array | None = None,
    keep: Any = None,
    matmul: Matmul = multiply,
    outputs: bool = True,
) -> Trace:
    """Return every Z^[l] and A^[l] of a batch, one column per example: the matrix form of `trace`.

    Formula: A^[0] = X; Z^[l] = W^[l] A^[l-1] + b^[l], b^[l] added to every column;
    A^[l] = g^[l](Z^[l]).

    Args:
        network: the network.
        params: its parameters.
        X: examples, (n_0, m); uint8 pixels 0 … 255 become x / 255.
        keys: turn dropout on, one for each example, (m,).
        keep: (L,), the probabilities of keeping a neuron of a^[0] to a^[L-1]; None: the network's.
        matmul: what computes W^[l] A^[l-1], see `multiply`; the engine has a faster one.
        outputs: False: A^[L] is Z^[L], for a cost that takes Z^[L].

    Returns:
        `Trace(z, a)`, z = (Z^[1], …, Z^[L]), a = (A^[0], …, A^[L]), (n_l, m) each.

    Equivalent to `jax.vmap(trace, in_axes=(None, None, 1), out_axes=1)(network, params, X)`.

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net = mlp(3, 4, 2)
    >>> tr = propagate(net, init(net, jax.random.key(0)), jnp.ones((3, 5)))
    >>> [Z.shape for Z in tr.z], [A.shape for A in tr.a]
    ([(4, 5), (2, 5)], [(3, 5), (4, 5), (2, 5)])
    """
    L, n, m = network.depth, network.sizes, X.shape[1]
    layer_keys = None if keys is None else jax.vmap(lambda key: jax.random.split(key, L))(keys)
    keep = [1 - p for p in network.dropout_rates] if keep is None else keep

    def dropped(A: jax.Array, l: int) -> jax.Array:
        if layer_keys is None:
            return A
        return jax.vmap(drop, in_axes=(1, None, 0), out_axes=1)(A, keep[l], layer_keys[:, l])

    A = dropped(as_inputs(X, params[0].W.dtype), 0)
    Zs, As = [], [A]
    gs = network.activations if outputs else (*network.activations[:-1], identity)
    for l, ((W, b), g) in enumerate(zip(params, gs, strict=True), start=1):
        chex.assert_shape(W, (n[l], n[l - 1]))
        chex.assert_shape(b, (n[l],))
        Z, A = layer_outputs(g, l, matmul, network.compute_dtype, W, b, A)
        # (n_l, n_{l-1}) @ (n_{l-1}, m) + (n_l, 1) -> (n_l, m)
        chex.assert_shape([Z, A], (n[l], m))
        if l < L:
            A = dropped(A, l)
        Zs.append(Z)
        As.append(A)
    return Trace(tuple(Zs), tuple(As))


def layer_outputs(
    g: ActivationFunction, l: int, matmul: Matmul, compute_dtype: Any, W: Any, b: Any, A: Any
) -> tuple[jax.Array, jax.Array]:
    """Return (Z^[l], A^[l]) of a batch from A^[l-1], or (z^[l], a^[l]) of one example from a^[l-1].

    One program where g^[l] is ours; a user's own activation is called with values.
    """
    if is_ours(g):
        return _layer_program(g, matmul, compute_dtype, W, b, A)
    return _layer(partial(activate, g, l), matmul, compute_dtype, W, b, A)


def _layer(g: Any, matmul: Any, compute_dtype: Any, W: Any, b: Any, A: Any) -> tuple[Any, Any]:
    """Return Z = W A + b and g(Z), or z = W a + b and g(z)."""
    one = A.ndim == 1
    Z = jnp.add(*promoted(matmul(W, A, compute_dtype), b if one else b[:, None]))
    # ours take all columns at once, without the transposes of `jax.vmap`
    return Z, g(Z) if one or is_ours(g) else jax.vmap(g, in_axes=1, out_axes=1)(Z)


_layer_program = one_program(_layer, static_argnums=(0, 1, 2))


def activate(g: ActivationFunction, l: int, z: jax.Array) -> jax.Array:
    """Return a^[l] = g^[l](z^[l]), (n_l,), or raise an error that names g^[l]."""
    a = applied(f"g^[{l}], an activation", "z -> a", g, z)
    if jnp.shape(a) != z.shape:
        raise ValueError(
            f"g^[{l}] must keep the shape of z^[{l}], (n_{l},) = {z.shape}, got {jnp.shape(a)}"
        )
    return a


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


def drop(a: jax.Array, keep: Any, key: jax.Array | None) -> jax.Array:
    """Return a with each a_i set to 0 with probability 1 − keep and the others divided by keep."""
    if key is None or (isinstance(keep, float | int) and keep == 1):
        return a
    kept = jax.random.bernoulli(key, keep, a.shape)
    keep = keep.astype(a.dtype) if isinstance(keep, jax.Array) else keep
    return jnp.where(kept, a / keep, 0)
