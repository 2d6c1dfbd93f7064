"""Meshes of devices, in JAX's own terms, for `fit(..., mesh=mesh)` and `sweep(..., mesh=mesh)`.

    mesh = jaxnn.parallel.mesh(data=4, model=2)           # eight devices
    result = jaxnn.fit(net, (X, Y), ..., mesh=mesh)

The numeric functions know nothing of devices: only the placement of their arrays changes.  Several
processes, on one machine or on many, train together where each runs the same program:

    with jaxnn.parallel.processes():
        mesh = jaxnn.parallel.mesh(data=jax.device_count())
        result = jaxnn.fit(net, stream, ..., mesh=mesh, checkpoint=jaxnn.Checkpoints(folder))

>>> from jaxnn import parallel
>>> parallel.mesh(data=1).axis_names
('data',)
"""

from jaxnn.parallel.meshes import gathered, mesh, param_shardings, processes

__all__ = ["gathered", "mesh", "param_shardings", "processes"]
