"""Where the arrays of a training lie on a mesh of devices: constraints that change no number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jax.tree_util import register_static

from jaxnn.compilation import transposed
from jaxnn.data.batching import Batches
from jaxnn.parallel.hosts import HostGroup, put
from jaxnn.textbook.network import Layer, Network, Params


@register_static
@dataclass(frozen=True)
class MeshLayout:
    """How examples and neurons are divided among devices; without a mesh every method does nothing.

    Attributes:
        mesh: its axis `data` divides the examples, its axis `model` the neurons.
        fully_sharded: whether parameters and optimiser state are divided along `data` as well.
    """

    mesh: Mesh | None = None
    fully_sharded: bool = False

    def axis_size(self, axis: str) -> int:
        """Return in how many parts an axis of the mesh divides."""
        return 1 if self.mesh is None else self.mesh.shape.get(axis, 1)

    def axis(self, name: str) -> str | None:
        """Return the name of an axis if the mesh has it."""
        return name if self.mesh is not None and name in self.mesh.shape else None

    @property
    def processes(self) -> HostGroup:
        """Whose devices the mesh has."""
        return HostGroup.of(self.mesh)

    def replicated(self) -> Any:
        """Return the sharding of what every device has all of; None: JAX's default device."""
        return None if self.mesh is None else NamedSharding(self.mesh, P())

    def specs(self, network: Network, *, sharded: bool) -> Any:
        """Return a PartitionSpec for each parameter: between the updates, or while it is used."""
        layers: list[Any] = []
        for l in range(1, network.depth + 1):
            layer = self._layer(network, l)
            if sharded and self.fully_sharded:
                shape = network.sizes[l], network.sizes[l - 1]
                layer = Layer(*(self._also_by_data(spec, shape) for spec in layer))
            layers.append(layer)
        return tuple(layers)

    def _layer(self, network: Network, l: int) -> Any:
        """Return how `model` divides layer l: the odd by rows, the even by columns."""
        if self.axis_size("model") == 1 or (l % 2 == 1 and l == network.depth):
            specs: Any = P(None, None), P(None)
        elif l % 2 == 1:
            specs = P("model", None), P("model")
        else:
            specs = P(None, "model"), P(None)
        return Layer(*specs)

    def _also_by_data(self, spec: Any, shape: tuple[int, ...]) -> Any:
        """Return spec with `data` on the first axis it can divide, undivided ones first."""
        for axis in sorted(range(len(spec)), key=lambda axis: spec[axis] is not None):
            ways = self.axis_size("data") * (1 if spec[axis] is None else self.axis_size("model"))
            if shape[axis] % ways == 0:
                divided = "data" if spec[axis] is None else (spec[axis], "data")
                return P(*spec[:axis], divided, *spec[axis + 1 :])
        return spec

    def param_shardings(self, network: Network, *, sharded: bool = True) -> Any:
        """Return a NamedSharding for each parameter."""
        mesh: Any = self.mesh
        return jax.tree.map(
            partial(NamedSharding, mesh),
            self.specs(network, sharded=sharded),
            is_leaf=lambda leaf: isinstance(leaf, P),
        )

    def state_shardings(self, network: Network, state: Any) -> Any:
        """Return a NamedSharding for each array of a state: the optimiser's go with their W, b.

        An array of the optimiser's goes with W^[l] where its path ends as that of W^[l] does and
        its shape is the same.  (`optax.tree_map_params` fails for lbfgs, muon, sm3,
        partition, masked and flatten.)
        """
        whole, params = self.replicated(), self.param_shardings(network)
        beside = {
            (path, jnp.shape(param)): sharding
            for (path, param), sharding in zip(
                jax.tree_util.tree_flatten_with_path(state.params)[0],
                jax.tree.leaves(params),
                strict=True,
            )
        }

        def of(path: tuple[Any, ...], leaf: Any) -> NamedSharding:
            return beside.get((path[-2:], jnp.shape(leaf)), whole)  # ([l - 1], .W)

        opt_state = jax.tree_util.tree_map_with_path(of, state.opt_state)
        return state._replace(params=params, opt_state=opt_state, step=whole, key=whole)

    def state(self, network: Network, state: Any) -> Any:
        """Return a state after an update, where it lay before."""
        if self.mesh is None:
            return state
        shardings = self.state_shardings(network, state)
        params, opt_state = jax.lax.with_sharding_constraint(
            (state.params, state.opt_state), (shardings.params, shardings.opt_state)
        )
        return state._replace(params=params, opt_state=opt_state)

    def gathered(self, network: Network, params: Params) -> Params:
        """Return parameters as products use them: those fully sharded are gathered."""
        return self._params(network, params, sharded=False)

    def sharded(self, network: Network, params: Params) -> Params:
        """Return parameters, or their gradients, as they lie between updates."""
        return self._params(network, params, sharded=True)

    def _params(self, network: Network, params: Params, *, sharded: bool) -> Params:
        if self.mesh is None:
            return params
        shardings = self.param_shardings(network, sharded=sharded)
        return jax.lax.with_sharding_constraint(params, shardings)

    def examples(self, *rows: jax.Array) -> tuple[jax.Array, ...]:
        """Return rows, (m, …) each, of which each device along `data` has its share."""
        if self.mesh is None:
            return rows
        return tuple(
            jax.lax.with_sharding_constraint(row, self._divided(row.ndim, 0)) for row in rows
        )

    def _divided(self, ndim: int, axis: int) -> NamedSharding:
        assert self.mesh is not None
        name = self.axis("data")
        return NamedSharding(self.mesh, P(*[name if i == axis else None for i in range(ndim)]))

    def batches(self, batches: Batches) -> Batches:
        """Return batches that `data` divides: filled up with places of share 0.

        Every device draws the same order, and keeps the places that are its own.
        """
        if self.mesh is None:
            return batches
        chosen, share, total = batches
        size = share.shape[1]
        filled = size + -size % self.axis_size("data")
        if filled > size:
            share = jnp.pad(share, ((0, 0), (0, filled - size)))
            places = np.arange(filled, dtype=np.uint32) % size
            chosen = jnp.asarray(places)[None] if chosen is None else chosen[:, places]

        def divided(array: jax.Array) -> jax.Array:
            array = jax.lax.with_sharding_constraint(array, self.replicated())
            return jax.lax.with_sharding_constraint(array, self._divided(2, 1))

        return Batches(None if chosen is None else divided(chosen), divided(share), total)

    def parts(self, m: int) -> int:
        """Return in how many parts m examples are evaluated: 1 where `data` does not divide m."""
        return self.axis_size("data") if m % self.axis_size("data") == 0 else 1

    def place_state(self, network: Network, state: Any) -> Any:
        """Return a state, laid out on the devices."""
        if self.mesh is None:
            return state
        return _put_all(state, self.state_shardings(network, state))

    def place_params(self, network: Network, params: Any) -> Any:
        """Return parameters, or None, laid out on the devices."""
        if self.mesh is None or params is None:
            return params
        return _put_all(params, self.param_shardings(network))

    def place(self, network: Network, state: Any, best: Any) -> tuple[Any, Any]:
        """Return a state and who was best so far, laid out on the devices."""
        best = best._replace(params=self.place_params(network, best.params))
        return self.place_state(network, state), best

    def place_key(self, key: jax.Array) -> jax.Array:
        """Return a key that every device has."""
        return key if self.mesh is None else put(key, self.replicated())

    def everywhere(self, params: Params) -> Params:
        """Return parameters of which every device has all, for programs that send no messages."""
        if self.mesh is None:
            return params
        return self.wait(jax.tree.map(lambda array: put(array, self.replicated()), params))

    def place_everywhere(self, columns: Iterable[Any]) -> tuple[jax.Array, ...]:
        """Return columns as rows, (m, n_0), (m, n_L), (m,), of which every device has all."""
        return tuple(put(transposed(array), self.replicated()) for array in columns)

    def place_divided(self, columns: Iterable[Any], *, fill: bool) -> tuple[jax.Array, ...]:
        """Return columns as rows of which each device has its share.

        Where `data` does not divide m they are filled up with examples of weight 0; without `fill`
        every device has all.
        """
        columns = tuple(columns)
        m, ways = columns[0].shape[1], self.axis_size("data")
        if self.mesh is None or (m % ways and not fill):
            return self.place_everywhere(columns)
        if m % ways:
            X, Y, *weights = columns
            w = np.asarray(weights[0]) if weights else np.ones(m, Y.dtype)
            places = np.arange(m + -m % ways) % m
            columns = X[:, places], Y[:, places], np.where(np.arange(len(places)) < m, w[places], 0)
        return tuple(put(a.T, self._divided(a.ndim, 0)) for a in columns)

    def places_here(self, size: int) -> np.ndarray:
        """Return which places of a batch, divided along `data`, this process's devices have."""
        found = self._divided(1, 0).addressable_devices_indices_map((size,)).values()
        return np.unique(np.concatenate([np.arange(size)[index] for index in found if index]))

    def place_dealt(self, arrays: Iterable[np.ndarray], size: int) -> tuple[jax.Array, ...]:
        """Return arrays (steps, places here, …) as parts of (steps, size, …), divided."""
        mine = self.places_here(size)

        def placed(array: np.ndarray) -> jax.Array:
            def part(index: Any) -> np.ndarray:
                begin, end, _ = index[1].indices(size)
                return array[:, slice(*np.searchsorted(mine, (begin, end)))]

            shape = len(array), size, *array.shape[2:]
            return jax.make_array_from_callback(shape, self._divided(array.ndim, 1), part)

        return tuple(placed(array) for array in arrays)

    def place_networks(self, tree: Any) -> Any:
        """Return arrays whose first axis counts networks, divided along `sweep`; () are copied."""
        if self.mesh is None:
            return jax.device_put(tree)
        each, whole = NamedSharding(self.mesh, P(self.axis("sweep"))), self.replicated()
        shardings = jax.tree.map(lambda leaf: each if jnp.ndim(leaf) else whole, tree)
        return self.wait(jax.device_put(tree, shardings))

    def wait(self, tree: Any) -> Any:
        """Return a tree of arrays; simulated devices of one processor are waited for.

        Two programs with messages that run on them at a time can each wait for the other.
        """
        if self.mesh is None or self.mesh.devices.flat[0].platform != "cpu":
            return tree
        return jax.block_until_ready(tree)


def _put_all(tree: Any, shardings: Any) -> Any:
    if all(sharding.is_fully_addressable for sharding in jax.tree.leaves(shardings)):
        return jax.device_put(tree, shardings)
    return jax.tree.map(put, tree, shardings)


ONE_DEVICE = MeshLayout()
"""Everything on one device."""
