"""The points of a grid as groups of networks of one shape, each trained as one program."""

from __future__ import annotations

from collections.abc import Sequence
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
from jaxnn.sweeps.factories import Factory, column, traceable
from jaxnn.sweeps.grids import OF_EVERY_SWEEP, Point, kept_seeds, network_at
from jaxnn.sweeps.trainer import Group
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
    """Return the networks of the points, grouped by what must be the same within a program.

    Within a group numbers are traced, so that they may differ from network to network: those of the
    optimiser, the dropout, the scale of the first weights.  Sizes, activations, batch size, and
    what an optimiser asks in Python ("is it 0?", true or false, names), see `traceable`, are the
    same.

    Args:
        plan: what all have in common; its network, batch size and optimiser are those of no point.
        points: name -> value.
        factory: hyperparameters -> optimiser.
        key: of the sweep.
        m: examples there are.
        share_batches: whether all have the batches of `key`.
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
    for (network, batch_size, fixed, _), members in places.items():
        some = [points[i] for i in members]
        optimizer: Any = partial(factory, **dict(fixed))
        values = {name: column(some, name) for name in own if name in traced}
        one = {name: jax.ShapeDtypeStruct((), array.dtype) for name, array in values.items()}
        of_group = replace(
            plan,
            network=same_network(network, dtype, differentiated=True),
            batch_size=min(batch_size, m),
            optimizer=OptimizerKey(optimizer, shapes_of(network, dtype), one),
        )
        index = np.array(members)
        given = StackInputs(
            init_words=init_words[index],
            train_key=train_keys if train_keys.ndim == 0 else train_keys[index],
            values=values,
            scale=column(some, "init_scale") if "init_scale" in some[0] else None,
            member=Variation(keep=_kept(plan.network, some) if "dropout" in some[0] else None),
        )
        groups.append(Group(of_group, index, given))
    return groups


def _kept(network: Network, points: Sequence[Point]) -> np.ndarray:
    rates = [network_at(network, point).dropout_rates for point in points]
    return np.asarray([[1 - p for p in some] for some in rates], jnp.zeros(()).dtype)


@partial(BoundedJit, static_argnums=(2, 3))
def _keys(key: jax.Array, seeds: Any, count: int, share_batches: bool) -> tuple[Any, Any]:
    """Return the words of the first parameters' keys, and the keys of the training, () or (K,).

    They are those that `fit(..., key=key)` takes, where a point with a seed s has
    `key = jax.random.key(s)`; without shared batches one without a seed has `fold_in(key, i)`.
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
