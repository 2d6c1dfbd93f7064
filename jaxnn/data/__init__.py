r"""Data sets and their preparation: X (n_0, m) and Y (n_L, m), one column per example.

**Load.** Five data sets come with scikit-learn: `jaxnn.digits`, `iris`, `wine`, `breast_cancer` and
`diabetes`.  `jaxnn.mnist` and `jaxnn.fashion_mnist` find their files in a folder, or download them.
`jaxnn.load_dataset` takes the name of any of these.  A data set unpacks into X and Y and names
their rows:

>>> import jaxnn
>>> wine = jaxnn.load_dataset("wine")
>>> wine
Dataset 'wine': X (13, 178), Y (3, 178), 3 classes
>>> X, Y = wine
>>> wine.feature_names[:2], wine.class_names
(('alcohol', 'malic_acid'), ('class_0', 'class_1', 'class_2'))

`jaxnn.from_csv` reads a table of numbers of your own: one column is the target, all others are
inputs.  Delimiter, decimal mark and encoding are found out.  Texts and a few whole numbers are
classes, other numbers quantities; `task=` decides otherwise.  Missing values, texts among numbers
and rows of another length are refused with row, line and column, and so is a target whose texts
look like quantities or dates.  A file packed with gzip, bzip2, xz or zip is unpacked.  What does
not fit into memory is a stream: `jaxnn.streams`.

>>> import pathlib, tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> path = pathlib.Path(folder.name, "trees.csv")
>>> _ = path.write_text("height,leaf\n20.5,broad\n31,needle\n18,broad\n")
>>> trees = jaxnn.from_csv(path, target="leaf")
>>> trees.X.tolist(), trees.class_names
([[20.5, 31.0, 18.0]], ('broad', 'needle'))
>>> jaxnn.from_csv(path, target="height").Y.tolist()
Traceback (most recent call last):
jaxnn.errors.DataError: ...column 'leaf' must hold numbers, got 'broad' in row 1 (line 2); ...
>>> folder.cleanup()

From arrays that you have, labels (m,) serve as Y in `fit`, `evaluate`, `split` and their kin, be
they whole numbers, texts, or true and false.  The equations, such as `jaxnn.loss`, take Y (n_L, m):
`jaxnn.one_hot` makes it of labels, and `jaxnn.class_of` labels of it:

>>> jaxnn.one_hot([2, 0], 3).tolist()
[[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]

**Split, then standardise.** `jaxnn.split` holds out test examples, with `stratify=True` the same
share of every class.  Mean and standard deviation come from the training part alone:

>>> train, test = jaxnn.split(X, Y, test=0.25, stratify=True)
>>> by = jaxnn.standardisation(train[0])
>>> X_train, X_test = jaxnn.standardise(train[0], by), jaxnn.standardise(test[0], by)
>>> X_train.shape, X_test.shape
((13, 133), (13, 45))

`jaxnn.unstandardise` is the inverse, for standardised targets of a regression.

**Train.** `jaxnn.fit` shuffles and cuts the batches itself.  For your own loop there is
`jaxnn.batches`:

>>> import jax, optax
>>> [X.shape for X, Y in jaxnn.batches(jax.random.key(0), (X_train, train[1]), 60)]
[(13, 60), (13, 60), (13, 13)]
>>> result = jaxnn.fit(jaxnn.mlp(13, 8, 3), (X_train, train[1]), optimizer=optax.adam(0.01),
...                    epochs=30, batch_size=32, key=jax.random.key(0))

**Calibration.** `jaxnn.reliability` compares confidence with accuracy, bin by bin,
`jaxnn.plots.reliability_diagram` draws it, and `jaxnn.expected_calibration_error` is the mean
difference:

>>> A = jaxnn.predict(result, X_test)
>>> 0 <= jaxnn.expected_calibration_error(test[1], A) < 0.5
True
"""
