"""Many devices and many machines: the same training, its arrays placed on a mesh of devices.

## Many devices

`fit` and `sweep` take a mesh, JAX's own. The numeric functions know nothing of devices; only the
placement of their arrays changes. The axis `data` divides the examples of every batch, `model` the
neurons (the rows of W^[1] and the columns of W^[2], and so for each pair of layers), `sweep` the
networks of a sweep.

>>> import jax, optax, jaxnn
>>> mesh = jaxnn.parallel.mesh(data=1)      # on eight devices: data=8, or data=4, model=2
>>> net, data = jaxnn.mlp(3, 3, 1, output="sigmoid"), jaxnn.boolean_function()
>>> result = jaxnn.fit(net, data, cost="squared_error", optimizer=optax.adam(0.1), epochs=3,
...                    key=jax.random.key(0), mesh=mesh)

- **The numbers are those of one device**, as batches, dropout and augmentation are (tested on eight
  simulated devices, alone and as 4 × 2, 2 × 4 and 2 × 2 × 2: to 1e-6 in float32, 1e-12 in float64).
- **Messages of an update** (tested in the compiled program): with `data` one all-reduce of the
  gradient; with `model` one all-reduce of Z^[2] for each pair of layers on the way forward.
- **`fully_sharded=True`**: each device keeps only its part of parameters and optimiser state, and
  gathers each W^[l] once an update.
- **`sweep(..., mesh=mesh)`** with an axis `sweep`: the devices train different networks. Their only
  communication is whether any network is still training.
- **Data in memory** are on every device, which takes its share of each batch; larger data are a
  `Stream`. Batches and validation data that `data` does not divide are filled up with examples of
  weight 0. Neurons that `model` does not divide are an error that names the layer.

## Many machines

Several processes, each with its own devices, train as one if each runs the same program:

    with jaxnn.parallel.processes():
        mesh = jaxnn.parallel.mesh(data=jax.device_count())   # all devices of all processes
        result = jaxnn.fit(net, stream, ..., mesh=mesh, checkpoint=jaxnn.Checkpoints(folder))
        params = jaxnn.parallel.gathered(result.params)       # whole W^[l], b^[l] in each process

The participating processes are read from the environment: from SLURM, Open MPI, Kubernetes or a TPU
pod, or from `JAX_COORDINATOR_ADDRESS`, `JAX_NUM_PROCESSES` and `JAX_PROCESS_ID`. Without any of
these the process is alone.

    python experiments/multihost.py --processes 2             # two processes on this machine
    srun --ntasks=8 python experiments/multihost.py           # the processes of a SLURM job

- **The numbers do not depend on the processes**, as the batches do not: 1, 2 and 4 processes agree
  to 1e-6 in parameters, optimiser state and history, from arrays, files and Grain's records, with
  examples or neurons divided.
- **Data**: arrays in memory are given to every process. Of a `Stream` of `.npy` files or of Grain's
  `MapDataset` each process reads only the examples that its devices train on. Parquet, CSV and
  `IterDataset` are read by all processes, and each keeps its share.
- **Checkpoints**: all processes write into one folder that all of them see. Any number of processes
  can go on from it, so a run that loses a process goes on from the newest checkpoint.
- **A process that ends** ends the others. Where they communicate by gloo they end at once with
  `ProcessLost` and exit status 1, elsewhere after `processes(seconds=60)`. Where the first process
  is lost, JAX ends the others with its own message.
- **A signal** (SIGTERM, Ctrl-C) to one process is a signal to all: they save, and end.
- **Arguments** of `fit` must be the same in all processes. They are compared before training; a
  `ValueError` names those that differ.

All this was tested with 1, 2 and 4 processes on CPUs of one machine, not on a cluster, a GPU or a
TPU.

## When more devices pay

Where D devices divide the B examples of a batch, each device sends 2 (D − 1)/D · 4 bytes for each
parameter in an update (the all-reduce of the gradient) and computes about 6 B/D operations for it.
With b = B/D examples a device that is about 3/4 b operations for each byte, whatever the widths of
the layers. A device of F operations a second on a link of N bytes a second is kept busy by
b > 4/3 · F/N: a core of 40e9 on 1e9 by 53 examples, an accelerator of 400e12 on 50e9 by 11,000.
`experiments/scaling.py` measures it; `--paper` prints the estimate for larger networks.
"""

from jaxnn.parallel.meshes import gathered, mesh, param_shardings, processes

__all__ = ["gathered", "mesh", "param_shardings", "processes"]
