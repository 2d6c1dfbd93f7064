"""The networks at the points of a grid, in groups of one shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.comparison.equality import OptimizerKey, same_network, shapes_of
from jaxnn.compilation import BoundedJit
from jaxnn.engine.plan import Plan
from jaxnn.engine.stack import StackInputs
from jaxnn.engine.variation import Variation
from jaxnn.sweeps.factories import Factory
from jaxnn.sweeps.grids import OF_EVERY_SWEEP, Point, kept_seeds
from jaxnn.sweeps.parts import Group
from jaxnn.sweeps.traced_hyperparameters import column, traceable
from jaxnn.textbook.activations import find, relu
from jaxnn.textbook.network import Network, check_trainable


def groups_of(
    plan: Plan,
    points: Sequence[Point],
    factory: Factory,
    key: jax.Array,
    m: int,
    *,
    share_batches: bool,
) -> list[Group]:
    """Return the networks of the points, in groups of what must be the same within a program.

    Within a group numbers are traced and may differ from network to network: those of the
    optimiser, the dropout, the scale of the first weights.  Sizes, activations and batch size are
    the same, and so is what an optimiser tests in Python, see `traceable`.  `m` is the number of
    examples; with `share_batches` all networks have the batches of `key`.
    """
    own = [name for name in points[0] if name not in OF_EVERY_SWEEP]
    traced = traceable(plan.network, factory, points)
    places: dict[Any, list[int]] = {}
    for i, point in enumerate(points):
        fixed = tuple((name, point[name]) for name in own if name not in traced)
        kinds = tuple(type(value) for _, value in fixed)  # 1 and 1.0 and True are three
        network = network_at(plan.network, point)
        check_trainable(network)
        alike = replace(network, dropout=0.0) if "dropout" in point else network
        shape = alike, point.get("batch_size", plan.batch_size), fixed, kinds
        places.setdefault(shape, []).append(i)
    seeds = None
    if "seed" in points[0]:
        seeds = kept_seeds([point["seed"] for point in points])
    words, train_keys = _keys(key, seeds, len(points), share_batches)
    init_words, dtype = np.asarray(words), jnp.zeros(()).dtype
    groups = []
    for (network, batch_size, fixed, _), numbers in places.items():
        here = [points[i] for i in numbers]
        optimizer: Any = partial(factory, **dict(fixed))
        values = {name: column(here, name) for name in own if name in traced}
        one = {name: jax.ShapeDtypeStruct((), array.dtype) for name, array in values.items()}
        of_group = replace(
            plan,
            network=same_network(network, dtype, differentiated=True),
            batch_size=min(batch_size, m),
            optimizer=OptimizerKey(optimizer, shapes_of(network, dtype), one),
        )
        index = np.array(numbers)
        keep = _keep_probabilities(plan.network, here) if "dropout" in here[0] else None
        inputs = StackInputs(
            init_words=init_words[index],
            train_key=train_keys if train_keys.ndim == 0 else train_keys[index],
            values=values,
            scale=column(here, "init_scale") if "init_scale" in here[0] else None,
            variation=Variation(keep=keep),
        )
        groups.append(Group(of_group, index, inputs))
    return groups


def _keep_probabilities(network: Network, points: Sequence[Point]) -> np.ndarray:
    """Return 1 − dropout of each layer of the network at each point, (K, L)."""
    rates = [network_at(network, point).dropout_rates for point in points]
    return np.asarray([[1 - p for p in each] for each in rates], jnp.zeros(()).dtype)


@partial(BoundedJit, static_argnums=(2, 3))
def _keys(key: jax.Array, seeds: Any, count: int, share_batches: bool) -> tuple[Any, Any]:
    """Return the words of the first parameters' keys, and the keys of the training, () or (K,).

    They are the keys of `fit(..., key=key)`, where a point with a seed s has
    `key = jax.random.key(s)`; without shared batches a point without a seed has `fold_in(key, i)`.
    """

    def own(i: jax.Array, seed: Any) -> jax.Array:
        if seed is not None:
            return jax.random.split(jax.random.key(seed, impl=jax.random.key_impl(key)))
        return jax.random.split(jax.random.fold_in(key, i))

    shared = jax.random.split(key) if share_batches else None  # (2,), split once for all
    if shared is not None and seeds is None:
        words = jax.random.key_data(shared[0])
        return jnp.broadcast_to(words, (count, *words.shape)), shared[1]
    both = jax.vmap(own)(jnp.arange(count), seeds)  # (K, 2)
    return jax.random.key_data(both[:, 0]), both[:, 1] if shared is None else shared[1]


def network_at(network: Network, point: Mapping[str, Any]) -> Network:
    """Return the network at a point, which may give sizes, hidden activation and dropout.

    If the number of hidden layers differs from the network's, they have the activation of those.

    >>> from jaxnn.textbook.network import mlp
    >>> network_at(mlp(4, 8, 3), {"hidden_sizes": (5, 5), "dropout": 0.1}).sizes
    (4, 5, 5, 3)
    """
    if not {"hidden_sizes", "hidden", "dropout"} & point.keys():
        return network
    inner = network.activations[:-1]
    sizes = point.get("hidden_sizes", network.sizes[1:-1])
    if isinstance(sizes, str) or not isinstance(sizes, Sequence):
        raise TypeError(f"grid['hidden_sizes'] must hold tuples (n_1, …, n_{{L-1}}), got {sizes!r}")
    if "hidden" in point:
        inner = (find(point["hidden"]),) * len(sizes)
    elif len(sizes) != len(inner):
        if len(set(inner)) > 1:
            raise ValueError(
                f"grid['hidden_sizes'] holds {sizes}, but the activations of the network's "
                f"{len(inner)} hidden layers differ: name 'hidden' in the grid as well"
            )
        inner = (inner[0] if inner else relu,) * len(sizes)
    return replace(
        network,
        sizes=(network.sizes[0], *sizes, network.sizes[-1]),
        activations=(*inner, network.activations[-1]),
        dropout=point.get("dropout", network.dropout),
    )
