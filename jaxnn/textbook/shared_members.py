"""Networks whose K members share their weights: sizes and factors (static), and their parameters.

Member i computes z^[l] = s_i^[l] ⊙ (W^[l] (r_i^[l] ⊙ a^[l-1])) + b_i^[l] in each hidden layer.
All have W^[l] in common; the factors r_i and s_i are its own, and so are W_i^[L] and b_i^[L] of its
last layer, z^[L] = W_i^[L] a^[L-1] + b_i^[L].
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.tree_util import register_static

from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.network import (
    Layer,
    Network,
    check_array,
    check_is_network,
    check_is_params,
    shown,
)

FACTORS = ("inputs", "all")


class SharedLayer(NamedTuple):
    """What all members have in common of a hidden layer: W^[l] (n_l, n_{l-1}) and b^[l] (n_l,).

    b is None where each member has its own.
    """

    W: jax.Array
    b: jax.Array | None

    def __repr__(self) -> str:
        return _in_words(self)


class Factors(NamedTuple):
    """What each of K members has of its own in a hidden layer; None: nothing.

    Attributes:
        r: factors of a^[l-1], (K, n_{l-1}); of x in layer 1, (K, F), one for each group of inputs.
        s: factors of W^[l] (r ⊙ a^[l-1]), (K, n_l).
        b: biases, (K, n_l).
    """

    r: jax.Array | None
    s: jax.Array | None
    b: jax.Array | None

    def __repr__(self) -> str:
        return _in_words(self)


def _in_words(layer: Any) -> str:
    parts = (f"{name}={shown(array)}" for name, array in layer._asdict().items())
    return f"{type(layer).__name__}({', '.join(parts)})"


class SharedParams(NamedTuple):
    """The parameters of K members that share their weights, a plain pytree.

    Attributes:
        shared: a `SharedLayer` for each hidden layer, l = 1 … L − 1.
        members: a `Factors` for each hidden layer, then a `Layer` of W^[L], (K, n_L, n_{L-1}), and
            b^[L], (K, n_L): the first axis of every array counts the members.

    >>> SharedParams((SharedLayer(jnp.ones((4, 3)), jnp.zeros(4)),), ()).shared[0].W.shape
    (4, 3)
    """

    shared: tuple[SharedLayer, ...]
    members: tuple[Any, ...]


@register_static
@dataclass(frozen=True)
class SharedNetwork(Network):
    """A network of which K members share W^[1] to W^[L-1], as static data, see `share_weights`.

    Args:
        sizes, activations, dropout, compute_dtype: those of each member, see `Network`.
        members: K, at least 1.
        factors: what a member has of its own beside its last layer: "inputs", the factors r of x
            alone (the mini form); "all", r, s and b in every hidden layer.
        groups: the group 0 … F − 1 of each of the n_0 inputs, in ascending order; the inputs of a
            group have one factor r.  None: each input has its own.

    Raises:
        ValueError, TypeError: as `Network`; members below 1, unknown factors, groups that are not
            n_0 numbers 0, …, 0, 1, …, 1, …, F − 1.

    >>> net = SharedNetwork((3, 4, 2), ("relu", "softmax"), members=8, groups=(0, 0, 1))
    >>> net.depth, net.group_count, net.parameter_count
    (2, 2, 112)
    """

    members: int = 16
    factors: str = "inputs"
    groups: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Check the arguments and store them in one canonical form."""
        super().__post_init__()
        if not isinstance(self.factors, str) or self.factors not in FACTORS:
            raise ValueError(f'factors must be "inputs" or "all", got {self.factors!r}')
        object.__setattr__(self, "members", check_count("members", self.members))
        object.__setattr__(self, "groups", _checked_groups(self.groups, self.sizes[0]))

    def __hash__(self) -> int:
        """Return a hash of the sizes alone, as `Network` does."""
        return hash(self.sizes)

    @property
    def network(self) -> Network:
        """The network of one member."""
        of_one: Any = {field.name: getattr(self, field.name) for field in fields(Network)}
        return Network(**of_one)

    @property
    def group_count(self) -> int:
        """F, the number of factors r of layer 1."""
        return self.sizes[0] if self.groups is None else self.groups[-1] + 1

    @property
    def parameter_count(self) -> int:
        """The number of all weights, biases and factors: shared ones once, the others K times."""
        leaves = jax.tree.leaves(shapes_of_members(self, jnp.float32))
        return sum(leaf.size for leaf in leaves)

    def __str__(self) -> str:
        """Return the layers of one member, and how many there are."""
        layers = str(self.network).rsplit("\n", 1)[0]
        own = "factors of the inputs" if self.factors == "inputs" else "factors and biases"
        return (
            f"{layers}\n{self.members} members share W^[1] to W^[{self.depth - 1}], with {own} and "
            f"last layers of their own: {self.parameter_count:,} parameters"
        )


def share_weights(
    network: Network,
    *,
    members: int = 16,
    factors: str = "inputs",
    groups: Sequence[int] | None = None,
) -> SharedNetwork:
    """Return the network whose members are like `network` and share their hidden weights.

    Formula: z_i^[l] = s_i^[l] ⊙ (W^[l] (r_i^[l] ⊙ a_i^[l-1])) + b_i^[l] for member i, l < L.

    Args:
        network: of each member.
        members: K, at least 1.
        factors: "inputs": a member has r_i^[1] and its last layer for itself, everything else is
            shared (TabM's mini form); "all": r_i^[l], s_i^[l] and b_i^[l] of every hidden layer.
        groups: for each of the n_0 inputs the number 0 … F − 1 of its group, such as the column of
            a table that it encodes; the inputs of a group are neighbours and have one factor.
            None: each input has its own.

    Returns:
        `SharedNetwork`; `.network` is that of one member.

    Raises:
        ValueError, TypeError: members below 1, unknown factors, groups of another length or not in
            ascending order.

    Source: Gorishniy, Kotelnikov and Babenko, "TabM" (2024), arXiv:2410.24210; Wen, Tran and Ba,
    "BatchEnsemble" (2020).

    >>> from jaxnn.textbook.network import mlp
    >>> net = share_weights(mlp(3, 4, 2), members=8, groups=(0, 0, 1))
    >>> net.members, net.group_count, net.network == mlp(3, 4, 2)
    (8, 2, True)
    """
    check_is_network(network)
    of_one: Any = {field.name: getattr(network, field.name) for field in fields(Network)}
    own: Any = {"members": members, "factors": factors, "groups": groups}
    return SharedNetwork(**of_one, **own)


def _checked_groups(groups: Any, n: int) -> tuple[int, ...] | None:
    if groups is None:
        return None
    rule = f"groups must be a number 0 … F − 1 for each of the network's n_0 = {n} inputs"
    try:
        numbers = tuple(operator.index(group) for group in groups)
    except TypeError:
        raise TypeError(f"{rule}, got {described(groups)}") from None
    if len(numbers) != n:
        raise ValueError(f"{rule}, got {len(numbers)}")
    steps = {b - a for a, b in zip((0, *numbers), numbers, strict=False)}
    if numbers[0] != 0 or not steps <= {0, 1}:
        raise ValueError(
            f"{rule}, the inputs of a group side by side, as in (0, 0, 1, 2, 2), got {groups!r}"
        )
    return None if numbers[-1] == n - 1 else numbers


def shapes_of_members(network: SharedNetwork, dtype: Any) -> SharedParams:
    """Return shapes and type of the parameters, as `jax.ShapeDtypeStruct`."""

    def of(*shape: int) -> Any:
        return jax.ShapeDtypeStruct(shape, dtype)

    n, K, L, every = network.sizes, network.members, network.depth, network.factors == "all"
    shared, members = [], []
    for l in range(1, L):
        shared.append(SharedLayer(of(n[l], n[l - 1]), None if every else of(n[l])))
        inputs = network.group_count if l == 1 else n[l - 1]
        r = of(K, inputs) if every or l == 1 else None
        s, b = (of(K, n[l]), of(K, n[l])) if every else (None, None)
        members.append(Factors(r, s, b))
    members.append(Layer(of(K, n[L], n[L - 1]), of(K, n[L])))
    return SharedParams(tuple(shared), tuple(members))


def symbols_of_members(params: SharedParams) -> SharedParams:
    """Return the names of the arrays in their places, such as "r_i^[1]"; None stays None."""

    def named(layers: Sequence[Any], i: str) -> Any:
        return tuple(
            type(layer)(*(
                None if array is None else f"{name}{i}^[{l}]"
                for name, array in layer._asdict().items()
            ))
            for l, layer in enumerate(layers, start=1)
        )  # fmt: skip

    return SharedParams(named(params.shared, ""), named(params.members, "_i"))


def check_shared_params(network: Network, params: Any) -> None:
    """Raise an error unless every array has the shape and a type that `network` asks for.

    Raises:
        TypeError: not `SharedParams`, or an array that is not of floating type.
        ShapeError: other parts, or a shape that differs.
    """
    network = as_shared(network)
    if not isinstance(params, SharedParams):
        raise TypeError(f"params must be jaxnn.SharedParams, got {described(params)}")
    wanted = shapes_of_members(network, jnp.float32)
    _check_parts(network, "params", symbols_of_members(wanted), wanted, params)


def check_member(network: SharedNetwork, shared: Any, own: Any) -> None:
    """Raise an error unless these are the common parameters, and one member's own."""
    network = as_shared(network)
    wanted = shapes_of_members(network, jnp.float32)
    one = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[1:], a.dtype), wanted.members)
    symbols = symbols_of_members(wanted)
    _check_parts(network, "shared", symbols.shared, wanted.shared, shared)
    _check_parts(network, "own", symbols.members, one, own)


_structure = partial(jax.tree.structure, is_leaf=lambda value: hasattr(value, "shape"))

_FORMULAS = {
    "W": "(n_l, n_{l-1})", "b": "(n_l,)", "r_i": "(K, n_{l-1})", "s_i": "(K, n_l)",
    "b_i": "(K, n_l)", "W_i": "(K, n_l, n_{l-1})",
}  # fmt: skip


def _check_parts(
    network: SharedNetwork, argument: str, symbols: Any, wanted: Any, found: Any
) -> None:
    """Raise an error unless an argument has the wanted arrays."""
    expected, got = jax.tree.structure(wanted), jax.tree.structure(found)
    if expected != got:
        raise ShapeError(
            f"{argument} must have the parts of {network.members} members with factors="
            f"{network.factors!r} and L = {network.depth}, {expected}, got {got}"
        )
    parts = zip(*(jax.tree.leaves(tree) for tree in (symbols, wanted, found)), strict=True)
    for symbol, shape, array in parts:
        formula = "(K, F)" if symbol == "r_i^[1]" else _FORMULAS[symbol.partition("^")[0]]
        if argument == "own":
            formula = formula.replace("(K, n_l)", "(n_l,)").replace("(K, F)", "(F,)")
            formula = formula.replace("(K, n_{l-1})", "(n_{l-1},)").replace("K, ", "")
        check_array(f"{symbol} of {argument}", array, formula, shape.shape)


def check_are_params(params: Any) -> None:
    """Raise an error unless an argument is `Params` or `SharedParams`."""
    if not isinstance(params, SharedParams):
        check_is_params(params)


def as_shared(network: Any) -> SharedNetwork:
    """Return a network whose members share their weights, or raise an error of any other."""
    if isinstance(network, SharedNetwork):
        return network
    raise TypeError(
        f"network must be a jaxnn.SharedNetwork, got {described(network)}: write "
        "jaxnn.share_weights(network, members=16)"
    )
