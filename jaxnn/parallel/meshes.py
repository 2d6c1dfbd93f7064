"""The functions of `jaxnn.parallel`: meshes, shardings of parameters, several processes."""

from __future__ import annotations

import math
import os
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import jax
import numpy as np
from jax.sharding import AxisType, Mesh

from jaxnn.errors import ProcessLost
from jaxnn.parallel.environment import joined_processes
from jaxnn.parallel.hosts import local
from jaxnn.parallel.rendezvous import meet
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.textbook.checks.arguments import as_flag, described
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.network import Network, check_is_network

AXES = {"data": "examples", "model": "neurons", "sweep": "networks"}  # name -> what it divides
SECONDS_TO_REPORT = 1.0  # that the first process, after an error, leaves the others for theirs


def mesh(*, devices: Sequence[Any] | None = None, **axes: int) -> Mesh:
    """Return a mesh of devices whose axes divide examples, neurons or networks.

    Args:
        devices: at least as many as the product of the axes; the first are used.  None:
            `jax.devices()`.
        axes: sizes of `data`, `model`, `sweep`: the number of parts, at least 1.

    Returns:
        A `jax.sharding.Mesh`.

    Raises:
        TypeError, ValueError: no axis, an unknown one, a size below 1, too few devices.

    Equivalent to `jax.make_mesh` with `axis_types=(AxisType.Auto,) * len(axes)`.

    >>> dict(mesh(data=1).shape)
    {'data': 1}
    """
    if not axes:
        raise ValueError(f"a mesh needs an axis: {_known()}")
    for name, size in axes.items():
        _check_name(name)
        check_count(name, size)
    found = jax.devices() if devices is None else _listed(devices)
    needed = math.prod(axes.values())
    if needed > len(found):
        product = " × ".join(f"{name} = {size}" for name, size in axes.items())
        raise ValueError(f"{product} needs {needed} devices, got {len(found)}")
    sizes, names = tuple(axes.values()), tuple(axes)
    auto = (AxisType.Auto,) * len(axes)
    return jax.make_mesh(sizes, names, axis_types=auto, devices=found[:needed])


def _listed(devices: Any) -> list[Any]:
    found: list[Any] = []
    if isinstance(devices, np.ndarray):
        found = devices.ravel().tolist()
    elif isinstance(devices, Sequence) and not isinstance(devices, str | bytes):
        found = list(devices)
    if not found or not all(isinstance(device, jax.Device) for device in found):
        raise TypeError(
            f"devices must be a list of JAX's, such as jax.devices(), got {described(devices)}"
        )
    return found


@contextmanager
def processes(*, seconds: int = 60) -> Iterator[None]:
    """Join the other processes of this training, if there are any, inside a `with`.

    Call it before anything that uses a device.  The participating processes are read from the
    environment: from `JAX_COORDINATOR_ADDRESS` (host:port of the first), `JAX_NUM_PROCESSES` and
    `JAX_PROCESS_ID` (from 0), or, as `jax.distributed.initialize` does, from SLURM, Open MPI,
    Kubernetes or a TPU pod.  Without any of these the process is alone.

    An error ends this process at once with exit status 1, so that the others notice; they end with
    `ProcessLost`, or, where they wait for an accelerator, with JAX's message after `seconds`.
    Where JAX finds the processes, JAX ends this one if others do not start.

    Args:
        seconds: a process that does not start or answer for so long counts as lost; at least 1.

    Raises:
        ValueError: some of the three variables are set, but not all, or are not what they must be;
            the port of the first process is in use.
        ProcessLost: another process did not start in time.

    Source: `jax.distributed`; on CPUs the processes communicate by gloo.

    >>> with processes():
    ...     jax.process_count()
    1
    """
    seconds = check_count("seconds", seconds)
    given = joined_processes()
    if given is None:
        yield
        return
    if given:
        meet(given["coordinator_address"], given["num_processes"], given["process_id"], seconds)
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(
        **given, initialization_timeout=seconds, heartbeat_timeout_seconds=seconds
    )
    try:
        yield
    except ProcessLost as error:
        print(f"error: {error}", file=sys.stderr)
        _end()
    except Exception:
        traceback.print_exc()
        _end()
    jax.distributed.shutdown()


def _end() -> NoReturn:
    """End this process at once: JAX's shutdown would wait for the others."""
    for file in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # None without a console, or closed
            file.flush()
    if jax.process_index() == 0:  # when its coordinator ends, JAX ends the others
        time.sleep(SECONDS_TO_REPORT)
    os._exit(1)


def gathered(tree: Any) -> Any:
    """Return whole copies of arrays whose parts are in several processes, such as trained params.

    All processes call this together.

    Args:
        tree: a pytree of arrays, such as `result.params`; arrays of this process stay as they are.

    Returns:
        The pytree with arrays that this process has whole.

    >>> import jax.numpy as jnp
    >>> gathered({"W": jnp.ones(2)})["W"].shape
    (2,)
    """
    return jax.tree.map(local, tree)


def param_shardings(network: Network, mesh: Mesh, *, fully_sharded: bool = False) -> Any:
    """Return the sharding of each W^[l] and b^[l] that `fit` uses, for a step of your own.

    Formula: with an axis `model` the rows of W^[1] and the columns of W^[2] are divided, and so for
    each pair of layers, so that Z^[2] = Σ_d W^[2]_{:,d} A^[1]_d needs one all-reduce; a last layer
    without a partner is replicated.

    Args:
        network: the network.
        mesh: with an axis `data`, `model`, or both.
        fully_sharded: divide each array along `data` too, by the first of its axes that `data`
            divides; an array that has none is replicated.

    Returns:
        `NamedSharding`s in the shape of `Params`, for `jax.device_put(params, ...)`.

    Raises:
        TypeError: mesh is no `jax.sharding.Mesh`.
        ValueError: an unknown or a Manual axis; `fully_sharded` without an axis `data`; W^[l] that
            the axis `model` does not divide.

    Source: Shoeybi et al., "Megatron-LM" (2019); Rajbhandari et al., "ZeRO" (2020).

    >>> from jaxnn.textbook.network import mlp
    >>> tuple(param_shardings(mlp(8, 16, 4), mesh(data=1), fully_sharded=True)[0].W.spec)
    ('data', None)
    """
    if mesh is None:
        raise TypeError("mesh must be a jax.sharding.Mesh, got None: jaxnn.parallel.mesh(data=1)")
    layout = layout_of(network, mesh, fully_sharded=fully_sharded)
    return layout.param_shardings(network)


def layout_of(network: Network, mesh: Mesh | None, *, fully_sharded: bool = False) -> MeshLayout:
    """Return the layout of a training on a mesh, its arguments checked; None: on one device.

    Axes of the type Explicit become Auto.  Along `sweep` a single network is replicated.
    """
    check_is_network(network)
    fully_sharded = as_flag("fully_sharded", fully_sharded)
    if mesh is None:
        if fully_sharded:
            raise ValueError("fully_sharded needs mesh=jaxnn.parallel.mesh(data=...)")
        return ONE_DEVICE
    if not isinstance(mesh, Mesh):
        raise TypeError(
            "mesh must be a jax.sharding.Mesh, such as jaxnn.parallel.mesh(data=8), "
            f"got {type(mesh).__name__}"
        )
    for name in mesh.axis_names:
        _check_name(name)
    if AxisType.Manual in mesh.axis_types:
        raise ValueError(
            "the axes of mesh must not be Manual, as inside jax.shard_map: "
            "take jaxnn.parallel.mesh(...)"
        )
    if fully_sharded and "data" not in mesh.shape:
        raise ValueError(
            f"fully_sharded divides parameters along an axis data, got axes {mesh.axis_names}"
        )
    _check_model(network, mesh.shape.get("model", 1))
    auto = (AxisType.Auto,) * len(mesh.axis_names)
    return MeshLayout(Mesh(mesh.devices, mesh.axis_names, axis_types=auto), fully_sharded)


def _check_model(network: Network, parts: int) -> None:
    if parts == 1:
        return
    if network.depth == 1:
        raise ValueError(
            f"the mesh's axis model = {parts} divides pairs of layers W^[1], W^[2], but the "
            "network has one layer: leave the axis out"
        )
    for l in range(1, network.depth, 2):
        n = network.sizes[l]
        if n % parts:
            raise ValueError(
                f"W^[{l}] has n_{l} = {n} rows, which the mesh's axis model = {parts} does not "
                f"divide: give layer {l} a multiple of {parts} neurons, or choose another mesh"
            )


def _check_name(name: Any) -> None:
    if name not in AXES:
        raise ValueError(f"a mesh has no axis {name!r} here; known are {_known()}")


def _known() -> str:
    return ", ".join(f"{name} ({what})" for name, what in AXES.items())
