"""Tables: from a data frame or a CSV file to a saved model that predicts new rows.

`fit_table` takes the table as it is: numbers, texts, dates, missing values.  It holds rows out,
turns columns into X, trains, and compares the network with a linear model.

>>> import jaxnn
>>> from sklearn.datasets import load_wine
>>> frame = load_wine(as_frame=True).frame
>>> train, test = jaxnn.tables.split_table(frame, target="target")
>>> model = jaxnn.fit_table(train, target="target", test=test, preset="fast", progress=False)
>>> model.predict(test).shape, model.evaluate(test)["accuracy"] > 0.9
((36,), True)

**Reading.**  `jaxnn.tables.read_table(path)` returns a pandas frame; delimiter, encoding, decimal
comma, header and marks of missing values are found out, and said in one line.  `fit_table` also
takes the path itself.  Frames of polars and pyarrow are taken wherever a frame is.

**What columns become.**  The recipe `model.columns`, a `Columns`, is fitted on the training rows
alone.  It is a value that you can print, and use without a network:

>>> import pandas
>>> trees = pandas.DataFrame({"height": [20.5, 31, None, 18], "seen": ["2024-05-01"] * 4,
...                           "leaf": ["broad", "needle", "broad", None]})
>>> columns = jaxnn.Columns.fit(trees, target=None, kinds={"seen": "date"})
>>> columns.transform(trees).shape[0] == len(columns.input_names)
True

| column | what it becomes |
| --- | --- |
| numbers | one input, robustly scaled (`scaling=`); if any is missing, one that says so |
| texts | one-hot: each category, rare and new ones together, missing ones |
| more than 32 categories | the same, and a first layer that embeds them |
| two values | one input, −1 or 1, and 0 for a missing or a new value |
| dates | year, month, weekday, day number |
| constant columns, names, free text | nothing; `columns.left_out` says why |

`Columns.fit(…, bins=48)` adds up to 48 pieces of each number, a piecewise linear encoding from
which a dense network learns jumps and bends; all presets but "plain" have them.  Then a category of
up to 1,000 texts is one-hot, and has no layer that embeds it.
`drop=[…]` leaves columns out and `kinds={"zip": "category"}` overrides what the values suggest.
A target of texts or of few whole numbers is classes; other numbers are standardised, and given back
in their own unit.  A frame whose columns are missing, renamed or of another type is refused.

**What is trained.**  `preset="accurate"`, the default: each quantity becomes 48 pieces (a piecewise
linear encoding), and 24 networks 96-96 share their hidden weights and predict together (TabM's mini
form).  20,000 rows take about half a minute on two cores.  `"fast"`, one network on such pieces,
takes a few seconds and `"thorough"` minutes; `"plain"` is the textbook's network, 256-256 with GELU
on scaled quantities.  AdamW's learning rate goes through four cosine cycles, each twice as long as
the one before (`log_cosine`), until the loss on the validation rows no longer falls.  Cost:
cross-entropy or squared error.

`folds=5` also cross-validates with the recipe fitted in each fold,
`grid={"learning_rate": [1e-3, 1e-2]}` searches among plain networks, and `checkpoint="run"` goes on
after a crash.  Copies of a row stay on one side of a division.

**What the model tells.**

| question | call |
| --- | --- |
| how good is it? | `evaluate(frame)`, `predict_proba(frame)` |
| are 80 % really 80 %? | `evaluate(frame)["calibration_error"]`, `plot_calibration(frame)` |
| which columns matter? | `importance(frame)`, `plot_importance(frame)` |
| how does a column act? | `partial_dependence(frame, "alcohol").plot()` |
| what does layer 1 make of it? | `curves("alcohol").plot()` |
| where does a prediction come from? | `explain(row)`: the worked example |

>>> model.partial_dependence(test, "alcohol", label=0)
PartialDependence of 'probability of target = 0' on 'alcohol': ... values, 36 rows
>>> model.curves("alcohol")
ColumnCurves of 'alcohol': 128 neurons of layer 1 over ...

The inputs of a worked example bear the names of columns and categories.

>>> print(model.explain(test.iloc[[0]]).to_text().splitlines()[2])
    x_1 = ...   (alcohol)

**Saving.**  `model.save("wines")` writes recipe, network, parameters and scores as JSON and arrays;
`jaxnn.tables.load("wines")` reads them in another process.  `jaxnn.load("wines")` reads network and
parameters alone.

**From the command line.**  The first line trains and writes the folder `results/train/model`, the
second predicts new rows:

    python experiments/train.py --csv houses.csv --target price
    python experiments/predict.py results/train/model new.csv --out predictions.csv

**Ingredients.**  What the best networks of tables are made of, as pure functions for JAX code of
your own.  Each is defined on one example or one number; `jax.vmap` makes the batch.

| ingredient | functions | source |
| --- | --- | --- |
| edges of pieces | `quantile_edges`, `tree_edges`, `value_edges` | arXiv 2203.05556 |
| piecewise linear encoding | `piecewise_linear`, `PiecewiseLinear` | arXiv 2203.05556 |
| its embedding | `init_piecewise`, `piecewise_embedding` | arXiv 2410.24210 (TabM) |
| periodic embedding | `init_periodic`, `periodic_embedding` | arXiv 2203.05556 |
| its light form | `init_light_periodic`, `light_periodic_embedding` | arXiv 2307.14338 (TabR) |
| RealMLP's embedding | `init_pbld`, `pbld_embedding` | arXiv 2407.04491 (RealMLP) |
| robust scaling and smooth clip | `robust_units`, `smooth_clip` | RealMLP |
| schedules | `log_cosine`, `flat_cosine` | RealMLP |
| parametrisation | `ntp_labels`, `ntp_factors`, for `optax.partition` | RealMLP |
| first parameters from the data | `init_from_data` | RealMLP |

A network on encoded columns, and a loss of one's own:

>>> import jax, jax.numpy as jnp
>>> from jaxnn.tables import PiecewiseLinear, quantile_edges
>>> X, Y = jaxnn.wine()
>>> encoders = [PiecewiseLinear(quantile_edges(x, bins=8)) for x in X]    # one a column
>>> net = jaxnn.mlp(sum(encode.T for encode in encoders), 16, 3)
>>> def output(params, x):
...     codes = [encode(x_i) for encode, x_i in zip(encoders, x)]    # each (T,)
...     return jaxnn.forward(net, params, jnp.concatenate(codes))
>>> def loss(params):
...     A = jax.vmap(output, in_axes=(None, 1), out_axes=1)(params, X)
...     return jax.vmap(jaxnn.cross_entropy, in_axes=1)(A, Y).mean()
>>> params = jaxnn.init(net, jax.random.key(0))
>>> value_and_grad = jax.jit(jax.value_and_grad(loss))
>>> for step in range(30):
...     value, gradients = value_and_grad(params)
...     params = jax.tree.map(lambda w, g: w - 0.3 * g, params, gradients)
>>> bool(value < 0.2)
True

Who works with scikit-learn's `Pipeline` and `ColumnTransformer` finds an example in
`jaxnn.interop.sklearn`.
"""

from __future__ import annotations

from jaxnn.data.table_files import read_table
from jaxnn.tables.column_curves import ColumnCurves
from jaxnn.tables.data_initialisation import init_from_data
from jaxnn.tables.dependence import PartialDependence
from jaxnn.tables.division import split_table
from jaxnn.tables.embeddings.ple import (
    Piecewise,
    PiecewiseLinear,
    init_piecewise,
    piecewise_embedding,
    piecewise_linear,
)
from jaxnn.tables.embeddings.plr import (
    Periodic,
    init_light_periodic,
    init_periodic,
    light_periodic_embedding,
    periodic_embedding,
)
from jaxnn.tables.embeddings.shifted_cosines import PBLD, init_pbld, pbld_embedding
from jaxnn.tables.fitting import fit_table
from jaxnn.tables.loading import load
from jaxnn.tables.model import TableModel
from jaxnn.tables.parametrisation import ntp_factors, ntp_labels
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.edges import quantile_edges, tree_edges, value_edges
from jaxnn.tables.recipe.layout import Block
from jaxnn.tables.recipe.robust_scaling import robust_units, smooth_clip
from jaxnn.tables.schedules import flat_cosine, log_cosine

__all__ = [
    "PBLD",
    "Block",
    "ColumnCurves",
    "Columns",
    "PartialDependence",
    "Periodic",
    "Piecewise",
    "PiecewiseLinear",
    "TableModel",
    "fit_table",
    "flat_cosine",
    "init_from_data",
    "init_light_periodic",
    "init_pbld",
    "init_periodic",
    "init_piecewise",
    "light_periodic_embedding",
    "load",
    "log_cosine",
    "ntp_factors",
    "ntp_labels",
    "pbld_embedding",
    "periodic_embedding",
    "piecewise_embedding",
    "piecewise_linear",
    "quantile_edges",
    "read_table",
    "robust_units",
    "smooth_clip",
    "split_table",
    "tree_edges",
    "value_edges",
]
