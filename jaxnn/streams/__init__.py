r"""Data larger than memory: examples that are read from files as they are needed.

A `jaxnn.Stream` takes the place of (X, Y) in `jaxnn.fit`, `jaxnn.evaluate` and `validation=`.

| function | what it reads |
| --- | --- |
| `jaxnn.stream_npy` | arrays that `numpy.save` wrote: X, Y or labels, weights |
| `jaxnn.stream_csv` | a CSV file |
| `jaxnn.stream_parquet` | a Parquet file, or a folder of them |
| `jaxnn.stream_grain` | a Grain dataset: records (x, y), from any place that Grain reads |
| `jaxnn.save_npy` | writes any stream into .npy files, and returns their stream |

Files have one example per row, as NumPy, pandas and Parquet write them; chunks have one per column.

>>> import tempfile, jax, jaxnn, numpy as np, optax
>>> X, Y = jaxnn.digits()
>>> folder = tempfile.TemporaryDirectory()
>>> np.save(f"{folder.name}/X.npy", X.T)                              # (m, n_0)
>>> np.save(f"{folder.name}/labels.npy", jaxnn.class_of(Y))           # (m,)
>>> stream = jaxnn.stream_npy(f"{folder.name}/X.npy", f"{folder.name}/labels.npy", n_classes=10)
>>> stream.examples, stream.sizes
(1797, (64, 10))
>>> result = jaxnn.fit(jaxnn.mlp(64, 16, 10), stream, cost="cross_entropy",
...                    optimizer=optax.adam(3e-3), epochs=2, batch_size=128, key=jax.random.key(0))
>>> scores = jaxnn.evaluate(jaxnn.mlp(64, 16, 10), result.params, stream, cost="cross_entropy")

**Memory.** It does not grow with m: about five buffers of examples are in memory, `buffer=` of 16
MiB each by default.  A thread reads the next chunk while the device computes.

**Shuffling.** An epoch reads blocks of consecutive examples (`block=`, 256 KiB by default; in
Parquet files the row groups) in random order, and mixes the examples of a buffer.  Two examples of
one block stay near each other, all others are as far apart as in a full shuffle.  Small blocks and
row groups shuffle better, large ones read faster.  The order depends on the key and the epoch
alone, so a run that resumes, even within an epoch, reads what it would have read.

**Checks.** NaN, infinity, a label out of range, a missing value, a text among numbers or a file
that has changed since the stream was made is an error that names the file and the example, or row,
line and column, when it is read.  Nothing is dropped.

**Tables.** `jaxnn.stream_csv` and `jaxnn.stream_parquet` decide as `jaxnn.from_csv` whether the
target holds classes or quantities.  The index that pandas stores in a Parquet file is no input.
Text takes long to read: for many epochs, convert the table once.

>>> import pathlib
>>> path = pathlib.Path(folder.name, "trees.csv")
>>> _ = path.write_text("height,leaf\n20.5,broad\n31,needle\n18,broad\n")
>>> table = jaxnn.stream_csv(path, target="leaf")
>>> table.feature_names, table.class_names
(('height',), ('broad', 'needle'))
>>> fast = jaxnn.save_npy(table, f"{folder.name}/trees")
>>> [(X.tolist(), Y.tolist()) for X, Y in fast.chunks(2)]
[([[20.5, 31.0]], [[1.0, 0.0], [0.0, 1.0]]), ([[18.0]], [[1.0], [0.0]])]
>>> folder.cleanup()

**Several machines.** Each process reads the examples that its own devices train on: from .npy files
and a Grain `MapDataset` no others; Parquet, CSV and a Grain `IterDataset` are read by every
process, which keeps its share (`jaxnn.parallel`).

**Another place.** `jaxnn.streams.source.Source` is the protocol of a source of your own.
"""
