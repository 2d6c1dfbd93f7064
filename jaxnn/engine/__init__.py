"""How one step becomes an epoch, a sweep and a cluster: the same functions, composed.

The textbook's `update` is a pure function of a state and a batch:

    descend : (optimizer, state, gradients) -> state        where optax is applied
    update  : (state, batch) -> (state, metrics)            value_and_grad(loss), then descend

The engine compiles the same mathematics.  Its step takes the gradient of the matrix form,
Z^[l] = W^[l] A^[l-1] + b^[l] and A^[l] = g^[l](Z^[l]), and calls the same `descend`:

    epoch   : lax.scan of the step over shuffled batches
    fit     : a loop over epochs on the host: progress, validation, early stopping, checkpoints
    sweep   : vmap of the epoch over stacked states; all networks see the same batches
    cluster : the same functions; only the placement of state and data changes

All of it fits on one screen.  An epoch of one network, then of four that start from different
parameters:

>>> import jax, jax.numpy as jnp, jaxnn, optax
>>> net = jaxnn.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
>>> X = jnp.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])  # (n_0, m) = (2, 4)
>>> Y = jnp.array([[0.0, 1.0, 1.0, 0.0]])  # (n_L, m) = (1, 4)
>>> sgd = optax.sgd(0.5)
>>> def state_of(key):
...     params_key, train_key = jax.random.split(key)
...     return jaxnn.TrainState.create(jaxnn.init(net, params_key), sgd, train_key)
>>> def epoch(state):  # a scan of the step over two batches of two examples
...     return jaxnn.epoch(net, "binary_cross_entropy", sgd, state, (X, Y), batch_size=2)
>>> state, metrics = jax.jit(epoch)(state_of(jax.random.key(0)))
>>> state.step.item(), sorted(metrics)
(2, ['accuracy', 'loss'])
>>> states = jax.vmap(state_of)(jax.random.split(jax.random.key(1), 4))
>>> states, metrics = jax.jit(jax.vmap(epoch))(states)
>>> states.params[0].W.shape, metrics["loss"].shape
((4, 3, 2), (4,))

| module | what it holds |
| --- | --- |
| `plan` | what stays the same while networks train |
| `products` | W A, arranged so that XLA computes it fast: the tricks, each with its gain |
| `steps` | the step, and its scan over the batches of an epoch |
| `scoring` | costs, outputs and metrics of rows, a block at a time |
| `epochs` | several epochs as one compiled function, with validation and early stopping |
| `stack` | many networks of one shape as one compiled function |
| `sizing` | how many networks make one compiled function |
"""
