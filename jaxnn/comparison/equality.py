"""Functions and optimisers as keys of compiled functions: an equal one compiles nothing anew."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any

import jax

from jaxnn.comparison.computation import computation, computation_of
from jaxnn.comparison.structure import opened
from jaxnn.textbook.checks.functions import only_calls
from jaxnn.textbook.descent import first_state, one_update
from jaxnn.textbook.functions import Activation, Cost, CostFunction, is_ours, wear_signature
from jaxnn.textbook.network import Layer, Network
from jaxnn.textbook.shared_members import SharedNetwork, shapes_of_members


class OptimizerKey:
    """An optimiser as a key that compares by what it does, not by which object it is.

    Two optimisers of optax are equal if their functions have the same code and their closures hold
    equal values.  If a function from elsewhere takes part (a user's schedule), they are equal if
    they compute the same now, on parameters of these shapes; one that cannot be traced equals only
    itself.

    Args:
        optimizer: the optimiser, or a function from `values` to one.
        params: arrays or `jax.ShapeDtypeStruct` that it is for; None: it is never traced.
        values: hyperparameter -> array, for a function from these.

    Attributes:
        key: its fingerprint, or what it computes.

    >>> import optax
    >>> OptimizerKey(optax.adam(1e-3)) == OptimizerKey(optax.adam(1e-3))
    True
    >>> OptimizerKey(optax.sgd(1.0)) == OptimizerKey(optax.sgd(2.0))
    False
    """

    def __init__(self, optimizer: Any, params: Any = None, values: Any = None):
        self.optimizer = optimizer
        key, own = opened(optimizer)
        if own and params is not None:
            key = optimizer_computation(optimizer, params, values) or key
        self.key, self._hash = key, hash(key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OptimizerKey) and self.key == other.key

    def __hash__(self) -> int:
        return self._hash


def optimizer_computation(optimizer: Any, params: Any, values: Any = None) -> Hashable | None:
    """Return what an optimiser computes for such parameters; None if it cannot be traced."""

    def begun(params: Any, values: Any) -> Any:
        found = optimizer if values is None else optimizer(**values)
        return first_state(found, params)

    def updated(params: Any, values: Any) -> Any:
        found = optimizer if values is None else optimizer(**values)
        return one_update(found, params, first_state(found, params))

    return computation((begun, (params, values)), (updated, (params, values)))


class SameFunction:
    """A user's function as a key that compares by what it computes now; a call calls the function.

    >>> import jax.numpy as jnp
    >>> a = y = jax.ShapeDtypeStruct((2,), jnp.float32)
    >>> def cost_of(factor): return lambda a, y: factor * jnp.sum((a - y) ** 2)
    >>> same(cost_of(1.0), a, y) == same(cost_of(1.0), a, y) != same(cost_of(2.0), a, y)
    True
    """

    def __init__(self, function: Callable[..., Any], key: Hashable):
        self.function, self.key, self._hash = function, key, hash(key)
        try:
            wear_signature(self, function)
        except AttributeError:  # a partial, an object
            self.__name__ = type(function).__name__

    @only_calls
    def __call__(self, *arguments: Any) -> Any:
        """Return the function's value."""
        return self.function(*arguments)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameFunction) and self.key == other.key

    def __hash__(self) -> int:
        return self._hash


def same(function: Any, *arguments: Any, differentiated: bool = False) -> Any:
    """Return a function as a key of compiled functions; one that cannot be traced, as it is.

    `arguments` are arrays or `jax.ShapeDtypeStruct`; `differentiated` says whether its derivative
    is used as well.  Functions of jaxnn, JAX and optax are known without a trace.
    """
    if isinstance(function, SameFunction) or is_ours(function):
        return function
    if isinstance(function, Activation | Cost):  # a user's own, with a derivative by hand
        inner = function.function
        options = dict(getattr(function, "options", ()))
        key = computation_of(
            lambda *given: inner(*given, **options), *arguments, differentiated=differentiated
        )
        return function if key is None else replace(function, function=SameFunction(inner, key))
    key, own = opened(function)
    if own:
        key = computation_of(function, *arguments, differentiated=differentiated)
    return function if key is None else SameFunction(function, key)


def same_network(network: Network, dtype: Any, *, differentiated: bool = False) -> Network:
    """Return a network whose activations compare by what they compute now, on z of a type."""
    if _has_own_activations(network):
        return network
    activated = [
        same(g, jax.ShapeDtypeStruct((n,), dtype), differentiated=differentiated)
        for n, g in zip(network.sizes[1:], network.activations, strict=True)
    ]
    return replace(network, activations=tuple(activated))


@lru_cache  # `predict` asks in every call
def _has_own_activations(network: Network) -> bool:
    return all(is_ours(g) for g in network.activations)


def same_cost(
    cost: CostFunction, network: Network, dtype: Any, *, differentiated: bool = False
) -> CostFunction:
    """Return a cost that compares by what it computes now, on outputs of a type."""
    a = jax.ShapeDtypeStruct((network.sizes[-1],), dtype)
    return same(cost, a, a, differentiated=differentiated)


def same_metrics(
    metrics: Mapping[str, Any] | None, network: Network, m: int, dtype: Any
) -> tuple[tuple[str, Any], ...]:
    """Return metrics that compare by what they compute now, on m examples."""
    A = jax.ShapeDtypeStruct((network.sizes[-1], m), dtype)
    return tuple((name, same(metric, A, A)) for name, metric in (metrics or {}).items())


def same_augmentation(augment: Any, network: Network, dtype: Any) -> Any:
    """Return an augmentation that compares by what it computes now; None of None."""
    if augment is None:
        return None
    return same(augment, _any_key(), jax.ShapeDtypeStruct((network.sizes[0],), dtype))


def same_initialisation(init: Any, networks: Iterable[Network]) -> Any:
    """Return a (network, key) -> Params that compares by what it computes now."""
    key, own = opened(init)
    if own:
        key = computation(*((partial(init, network), (_any_key(),)) for network in networks))
    return init if key is None else SameFunction(init, key)


def shapes_of(network: Network, dtype: Any) -> Any:
    """Return the shapes of a network's parameters."""
    if isinstance(network, SharedNetwork):
        return shapes_of_members(network, dtype)
    pairs = zip(network.sizes[1:], network.sizes, strict=False)
    each: Any = [[jax.ShapeDtypeStruct(shape, dtype) for shape in ((n, k), (n,))] for n, k in pairs]
    return tuple(Layer(*arrays) for arrays in each)


@cache
def _any_key() -> Any:
    return jax.eval_shape(jax.random.key, 0)
