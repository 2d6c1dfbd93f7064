"""Where the arrays of a program are: on one device of a topology, or on a mesh of eight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import NamedSharding, SingleDeviceSharding
from jax.sharding import PartitionSpec as P

import jaxnn
from jaxnn.parallel.meshes import layout_of


class Placement:
    """Gives shapes the shardings with which `fit` and `sweep` place their arrays.

    Without axes everything is on the first device.
    """

    def __init__(
        self, devices: Sequence[Any], axes: Mapping[str, int], fully_sharded: bool = False
    ):
        self.mesh = jaxnn.parallel.mesh(devices=devices, **axes) if axes else None
        self._fully_sharded = fully_sharded
        whole = SingleDeviceSharding(devices[0])
        self.whole: Any = whole if self.mesh is None else NamedSharding(self.mesh, P())

    def layout(self, network: jaxnn.Network) -> Any:
        """Return the layout of a training."""
        return layout_of(network, self.mesh, fully_sharded=self._fully_sharded)

    def everywhere(self, tree: Any) -> Any:
        """Return shapes of arrays that every device has."""
        return jax.tree.map(lambda leaf: _placed(leaf, self.whole), tree)

    def by_data(self, tree: Any, axis: int = 0) -> Any:
        """Return shapes of arrays of which the axis `data` of the mesh divides one axis."""
        if self.mesh is None or "data" not in self.mesh.shape:
            return self.everywhere(tree)
        sharding = NamedSharding(self.mesh, P(*[None] * axis, "data"))
        return jax.tree.map(lambda leaf: _placed(leaf, sharding), tree)

    def state(self, network: jaxnn.Network, state: Any) -> Any:
        """Return the shapes of a training state."""
        if self.mesh is None:
            return self.everywhere(state)
        return jax.tree.map(_placed, state, self.layout(network).state_shardings(network, state))

    def best(self, network: jaxnn.Network, best: Any) -> Any:
        """Return the shapes of an `EarlyStopping`."""
        params = best.params
        if self.mesh is not None and params is not None:
            params = jax.tree.map(_placed, params, self.layout(network).param_shardings(network))
        elif params is not None:
            params = self.everywhere(params)
        return self.everywhere(best._replace(params=None))._replace(params=params)

    def networks(self, tree: Any) -> Any:
        """Return shapes of arrays whose first axis counts networks, divided along `sweep`."""
        if self.mesh is None or "sweep" not in self.mesh.shape:
            return self.everywhere(tree)
        each = NamedSharding(self.mesh, P("sweep"))
        return jax.tree.map(
            lambda leaf: _placed(leaf, each if jnp.ndim(leaf) else self.whole), tree
        )


def _placed(leaf: Any, sharding: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=sharding)
