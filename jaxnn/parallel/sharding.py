"""`MeshLayout`: the placement of the arrays of a training on a mesh; it changes no number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jax.tree_util import register_static

from jaxnn.compilation import transposed
from jaxnn.data.batching import Batches
from jaxnn.parallel.hosts import HostGroup, put
from jaxnn.parallel.specs import param_shardings, state_shardings
from jaxnn.textbook.network import Network, Params


@register_static
@dataclass(frozen=True)
class MeshLayout:
    """How a mesh divides examples (axis `data`), neurons (`model`) and networks (`sweep`).

    With `fully_sharded` the axis `data` divides parameters and optimiser state as well.  Without a
    mesh everything is on one device.
    """

    mesh: Mesh | None = None
    fully_sharded: bool = False

    def axis_size(self, axis: str) -> int:
        """Return the size of an axis of the mesh, 1 if it has none of that name."""
        return 1 if self.mesh is None else self.mesh.shape.get(axis, 1)

    def axis(self, name: str) -> str | None:
        """Return the name of an axis if the mesh has it."""
        return name if self.mesh is not None and name in self.mesh.shape else None

    @property
    def processes(self) -> HostGroup:
        """The processes whose devices the mesh has."""
        return HostGroup.of(self.mesh)

    def replicated(self) -> Any:
        """Return the sharding of an array that every device has whole; None without a mesh."""
        return None if self.mesh is None else NamedSharding(self.mesh, P())

    def param_shardings(self, network: Network) -> Any:
        """Return a NamedSharding for each parameter between updates."""
        assert self.mesh is not None
        return param_shardings(network, self.mesh, along_data=self.fully_sharded)

    def state_shardings(self, network: Network, state: Any) -> Any:
        """Return a NamedSharding for each array of a state."""
        return state_shardings(self.param_shardings(network), self.replicated(), state)

    # Inside a compiled function

    def state(self, network: Network, state: Any) -> Any:
        """Return a state after an update with the sharding that it had before."""
        if self.mesh is None:
            return state
        shardings = self.state_shardings(network, state)
        params, opt_state = jax.lax.with_sharding_constraint(
            (state.params, state.opt_state), (shardings.params, shardings.opt_state)
        )
        return state._replace(params=params, opt_state=opt_state)

    def gathered(self, network: Network, params: Params) -> Params:
        """Return parameters as products use them: what `data` divides is gathered."""
        return _constrained(self.mesh, network, params, along_data=False)

    def sharded(self, network: Network, params: Params) -> Params:
        """Return parameters, or their gradients, sharded as parameters are between updates."""
        return _constrained(self.mesh, network, params, along_data=self.fully_sharded)

    def examples(self, *rows: jax.Array) -> tuple[jax.Array, ...]:
        """Return rows, (m, …) each, divided among the devices along `data`."""
        if self.mesh is None:
            return rows
        return tuple(jax.lax.with_sharding_constraint(row, self._by_data(row.ndim)) for row in rows)

    def batches(self, batches: Batches) -> Batches:
        """Return batches divided along `data`, filled up with places of weight 0 if needed."""
        if self.mesh is None:
            return batches
        chosen, share, total = _filled_batches(batches, self.axis_size("data"))
        for sharding in self.replicated(), self._by_data(2, axis=1):  # each device draws all places
            chosen, share = jax.lax.with_sharding_constraint((chosen, share), sharding)
        return Batches(chosen, share, total)

    def parts(self, m: int) -> int:
        """Return in how many parts m examples are evaluated: 1 where `data` does not divide m."""
        return self.axis_size("data") if m % self.axis_size("data") == 0 else 1

    # On the host

    def place_state(self, network: Network, state: Any) -> Any:
        """Return a state, placed on the devices."""
        if self.mesh is None:
            return state
        return _put_all(state, self.state_shardings(network, state))

    def place_params(self, network: Network, params: Any) -> Any:
        """Return parameters, or None, placed on the devices."""
        if self.mesh is None or params is None:
            return params
        return _put_all(params, self.param_shardings(network))

    def place(self, network: Network, state: Any, best: Any) -> tuple[Any, Any]:
        """Return a state and an `EarlyStopping`, placed on the devices."""
        best = best._replace(params=self.place_params(network, best.params))
        return self.place_state(network, state), best

    def place_key(self, key: jax.Array) -> jax.Array:
        """Return a key, replicated on every device."""
        return key if self.mesh is None else put(key, self.replicated())

    def everywhere(self, params: Params) -> Params:
        """Return parameters, replicated on every device."""
        if self.mesh is None:
            return params
        return self.wait(jax.tree.map(lambda array: put(array, self.replicated()), params))

    def place_everywhere(self, columns: Iterable[Any]) -> tuple[jax.Array, ...]:
        """Return columns as rows, (m, n_0), (m, n_L), (m,), replicated on every device."""
        return tuple(put(transposed(array), self.replicated()) for array in columns)

    def place_divided(self, columns: Iterable[Any], *, fill: bool) -> tuple[jax.Array, ...]:
        """Return columns as rows, divided along `data`; `fill` with weight 0, else replicate."""
        columns = tuple(columns)
        rest = columns[0].shape[1] % self.axis_size("data")
        if self.mesh is None or (rest and not fill):
            return self.place_everywhere(columns)
        if rest:
            columns = _filled_columns(columns, self.axis_size("data"))
        return tuple(put(a.T, self._by_data(a.ndim)) for a in columns)

    def places_here(self, size: int) -> np.ndarray:
        """Return the places of a batch, divided along `data`, on the devices of this process."""
        found = self._by_data(1).addressable_devices_indices_map((size,)).values()
        return np.unique(np.concatenate([np.arange(size)[index] for index in found if index]))

    def place_dealt(self, arrays: Iterable[np.ndarray], size: int) -> tuple[jax.Array, ...]:
        """Return arrays (steps, places here, …) as parts of (steps, size, …), divided by `data`."""
        mine = self.places_here(size)
        return tuple(_dealt(a, mine, size, self._by_data(a.ndim, axis=1)) for a in arrays)

    def place_networks(self, tree: Any) -> Any:
        """Return arrays whose first axis counts networks, divided along `sweep`; scalars whole."""
        if self.mesh is None:
            return jax.device_put(tree)
        each, whole = NamedSharding(self.mesh, P(self.axis("sweep"))), self.replicated()
        shardings = jax.tree.map(lambda leaf: each if jnp.ndim(leaf) else whole, tree)
        return self.wait(jax.device_put(tree, shardings))

    def wait(self, tree: Any) -> Any:
        """Return a tree of arrays, on simulated devices only after it is computed."""
        if self.mesh is None or self.mesh.devices.flat[0].platform != "cpu":
            return tree
        return jax.block_until_ready(tree)  # two running at once can each wait for the other

    def _by_data(self, ndim: int, axis: int = 0) -> NamedSharding:
        """Return the sharding of an array of which `data` divides one axis."""
        assert self.mesh is not None
        name = self.axis("data")
        return NamedSharding(self.mesh, P(*[name if i == axis else None for i in range(ndim)]))


def _constrained(
    mesh: Mesh | None, network: Network, params: Params, *, along_data: bool
) -> Params:
    if mesh is None:
        return params
    shardings = param_shardings(network, mesh, along_data=along_data)
    return jax.lax.with_sharding_constraint(params, shardings)


def _filled_batches(batches: Batches, parts: int) -> Batches:
    """Return batches of a size that `parts` divides: places are repeated with weight 0."""
    chosen, share, total = batches
    size = share.shape[1]
    filled = size + -size % parts
    if filled > size:
        share = jnp.pad(share, ((0, 0), (0, filled - size)))
        places = np.arange(filled, dtype=np.uint32) % size
        chosen = jnp.asarray(places)[None] if chosen is None else chosen[:, places]
    return Batches(chosen, share, total)


def _filled_columns(columns: tuple[Any, ...], parts: int) -> tuple[Any, ...]:
    """Return X, Y and weights of a number of examples that `parts` divides, the new of weight 0."""
    X, Y, *weights = columns
    m = X.shape[1]
    w = np.asarray(weights[0]) if weights else np.ones(m, Y.dtype)
    places = np.arange(m + -m % parts) % m
    return X[:, places], Y[:, places], np.where(np.arange(len(places)) < m, w[places], 0)


def _dealt(array: np.ndarray, mine: np.ndarray, size: int, sharding: NamedSharding) -> jax.Array:
    """Return an array (steps, size, …) of which this process has the places `mine`."""

    def part(index: Any) -> np.ndarray:
        begin, end, _ = index[1].indices(size)
        return array[:, slice(*np.searchsorted(mine, (begin, end)))]

    return jax.make_array_from_callback((len(array), size, *array.shape[2:]), sharding, part)


def _put_all(tree: Any, shardings: Any) -> Any:
    if all(sharding.is_fully_addressable for sharding in jax.tree.leaves(shardings)):
        return jax.device_put(tree, shardings)
    return jax.tree.map(put, tree, shardings)


ONE_DEVICE = MeshLayout()


def layout_of_columns(X: Any) -> MeshLayout:
    """Return the layout of columns, (n_0, m), where the only axis of a mesh, `data`, divides m.

    Others have `ONE_DEVICE`: an axis `model` need not divide the network, and a tracer has no mesh.
    """
    sharding = X.sharding if isinstance(X, jax.Array) and not isinstance(X, Tracer) else None
    if not isinstance(sharding, NamedSharding) or tuple(sharding.spec) != (None, "data"):
        return ONE_DEVICE
    mesh = sharding.mesh
    alone = mesh.axis_names == ("data",) and mesh.axis_types == (AxisType.Auto,)
    return MeshLayout(mesh) if isinstance(mesh, Mesh) and alone else ONE_DEVICE
