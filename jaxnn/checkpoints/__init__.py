"""Never lose a run: save it while it trains, and go on from the newest checkpoint.

With `checkpoint="folder"` a run saves all that it needs to go on: parameters, optimiser state, step, key,
position in the data, and history. It saves in the background. The same command, run again, goes on
from the newest checkpoint and ends with the same bits as a run that was never interrupted.

>>> import jax, optax, tempfile, jaxnn
>>> folder = tempfile.TemporaryDirectory()
>>> net, data = jaxnn.mlp(3, 3, 1, output="sigmoid"), jaxnn.boolean_function()
>>> def train(epochs):
...     checkpoints = jaxnn.Checkpoints(f"{folder.name}/run", every=5, keep=3)
...     return jaxnn.fit(net, data, cost="squared_error", optimizer=optax.adam(0.1), epochs=epochs,
...                      key=jax.random.key(0), checkpoint=checkpoints)
>>> train(epochs=10).resumed_at, train(epochs=20).resumed_at    # more epochs are the same run
(0, 10)

`checkpoint` is a folder, or `jaxnn.Checkpoints(folder, …)` with options. A run saves every `every`
epochs, every `seconds` (60 if you do not say otherwise; a run over a stream also inside an epoch),
and at its end. It keeps the newest `keep` checkpoints. `jaxnn.sweep(..., checkpoint=...)` saves and
resumes in the same way. Several processes that train together write into one folder, on a file
system that all of them share, and any number of processes can go on from it.

`jaxnn.load` reads a checkpoint without knowing the shapes. Of a run it returns what `fit` returns:
the best parameters with `patience`, else the last. `jaxnn.save` writes a finished network, or the
result of `fit` with the names of its classes, and with `overwrite=True` replaces the older one.

>>> net_again, params = jaxnn.load(f"{folder.name}/run")
>>> path = jaxnn.save(f"{folder.name}/model", net_again, params)
>>> path = jaxnn.save(path, train(epochs=20), overwrite=True)
>>> loaded = jaxnn.load(path)                  # (network, params), and loaded.class_names
>>> jaxnn.evaluate(loaded, data)["accuracy"] > 0.5
True
>>> folder.cleanup()

What happens when something goes wrong:

| fault | what jaxnn does | what you do |
| --- | --- | --- |
| the program crashes, or an epoch raises an error | older checkpoints stay whole | run the command again |
| `kill -9`, also in the middle of a save | a checkpoint gets its name only when it is complete; the next run removes the unfinished one | run the command again |
| SIGTERM or Ctrl-C | saves, then ends with exit status 143 or `KeyboardInterrupt`; a second signal ends it at once | run the command again |
| the disk is full | `CheckpointError` with the bytes needed and free, before anything is written; with `on_failure="warn"` a warning, and training goes on | make room, run the command again |
| the folder is deleted or renamed during training | `CheckpointError`; with `on_failure="warn"` a warning, and training goes on | put it back, or take another folder |
| a file is cut short, changed by one bit, missing or extra | `CorruptCheckpoint` names the file and the newest good checkpoint | give `on_corrupt="previous"`: it goes on from there with a warning |
| a second run in the same folder | `CheckpointLocked` with the process, the host, and since when | wait, stop the other run, or take another folder |
| other data, optimiser, cost, seed … in the same folder | `CheckpointMismatch` says what differs | take another folder, or go on with the change: `allow_changes=("optimizer",)` |
| another network in the same folder | `CheckpointMismatch` says which W^[l] differs | take another folder |
| all epochs were run before | the log says so; `result.resumed_at` is the number of epochs | give more epochs |

So a folder never answers for another run. Compared are data and validation (arrays by SHA-256,
streams by names, sizes and a sample), the first parameters, the key, the optimiser with its
settings, and what cost, metrics, activations and augmentation compute.

Orbax writes the arrays. jaxnn adds a manifest with the SHA-256 of every file, written last, and a
lock (filelock's) that ends with its process, even if a forked child lives on. Nothing in a file is
executed, no link in a folder is followed, and nothing outside it is read, written or removed. The
manifest finds accidents, not forgery: for files from someone else give `jaxnn.load` the
`expected_sha256` of `manifest.json`.

`experiments/train.py --checkpoint FOLDER` does the same from the command line. There, more
`--epochs` change the schedule of the learning rate and the patience: add `--allow-changes optimizer
patience`.
"""  # noqa: E501
