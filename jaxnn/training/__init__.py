"""Training as you need it: `jaxnn.fit` and its options.

`fit` takes a network, data and an optimiser.  Y may be labels, (m,): whole numbers, texts or true
and false, also as a column of a data frame.  The result knows the classes, and stands for network
and parameters in `classify`, `predict`, `evaluate` and `save`.

>>> import jax, jax.numpy as jnp, jaxnn, optax
>>> X = jnp.array([[20.5, 31.0, 18.0, 29.0], [6.0, 0.2, 7.0, 0.3]])      # height, width of a leaf
>>> trees = ["broad", "needle", "broad", "needle"]
>>> found = jaxnn.fit(jaxnn.mlp(2, 2), (X, trees), optimizer=optax.adam(0.1), epochs=50,
...                   key=jax.random.key(0))
>>> found.class_names, jaxnn.classify(found, X).tolist()
(('broad', 'needle'), ['broad', 'needle', 'broad', 'needle'])
>>> jaxnn.evaluate(found, (X, trees))["accuracy"]
1.0

Optimisers, schedules, clipping, weight decay and gradient accumulation are optax's; what belongs to
the network or to the data is an argument.  `cost` is that of the output activation unless you give
one: `cross_entropy` of softmax, `binary_cross_entropy` of sigmoid, `squared_error` of any other.

>>> train, test = jaxnn.split(*jaxnn.iris(), stratify=True)
>>> net = jaxnn.mlp(4, 8, 3, hidden="relu", dropout=0.1)
>>> schedule = optax.warmup_cosine_decay_schedule(0.0, 5e-2, warmup_steps=10, decay_steps=200)
>>> optimizer = optax.chain(
...     optax.clip_by_global_norm(1.0),                # clipping
...     optax.adamw(schedule, weight_decay=1e-3),      # decay; optax.add_decayed_weights for L2
... )
>>> result = jaxnn.fit(
...     net, train, optimizer=optimizer, key=jax.random.key(0), epochs=40, batch_size=24,
...     validation=test, patience=15, monitor="val_accuracy",
... )
>>> result.history.epochs <= 40, float(result.history["val_accuracy"].max()) > 0.9
(True, True)

**The result.** `result.params` are the parameters to use: those of the best epoch under `patience`,
else the last ones.  `result.history` holds every metric of every epoch: `history["val_loss"]` is an
array, `history.to_pandas()` a table of one row an epoch, `history.plot()` draws the loss.
`result.state` is where a later `fit(..., state=result.state)` goes on.

**Validation and early stopping.** `validation` is measured after each epoch, as `val_loss`,
`val_accuracy` (or `val_r2`) and your own metrics.  `validation=0.1` holds out a tenth of the data,
the same share of every class.  `patience=15` stops after 15 epochs without a
better `monitor`.  A metric of your own as monitor needs `maximise=True` or `False`.

**Functions of your own.** A cost is a function (a, y) -> scalar of one example, a metric a function
(A, Y) -> scalar of all examples, an augmentation a function (key, x) -> x of one training example.
`jaxnn.augment` has elastic deformations, rotations and other maps of images.  The functions are
read anew at every call of `fit`, with the values that they capture then.

>>> def huber(a, y):
...     return jnp.sum(optax.losses.huber_loss(a, y))
>>> def worst(A, Y):
...     return jnp.max(jnp.abs(A - Y))
>>> def noisy(key, x):
...     return x + 0.1 * jax.random.normal(key, x.shape)
>>> own = jaxnn.fit(
...     jaxnn.mlp(4, 8, 3, output="sigmoid"), train, cost=huber, optimizer=optax.adam(0.05),
...     key=jax.random.key(1), epochs=5, batch_size=24, augment=noisy,
...     validation=test, metrics={"worst": worst},
... )
>>> sorted(own.history)
['accuracy', 'loss', 'val_accuracy', 'val_loss', 'val_worst']

**Weights of examples.** `data` may be (X, Y, weights): an example of weight 2 counts as two.
`jnp.where(Y[1] == 1, 2.0, 1.0)` gives a class of one-hot targets twice its weight.

**Recording and listeners.** `record_every=10` copies the parameters before training, after every
10 epochs and at the end.  A listener is called after every epoch; True ends the training.

>>> seen = jaxnn.fit(
...     net, train, optimizer=optax.adam(0.05), key=jax.random.key(2), epochs=30, batch_size=24,
...     record_every=10,
...     listeners=[lambda event: event.metrics["accuracy"] > 2],
... )
>>> seen.recording.epochs.tolist(), seen.recording.params_at(-1)[0].W.shape
([0, 10, 20, 30], (8, 4))

**Progress.** A terminal and a notebook show a progress bar; any other output, such as a batch job's
log, gets a line every five seconds, and a last one if there was any.  `progress=True` writes the
last line in any case, `progress=False` shows nothing.

**Types.** X may be of type uint8, such as `jaxnn.mnist(pixels="uint8")`: x / 255 is computed when
a batch is used.  Where JAX's `jax_enable_x64` is on and X is float64, new parameters and all
training are float64; from any other X they are float32.  Parameters that you give keep their type.

**What is refused.** An output activation, a cost and targets that cannot be meant together (one
sigmoid output with `cross_entropy`, one-hot targets × 100) raise an error, those that rarely are
give a warning, and the message names the pair that fits.  Any optimiser of optax can be used: one
that asks for the value, the gradients or the cost as a function (`optax.lbfgs`,
`optax.polyak_sgd`) gets them, of a schedule-free one the average is validated and returned, and
one that cannot train W^[l] and b^[l] is refused by name.

Many networks at once are trained by `jaxnn.sweep`, `jaxnn.ensemble` and `jaxnn.cross_validate`
(see `jaxnn.sweeps`); data larger than memory come from a stream (see `jaxnn.streams`); a run that
must survive its process is saved with `checkpoint="folder"` (see `jaxnn.checkpoints`).
"""
