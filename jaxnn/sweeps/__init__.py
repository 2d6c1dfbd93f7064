"""Many networks at once: `jaxnn.sweep`, `ensemble`, `shared_ensemble` and `cross_validate`.

Networks with different learning rates, seeds or folds are not trained one after another: they are
one program, `jax.vmap` of the `epoch` that trains one network.  All see the same batch in the same
step, so that they are compared fairly and the first layer of all of them is one large product.
Each comes out as `jaxnn.fit` alone would train it (tested to 1e-5 in float32, 1e-10 in float64).

**A sweep** trains a network at every point of a grid of hyperparameters.

>>> import jax, jaxnn, optax
>>> train, test = jaxnn.split(*jaxnn.iris(), stratify=True)
>>> net = jaxnn.mlp(4, 8, 3)
>>> grid = {"learning_rate": [1e-3, 3e-2], "weight_decay": [0.0, 0.1], "seed": range(2)}
>>> result = jaxnn.sweep(
...     net, train, grid=grid, optimizer=optax.adamw, validation=test, monitor="val_accuracy",
...     epochs=20, batch_size=24, key=jax.random.key(0),
... )
>>> best = result.best()                    # best.point, best.params, best.history, best.scores
>>> len(result), best.point["learning_rate"]
(8, 0.03)
>>> jaxnn.evaluate(best, test)["accuracy"] == best.scores["val_accuracy"]
True

`result.to_pandas()` is a table of one row a network; `result.plot()` draws a heat map, averaged
over seeds.  `optimizer` is a function from hyperparameters to an optimiser: `optax.adamw`, or one
of your own.  A grid may also name `dropout`, `init_scale`, `hidden_sizes`, `hidden` and
`batch_size`; networks of different shape are one program a shape.  Instead of name -> values a grid
may be a list of points, or hold functions `key -> value` to draw from, with `samples=64`.

Networks that diverge are marked and ranked last.  `patience` freezes one network without stopping
the others.  `members_per_batch` limits how many train as one program, where the device's memory is
small.

**Successive halving** stops the worst networks early: with `halving=2` all train for a few epochs,
the better half of them for twice as many, and so on; the last train to the end.

>>> halved = jaxnn.sweep(
...     net, train, grid=grid, optimizer=optax.adamw, halving=2, epochs=16, batch_size=24,
...     key=jax.random.key(0),
... )
>>> sorted(history.epochs for history in halved.histories)
[2, 2, 2, 2, 4, 4, 8, 16]

**An ensemble** trains networks that differ in their first parameters (and, with `bootstrap=True`,
in the examples they see).  It predicts the mean of their outputs, and how far they disagree.

>>> four = jaxnn.ensemble(
...     net, train, members=4, bootstrap=True, optimizer=optax.adam(0.03), epochs=20, batch_size=24,
...     key=jax.random.key(1),
... )
>>> mean, spread = four.predict(test[0])    # averaged probabilities, and their deviation
>>> sorted(four.evaluate(test))
['accuracy', 'calibration_error', 'loss', 'member_accuracy']

**A shared ensemble** is an ensemble in one network: its members share the hidden weights W^[l], and
each has factors r of the inputs (with `factors="all"` factors and biases of every hidden layer)
and a last layer of its own.  It costs much less than as many networks, and its members still
disagree.  It trains on the loop of `jaxnn.fit`, with checkpoints, meshes, streams and patience.

>>> shared = jaxnn.shared_ensemble(
...     net, train, members=8, optimizer=optax.adam(0.03), epochs=20, batch_size=24,
...     key=jax.random.key(1),
... )
>>> sorted(shared.evaluate(test))
['accuracy', 'calibration_error', 'loss', 'member_accuracy']
>>> first = shared.member(0)                # ordinary parameters of the first member
>>> jaxnn.predict(shared.network, first, test[0]).shape
(3, 30)

**Cross-validation** trains one network a fold and repeat, and measures each on the examples it
never saw.

>>> found = jaxnn.cross_validate(
...     net, jaxnn.iris(), folds=5, standardise=True, optimizer=optax.adam(0.03), epochs=20,
...     batch_size=24, key=jax.random.key(2),
... )
>>> found.scores["accuracy"].shape, bool(found.scores["accuracy"].mean() > 0.85)
((5,), True)

Data, labels, cost and validation are those of `jaxnn.fit`.  A sweep is saved and resumed with
`checkpoint="folder"`, and trained on several
devices with `mesh=jaxnn.parallel.mesh(sweep=...)`.
"""
