"""Shardings of W^[l], b^[l] and a training state: which axes of the mesh divide which array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from jaxnn.textbook.network import Layer, Network
from jaxnn.textbook.shared_members import (
    SharedLayer,
    SharedNetwork,
    SharedParams,
    shapes_of_members,
)


def param_shardings(network: Network, mesh: Mesh, *, along_data: bool) -> Any:
    """Return a NamedSharding for each parameter; with `along_data` the axis `data` divides too."""
    layers: list[Any] = []
    for l in range(1, network.depth + 1):
        specs = _model_specs(network, mesh, l)
        if along_data:
            shape = network.sizes[l], network.sizes[l - 1]
            specs = [_also_by_data(spec, shape, mesh) for spec in specs]
        layers.append(Layer(*(NamedSharding(mesh, spec) for spec in specs)))
    if isinstance(network, SharedNetwork):
        return _shardings_of_members(network, mesh, layers, along_data=along_data)
    return tuple(layers)


def _shardings_of_members(
    network: SharedNetwork, mesh: Mesh, layers: Sequence[Any], *, along_data: bool
) -> SharedParams:
    """Return the shardings where members share W^[l]; of their own arrays `model` divides none."""
    shapes = shapes_of_members(network, jnp.float32)

    def own(array: Any) -> NamedSharding:
        spec = P(*[None] * array.ndim)
        spec = _also_by_data(spec, array.shape, mesh) if along_data else spec
        return NamedSharding(mesh, spec)

    shared = tuple(
        SharedLayer(W, None if shape.b is None else b)
        for (W, b), shape in zip(layers, shapes.shared, strict=False)
    )
    return SharedParams(shared, jax.tree.map(own, shapes.members))


def state_shardings(params: Any, whole: NamedSharding, state: Any) -> Any:
    """Return a NamedSharding for each array of a state, given those of its parameters.

    An array of the optimiser is placed as W^[l] is where its path ends as that of W^[l] does and
    its shape is the same, otherwise whole on each device.  (`optax.tree_map_params` fails for
    lbfgs, muon, sm3, partition, masked and flatten.)
    """
    paths = jax.tree_util.tree_flatten_with_path(state.params)[0]
    of_param = {
        (path, jnp.shape(param)): sharding
        for (path, param), sharding in zip(paths, jax.tree.leaves(params), strict=True)
    }

    def of(path: tuple[Any, ...], leaf: Any) -> NamedSharding:
        return of_param.get((path[-2:], jnp.shape(leaf)), whole)  # ([l - 1], .W)

    opt_state = jax.tree_util.tree_map_with_path(of, state.opt_state)
    return state._replace(params=params, opt_state=opt_state, step=whole, key=whole)


def _model_specs(network: Network, mesh: Mesh, l: int) -> tuple[P, P]:
    """Return how `model` divides W^[l] and b^[l]: of odd layers the rows, of even the columns."""
    if mesh.shape.get("model", 1) == 1 or (l % 2 == 1 and l == network.depth):
        return P(None, None), P(None)
    if l % 2 == 1:
        return P("model", None), P("model")
    return P(None, "model"), P(None)


def _also_by_data(spec: Any, shape: tuple[int, ...], mesh: Mesh) -> P:
    """Return the spec with `data` on the first axis that it can divide, undivided ones first."""
    for axis in sorted(range(len(spec)), key=lambda axis: spec[axis] is not None):
        parts = mesh.shape["data"] * (1 if spec[axis] is None else mesh.shape["model"])
        if shape[axis] % parts == 0:
            names = "data" if spec[axis] is None else (spec[axis], "data")
            return P(*spec[:axis], names, *spec[axis + 1 :])
    return spec
